"""Handshake messages to bytes and back (RFC 6347, 4.2.2; RFC 5246, 7.4; RFC 4279, 2).

    message = wrap(CLIENT_HELLO, message_seq, client_hello(random, cookie, suites))
    hello = parse_server_hello(body)  # raises Malformed

A message is its 12-byte header, written as if unfragmented, and its body: what is hashed.
"""

import struct
from collections import namedtuple

from nce.dtls.record import VERSION_1_2

HELLO_REQUEST = 0
CLIENT_HELLO = 1
SERVER_HELLO = 2
HELLO_VERIFY_REQUEST = 3
SERVER_KEY_EXCHANGE = 12
SERVER_HELLO_DONE = 14
CLIENT_KEY_EXCHANGE = 16
FINISHED = 20

HEADER_LENGTH = 12

_EXTENDED_MASTER_SECRET = 0x0017  # RFC 7627
_RENEGOTIATION_INFO = 0xFF01  # RFC 5746
_EMPTY_RENEGOTIATION_INFO_SCSV = 0x00FF

Fragment = namedtuple("Fragment", ("type", "length", "message_seq", "offset", "body"))
ServerHello = namedtuple("ServerHello", ("random", "suite", "compression", "extensions"))


class Malformed(ValueError):
    """A message whose bytes do not add up."""


def wrap(kind, message_seq, body):
    """A whole message: header and body."""
    length = len(body)
    return (
        struct.pack(
            ">BBHHBHBH",
            kind,
            length >> 16,
            length & 0xFFFF,
            message_seq,
            0,
            0,
            length >> 16,
            length & 0xFFFF,
        )
        + body
    )


def fragments_of(data):
    """The fragments of messages in one record, as a list. Raises `Malformed`."""
    fragments = []
    start = 0
    while start < len(data):
        if start + HEADER_LENGTH > len(data):
            raise Malformed("a handshake header is cut")
        kind, high, low, message_seq, offset_high, offset_low, size_high, size_low = (
            struct.unpack_from(">BBHHBHBH", data, start)
        )
        start += HEADER_LENGTH
        length = high << 16 | low
        offset = offset_high << 16 | offset_low
        size = size_high << 16 | size_low
        if offset + size > length or start + size > len(data):
            raise Malformed("a fragment ends after its message")
        fragments.append(Fragment(kind, length, message_seq, offset, data[start : start + size]))
        start += size
    return fragments


def client_hello(random, cookie, suites):
    """The body of a ClientHello: no session, no compression, extended master secret.

    The signalling suite says that renegotiation is the secure one (RFC 5746, 3.3): some servers
    refuse a hello without it.
    """
    numbers = list(suites) + [_EMPTY_RENEGOTIATION_INFO_SCSV]
    return b"".join(
        (
            struct.pack(">H", VERSION_1_2),
            random,
            b"\x00",  # no session ID
            bytes((len(cookie),)),
            cookie,
            struct.pack(">H", 2 * len(numbers)),
            b"".join([struct.pack(">H", number) for number in numbers]),
            b"\x01\x00",  # the null compression alone
            struct.pack(">HHH", 4, _EXTENDED_MASTER_SECRET, 0),
        )
    )


def client_key_exchange(identity):
    """The body of a ClientKeyExchange with a PSK identity (RFC 4279, 2)."""
    return struct.pack(">H", len(identity)) + identity


def parse_hello_verify_request(body):
    """The cookie. The version field means nothing (RFC 6347, 4.2.1)."""
    reader = _Reader(body)
    reader.take(2)
    cookie = reader.vector(1)
    reader.end()
    return cookie


def parse_server_hello(body):
    """A `ServerHello`; `extensions` is a dict of number to data."""
    reader = _Reader(body)
    version = reader.uint(2)
    if version != VERSION_1_2:
        raise Malformed("the server chose version %04x" % version)
    random = reader.take(32)
    if len(reader.vector(1)) > 32:
        raise Malformed("a session ID of over 32 bytes")
    suite = reader.uint(2)
    compression = reader.uint(1)
    extensions = {}
    if not reader.is_at_end():
        inner = _Reader(reader.vector(2))
        while not inner.is_at_end():
            number = inner.uint(2)
            if number in extensions:
                raise Malformed("extension %d comes twice" % number)
            extensions[number] = inner.vector(2)
    reader.end()
    return ServerHello(random, suite, compression, extensions)


def parse_server_key_exchange(body):
    """The server's identity hint (RFC 4279, 2), which we have no use for."""
    reader = _Reader(body)
    hint = reader.vector(2)
    reader.end()
    return hint


def has_extended_master_secret(hello):
    """True when the server agreed to RFC 7627."""
    return _EXTENDED_MASTER_SECRET in hello.extensions


def unasked_extension(hello):
    """The number of an extension that we did not ask for or cannot accept, or None."""
    for number, data in hello.extensions.items():
        if number == _EXTENDED_MASTER_SECRET and not data:
            continue
        # RFC 5746, 3.4: empty in a first handshake.
        if number == _RENEGOTIATION_INFO and data == b"\x00":
            continue
        return number
    return None


class _Reader:
    def __init__(self, data):
        self._data = data
        self._at = 0

    def take(self, length):
        end = self._at + length
        if end > len(self._data):
            raise Malformed("%d bytes wanted, %d left" % (length, len(self._data) - self._at))
        taken = bytes(self._data[self._at : end])
        self._at = end
        return taken

    def uint(self, length):
        return int.from_bytes(self.take(length), "big")

    def vector(self, length_bytes):
        return self.take(self.uint(length_bytes))

    def is_at_end(self):
        return self._at == len(self._data)

    def end(self):
        if not self.is_at_end():
            raise Malformed("%d bytes too many" % (len(self._data) - self._at))
