"""Handshake messages to bytes and back, and what the two hellos agree on (RFC 5246, 7.4).

    message = wrap(1, message_seq, client_hello(random, b"", cookie, suites, [...]))
    random, session_id, suite, extensions = parse_server_hello(body)  # raises Malformed
    server_random, *settled = agreement(client, session_id, body)     # or Unfit

A message is a header of 12 bytes, written as if the message were in one piece (RFC 6347, 4.2.2),
and a body. Both are hashed. Nothing is kept here: a hello that does not fit leaves no trace.
"""

import struct

from nce.const import const
from nce.dtls.errors import Unfit

if 1 - 1:
    from nce.dtls.client import Client
    from nce.dtls.suites import Suite
    from nce.seams import Sequence


# Extensions.
_ENCRYPT_THEN_MAC = const(22)  # RFC 7366
_EXTENDED_MASTER_SECRET = const(23)  # RFC 7627
_SESSION_TICKET = const(35)  # RFC 5077
_CONNECTION_ID = const(54)  # RFC 9146
_RENEGOTIATION_INFO = const(0xFF01)  # RFC 5746

# What does not fit: a row of nce.dtls.advice.
_SUITE = const(1)
_EXTENSION = const(2)
_MAC_THEN_ENCRYPT = const(3)
_OTHER_SESSION = const(4)


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

    The signalling suite 00ff says that we renegotiate only securely (RFC 5746, 3.3): some servers
    refuse a hello without it.
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
            b"\x01\x00",  # only null compression
            struct.pack(">H", sum([len(extension) for extension in packed])),
            b"".join(packed),
        )
    )


def parse_server_hello(body: bytes) -> "tuple[bytes, bytes, int, dict[int, bytes]]":
    """(random, session_id, suite, extensions); `extensions` is a dict of number to data."""
    session_id, rest = vector(body[34:], 1)
    # We offer only null compression: any other makes no sense.
    if body[:2] != b"\xfe\xfd" or len(session_id) > 32 or len(rest) < 3 or rest[2]:
        raise Malformed("hello")
    suite = rest[0] << 8 | rest[1]
    extensions = {}
    if len(rest) > 3:
        listed = sole_vector(rest[3:], 2)
        while listed:
            data, following = vector(listed[2:], 2)
            number = listed[0] << 8 | listed[1]
            if number in extensions:
                raise Malformed("extension twice")
            extensions[number] = data
            listed = following
    return bytes(body[2:34]), session_id, suite, extensions


def extensions_of(client: "Client", ticket: bytes) -> "list[tuple[int, bytes]]":
    """The extensions of the client's hello, as a list of (number, data)."""
    extensions = [(_EXTENDED_MASTER_SECRET, b"")]
    if any([suite.mac_length for suite in client.suites]):
        extensions.append((_ENCRYPT_THEN_MAC, b""))
    if client.offers_connection_id:
        extensions.append((_CONNECTION_ID, b"\x00"))  # we want none in the server's records
    if client.offers_ticket:
        extensions.append((_SESSION_TICKET, ticket))
    return extensions


def agreement(
    client: "Client", session_id: bytes, body: bytes
) -> "tuple[bytes, bytes, Suite, bytes, bool, bool, bool, bool]":
    """What a ServerHello settles, when our hello had `session_id`.

    (server_random, session_id, suite, connection_id, has_extended_master_secret,
    encrypt_then_mac, promises_ticket, is_resumed)
    """
    server_random, server_id, number, extensions = parse_server_hello(body)
    chosen = [suite for suite in client.suites if suite.number == number]
    if not chosen:
        raise Unfit(_SUITE, number)
    offered = [extension for extension, _data in extensions_of(client, b"")]
    for extension, data in extensions.items():
        # RFC 5746, 3.4: renegotiation_info is empty in a first handshake.
        if extension not in offered and (extension != _RENEGOTIATION_INFO or data != b"\x00"):
            raise Unfit(_EXTENSION, extension)
    encrypt_then_mac = _ENCRYPT_THEN_MAC in extensions
    if chosen[0].needs_encrypt_then_mac and not encrypt_then_mac:
        # RFC 7366, 2 to 4; RFC 5246, 6.2.3.2: see nce.dtls.cbc.
        raise Unfit(_MAC_THEN_ENCRYPT)
    connection_id = b""
    if _CONNECTION_ID in extensions:
        connection_id = sole_vector(extensions[_CONNECTION_ID], 1)
    has_extended_master_secret = _EXTENDED_MASTER_SECRET in extensions
    session = client.session
    is_resumed = session is not None and server_id == session_id
    # RFC 7627, 5.3; RFC 5246, 7.4.1.3: a resumed session is as it was.
    if is_resumed and (number != session[3] or not has_extended_master_secret):  # type: ignore[index]
        raise Unfit(_OTHER_SESSION)
    return (
        server_random,
        server_id,
        chosen[0],
        connection_id,
        has_extended_master_secret,
        encrypt_then_mac,
        _SESSION_TICKET in extensions,
        is_resumed,
    )


def vector(data: bytes, size: int) -> "tuple[bytes, bytes]":
    """(vector, rest) of data that begins with a vector whose length has `size` bytes."""
    end = size + int.from_bytes(data[:size], "big")
    if not size <= end <= len(data) or len(data) < size:
        raise Malformed("vector")
    return bytes(data[size:end]), data[end:]


def sole_vector(data: bytes, size: int) -> bytes:
    """The vector that data consists of; raises `Malformed` when more follows."""
    content, rest = vector(data, size)
    if rest:
        raise Malformed("rest")
    return content
