"""Final result codes, which end a command (V.250 5.7; TS 27.007 9.2; TS 27.005 3.2.5)."""

from nce_modem.at import syntax

SUCCESS = ("OK",)
# Those that end a call (V.250, 6.3): only a command that dials may end in one.
CALL_RESULTS = "\nNO CARRIER\nBUSY\nNO ANSWER\nNO DIALTONE\n"
ERRORS = "\nERROR\nABORTED\nSEND FAIL\nCONNECT FAIL\nCOMMAND NOT SUPPORT\n"
CODED_ERRORS = "\n+CME ERROR\n+CMS ERROR\nMODEM ERROR\n"

# TS 27.007 9.2: SIM busy, no network service, network timeout, congestion, insufficient
# resources, unspecified GPRS error; 515 is "busy, initialising" on several vendors.
TRANSIENT_CME = (14, 30, 31, 122, 126, 148, 515)


def without_connection_id(text: str) -> str:
    """`SEND OK` of `0, SEND OK` (multi-connection modes put the id in front)."""
    head, comma, tail = text.partition(",")
    return tail.strip() if comma and head.isdigit() else text


def is_error(text: str) -> bool:
    """Whether a line is a final result that reports failure."""
    name = without_connection_id(text)
    return (
        syntax.is_among(name, ERRORS)
        or syntax.is_among(name, CALL_RESULTS)
        or syntax.is_among(text.partition(":")[0], CODED_ERRORS)
    )


def ends_call(text: str) -> bool:
    """Whether a line is the final result of a call that could not be made, or was ended."""
    return syntax.is_among(text, CALL_RESULTS)


def error_code(final: str) -> "int | None":
    """The number of `+CME ERROR: 30`, or None (`ERROR`, or an error in words)."""
    return syntax.number(final.partition(":")[2])
