"""The GSM 7-bit default alphabet and its packing into octets (TS 23.038, 6.1.2 and 6.2.1).

    septets = encode("1 €")             # b"1 \\x1be"; None when a character is not in the alphabet
    data = pack(septets, fill_bits=1)   # after a user data header of 6 octets
    decode(unpack(data, len(septets), 1))

National language tables (6.2.1.2) are not used; text that needs them goes as UCS2.
"""

ESCAPE = 0x1B

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# The characters after an escape (6.2.1.1), and their codes in the same order.
EXTENSION = "\f^{}\\[~]|€"
EXTENSION_CODES = b"\x0a\x14\x28\x29\x2f\x3c\x3d\x3e\x40\x65"


def encode(text: str) -> "bytes | None":
    """The septets of `text`, one in a byte; None when a character is in neither table."""
    septets = bytearray()
    for character in text:
        code = ALPHABET.find(character)
        if code >= 0 and code != ESCAPE:
            septets.append(code)
            continue
        place = EXTENSION.find(character)
        if place < 0:
            return None
        septets.append(ESCAPE)
        septets.append(EXTENSION_CODES[place])
    return bytes(septets)


def decode(septets: bytes) -> str:
    """The text of septets. An escape to nothing is a blank, or the character of the main table."""
    found = []
    is_escaped = False
    for code in septets:
        if is_escaped:
            is_escaped = False
            place = EXTENSION_CODES.find(bytes((code,)))
            if place >= 0:
                found.append(EXTENSION[place])
            else:
                # 6.2.1.1: an unknown one is shown as in the main table, a second escape as blank.
                found.append(" " if code == ESCAPE else ALPHABET[code])
        elif code == ESCAPE:
            is_escaped = True
        else:
            found.append(ALPHABET[code])
    return "".join(found)


def pack(septets: bytes, fill_bits: int = 0) -> bytes:
    """Septets as octets, least significant bit first, after `fill_bits` zero bits (0 to 6)."""
    packed = bytearray()
    held = 0
    bits = fill_bits
    for septet in septets:
        held |= septet << bits
        bits += 7
        while bits >= 8:
            packed.append(held & 0xFF)
            held >>= 8
            bits -= 8
    if bits:
        packed.append(held)
    return bytes(packed)


def unpack(data: bytes, count: int, fill_bits: int = 0) -> bytes:
    """`count` septets of octets, fewer when the octets do not hold that many."""
    septets = bytearray()
    held = 0
    bits = -fill_bits
    for octet in data:
        if bits < 0:  # the first octet: its lowest bits are filling
            held = octet >> -bits
        else:
            held |= octet << bits
        bits += 8
        while bits >= 7 and len(septets) < count:
            septets.append(held & 0x7F)
            held >>= 7
            bits -= 7
        if len(septets) == count:
            break
    return bytes(septets)
