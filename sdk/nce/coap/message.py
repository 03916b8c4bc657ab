"""CoAP messages to bytes and back (RFC 7252, 3).

    from nce.coap.options import path_options

    datagram = encode(Message(CON, POST, 0x1234, b"\\x01", path_options("/data"), b"21.5"))
    message = decode(datagram)  # a Message, or MessageFormatError

Pure: no state, no time. Meaning (which options are acceptable, what answers what) is elsewhere.
"""

from collections import namedtuple

from nce.errors import PeerError, UsageError

if 1 - 1:
    from nce.seams import NamedTuple, Options

    # options: a tuple of (number, value bytes) in ascending order of number, repeats kept.
    class Message(NamedTuple):
        type: int
        code: int
        mid: int
        token: bytes
        options: "Options"
        payload: bytes

else:
    Message = namedtuple("Message", ("type", "code", "mid", "token", "options", "payload"))  # type: ignore[no-redef]

CON = 0
NON = 1
ACK = 2
RST = 3


class MessageFormatError(PeerError):
    """A datagram that is not a well-formed CoAP message.

    `type` and `mid` are those of its header when it could be read, so that a receiver can reject
    a confirmable one with a Reset (RFC 7252, 4.2); both are None when the datagram must be
    ignored silently (shorter than a header, or another version).
    """

    type: "int | None" = None
    mid: "int | None" = None


def encode(message: "Message") -> bytes:
    """The datagram of a `Message`. Options are put in ascending order, equals in the order given.

    Raises `UsageError` for what the format has no room for.
    """
    kind, code, mid, token, options, payload = message
    # Classes 1, 6 and 7 are reserved (3); an Empty message ends after its ID (4.1).
    if (
        not (0 <= kind <= 3 and 0 <= mid <= 0xFFFF and len(token) <= 8)
        or code >> 5 not in (0, 2, 3, 4, 5)
        or (code == 0 and (token or options or payload))
    ):
        raise UsageError("no CoAP message: type %d, code %d, ID %d" % (kind, code, mid))
    datagram = bytearray((0x40 | kind << 4 | len(token), code, mid >> 8, mid & 0xFF))
    datagram.extend(token)
    previous = 0
    for number, value in _ascending(options):
        if not 0 <= number <= 0xFFFF or len(value) > 0xFFFF + 269:
            raise UsageError("no CoAP option: %d with %d bytes" % (number, len(value)))
        at = len(datagram)
        datagram.append(0)
        datagram[at] = _extend(datagram, number - previous) << 4 | _extend(datagram, len(value))
        datagram.extend(value)
        previous = number
    if payload:
        datagram.append(0xFF)
        datagram.extend(payload)
    return bytes(datagram)


def decode(datagram: bytes) -> "Message":
    """The `Message` of a datagram. Raises `MessageFormatError`."""
    size = len(datagram)
    if size < 4 or datagram[0] >> 6 != 1:
        raise MessageFormatError("%d bytes without a CoAP 1 header" % size)
    try:
        return _decode(datagram, size)
    except MessageFormatError as error:
        error.type = datagram[0] >> 4 & 3
        error.mid = datagram[2] << 8 | datagram[3]
        raise


def empty(kind: int, mid: int) -> "Message":
    """An Empty message: an acknowledgement, a Reset, or (as CON) a ping (RFC 7252, 4.1 to 4.3)."""
    return Message(kind, 0, mid, b"", (), b"")


def _decode(datagram: bytes, size: int) -> "Message":
    code = datagram[1]
    token_length = datagram[0] & 0x0F
    position = 4 + token_length
    if (
        token_length > 8
        or position > size
        or code >> 5 not in (0, 2, 3, 4, 5)
        or (code == 0 and size != 4)
    ):
        raise MessageFormatError(
            "code 0x%02x with a token of %d in %d bytes" % (code, token_length, size)
        )
    token = bytes(datagram[4:position])
    options = []
    number = 0
    while position < size:
        byte = datagram[position]
        position += 1
        if byte == 0xFF:
            if position == size:
                raise MessageFormatError("a payload marker without payload")
            break
        delta, position = _extended(datagram, position, byte >> 4)
        length, position = _extended(datagram, position, byte & 0x0F)
        number += delta
        end = position + length
        # The registry of option numbers ends at 65535 (12.2).
        if number > 0xFFFF or end > size:
            raise MessageFormatError(
                "option %d of %d bytes at %d of %d" % (number, length, position, size)
            )
        options.append((number, bytes(datagram[position:end])))
        position = end
    return Message(
        datagram[0] >> 4 & 3,
        code,
        datagram[2] << 8 | datagram[3],
        token,
        tuple(options),
        bytes(datagram[position:]),
    )


def _ascending(options: "Options") -> "list[tuple[int, bytes]]":
    # An insertion sort: MicroPython's `sort` is not stable, and repeats carry a path's order.
    ordered: "list[tuple[int, bytes]]" = []
    for option in options:
        index = len(ordered)
        while index and ordered[index - 1][0] > option[0]:
            index -= 1
        ordered.insert(index, option)
    return ordered


def _extend(datagram: bytearray, number: int) -> int:
    # RFC 7252, 3.1: the nibble 13 means one byte more, less 13; 14 two bytes more, less 269.
    if number < 13:
        return number
    if number < 269:
        datagram.append(number - 13)
        return 13
    number -= 269
    datagram.extend(bytes((number >> 8, number & 0xFF)))
    return 14


def _extended(datagram: bytes, position: int, nibble: int) -> "tuple[int, int]":
    if nibble < 13:
        return nibble, position
    end = position + nibble - 12
    # 15 is reserved.
    if nibble == 15 or end > len(datagram):
        raise MessageFormatError("an option header of nibble %d at %d" % (nibble, position))
    if nibble == 13:
        return datagram[position] + 13, end
    return (datagram[position] << 8 | datagram[position + 1]) + 269, end
