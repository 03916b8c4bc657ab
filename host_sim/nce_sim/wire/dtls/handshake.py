"""Handshake messages: headers, fragments, ClientHello, ServerHello (RFC 6347, 4.2; RFC 5246, 7.4).

    for fragment in parse_fragments(record.fragment): message = reassembly.add(fragment)
    hello = parse_client_hello(message.body)

Unknown extensions and suites are passed over, as RFC 5246, 7.4.1.4 asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from nce_sim.wire.dtls.record import DTLS_1_2

CLIENT_HELLO = 1
SERVER_HELLO = 2
HELLO_VERIFY_REQUEST = 3
NEW_SESSION_TICKET = 4  # RFC 5077
SERVER_HELLO_DONE = 14
CLIENT_KEY_EXCHANGE = 16
FINISHED = 20

ENCRYPT_THEN_MAC = 22  # RFC 7366
EXTENDED_MASTER_SECRET = 23  # RFC 7627
SESSION_TICKET = 35  # RFC 5077
CONNECTION_ID = 54  # RFC 9146; the drafts' 53 had another MAC and counts as unknown
RENEGOTIATION_INFO = 0xFF01  # RFC 5746
EMPTY_RENEGOTIATION_SCSV = 0x00FF

HEADER_BYTES = 12
RANDOM_BYTES = 32
# A ClientHello is the longest message of a PSK client; 8 KiB leaves room for unusual extensions.
MAX_MESSAGE_BYTES = 8192
# Gaps that a message in pieces may have while it is put together.
_MAX_GAPS = 16


class MalformedHandshake(Exception):
    """A handshake message that does not parse."""


class Fragment(NamedTuple):
    """A handshake message or a part of it."""

    message_type: int
    length: int
    message_seq: int
    offset: int
    body: bytes


class HandshakeMessage(NamedTuple):
    message_type: int
    message_seq: int
    body: bytes

    def encode(self) -> bytes:
        """The message as if it had come in one fragment; so the transcript has it (4.2.6)."""
        length = len(self.body).to_bytes(3, "big")
        return (
            bytes([self.message_type])
            + length
            + self.message_seq.to_bytes(2, "big")
            + bytes(3)
            + length
            + self.body
        )


def parse_fragments(data: bytes) -> Iterator[Fragment]:
    """Yield the handshake fragments of one record; the rest of a broken one is dropped."""
    at = 0
    while len(data) - at >= HEADER_BYTES:
        message_type = data[at]
        length = int.from_bytes(data[at + 1 : at + 4], "big")
        message_seq = int.from_bytes(data[at + 4 : at + 6], "big")
        offset = int.from_bytes(data[at + 6 : at + 9], "big")
        size = int.from_bytes(data[at + 9 : at + 12], "big")
        at += HEADER_BYTES
        if length > MAX_MESSAGE_BYTES or offset + size > length or size > len(data) - at:
            return
        yield Fragment(message_type, length, message_seq, offset, data[at : at + size])
        at += size


class Reassembly:
    """Puts fragments together and hands messages out in order (RFC 6347, 4.2.2, 4.2.3).

    Only a few messages ahead are kept, each of bounded length.
    """

    LOOK_AHEAD = 3

    def __init__(self, next_seq: int) -> None:
        self.next_seq = next_seq
        self._partial: dict[int, _Partial] = {}

    def add(self, fragment: Fragment) -> None:
        """Take a fragment; one of a past or a far message is ignored."""
        if not self.next_seq <= fragment.message_seq < self.next_seq + self.LOOK_AHEAD:
            return
        partial = self._partial.get(fragment.message_seq)
        # A forged or damaged fragment must not keep the true message out: the latest one counts.
        if partial is None or not partial.agrees_with(fragment):
            partial = _Partial(fragment.message_type, fragment.length)
            self._partial[fragment.message_seq] = partial
        partial.add(fragment)

    def take(self) -> HandshakeMessage | None:
        """The next message in order once it is whole, else None."""
        partial = self._partial.get(self.next_seq)
        if partial is None or not partial.is_whole:
            return None
        del self._partial[self.next_seq]
        message = HandshakeMessage(partial.message_type, self.next_seq, bytes(partial.body))
        self.next_seq += 1
        return message


class _Partial:
    def __init__(self, message_type: int, length: int) -> None:
        self.message_type = message_type
        self.body = bytearray(length)
        self._have: list[tuple[int, int]] = []
        self._length = length

    @property
    def is_whole(self) -> bool:
        return self._have == [(0, self._length)]

    def agrees_with(self, fragment: Fragment) -> bool:
        return (fragment.message_type, fragment.length) == (self.message_type, self._length)

    def add(self, fragment: Fragment) -> None:
        start, end = fragment.offset, fragment.offset + len(fragment.body)
        self.body[start:end] = fragment.body
        merged: list[tuple[int, int]] = []
        for low, high in sorted([*self._have, (start, end)]):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        # Pieces of a byte here and there are an attack on our time: they count for nothing.
        self._have = merged if len(merged) <= _MAX_GAPS else []


@dataclass(frozen=True)
class ClientHello:
    """The offer of a client."""

    version: int
    random: bytes
    session_id: bytes
    cookie: bytes
    suites: tuple[int, ...]
    compressions: bytes
    extensions: Mapping[int, bytes]

    @property
    def wants_secure_renegotiation(self) -> bool:
        return EMPTY_RENEGOTIATION_SCSV in self.suites or RENEGOTIATION_INFO in self.extensions


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        if count > self.left:
            raise MalformedHandshake(f"{count} bytes expected, {self.left} left")
        taken = self._data[self._at : self._at + count]
        self._at += count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def vector(self, length_bytes: int) -> bytes:
        return self.take(self.number(length_bytes))

    @property
    def left(self) -> int:
        return len(self._data) - self._at


def parse_client_hello(body: bytes) -> ClientHello:
    """Parse a ClientHello (RFC 6347, 4.2.1); MalformedHandshake when it is not one."""
    reader = _Reader(body)
    version = reader.number(2)
    random = reader.take(RANDOM_BYTES)
    session_id = reader.vector(1)
    cookie = reader.vector(1)
    suites = reader.vector(2)
    compressions = reader.vector(1)
    if len(session_id) > 32 or len(suites) < 2 or len(suites) % 2 or not compressions:
        raise MalformedHandshake("a ClientHello with lengths that RFC 5246, 7.4.1.2 excludes")
    extensions: dict[int, bytes] = {}
    if reader.left:
        listed = _Reader(reader.vector(2))
        while listed.left:
            number = listed.number(2)
            if number in extensions:
                raise MalformedHandshake(f"extension {number} stands twice")
            extensions[number] = listed.vector(2)
    if reader.left:
        raise MalformedHandshake(f"{reader.left} bytes after the extensions")
    numbers = tuple(int.from_bytes(suites[at : at + 2], "big") for at in range(0, len(suites), 2))
    return ClientHello(version, random, session_id, cookie, numbers, compressions, extensions)


def hello_verify_request_body(cookie: bytes) -> bytes:
    # Its version says nothing about the version to come (RFC 6347, 4.2.1).
    return DTLS_1_2.to_bytes(2, "big") + bytes([len(cookie)]) + cookie


def server_hello_body(
    random: bytes, session_id: bytes, suite: int, extensions: Mapping[int, bytes]
) -> bytes:
    body = DTLS_1_2.to_bytes(2, "big") + random + bytes([len(session_id)]) + session_id
    body += suite.to_bytes(2, "big") + b"\0"
    listed = b"".join(
        number.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
        for number, value in extensions.items()
    )
    return body + (len(listed).to_bytes(2, "big") + listed if listed else b"")


def parse_psk_identity(body: bytes) -> bytes:
    """The identity of a PSK ClientKeyExchange (RFC 4279, 2)."""
    reader = _Reader(body)
    identity = reader.vector(2)
    if reader.left:
        raise MalformedHandshake(f"{reader.left} bytes after the identity")
    return identity


def parse_connection_id(value: bytes) -> bytes:
    """The connection ID that a client wants to see in what it receives (RFC 9146, 3)."""
    reader = _Reader(value)
    connection_id = reader.vector(1)
    if reader.left:
        raise MalformedHandshake(f"{reader.left} bytes after the connection ID")
    return connection_id


def new_session_ticket_body(lifetime_hint_s: int, ticket: bytes) -> bytes:
    """A NewSessionTicket (RFC 5077, 3.3)."""
    return lifetime_hint_s.to_bytes(4, "big") + len(ticket).to_bytes(2, "big") + ticket
