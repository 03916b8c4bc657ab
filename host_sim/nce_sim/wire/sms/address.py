"""Numbers and names in short messages: digits, type, semi-octets (3GPP TS 23.040, 9.1.2.5).

    number = PhoneNumber("+4915112345678")     # its type of address is 145, international
    number.encode(); number.encode_centre()
    number, end = parse_number(tpdu, 2)

Also for service centres, whose length counts octets (TS 27.005, 3.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.gsm7 import TpduMistake

# Types of address: 145, 129, 161, 208.
INTERNATIONAL, UNKNOWN, NATIONAL, ALPHANUMERIC = 0x91, 0x81, 0xA1, 0xD0
_KIND_BITS, _INTERNATIONAL_BITS, _ALPHANUMERIC_BITS = 0x70, 0x10, 0x50
_DIGITS = "0123456789*#abc"
_FILLER = 15
_MOST_DIGITS = 20
_MOST_CHARACTERS = 11


@dataclass(frozen=True)
class PhoneNumber:
    """A number as written, `+` for international, or a name; with its type of address (`toa`)."""

    text: str = field(repr=False)
    toa: int = -1  # chosen by the `+` unless it is given

    def __post_init__(self) -> None:
        if self.toa < 0:
            toa = INTERNATIONAL if self.text.startswith("+") else UNKNOWN
            object.__setattr__(self, "toa", toa)

    @property
    def digits(self) -> str:
        """The number without its `+`."""
        return self.text.lstrip("+")

    def encode(self) -> bytes:
        """TP-DA, TP-OA or TP-RA; TpduMistake for a number that has no place in one."""
        if self.toa & _KIND_BITS == _ALPHANUMERIC_BITS:
            septets = gsm7.encode(self.text)
            if len(septets) > _MOST_CHARACTERS:
                raise TpduMistake(
                    f"a sender's name has at most {_MOST_CHARACTERS} characters, "
                    f"not {len(septets)}"
                )
            # The length counts the semi-octets in use.
            return bytes([(len(septets) * 7 + 3) // 4, self.toa]) + gsm7.pack(septets)
        digits = self.digits
        if not 1 <= len(digits) <= _MOST_DIGITS:
            raise TpduMistake(f"an address has 1 to {_MOST_DIGITS} digits, not {len(digits)}")
        return bytes([len(digits), self.toa]) + semi_octets(digits)

    def encode_centre(self) -> bytes:
        """The service centre in front of a TPDU; a single zero when there is none."""
        octets = semi_octets(self.digits)
        return bytes([len(octets) + 1, self.toa]) + octets if octets else b"\0"


def parse_number(tpdu: bytes, position: int) -> tuple[PhoneNumber, int]:
    """The number at `position`, and where it ends; IndexError when the TPDU ends before."""
    length, toa = tpdu[position], tpdu[position + 1]
    start, end = position + 2, position + 2 + (length + 1) // 2
    octets = tpdu[start:end]
    if len(octets) < end - start:
        raise TpduMistake(f"an address of {length} digits in {len(octets)} octets")
    if toa & _KIND_BITS == _ALPHANUMERIC_BITS:
        return PhoneNumber(gsm7.decode(gsm7.unpack(octets, length * 4 // 7)), toa), end
    digits = digits_of(octets)
    if len(digits) < length:
        raise TpduMistake("an address is filled up before its end")
    plus = "+" if toa & _KIND_BITS == _INTERNATIONAL_BITS else ""
    return PhoneNumber(plus + digits[:length], toa), end


def parse_centre(octets: bytes) -> PhoneNumber:
    """The service centre of type and semi-octets; its length octet is not part of them."""
    plus = "+" if octets and octets[0] & _KIND_BITS == _INTERNATIONAL_BITS else ""
    return PhoneNumber(plus + digits_of(octets[1:]))


def semi_octets(digits: str) -> bytes:
    """Digits two by two, the first in the low half; an odd one is filled up."""
    unknown = set(digits) - set(_DIGITS)
    if unknown:
        raise TpduMistake(f"{min(unknown)!r} is no digit of an address; there are {_DIGITS}")
    halves = [_DIGITS.index(digit) for digit in digits] + [_FILLER] * (len(digits) % 2)
    return bytes(low | high << 4 for low, high in zip(halves[::2], halves[1::2], strict=True))


def digits_of(octets: bytes) -> str:
    """The digits of semi-octets, up to the filler."""
    halves = [half for octet in octets for half in (octet & 15, octet >> 4)]
    end = halves.index(_FILLER) if _FILLER in halves else len(halves)
    return "".join(_DIGITS[half] for half in halves[:end])
