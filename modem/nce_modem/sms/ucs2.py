"""UCS2 user data: 16-bit units, highest octet first (TS 23.038, 6.2.3).

Characters beyond the basic plane travel as surrogate pairs (UTF-16), as every handset does it.
"""


def encode(text: str) -> bytes:
    """The octets of a text."""
    data = bytearray()
    for character in text:
        code = ord(character)
        if code > 0xFFFF:
            code -= 0x10000
            high = 0xD800 + (code >> 10)
            data.append(high >> 8)
            data.append(high & 0xFF)
            code = 0xDC00 + (code & 0x3FF)
        data.append(code >> 8)
        data.append(code & 0xFF)
    return bytes(data)


def decode(data: bytes) -> str:
    """The text of octets; half a surrogate pair is U+FFFD, an odd octet is left out."""
    found = []
    high = 0
    for index in range(0, len(data) - 1, 2):
        unit = data[index] << 8 | data[index + 1]
        if high:
            if 0xDC00 <= unit < 0xE000:
                found.append(chr(0x10000 + ((high - 0xD800) << 10) + unit - 0xDC00))
                high = 0
                continue
            found.append("\ufffd")
            high = 0
        if 0xD800 <= unit < 0xDC00:
            high = unit
        else:
            found.append("\ufffd" if 0xDC00 <= unit < 0xE000 else chr(unit))
    if high:
        found.append("\ufffd")
    return "".join(found)
