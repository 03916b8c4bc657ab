"""UTF-8 as RFC 3629 has it, on interpreters whose own decoder is laxer or has no errors="replace".

decode_utf8(b"A\\xffB", False)  # "A\\ufffdB": one U+FFFD for each bad byte, as Go does
"""


def decode_utf8(data: bytes, refuse: bool) -> str:
    """Text of the bytes; each byte of no valid sequence becomes U+FFFD, or raises ValueError."""
    if not data or max(data) < 0x80:
        return data.decode()
    pieces = []
    start = index = 0
    while index < len(data):
        width = _sequence_width(data, index)
        if width:
            index += width
            continue
        if refuse:
            raise ValueError("byte 0x%02x at %d is not UTF-8" % (data[index], index))
        pieces.append(data[start:index].decode())
        pieces.append("\ufffd")
        index += 1
        start = index
    pieces.append(data[start:].decode())
    return "".join(pieces)


def _sequence_width(data: bytes, index: int) -> int:
    """Bytes of the valid sequence that starts at index, 0 when there is none (RFC 3629, 4)."""
    lead = data[index]
    if lead < 0x80:
        return 1
    low, high = 0x80, 0xBF
    if 0xC2 <= lead <= 0xDF:
        width = 2
    elif 0xE0 <= lead <= 0xEF:
        width = 3
        if lead == 0xE0:
            low = 0xA0  # no overlong forms
        elif lead == 0xED:
            high = 0x9F  # no surrogates
    elif 0xF0 <= lead <= 0xF4:
        width = 4
        if lead == 0xF0:
            low = 0x90
        elif lead == 0xF4:
            high = 0x8F  # nothing above U+10FFFF
    else:
        return 0
    if index + width > len(data) or not low <= data[index + 1] <= high:
        return 0
    for position in range(index + 2, index + width):
        if data[position] & 0xC0 != 0x80:
            return 0
    return width


def encode_utf8(text: str) -> bytes:
    """Bytes of the text; ValueError where it holds a lone surrogate."""
    data = text.encode()
    if data and max(data) >= 0x80:
        decode_utf8(data, True)  # MicroPython encodes surrogates without a word
    return data
