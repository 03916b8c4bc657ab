"""Messages in text mode (AT+CMGF=1): headers, and text in its character set (TS 27.005, 3).

    read_header('"REC READ","123",,"21/06/22,10:13:29+00"')
    decode("00480069", is_ucs2=True)        # "Hi"

Text mode is ambiguous (a body may look like a result) and has no parts: PDU mode is the default,
and this module is for modems and tools that only have text mode.
"""

from collections import namedtuple

from nce_modem.at import syntax
from nce_modem.network_time import parse as parse_time
from nce_modem.sms import ucs2

# `alphabet` is the TP-DCS of AT+CSDH=1, None without it.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import NamedTuple, NetworkTime

    class Header(NamedTuple):
        number: str
        at: NetworkTime | None
        is_outgoing: bool
        alphabet: int | None

else:
    Header = namedtuple("Header", ("number", "at", "is_outgoing", "alphabet"))  # type: ignore[no-redef,unused-ignore]


def read_header(text: str) -> "Header":
    """A `Header` of the text after +CMGR (or +CMGL and its index): status, number, alpha, time.

    +CMT has no status: its first field is the number.
    """
    values = syntax.fields(text)
    state = values[0].upper()
    has_state = state[:4] in ("REC ", "STO ") or (state.isdigit() and len(state) == 1)
    if has_state:
        values = values[1:]
    number = values[0] if values else ""
    at = None
    alphabet = None
    for place, value in enumerate(values[1:]):
        if "/" in value and ":" in value:
            at = parse_time(value)
            # CSDH=1: address type, first octet, protocol, coding, ...
            rest = values[place + 2 :]
            # +CMT: the same four fields.
            if len(rest) > 3:
                alphabet = syntax.number(rest[3])
            break
    return Header(number, at, has_state and state[:1] in "S23", alphabet)


def is_hexadecimal(text: str) -> bool:
    """Whether a text is pairs of hexadecimal digits."""
    if not text or len(text) % 2:
        return False
    for character in text:
        if character not in "0123456789abcdefABCDEF":
            return False
    return True


def decode(body: str, is_ucs2: bool) -> str:
    """The text of a body: UCS2 in hexadecimal when the character set (or the coding) is UCS2."""
    if is_ucs2 and len(body) % 4 == 0 and is_hexadecimal(body):
        return ucs2.decode(bytes.fromhex(body))
    return body


def decode_number(number: str) -> str:
    """A number, which a UCS2 character set gives in hexadecimal too."""
    is_long = len(number) >= 12 and len(number) % 4 == 0
    if (is_long and number[:3] == "003") or number[:4] == "002B":
        text = decode(number, True)
        if text.lstrip("+").isdigit():
            return text
    return number
