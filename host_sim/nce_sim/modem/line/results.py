"""Final results: numeric codes for V0, and the texts behind `+CME ERROR` and `+CMS ERROR` numbers.

ITU-T V.250, table 1; 3GPP TS 27.007, 9.2; TS 27.005, 3.2.5.

    raise CommandFailed(14)         # +CME ERROR: 14, "SIM busy" or ERROR, as AT+CMEE has it
    raise CommandFailed()           # ERROR whatever AT+CMEE says
    raise MessageFailed(321)        # +CMS ERROR: 321
    return NO_RESULT                # the command ends without a final result
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OK, ERROR, NO_CARRIER = "OK", "ERROR", "NO CARRIER"
NUMERIC = {OK: 0, "CONNECT": 1, "RING": 2, NO_CARRIER: 3, ERROR: 4}

# What a command returns that ends its line without a final result, such as SIMCom's `AT+CIFSR`.
NO_RESULT = ""

CME_TEXTS = {
    0: "phone failure",
    3: "operation not allowed",
    4: "operation not supported",
    5: "PH-SIM PIN required",
    10: "SIM not inserted",
    11: "SIM PIN required",
    12: "SIM PUK required",
    13: "SIM failure",
    14: "SIM busy",
    16: "incorrect password",
    20: "memory full",
    21: "invalid index",
    22: "not found",
    30: "no network service",
    31: "network timeout",
    50: "incorrect parameters",
    58: "language or alphabet not supported",
    100: "unknown",
    148: "unspecified GPRS error",
    171: "last PDN disconnection not allowed",
}

CMS_TEXTS = {
    # Below 128 they are RP causes (TS 24.011, table 8.4).
    1: "unassigned (unallocated) number",
    8: "operator determined barring",
    10: "call barred",
    21: "short message transfer rejected",
    38: "network out of order",
    41: "temporary failure",
    42: "congestion",
    69: "requested facility not implemented",
    300: "ME failure",
    302: "operation not allowed",
    303: "operation not supported",
    304: "invalid PDU mode parameter",
    305: "invalid text mode parameter",
    310: "SIM not inserted",
    311: "SIM PIN required",
    313: "SIM failure",
    314: "SIM busy",
    316: "SIM PUK required",
    320: "memory failure",
    321: "invalid memory index",
    322: "memory full",
    330: "SMSC address unknown",
    331: "no network service",
    332: "network timeout",
    340: "no +CNMA acknowledgement expected",
    500: "unknown error",
}


NO_TEXTS: Mapping[int, str] = MappingProxyType({})


class CommandFailed(Exception):
    """A command ends in an error; `cme` is TS 27.007's number, None for a bare ERROR."""

    prefix = "+CME ERROR"
    texts: Mapping[int, str] = CME_TEXTS

    def __init__(self, cme: int | None = None) -> None:
        super().__init__(ERROR if cme is None else f"{self.prefix}: {cme}")
        self.cme = cme

    def result(
        self, cmee: int, *, is_capitalised: bool = False, own_texts: Mapping[int, str] = NO_TEXTS
    ) -> str:
        """The final result under `AT+CMEE=<cmee>`; `own_texts` are the family's."""
        if self.cme is None or cmee == 0:
            return ERROR
        if cmee == 1:
            return f"{self.prefix}: {self.cme}"
        text = own_texts.get(self.cme) or self.texts.get(self.cme, "unknown")
        if is_capitalised:
            text = text[0].upper() + text[1:]
        return f"{self.prefix}: {text}"


class MessageFailed(CommandFailed):
    """An SMS command ends in an error; `cme` is TS 27.005's number."""

    prefix = "+CMS ERROR"
    texts = CMS_TEXTS

    def result(
        self, cmee: int, *, is_capitalised: bool = False, own_texts: Mapping[int, str] = NO_TEXTS
    ) -> str:
        """The final result; SMS errors are numbered even under `AT+CMEE=0` (TS 27.005, 3.2.5)."""
        return super().result(max(cmee, 1), is_capitalised=is_capitalised)
