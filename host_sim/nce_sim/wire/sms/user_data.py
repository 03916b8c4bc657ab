"""TP-UD, the content of a short message: alphabets, header, text (3GPP TS 23.040, 9.2.3.24).

content = UserData.of_text("5 €")             # or of_octets(b"...", dcs=4)
content.length, content.octets              # TP-UDL, TP-UD
content = UserData.parse(dcs, length, octets, has_header=False)
content.text, content.part
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.gsm7 import TpduMistake

GSM_7_BIT, EIGHT_BIT, UCS2 = 0, 4, 8
MOST_OCTETS, MOST_SEPTETS = 140, 160


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

    @classmethod
    def of_text(cls, text: str, dcs: int = GSM_7_BIT, header: bytes = b"") -> UserData:
        """A text in the alphabet of `dcs`; TpduMistake when it does not fit one message."""
        if alphabet_of(dcs) == GSM_7_BIT:
            septets, room = gsm7.encode(text), MOST_SEPTETS - (len(header) * 8 + 6) // 7
            if len(septets) > room:
                raise TpduMistake(_too_long(len(septets), "septets", room))
            return cls(dcs, header, septets)
        return cls.of_octets(text.encode("utf-16-be"), dcs, header)

    @classmethod
    def of_octets(cls, octets: bytes, dcs: int = EIGHT_BIT, header: bytes = b"") -> UserData:
        """Octets as they are; TpduMistake when they do not fit one message."""
        room = MOST_OCTETS - len(header)
        if len(octets) > room:
            raise TpduMistake(_too_long(len(octets), "octets", room))
        return cls(dcs, header, octets)

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


def _too_long(count: int, unit: str, room: int) -> str:
    return f"the payload takes {count} {unit}, {room} fit; send it in parts"


def _fill_bits(header: bytes) -> int:
    return -len(header) * 8 % 7
