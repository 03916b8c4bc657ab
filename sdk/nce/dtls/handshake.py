"""Handshake messages to bytes and back (RFC 6347, 4.2.2; RFC 5246, 7.4; RFC 4279, 2).

    message = wrap(1, message_seq, client_hello(random, b"", cookie, suites, [...]))
    random, session_id, suite, extensions = parse_server_hello(body)  # raises Malformed

A message is its 12-byte header, written as if unfragmented, and its body: what is hashed.
"""

import struct

if 1 - 1:
    from nce.dtls.suites import Suite
    from nce.seams import Sequence


class Malformed(ValueError):
    """A message whose bytes do not add up."""


def wrap(kind: int, message_seq: int, body: bytes) -> bytes:
    """A whole message: header and body."""
    length = struct.pack(">I", len(body))[1:]
    return struct.pack(">B3sH3s3s", kind, length, message_seq, b"\x00\x00\x00", length) + body


def fragments(message: bytes, size: int) -> "list[bytes]":
    """A message in pieces of at most `size` bytes, each with a header of its own (4.2.3)."""
    size -= 12
    pieces = []
    for offset in range(12, len(message), size):
        piece = message[offset : offset + size]
        place = struct.pack(">I", offset - 12)[1:] + struct.pack(">I", len(piece))[1:]
        pieces.append(message[:6] + place + piece)
    return pieces


def fragments_of(data: bytes) -> "list[tuple[int, int, int, int, bytes]]":
    """The fragments in one record, as a list of (type, length, message_seq, offset, body).

    Raises `Malformed`.
    """
    found = []
    start = 0
    while start < len(data):
        if start + 12 > len(data):
            raise Malformed("header")
        kind, high, low, message_seq, offset_high, offset_low, size_high, size_low = (
            struct.unpack_from(">BBHHBHBH", data, start)
        )
        start += 12
        length = high << 16 | low
        offset = offset_high << 16 | offset_low
        end = start + (size_high << 16 | size_low)
        if offset + end - start > length or end > len(data):
            raise Malformed("fragment")
        found.append((kind, length, message_seq, offset, data[start:end]))
        start = end
    return found


def client_hello(
    random: bytes,
    session_id: bytes,
    cookie: bytes,
    suites: "Sequence[Suite]",
    extensions: "list[tuple[int, bytes]]",
) -> bytes:
    """The body of a ClientHello; `extensions` is a list of (number, data).

    The signalling suite 00ff says that renegotiation is the secure one (RFC 5746, 3.3): some
    servers refuse a hello without it.
    """
    numbers = [struct.pack(">H", suite.number) for suite in suites] + [b"\x00\xff"]
    packed = [struct.pack(">HH", number, len(data)) + data for number, data in extensions]
    return b"".join(
        (
            b"\xfe\xfd",
            random,
            bytes((len(session_id),)),
            session_id,
            bytes((len(cookie),)),
            cookie,
            struct.pack(">H", 2 * len(numbers)),
            b"".join(numbers),
            b"\x01\x00",  # the null compression alone
            struct.pack(">H", sum([len(extension) for extension in packed])),
            b"".join(packed),
        )
    )


def parse_hello_verify_request(body: bytes) -> bytes:
    """The cookie. The version field means nothing (RFC 6347, 4.2.1)."""
    cookie, rest = vector(body[2:], 1)
    if rest:
        raise Malformed("cookie")
    return cookie


def parse_server_hello(body: bytes) -> "tuple[bytes, bytes, int, dict[int, bytes]]":
    """(random, session_id, suite, extensions); `extensions` is a dict of number to data."""
    session_id, rest = vector(body[34:], 1)
    # No compression but null is offered: any other makes no sense.
    if body[:2] != b"\xfe\xfd" or len(session_id) > 32 or len(rest) < 3 or rest[2]:
        raise Malformed("hello")
    suite = rest[0] << 8 | rest[1]
    extensions = {}
    if len(rest) > 3:
        listed, beyond = vector(rest[3:], 2)
        while listed:
            data, following = vector(listed[2:], 2)
            number = listed[0] << 8 | listed[1]
            if number in extensions:
                raise Malformed("extension twice")
            extensions[number] = data
            listed = following
        if beyond:
            raise Malformed("hello")
    return bytes(body[2:34]), session_id, suite, extensions


def vector(data: bytes, size: int) -> "tuple[bytes, bytes]":
    """(vector, rest) of data that begins with a vector whose length has `size` bytes."""
    end = size + int.from_bytes(data[:size], "big")
    if not size <= end <= len(data) or len(data) < size:
        raise Malformed("vector")
    return bytes(data[size:end]), data[end:]
