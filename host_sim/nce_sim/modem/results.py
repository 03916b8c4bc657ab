"""Final results: numeric codes for V0, and the texts behind `+CME ERROR` numbers.

ITU-T V.250, table 1; 3GPP TS 27.007, 9.2.

    raise CommandFailed(14)         # +CME ERROR: 14, "SIM busy" or ERROR, as AT+CMEE has it
    raise CommandFailed()           # ERROR whatever AT+CMEE says
"""

from __future__ import annotations

NUMERIC = {"OK": 0, "CONNECT": 1, "RING": 2, "NO CARRIER": 3, "ERROR": 4}

CME_TEXTS = {
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    10: "SIM not inserted",
    11: "SIM PIN required",
    13: "SIM failure",
    14: "SIM busy",
    22: "not found",
    30: "no network service",
    31: "network timeout",
    50: "incorrect parameters",
    58: "invalid command line",
    100: "unknown",
    148: "unspecified GPRS error",
}


class CommandFailed(Exception):
    """A command ends in an error; `cme` is TS 27.007's number, None for a bare ERROR."""

    def __init__(self, cme: int | None = None) -> None:
        super().__init__("ERROR" if cme is None else f"+CME ERROR: {cme}")
        self.cme = cme

    def result(self, cmee: int) -> str:
        """The final result under `AT+CMEE=<cmee>`."""
        if self.cme is None or cmee == 0:
            return "ERROR"
        if cmee == 1:
            return f"+CME ERROR: {self.cme}"
        return f"+CME ERROR: {CME_TEXTS.get(self.cme, 'unknown')}"
