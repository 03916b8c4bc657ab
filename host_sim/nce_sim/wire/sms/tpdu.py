"""Short messages as they travel: SMS-SUBMIT, SMS-DELIVER, SMS-STATUS-REPORT (3GPP TS 23.040, 9.2).

    message = Submit.parse(tpdu)            # what a modem sent
    message.destination, message.text, message.wants_report
    deliver(source, user_data, at=now)
    status_report(7, recipient, submitted_at=before, done_at=now, status=RECEIVED)

These are TPDUs: the service centre's address in front of AT+CMGS's PDU is not part of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from nce_sim.wire.sms import gsm7

# TP-MTI up and down (9.2.3.1), and the bits beside it.
SUBMIT = 1
REPORT = 2
NO_MORE_MESSAGES = 0x04
STATUS_REPORT_REQUESTED = 0x20
HAS_HEADER = 0x40

INTERNATIONAL, NATIONAL, ALPHANUMERIC = 145, 161, 208  # type of address (9.1.2.5)

# TP-Status (9.2.3.15).
RECEIVED, VALIDITY_EXPIRED, CENTRE_GAVE_UP = 0x00, 0x46, 0x63

GSM_7_BIT, EIGHT_BIT, UCS2 = 0, 4, 8
MOST_OCTETS = 140
_DIGITS = "0123456789*#abc"


class TpduMistake(ValueError):
    """Octets that are no TPDU of the wanted kind; the message says where."""


def alphabet_of(dcs: int) -> int:
    """GSM_7_BIT, EIGHT_BIT or UCS2 (TS 23.038, 4)."""
    group = dcs >> 4
    if group < 8:
        return {0: GSM_7_BIT, 1: EIGHT_BIT, 2: UCS2}.get(dcs >> 2 & 3, GSM_7_BIT)
    if group == 0xE:
        return UCS2
    return EIGHT_BIT if group == 0xF and dcs & 4 else GSM_7_BIT


@dataclass(frozen=True)
class UserData:
    """TP-UD taken apart: the header's elements, and the text or octets behind it."""

    dcs: int
    header: bytes = b""  # with its length octet; empty when there is none
    body: bytes = field(default=b"", repr=False)  # septets for GSM 7-bit, octets else

    @property
    def length(self) -> int:
        """TP-UDL: septets for GSM 7-bit, octets else, the header included (9.2.3.16)."""
        if alphabet_of(self.dcs) == GSM_7_BIT:
            return (len(self.header) * 8 + 6) // 7 + len(self.body)
        return len(self.header) + len(self.body)

    @property
    def octets(self) -> bytes:
        """TP-UD as it travels; text starts on a septet's boundary behind a header."""
        if alphabet_of(self.dcs) == GSM_7_BIT:
            return self.header + gsm7.pack(self.body, _fill_bits(self.header))
        return self.header + self.body

    @property
    def text(self) -> str:
        """The text; octets as hexadecimal digits."""
        alphabet = alphabet_of(self.dcs)
        if alphabet == GSM_7_BIT:
            return gsm7.decode(self.body)
        return self.body.decode("utf-16-be", "replace") if alphabet == UCS2 else self.body.hex()

    @property
    def part(self) -> tuple[int, int, int] | None:
        """(identifier, total, number) of a concatenated message (9.2.3.24.1 and .8), or None."""
        elements = self.header[1:]
        while len(elements) >= 2:
            kind, size = elements[0], elements[1]
            value, elements = elements[2 : 2 + size], elements[2 + size :]
            if kind == 0 and len(value) == 3:
                return value[0], value[1], value[2]
            if kind == 8 and len(value) == 4:
                return int.from_bytes(value[:2], "big"), value[2], value[3]
        return None

    @classmethod
    def parse(cls, dcs: int, length: int, octets: bytes, has_header: bool) -> UserData:
        """Take TP-UDL and TP-UD apart; TpduMistake when they disagree."""
        header_size = octets[0] + 1 if has_header and octets else 0
        header = octets[:header_size]
        if len(header) < header_size:
            raise TpduMistake(f"a header of {header_size} octets in {len(octets)} of user data")
        if alphabet_of(dcs) != GSM_7_BIT:
            if len(octets) != length:
                raise TpduMistake(f"TP-UDL says {length} octets, there are {len(octets)}")
            return cls(dcs, header, octets[header_size:])
        count = length - (header_size * 8 + 6) // 7
        if count < 0 or len(octets) != (length * 7 + 7) // 8:
            raise TpduMistake(f"TP-UDL says {length} septets, there are {len(octets)} octets")
        return cls(dcs, header, gsm7.unpack(octets[header_size:], count, _fill_bits(header)))


def _fill_bits(header: bytes) -> int:
    return -len(header) * 8 % 7


@dataclass(frozen=True)
class Submit:
    """An SMS-SUBMIT (9.2.2.2)."""

    reference: int
    destination: str = field(repr=False)
    pid: int
    user_data: UserData
    wants_report: bool
    validity: bytes = b""

    @classmethod
    def parse(cls, tpdu: bytes) -> Submit:
        """Take an SMS-SUBMIT apart; TpduMistake when it is none."""
        try:
            return cls._parse(tpdu)
        except IndexError:
            raise TpduMistake(f"the SMS-SUBMIT ends after {len(tpdu)} octets") from None

    @classmethod
    def _parse(cls, tpdu: bytes) -> Submit:
        first = tpdu[0]
        if first & 3 != SUBMIT:
            raise TpduMistake(f"TP-MTI is {first & 3}, an SMS-SUBMIT has {SUBMIT}")
        destination, position = _parse_address(tpdu, 2)
        pid, dcs = tpdu[position], tpdu[position + 1]
        position += 2
        # TP-VPF (9.2.3.3): none, enhanced, relative, absolute.
        validity_size = (0, 7, 1, 7)[first >> 3 & 3]
        validity = tpdu[position : position + validity_size]
        position += validity_size
        user_data = UserData.parse(
            dcs, tpdu[position], tpdu[position + 1 :], bool(first & HAS_HEADER)
        )
        if len(user_data.octets) > MOST_OCTETS:
            raise TpduMistake(f"{len(user_data.octets)} octets of user data, {MOST_OCTETS} fit")
        wants_report = bool(first & STATUS_REPORT_REQUESTED)
        return cls(tpdu[1], destination, pid, user_data, wants_report, validity)


def deliver(
    source: tuple[str, int], user_data: UserData, *, at: datetime, pid: int = 0, more: bool = False
) -> bytes:
    """An SMS-DELIVER (9.2.2.1); `source` is an address and its type."""
    first = (0 if more else NO_MORE_MESSAGES) | (HAS_HEADER if user_data.header else 0)
    head = bytes([first]) + _address(*source) + bytes([pid, user_data.dcs]) + timestamp(at)
    return head + bytes([user_data.length]) + user_data.octets


def status_report(
    reference: int, recipient: str, *, submitted_at: datetime, done_at: datetime, status: int
) -> bytes:
    """An SMS-STATUS-REPORT (9.2.2.3) on the message sent with `reference`."""
    head = bytes([REPORT | NO_MORE_MESSAGES, reference])
    address = _address(recipient.lstrip("+"), INTERNATIONAL if recipient[:1] == "+" else NATIONAL)
    return head + address + timestamp(submitted_at) + timestamp(done_at) + bytes([status])


def timestamp(at: datetime) -> bytes:
    """TP-SCTS: swapped digits of a UTC time and a zone of 0 (9.2.3.11)."""
    return _semi_octets(at.strftime("%y%m%d%H%M%S") + "00")


def _address(text: str, type_of_address: int) -> bytes:
    if type_of_address == ALPHANUMERIC:
        septets = gsm7.encode(text)
        if len(septets) > 11:
            raise TpduMistake(f"a sender's name has at most 11 characters, not {len(septets)}")
        # 9.1.2.5: the length counts the semi-octets in use.
        return bytes([(len(septets) * 7 + 3) // 4, type_of_address]) + gsm7.pack(septets)
    digits = text.lstrip("+")
    if not digits or len(digits) > 20 or set(digits) - set(_DIGITS):
        raise TpduMistake(f"an address of {len(digits)} characters is not 1 to 20 digits")
    return bytes([len(digits), type_of_address]) + _semi_octets(digits)


def _parse_address(tpdu: bytes, position: int) -> tuple[str, int]:
    length, type_of_address = tpdu[position], tpdu[position + 1]
    start, end = position + 2, position + 2 + (length + 1) // 2
    octets = tpdu[start:end]
    if len(octets) < end - start:
        raise TpduMistake(f"an address of {length} digits in {len(octets)} octets")
    if type_of_address & 0x70 == 0x50:
        return gsm7.decode(gsm7.unpack(octets, length * 4 // 7)), end
    semi_octets = [half for octet in octets for half in (octet & 15, octet >> 4)][:length]
    if 15 in semi_octets:
        raise TpduMistake("an address is filled up before its end")
    digits = "".join(_DIGITS[half] for half in semi_octets)
    return ("+" if type_of_address & 0x70 == 0x10 else "") + digits, end


def _semi_octets(digits: str) -> bytes:
    halves = [_DIGITS.index(digit) for digit in digits] + [15] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))
