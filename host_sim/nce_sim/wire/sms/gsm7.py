"""The GSM 7-bit default alphabet: text to septets, septets to octets (3GPP TS 23.038, 6).

septets = encode("5 €")             # b"\\x35\\x20\\x1b\\x65": extension characters take two
octets = pack(septets)              # seven bits each, the first one lowest
decode(unpack(octets, len(septets)))
"""

from __future__ import annotations

ESCAPE = 0x1B


class TpduMistake(ValueError):
    """Octets that are no short message, or a text or number that has no place in one."""


ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = {
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
_SEPTETS = {
    **{character: bytes([code]) for code, character in enumerate(ALPHABET) if code != ESCAPE},
    **{character: bytes([ESCAPE, code]) for code, character in EXTENSION.items()},
}


def encode(text: str) -> bytes:
    """One octet per septet; TpduMistake for a character that is not in the alphabet."""
    try:
        return b"".join(_SEPTETS[character] for character in text)
    except KeyError as missing:
        raise TpduMistake(
            f"{missing.args[0]!r} is not in the GSM 7-bit alphabet; send the text as UCS2 (dcs 8)"
        ) from missing


def decode(septets: bytes) -> str:
    """The text; an unknown extension is shown as its plain character (6.2.1.1)."""
    text, is_extension = [], False
    for septet in septets:
        if is_extension:
            text.append(EXTENSION.get(septet, ALPHABET[septet & 0x7F]))
            is_extension = False
        elif septet == ESCAPE:
            is_extension = True
        else:
            text.append(ALPHABET[septet & 0x7F])
    return "".join(text)


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets to octets, behind `fill_bits` zero bits (6.1.2.1.1; TS 23.040, 9.2.3.24)."""
    bits = 0
    for position, septet in enumerate(septets):
        bits |= (septet & 0x7F) << (fill_bits + 7 * position)
    return bits.to_bytes((fill_bits + 7 * len(septets) + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets out of octets; TpduMistake when there are not that many."""
    if (fill_bits + 7 * count + 7) // 8 > len(octets):
        raise TpduMistake(f"{len(octets)} octets do not hold {count} septets")
    bits = int.from_bytes(octets, "little") >> fill_bits
    return bytes(bits >> 7 * position & 0x7F for position in range(count))
