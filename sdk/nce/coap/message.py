"""CoAP messages to bytes and back (RFC 7252, 3).

    datagram = encode(Message(CON, POST, 0x1234, b"\\x01", path_options("/data"), b"21.5"))
    message = decode(datagram)  # a Message, or MessageFormatError

Pure: no state, no time. Meaning (which options are acceptable, what answers what) is elsewhere.
"""

from collections import namedtuple

from nce.coap import codes
from nce.errors import PeerError, UsageError

CON = 0
NON = 1
ACK = 2
RST = 3

TYPE_NAMES = ("CON", "NON", "ACK", "RST")

# options: a tuple of (number, value bytes) in ascending order of number, repeats kept.
Message = namedtuple("Message", ("type", "code", "mid", "token", "options", "payload"))

_VERSION = 1
_MARKER = 0xFF
_GREATEST_OPTION = 0xFFFF  # the registry's range (RFC 7252, 12.2)


class MessageFormatError(PeerError):
    """A datagram that is not a well-formed CoAP message.

    `type` and `mid` are those of its header when it could be read, so that a receiver can reject
    a confirmable one with a Reset (RFC 7252, 4.2); both are None when the datagram must be
    ignored silently (shorter than a header, or another version).
    """

    def __init__(self, text, type=None, mid=None):
        super().__init__(text)
        self.type = type
        self.mid = mid


def encode(message):
    """The datagram of a `Message`. Options are put in ascending order, equals in the order given.

    Raises `UsageError` for what the format has no room for.
    """
    kind, code, mid, token, options, payload = message
    if not 0 <= kind <= 3:
        raise UsageError("a message type is 0 to 3, not %d" % kind)
    if not 0 <= code <= 0xFF or codes.is_reserved(code):
        raise UsageError("code 0x%02x is of no class that CoAP over UDP has" % code)
    if not 0 <= mid <= 0xFFFF:
        raise UsageError("a message ID is 0 to 65535, not %d" % mid)
    if len(token) > 8:
        raise UsageError("a token is 0 to 8 bytes, not %d" % len(token))
    if code == codes.EMPTY and (token or options or payload):
        raise UsageError("an Empty message ends after the message ID (RFC 7252, 4.1)")
    datagram = bytearray((_VERSION << 6 | kind << 4 | len(token), code, mid >> 8, mid & 0xFF))
    datagram.extend(token)
    previous = 0
    for number, value in _ascending(options):
        _write_option(datagram, number - previous, value)
        previous = number
    if payload:
        datagram.append(_MARKER)
        datagram.extend(payload)
    return bytes(datagram)


def decode(datagram):
    """The `Message` of a datagram. Raises `MessageFormatError`."""
    size = len(datagram)
    if size < 4:
        raise MessageFormatError("%d bytes are less than a CoAP header" % size)
    first = datagram[0]
    if first >> 6 != _VERSION:
        raise MessageFormatError("CoAP version %d; only 1 is known" % (first >> 6))
    kind = first >> 4 & 3
    token_length = first & 0x0F
    code = datagram[1]
    mid = datagram[2] << 8 | datagram[3]
    if token_length > 8:
        raise MessageFormatError("token length %d is reserved" % token_length, kind, mid)
    if codes.is_reserved(code):
        raise MessageFormatError("code %s is reserved" % codes.dotted(code), kind, mid)
    if code == codes.EMPTY and size != 4:
        raise MessageFormatError("an Empty message of %d bytes" % size, kind, mid)
    position = 4 + token_length
    if position > size:
        raise MessageFormatError("the token ends after the datagram", kind, mid)
    token = bytes(datagram[4:position])
    options = []
    number = 0
    while position < size:
        byte = datagram[position]
        position += 1
        if byte == _MARKER:
            if position == size:
                raise MessageFormatError("a payload marker without payload", kind, mid)
            break
        delta, position = _extended(datagram, position, byte >> 4, kind, mid)
        length, position = _extended(datagram, position, byte & 0x0F, kind, mid)
        number += delta
        if number > _GREATEST_OPTION:
            raise MessageFormatError("option number %d" % number, kind, mid)
        if position + length > size:
            raise MessageFormatError(
                "option %d of %d bytes ends after the datagram" % (number, length), kind, mid
            )
        options.append((number, bytes(datagram[position : position + length])))
        position += length
    return Message(kind, code, mid, token, tuple(options), bytes(datagram[position:]))


def empty(kind, mid):
    """An Empty message: an acknowledgement, a Reset, or (as CON) a ping (RFC 7252, 4.1 to 4.3)."""
    return Message(kind, codes.EMPTY, mid, b"", (), b"")


def _ascending(options):
    # An insertion sort: MicroPython's `sort` is not stable, and repeats carry a path's order.
    ordered: "list" = []
    for option in options:
        index = len(ordered)
        while index and ordered[index - 1][0] > option[0]:
            index -= 1
        ordered.insert(index, option)
    return ordered


def _write_option(datagram, delta, value):
    length = len(value)
    if not 0 <= delta <= _GREATEST_OPTION:
        raise UsageError("option numbers are 0 to 65535")
    if length > 0xFFFF + 269:
        raise UsageError("an option of %d bytes; 65804 is the most" % length)
    delta_nibble, delta_bytes = _extension(delta)
    length_nibble, length_bytes = _extension(length)
    datagram.append(delta_nibble << 4 | length_nibble)
    datagram.extend(delta_bytes)
    datagram.extend(length_bytes)
    datagram.extend(value)


def _extension(number):
    # RFC 7252, 3.1: 13 means one byte more, less 13; 14 two bytes more, less 269.
    if number < 13:
        return number, b""
    if number < 269:
        return 13, bytes((number - 13,))
    number -= 269
    return 14, bytes((number >> 8, number & 0xFF))


def _extended(datagram, position, nibble, kind, mid):
    if nibble < 13:
        return nibble, position
    if nibble == 15:
        raise MessageFormatError("option delta or length 15 is reserved", kind, mid)
    end = position + nibble - 12
    if end > len(datagram):
        raise MessageFormatError("an option header ends after the datagram", kind, mid)
    if nibble == 13:
        return datagram[position] + 13, end
    return (datagram[position] << 8 | datagram[position + 1]) + 269, end
