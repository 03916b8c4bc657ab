"""SMS as they go over the air: SUBMIT, DELIVER, STATUS-REPORT, and the alphabets of their text.

3GPP TS 23.040, 9; TS 23.038, 6.2.

    submit = Submit(PhoneNumber("+49123"), UserData.of_text("Hello"))
    submit.encode()
    decode_downlink(bytes.fromhex("040C9153486507895500006090608164138004D4F29C0E")).user_data.text()
"""

from __future__ import annotations

from dataclasses import dataclass

ESCAPE = 0x1B
GSM7 = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM7_EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}
_GSM7_CODES = {character: bytes((code,)) for code, character in enumerate(GSM7)} | {
    character: bytes((ESCAPE, code)) for code, character in GSM7_EXTENSION.items()
}
_SEMI_OCTETS = "0123456789*#abc"

INTERNATIONAL, UNKNOWN_TYPE, ALPHANUMERIC = 0x91, 0x81, 0xD0
DELIVER, SUBMIT, STATUS_REPORT = 0, 1, 2  # TP-MTI, as seen by the device


class TpduMistake(ValueError):
    """The octets are no SMS, or the text does not fit one."""


def gsm7_codes(text: str) -> bytes:
    """The septets of `text`, one in each byte; TpduMistake for what the alphabet lacks."""
    try:
        return b"".join(_GSM7_CODES[character] for character in text)
    except KeyError as error:
        raise TpduMistake(f"GSM 7-bit has no {error.args[0]!r}; use UCS2") from None


def gsm7_text(codes: bytes) -> str:
    """The text of septets, one in each byte."""
    text, is_escaped = "", False
    for code in codes:
        if is_escaped:
            text += GSM7_EXTENSION.get(code & 0x7F, GSM7[code & 0x7F])
            is_escaped = False
        elif code == ESCAPE:
            is_escaped = True
        else:
            text += GSM7[code & 0x7F]
    return text


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets into octets, lowest bit first, behind `fill_bits` zeros."""
    number, width = 0, fill_bits
    for septet in septets:
        number |= (septet & 0x7F) << width
        width += 7
    return number.to_bytes((width + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets out of octets."""
    number = int.from_bytes(octets, "little") >> fill_bits
    return bytes(number >> (7 * position) & 0x7F for position in range(count))


@dataclass(frozen=True)
class PhoneNumber:
    """A number as written, `+` for international, or a name; with its type of address."""

    text: str
    toa: int = -1

    def __post_init__(self) -> None:
        if self.toa < 0:
            toa = INTERNATIONAL if self.text.startswith("+") else UNKNOWN_TYPE
            object.__setattr__(self, "toa", toa)

    def encode(self) -> bytes:
        """TP-DA or TP-OA: digits, type, semi-octets (9.1.2.5)."""
        if self.toa & 0x70 == 0x50:
            octets = pack(gsm7_codes(self.text))
            return bytes((len(octets) * 2, self.toa)) + octets
        digits = self.text.lstrip("+")
        return bytes((len(digits), self.toa)) + semi_octets(digits)

    def encode_smsc(self) -> bytes:
        """The service centre in front of a TPDU: octets, type, semi-octets (TS 27.005, 3.1)."""
        digits = semi_octets(self.text.lstrip("+"))
        return bytes((len(digits) + 1, self.toa)) + digits if digits else b"\x00"


def semi_octets(digits: str) -> bytes:
    """Digits two by two, the first in the low half; an odd one is filled up."""
    try:
        values = [_SEMI_OCTETS.index(digit) for digit in digits]
    except ValueError as error:
        raise TpduMistake(f"{digits!r} is no number") from error
    if len(values) % 2:
        values.append(0xF)
    return bytes(low | high << 4 for low, high in zip(values[::2], values[1::2], strict=True))


def digits_of(octets: bytes) -> str:
    """The digits of semi-octets."""
    halves = [half for octet in octets for half in (octet & 0xF, octet >> 4)]
    return "".join(_SEMI_OCTETS[half] for half in halves if half != 0xF)


class _Octets:
    """Octets taken from the front."""

    def __init__(self, data: bytes) -> None:
        self._data, self._position = data, 0

    def take(self, count: int) -> bytes:
        end = self._position + count
        if end > len(self._data):
            raise TpduMistake(f"the TPDU of {len(self._data)} octets ends too early")
        taken, self._position = self._data[self._position : end], end
        return taken

    def one(self) -> int:
        return self.take(1)[0]

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._position)

    def number(self) -> PhoneNumber:
        length, toa = self.one(), self.one()
        octets = self.take((length + 1) // 2)
        if toa & 0x70 == 0x50:
            return PhoneNumber(gsm7_text(unpack(octets, length * 4 // 7)), toa)
        plus = "+" if toa & 0x70 == 0x10 else ""
        return PhoneNumber(plus + digits_of(octets)[:length], toa)

    def user_data(self, dcs: int, has_header: bool) -> UserData:
        length = self.one()
        size = (length * 7 + 7) // 8 if alphabet_of(dcs) == "gsm7" else length
        octets = self.take(size)
        header = octets[: octets[0] + 1] if has_header and octets else b""
        return UserData(dcs, header, octets, length)


def alphabet_of(dcs: int) -> str:
    """`gsm7`, `data` or `ucs2` (TS 23.038, 4)."""
    if dcs & 0xF0 == 0xF0:
        return "data" if dcs & 0x04 else "gsm7"
    if dcs & 0xC0 == 0:
        return ("gsm7", "data", "ucs2", "gsm7")[dcs >> 2 & 3]
    return "ucs2" if dcs & 0xF0 == 0xE0 else "gsm7"


@dataclass(frozen=True)
class UserData:
    """TP-UD with its coding: `octets` as sent, header included; `length` is TP-UDL."""

    dcs: int
    header: bytes
    octets: bytes
    length: int

    @classmethod
    def of_text(cls, text: str, dcs: int = 0) -> UserData:
        """A text in the alphabet of `dcs`; TpduMistake when it does not fit one message."""
        if alphabet_of(dcs) == "gsm7":
            codes = gsm7_codes(text)
            if len(codes) > 160:
                raise TpduMistake(f"{len(codes)} septets do not fit 160")
            return cls(dcs, b"", pack(codes), len(codes))
        return cls.of_octets(text.encode("utf-16-be"), dcs)

    @classmethod
    def of_octets(cls, octets: bytes, dcs: int) -> UserData:
        """Octets as they are."""
        if len(octets) > 140:
            raise TpduMistake(f"{len(octets)} octets do not fit 140")
        return cls(dcs, b"", octets, len(octets))

    @property
    def body(self) -> bytes:
        """What follows the header: septets, one in each byte, or octets."""
        if alphabet_of(self.dcs) != "gsm7":
            return self.octets[len(self.header) :]
        skipped = (len(self.header) * 8 + 6) // 7
        return unpack(self.octets, self.length)[skipped:]

    def text(self) -> str:
        """The text; octets that are none come as hexadecimal."""
        alphabet = alphabet_of(self.dcs)
        if alphabet == "gsm7":
            return gsm7_text(self.body)
        if alphabet == "ucs2":
            return self.body.decode("utf-16-be", "replace")
        return self.body.hex().upper()


@dataclass(frozen=True)
class Submit:
    """SMS-SUBMIT, from the device (9.2.2.2); `first` is its first octet, `vp` its validity."""

    destination: PhoneNumber
    user_data: UserData
    first: int = 0x11
    pid: int = 0
    vp: bytes = b"\xa7"
    mr: int = 0

    def encode(self) -> bytes:
        """The TPDU, without a service centre."""
        return (
            bytes((self.first, self.mr))
            + self.destination.encode()
            + bytes((self.pid, self.user_data.dcs))
            + (self.vp if self.first & 0x18 else b"")
            + bytes((self.user_data.length,))
            + self.user_data.octets
        )


@dataclass(frozen=True)
class Deliver:
    """SMS-DELIVER, to the device (9.2.2.1)."""

    first: int
    originator: PhoneNumber
    pid: int
    timestamp: bytes
    user_data: UserData


@dataclass(frozen=True)
class StatusReport:
    """SMS-STATUS-REPORT, to the device (9.2.2.3)."""

    first: int
    mr: int
    recipient: PhoneNumber
    timestamp: bytes
    discharged: bytes
    status: int


def shown_time(timestamp: bytes) -> str:
    """TP-SCTS as text mode shows it, `26/01/01,12:00:00+04` (9.2.3.11)."""
    year, month, day, hour, minute, second = (
        digits_of(bytes((octet,))) for octet in timestamp[:6]
    )
    zone = timestamp[6]
    quarters = (zone & 0x07) * 10 + (zone >> 4)
    sign = "-" if zone & 0x08 else "+"
    return f"{year}/{month}/{day},{hour}:{minute}:{second}{sign}{quarters:02d}"


def decode_submit(tpdu: bytes) -> Submit:
    """An SMS-SUBMIT; TpduMistake when it is none."""
    octets = _Octets(tpdu)
    first = octets.one()
    if first & 3 != SUBMIT:
        raise TpduMistake(f"first octet {first:02X} is no SMS-SUBMIT")
    mr, destination, pid, dcs = octets.one(), octets.number(), octets.one(), octets.one()
    vp = octets.take((0, 7, 1, 7)[first >> 3 & 3])
    return Submit(destination, octets.user_data(dcs, bool(first & 0x40)), first, pid, vp, mr)


def decode_downlink(tpdu: bytes) -> Deliver | StatusReport:
    """What comes to a device; TpduMistake when it is neither of the two."""
    octets = _Octets(tpdu)
    first = octets.one()
    if first & 3 == STATUS_REPORT:
        return StatusReport(
            first, octets.one(), octets.number(), octets.take(7), octets.take(7), octets.one()
        )
    if first & 3 != DELIVER:
        raise TpduMistake(f"first octet {first:02X} is no message to a device")
    originator, pid, dcs = octets.number(), octets.one(), octets.one()
    timestamp = octets.take(7)
    return Deliver(first, originator, pid, timestamp, octets.user_data(dcs, bool(first & 0x40)))
