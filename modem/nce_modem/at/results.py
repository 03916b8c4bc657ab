"""Final result codes, which end a command (V.250 5.7; TS 27.007 9.2; TS 27.005 3.2.5)."""

from nce_modem.at import syntax

SUCCESS = ("OK",)
ERRORS = (
    "ERROR",
    "NO CARRIER",
    "BUSY",
    "NO ANSWER",
    "NO DIALTONE",
    "ABORTED",
    "SEND FAIL",
    "CONNECT FAIL",
    "COMMAND NOT SUPPORT",
)
# Those that end a call (V.250, 6.3): only a command that dials may end in one.
CALL_RESULTS = ("NO CARRIER", "BUSY", "NO ANSWER", "NO DIALTONE")
CODED_ERRORS = ("+CME ERROR", "+CMS ERROR", "MODEM ERROR")

# TS 27.007 9.2: SIM busy, no network service, network timeout, congestion, insufficient
# resources, unspecified GPRS error; 515 is "busy, initialising" on several vendors.
TRANSIENT_CME = (14, 30, 31, 122, 126, 148, 515)


def without_connection_id(text: str) -> str:
    """`SEND OK` of `0, SEND OK` (multi-connection modes put the id in front)."""
    head, comma, tail = text.partition(",")
    return tail.strip() if comma and head.isdigit() else text


def is_error(text: str) -> bool:
    """Whether a line is a final result that reports failure."""
    return without_connection_id(text) in ERRORS or text.partition(":")[0] in CODED_ERRORS


def error_code(final: str) -> "int | None":
    """The number of `+CME ERROR: 30`, or None (`ERROR`, or an error in words)."""
    return syntax.number(final.partition(":")[2])
