"""Short message PDUs: SUBMIT built, DELIVER, SUBMIT and STATUS-REPORT read (TS 23.040, 9.2).

    tpdu = submit("+882285100", SEPTETS, gsm7.encode("hello"))
    line = "00" + tpdu.hex()                # no service centre: the modem's own
    parse(bytes.fromhex("0791534850...")).text

The user data of every alphabet (TS 23.038, 4) comes as `text`, or as `data` when it is 8-bit.
"""

from collections import namedtuple

from nce_modem.network_time import NetworkTime, checked, full_year
from nce_modem.sms import gsm7, ucs2
from nce_modem.sms.errors import BadPdu

# Alphabets, as TP-DCS codes them (TS 23.038, 4).
SEPTETS = 0x00
OCTETS = 0x04
UCS2 = 0x08

MAX_USER_DATA = 140  # octets
MAX_SEPTETS = 160
DIGITS = "0123456789*#abc"

INTERNATIONAL = 0x91
UNKNOWN_NUMBER = 0x81
ALPHANUMERIC = 0x50

# Information elements of the user data header (9.2.3.24).
CONCATENATED_8 = 0x00
CONCATENATED_16 = 0x08

# `part` of `parts` with the same `reference`; 1 of 1 and None for a single message. `text` or
# `data` is None. `at` is a NetworkTime or None. `is_outgoing`: a SUBMIT out of the storage.
if 1 - 1:  # for type checkers alone
    from nce_modem.seams import NamedTuple, Place

    class Part(NamedTuple):
        number: str
        at: NetworkTime | None
        alphabet: int
        text: str | None
        data: bytes | None
        reference: int | None
        part: int
        parts: int
        is_outgoing: bool

    class Report(NamedTuple):
        reference: int
        number: str
        sent_at: NetworkTime | None
        done_at: NetworkTime | None
        status: int

else:
    Part = namedtuple(  # type: ignore[no-redef,unused-ignore]
        "Part",
        ("number", "at", "alphabet", "text", "data", "reference", "part", "parts", "is_outgoing"),
    )
    # `status` is TP-ST (9.2.3.15): below 0x20 delivered, below 0x40 still trying, else failed.
    Report = namedtuple("Report", ("reference", "number", "sent_at", "done_at", "status"))  # type: ignore[no-redef,unused-ignore]


def encode_address(number: str) -> bytes:
    """TP-DA of a telephone number: digits, `*`, `#`, with `+` in front when international."""
    kind = INTERNATIONAL if number[:1] == "+" else UNKNOWN_NUMBER
    digits = number.lstrip("+")
    nibbles = [DIGITS.find(digit) for digit in digits]
    if not nibbles or len(nibbles) > 20 or min(nibbles) < 0:
        # The number itself stays out of messages and logs.
        raise BadPdu(
            "a number of %d characters cannot be dialled; write 1 to 20 digits, +49... for "
            "another country" % len(number)
        )
    coded = bytearray((len(nibbles), kind))
    nibbles.append(15)
    for index in range(0, len(digits), 2):
        coded.append(nibbles[index + 1] << 4 | nibbles[index])
    return bytes(coded)


def submit(
    number: str,
    alphabet: int,
    units: bytes,
    header: bytes = b"",
    report: bool = False,
    validity_h: int = 24,
) -> bytes:
    """An SMS-SUBMIT TPDU (9.2.2.2), without the service centre's address.

    `units` are septets or octets, by alphabet; `header` the user data header with its length.
    """
    fill_bits = -len(header) * 8 % 7
    if alphabet == SEPTETS:
        user_data = header + gsm7.pack(units, fill_bits)
        length = (len(header) * 8 + fill_bits) // 7 + len(units)
    else:
        user_data = header + units
        length = len(user_data)
    if len(user_data) > MAX_USER_DATA:
        raise BadPdu("user data of %d octets; one message holds 140" % len(user_data))
    # SUBMIT, validity relative; header and report indicated (9.2.3.1 to 9.2.3.23).
    first = 0x11 | (0x40 if header else 0) | (0x20 if report else 0)
    return (
        bytes((first, 0))
        + encode_address(number)
        + bytes((0, alphabet, validity(validity_h), length))
        + user_data
    )


def validity(hours: int) -> int:
    """TP-VP, relative (9.2.3.12.1): steps of 30 min to a day, days to 30, then weeks to 63."""
    if hours <= 12:
        return max(0, hours * 12 - 1)
    if hours <= 24:
        return 143 + (hours - 12) * 2
    days = (hours + 23) // 24
    if days <= 30:
        return 166 + days
    return min(255, 192 + (days + 6) // 7)


class Cursor:
    """Reads a PDU from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int, what: str) -> bytes:
        end = self._at + count
        if end > len(self._data):
            raise BadPdu("the PDU ends within %s: %d octets of %d" % (what, len(self._data), end))
        taken = self._data[self._at : end]
        self._at = end
        return taken

    def octet(self, what: str) -> int:
        return self.take(1, what)[0]

    def rest(self) -> bytes:
        return self._data[self._at :]


def semi_octets(data: bytes) -> str:
    """The digits of swapped nibbles, up to the filling."""
    found: "list[str]" = []
    for octet in data:
        for nibble in (octet & 15, octet >> 4):
            if nibble == 15:
                return "".join(found)
            found.append(DIGITS[nibble])
    return "".join(found)


def read_address(cursor: "Cursor", what: str) -> str:
    """TP-OA, TP-DA, TP-RA (9.1.2.5): a number, or letters (`1NCE`)."""
    count = cursor.octet(what)
    kind = cursor.octet(what)
    data = cursor.take((count + 1) // 2, what)
    if kind & 0x70 == ALPHANUMERIC:
        return gsm7.decode(gsm7.unpack(data, count * 4 // 7))
    return ("+" if kind & 0x70 == 0x10 else "") + semi_octets(data)[:count]


def read_time(cursor: "Cursor") -> "NetworkTime | None":
    """TP-SCTS or TP-DT (9.2.3.11): a NetworkTime, None when it makes no date."""
    data = cursor.take(7, "a time stamp")
    values = [(octet & 15) * 10 + (octet >> 4) for octet in data[:6]]
    zone = data[6]
    quarters = (zone & 7) * 10 + (zone >> 4)
    if zone & 8:
        quarters = -quarters
    return checked(NetworkTime(full_year(values[0]), *(values[1:] + [quarters])))


def alphabet_of(dcs: int) -> int:
    """SEPTETS, OCTETS or UCS2 of a TP-DCS (TS 23.038, 4); reserved codings are septets."""
    group = dcs >> 4
    if group < 8:
        if dcs & 0x20:
            return OCTETS  # compressed: passed on unchanged
        return {0x04: OCTETS, 0x08: UCS2}.get(dcs & 0x0C, SEPTETS)
    if group == 0xE:
        return UCS2
    if group == 0xF and dcs & 4:
        return OCTETS
    return SEPTETS


def read_header(header: bytes) -> "Place":
    """(reference, part, parts) of a user data header, (None, 1, 1) when it has no such element."""
    index = 0
    while index + 2 <= len(header):
        kind, length = header[index], header[index + 1]
        value = header[index + 2 : index + 2 + length]
        index += 2 + length
        if kind == CONCATENATED_8 and len(value) == 3:
            reference, parts, part = value[0], value[1], value[2]
        elif kind == CONCATENATED_16 and len(value) == 4:
            reference, parts, part = value[0] << 8 | value[1], value[2], value[3]
        else:
            continue
        # 9.2.3.24.1: a part that cannot be is ignored as an element.
        if parts > 1 and 1 <= part <= parts:
            return reference, part, parts
    return None, 1, 1


def read_user_data(
    cursor: "Cursor", dcs: int, has_header: bool
) -> "tuple[int, str | None, bytes | None, Place]":
    """(alphabet, text, data, (reference, part, parts))."""
    length = cursor.octet("the user data length")
    data = cursor.rest()
    alphabet = alphabet_of(dcs)
    octets = (length * 7 + 7) // 8 if alphabet == SEPTETS else length
    if octets > MAX_USER_DATA or len(data) < octets:
        raise BadPdu("the PDU announces %d octets of user data and holds %d" % (octets, len(data)))
    data = data[:octets]
    header_length = 0
    place: "Place" = (None, 1, 1)
    if has_header and data:
        header_length = data[0] + 1
        if header_length > len(data):
            raise BadPdu("the user data header is longer than the user data")
        place = read_header(data[1:header_length])
    body = data[header_length:]
    if alphabet == SEPTETS:
        fill_bits = -header_length * 8 % 7
        count = max(0, length - (header_length * 8 + fill_bits) // 7)
        return alphabet, gsm7.decode(gsm7.unpack(body, count, fill_bits)), None, place
    if alphabet == UCS2:
        return alphabet, ucs2.decode(body), None, place
    return alphabet, None, bytes(body), place


def parse(pdu: bytes) -> "Part | Report":
    """A `Part` or a `Report` of the octets of a PDU; raises `BadPdu`."""
    cursor = Cursor(pdu)
    cursor.take(cursor.octet("the service centre"), "the service centre")
    first = cursor.octet("the first octet")
    kind = first & 3
    has_header = bool(first & 0x40)
    if kind == 2:
        reference = cursor.octet("the reference")
        number = read_address(cursor, "the recipient")
        sent_at = read_time(cursor)
        return Report(reference, number, sent_at, read_time(cursor), cursor.octet("the status"))
    if kind == 0:
        number = read_address(cursor, "the sender")
        _, dcs = cursor.take(2, "protocol and coding")
        at = read_time(cursor)
    elif kind == 1:
        cursor.octet("the reference")
        number = read_address(cursor, "the recipient")
        _, dcs = cursor.take(2, "protocol and coding")
        cursor.take((0, 7, 1, 7)[first >> 3 & 3], "the validity")
        at = None
    else:
        raise BadPdu("a PDU of the reserved kind 3")
    alphabet, text, data, place = read_user_data(cursor, dcs, has_header)
    return Part(number, at, alphabet, text, data, place[0], place[1], place[2], kind == 1)
