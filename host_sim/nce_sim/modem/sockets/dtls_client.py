"""The DTLS 1.2 PSK client inside a modem that offloads DTLS; sans-IO (RFC 6347; RFC 4279).

    client = DtlsClient(identity, key, suites=(0xC0A8,), random_bytes=random.randbytes)
    client.start(now_ms)
    for text in client.receive_datagram(data, now_ms): ...
    client.send(b"hello")                       # once client.state is ESTABLISHED
    for datagram in client.datagrams_to_send(): ...

Records and key derivation are those of the simulated CoAPS endpoint. That both sides understand
them alike says nothing, so this client is held against OpenSSL, too (test_modem_dtls_client.py).
"""

from __future__ import annotations

import enum
import hashlib
import hmac
from collections.abc import Callable

from nce_sim.wire.dtls import alerts, handshake, key_schedule, record
from nce_sim.wire.dtls.handshake import HandshakeMessage, Reassembly
from nce_sim.wire.dtls.reader import Reader
from nce_sim.wire.dtls.suites import SUITES
from nce_sim.wire.dtls.writer import Entry, Writer


class State(enum.StrEnum):
    """Where a connection is."""

    HANDSHAKING = "HANDSHAKING"
    ESTABLISHED = "ESTABLISHED"
    FAILED = "FAILED"
    CLOSED = "CLOSED"


HANDSHAKING, ESTABLISHED, FAILED, CLOSED = State

SERVER_KEY_EXCHANGE = 12  # of PSK: a hint that is not needed (RFC 4279, 2)
UNEXPECTED_MESSAGE = 10  # RFC 5246, 7.2
RETRANSMIT_MS, RETRANSMIT_MAX_MS = 1_000, 60_000  # RFC 6347, 4.2.4.1


class HandshakeFailed(Exception):
    """The server's answer cannot be accepted; `alert` is what it is told."""

    def __init__(self, alert: int, reason: str) -> None:
        super().__init__(reason)
        self.alert = alert


class DtlsClient:
    """One connection, from the first ClientHello to close_notify."""

    def __init__(
        self,
        identity: bytes,
        key: bytes,
        *,
        suites: tuple[int, ...],
        random_bytes: Callable[[int], bytes],
        offers_connection_id: bool = False,
        retransmit_ms: int = RETRANSMIT_MS,
    ) -> None:
        self.state: State = HANDSHAKING
        self.failure = ""  # why, once the state is FAILED or CLOSED
        self.suite = 0
        self.has_connection_id = False
        self._identity, self._key = identity, key
        self._suites = suites
        self._random_bytes = random_bytes
        self._offers_connection_id = offers_connection_id
        self._random = random_bytes(handshake.RANDOM_BYTES)
        self._server_random = b""
        self._is_extended = False
        self._master = b""
        self._transcript = b""
        self._next_seq = 0
        self._reassembly = Reassembly(0)
        self._writer, self._reader = Writer(first_sequence=0), Reader()
        self._flight: list[Entry] = []
        self._wait_ms = retransmit_ms
        self._deadline_ms: int | None = None

    @property
    def is_shaking_hands(self) -> bool:
        """Whether the handshake goes on."""
        return self.state is HANDSHAKING

    @property
    def is_established(self) -> bool:
        """Whether application data can pass."""
        return self.state is ESTABLISHED

    # -- the verbs -------------------------------------------------------------------------

    def start(self, now_ms: int) -> None:
        """Say hello."""
        self._say_hello(b"")
        self._send_flight(now_ms)

    def receive_datagram(self, data: bytes, now_ms: int) -> list[bytes]:
        """Take a datagram; the application data in it."""
        texts: list[bytes] = []
        for received in record.parse_records(data):
            try:
                texts += self._receive_record(received, now_ms)
            except record.BadRecord:
                continue  # dropped without an answer (RFC 6347, 4.1.2.7)
            except HandshakeFailed as error:
                self._fail(error.alert, str(error))
            except handshake.MalformedHandshake as error:
                self._fail(alerts.DECODE_ERROR, str(error))
        return texts

    def send(self, data: bytes) -> None:
        """Seal application data into one datagram; ValueError before the handshake is done."""
        if self.state != ESTABLISHED:
            raise ValueError(f"no connection: {self.state} {self.failure}".rstrip())
        self._writer.send([(record.APPLICATION_DATA, 1, data)])

    def close(self) -> None:
        """Tell the server, when there is a connection to end."""
        if self.state == ESTABLISHED:
            alert = bytes([alerts.WARNING, alerts.CLOSE_NOTIFY])
            self._writer.send([(record.ALERT, 1, alert)])
            self._end(CLOSED, "closed by the host")

    def datagrams_to_send(self) -> list[bytes]:
        """The datagrams to send, each once."""
        return self._writer.take_datagrams()

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        return self._deadline_ms

    def handle_timeout(self, now_ms: int) -> None:
        """Repeat the flight when it is due; the caller decides how often."""
        if self._deadline_ms is not None and now_ms >= self._deadline_ms:
            self._wait_ms = min(2 * self._wait_ms, RETRANSMIT_MAX_MS)
            self._send_flight(now_ms)

    # -- records ---------------------------------------------------------------------------

    def _receive_record(self, received: record.Record, now_ms: int) -> list[bytes]:
        if self.state in (FAILED, CLOSED):
            return []
        content_type, text = received.content_type, received.fragment
        if received.epoch == 1:
            opened = self._reader.open(received)
            content_type, text = opened.content_type, opened.text
        elif received.epoch or self.state == ESTABLISHED:
            return []  # anybody can write epoch 0: it must not disturb a secure connection
        if content_type == record.APPLICATION_DATA and received.epoch:
            return [text] if self.state == ESTABLISHED else []
        if content_type == record.ALERT and len(text) == 2:
            self._receive_alert(*text)
        elif content_type == record.HANDSHAKE:
            for fragment in handshake.parse_fragments(text):
                self._reassembly.add(fragment)
                while (message := self._reassembly.take()) is not None:
                    self._receive_message(message, received.epoch, now_ms)
        return []

    def _receive_alert(self, level: int, number: int) -> None:
        reason = f"the server sent {alerts.alert_name(number)}"
        if self.state == ESTABLISHED and (level == alerts.FATAL or number == alerts.CLOSE_NOTIFY):
            self._end(CLOSED, reason)
        elif level == alerts.FATAL:
            self._end(FAILED, reason)

    def _fail(self, alert: int, reason: str) -> None:
        epoch = int(self._writer.protection is not None)
        self._writer.send([(record.ALERT, epoch, bytes([alerts.FATAL, alert]))])
        self._end(FAILED, reason)

    def _end(self, state: State, reason: str) -> None:
        self.state, self.failure = state, reason
        self._deadline_ms = None

    # -- the handshake ---------------------------------------------------------------------

    def _receive_message(self, message: HandshakeMessage, epoch: int, now_ms: int) -> None:
        kind = message.message_type
        if kind == handshake.HELLO_VERIFY_REQUEST and not self._server_random:
            self._say_hello(_cookie_of(message.body))
            self._send_flight(now_ms)
        elif kind == handshake.SERVER_HELLO and not self._server_random:
            self._take_server_hello(message)
        elif kind == SERVER_KEY_EXCHANGE and self._server_random and not self._master:
            self._transcript += message.encode()
        elif kind == handshake.SERVER_HELLO_DONE and self._server_random and not self._master:
            self._transcript += message.encode()
            self._prove(now_ms)
        elif kind == handshake.FINISHED and epoch == 1 and self.state == HANDSHAKING:
            expected = self._proof(b"server finished")
            if not hmac.compare_digest(expected, message.body):
                raise HandshakeFailed(alerts.DECRYPT_ERROR, "the server's Finished is wrong")
            self.state, self._deadline_ms, self._flight = ESTABLISHED, None, []
        else:
            raise HandshakeFailed(UNEXPECTED_MESSAGE, f"message {kind} is out of its turn")

    def _say_hello(self, cookie: bytes) -> None:
        suites = (*self._suites, handshake.EMPTY_RENEGOTIATION_SCSV)
        body = record.DTLS_1_2.to_bytes(2, "big") + self._random + b"\0"
        body += bytes([len(cookie)]) + cookie + (2 * len(suites)).to_bytes(2, "big")
        body += b"".join(number.to_bytes(2, "big") for number in suites) + b"\1\0"
        extensions = handshake.EXTENDED_MASTER_SECRET.to_bytes(2, "big") + b"\0\0"
        if self._offers_connection_id:
            # An empty ID: one that the server is to put into its records is not wanted.
            extensions += handshake.CONNECTION_ID.to_bytes(2, "big") + b"\0\1\0"
        body += len(extensions).to_bytes(2, "big") + extensions
        # A hello that a HelloVerifyRequest answers is not part of it (RFC 6347, 4.2.1).
        self._transcript, self._flight = b"", []
        self._flight.append(self._say(handshake.CLIENT_HELLO, body))

    def _take_server_hello(self, message: HandshakeMessage) -> None:
        self._transcript += message.encode()
        version, self._server_random, suite, extensions = _parse_server_hello(message.body)
        if version != record.DTLS_1_2:
            raise HandshakeFailed(alerts.PROTOCOL_VERSION, f"the server took 0x{version:04X}")
        if suite not in self._suites or suite not in SUITES:
            raise HandshakeFailed(alerts.ILLEGAL_PARAMETER, f"the server took 0x{suite:04X}")
        self.suite = suite
        self._is_extended = handshake.EXTENDED_MASTER_SECRET in extensions
        given = extensions.get(handshake.CONNECTION_ID)
        if given is not None:
            self._writer.connection_id = handshake.parse_connection_id(given)
            self.has_connection_id = True

    def _prove(self, now_ms: int) -> None:
        identity = len(self._identity).to_bytes(2, "big") + self._identity
        flight = [self._say(handshake.CLIENT_KEY_EXCHANGE, identity)]
        if self._is_extended:
            label, seed = b"extended master secret", hashlib.sha256(self._transcript).digest()
        else:
            label, seed = b"master secret", self._random + self._server_random
        self._master = key_schedule.master_secret(self._key, label, seed)
        suite = SUITES[self.suite]
        block = key_schedule.prf(
            self._master,
            b"key expansion",
            self._server_random + self._random,
            suite.key_block_bytes,
        )
        own, servers = suite.split_key_block(block)
        self._writer.protection = suite.protect(own, False, self._random_bytes)
        self._reader.protection = suite.protect(servers, False, self._random_bytes)
        proof = self._proof(b"client finished")
        flight.append((record.CHANGE_CIPHER_SPEC, 0, b"\1"))
        flight.append(self._say(handshake.FINISHED, proof, epoch=1))
        self._flight = flight
        self._send_flight(now_ms)

    def _proof(self, label: bytes) -> bytes:
        return key_schedule.finished_verify_data(self._master, label, self._transcript)

    def _say(self, message_type: int, body: bytes, epoch: int = 0) -> Entry:
        encoded = HandshakeMessage(message_type, self._next_seq, body).encode()
        self._next_seq += 1
        self._transcript += encoded
        return (record.HANDSHAKE, epoch, encoded)

    def _send_flight(self, now_ms: int) -> None:
        self._writer.send(self._flight)
        self._deadline_ms = now_ms + self._wait_ms


def _cookie_of(body: bytes) -> bytes:
    """The cookie of a HelloVerifyRequest (RFC 6347, 4.2.1)."""
    if len(body) < 3 or len(body) != 3 + body[2]:
        raise handshake.MalformedHandshake("a HelloVerifyRequest whose cookie does not fit")
    return body[3:]


def _parse_server_hello(body: bytes) -> tuple[int, bytes, int, dict[int, bytes]]:
    """Version, random, suite and extensions of a ServerHello (RFC 5246, 7.4.1.3)."""
    fixed = 2 + handshake.RANDOM_BYTES
    after_id = fixed + 1 + (body[fixed] if len(body) > fixed else 0)
    if len(body) < after_id + 3:
        raise handshake.MalformedHandshake(f"a ServerHello of {len(body)} bytes")
    suite = int.from_bytes(body[after_id : after_id + 2], "big")
    extensions: dict[int, bytes] = {}
    at = after_id + 5
    while at + 4 <= len(body):
        end = at + 4 + int.from_bytes(body[at + 2 : at + 4], "big")
        extensions[int.from_bytes(body[at : at + 2], "big")] = body[at + 4 : end]
        at = end
    if at not in (len(body), after_id + 5):
        raise handshake.MalformedHandshake("a ServerHello whose extensions do not fit")
    return int.from_bytes(body[:2], "big"), body[2:fixed], suite, extensions
