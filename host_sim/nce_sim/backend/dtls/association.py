"""One handshake and the association it becomes, from the server's side (RFC 6347, 4.2).

    WAIT_FLIGHT_5   ServerHello and ServerHelloDone are out; the client's key exchange is awaited
    ESTABLISHED     its Finished was good; the last flight is kept, for the client may miss it
    DEAD            refused, closed or given up

The server routes records here and sends what `take_datagrams` gives.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from . import events, handshake, key_schedule, record
from .events import Event, Peer
from .handshake import ClientHello, HandshakeMessage, MalformedHandshake, Reassembly
from .negotiation import Refusal, negotiate
from .record import BadRecord, Record, ReplayWindow
from .settings import ALERT, DtlsSettings
from .suites import Protection, RandomBytes
from .writer import Entry, Writer

LookUpPsk = Callable[[bytes, Peer], "bytes | None"]
KeyLog = Callable[[str], None]

WAIT_FLIGHT_5 = "WAIT_FLIGHT_5"
ESTABLISHED = "ESTABLISHED"
DEAD = "DEAD"

# Records of epoch 1 that overtook the key exchange wait here for their keys (RFC 6347, 4.1).
_MAX_EARLY_RECORDS = 4
# Each answers a datagram of the client's; the bound keeps a replayer from using us for ever.
_MAX_FINAL_FLIGHTS = 32


class Association:
    """One peer's handshake, keys and sequence numbers."""

    def __init__(
        self,
        peer: Peer,
        session: int,
        *,
        settings: DtlsSettings,
        look_up_psk: LookUpPsk,
        random_bytes: RandomBytes,
        key_log: KeyLog | None,
    ) -> None:
        self.peer = peer
        self.session = session
        self.state = WAIT_FLIGHT_5
        self.identity = b""
        self.client_random = b""
        self.deadline_ms: int | None = None
        self.last_activity_ms = 0
        self._settings = settings
        self._look_up_psk = look_up_psk
        self._random_bytes = random_bytes
        self._key_log = key_log
        self._writer = Writer(first_sequence=0)
        self._read: Protection | None = None
        self._window = ReplayWindow()
        self._early: list[Record] = []
        self._transcript = b""
        self._flight: list[Entry] = []
        self._resends = 0
        self._flight_is_wanted = False
        self._wrong_key_is_told = False

    # -- the server's side of the handshake ------------------------------------------------

    def accept(
        self, hello: ClientHello, message: HandshakeMessage, record_sequence: int, now_ms: int
    ) -> None:
        """Answer a ClientHello whose cookie was good with flight 4; Refusal when it cannot be."""
        # RFC 6347, 4.2.1: the ServerHello's record number is that of the second ClientHello.
        self._writer = Writer(first_sequence=record_sequence)
        self.client_random = hello.random
        self.last_activity_ms = now_ms
        self._agreed = negotiate(hello, self._settings)
        self._server_random = self._random_bytes(handshake.RANDOM_BYTES)
        self._transcript = message.encode()
        self._reassembly = Reassembly(message.message_seq + 1)
        body = handshake.server_hello_body(
            self._server_random, b"", self._agreed.suite.number, self._agreed.extensions
        )
        # Being stateless before this, the server numbers its messages as the client does.
        for message_type, content in (
            (handshake.SERVER_HELLO, body),
            (handshake.SERVER_HELLO_DONE, b""),
        ):
            self._add_to_flight(message_type, content, message.message_seq + len(self._flight))
        self._writer.send(self._flight)
        self._arm(now_ms)

    def repeat_flight(self) -> None:
        """Note that the client repeated itself: it missed our flight (RFC 6347, 4.2.4)."""
        self._flight_is_wanted = True

    def receive_record(self, received: Record, now_ms: int) -> list[Event]:
        """Take one record; BadRecord when it is not the peer's or not new."""
        if received.epoch == 0:
            return self._receive_plain(received, now_ms)
        if received.epoch != 1:
            raise BadRecord(f"epoch {received.epoch} does not exist")
        if self._read is None:
            if len(self._early) < _MAX_EARLY_RECORDS:
                self._early.append(received)
            return []
        return self._receive_protected(received, now_ms)

    def end_of_datagram(self) -> None:
        """Repeat the last flight if anything in the datagram asked for it: once."""
        if self._flight_is_wanted:
            self._flight_is_wanted = False
            if self.state == WAIT_FLIGHT_5 or self._resends < _MAX_FINAL_FLIGHTS:
                self._resends += self.state == ESTABLISHED
                self._writer.send(self._flight)

    def handle_timeout(self, now_ms: int) -> bool:
        """Repeat flight 4 when it is due; False when the handshake is to be forgotten."""
        if self.deadline_ms is None or now_ms < self.deadline_ms:
            return True
        if self._resends >= self._settings.retransmissions:
            self.state = DEAD
            return False
        self._resends += 1
        self._writer.send(self._flight)
        self._arm(now_ms)
        return True

    def send(self, data: bytes, now_ms: int) -> None:
        """Seal application data into one datagram."""
        if self.state != ESTABLISHED:
            raise ValueError(f"no association with {self.peer[0]}:{self.peer[1]}")
        self.last_activity_ms = now_ms
        self._writer.send([(record.APPLICATION_DATA, 1, data)])

    def close(self, level: int = events.WARNING, alert: int = events.CLOSE_NOTIFY) -> None:
        """Tell the peer and be dead."""
        epoch = 1 if self.state == ESTABLISHED else 0
        self._writer.send([(record.ALERT, epoch, bytes([level, alert]))])
        self.state = DEAD
        self.deadline_ms = None

    def take_datagrams(self) -> list[bytes]:
        """The datagrams to send, each once."""
        return self._writer.take_datagrams()

    # -- incoming --------------------------------------------------------------------------

    def _receive_plain(self, received: Record, now_ms: int) -> list[Event]:
        # Anyone can write epoch 0: once there are keys, nothing in it may change anything.
        if self.state == ESTABLISHED:
            for fragment in self._fragments(received):
                if fragment.message_type == handshake.CLIENT_KEY_EXCHANGE:
                    self._flight_is_wanted = True
            return []
        if received.content_type == record.ALERT:
            level_and_number = received.fragment[:2]
            if len(level_and_number) == 2 and level_and_number[0] == events.FATAL:
                self.state = DEAD
                name = events.alert_name(level_and_number[1])
                return [events.Failed(self.peer, f"the client gave up: {name}")]
            return []
        # ChangeCipherSpec needs no action: a record's epoch says the same (RFC 6347, 4.1).
        if received.content_type != record.HANDSHAKE or self._read is not None:
            return []
        for fragment in self._fragments(received):
            if fragment.message_type == handshake.CLIENT_KEY_EXCHANGE:
                self._reassembly.add(fragment)
        message = self._reassembly.take()
        if message is None:
            return []
        return self._receive_key_exchange(message, now_ms)

    def _receive_key_exchange(self, message: HandshakeMessage, now_ms: int) -> list[Event]:
        self.last_activity_ms = now_ms
        try:
            identity = handshake.parse_psk_identity(message.body)
        except MalformedHandshake as error:
            raise Refusal(events.DECODE_ERROR, f"ClientKeyExchange: {error}") from None
        psk = self._look_up_psk(identity, self.peer)
        if psk is None:
            answer = self._settings.unknown_identity == ALERT
            raise Refusal(
                events.UNKNOWN_PSK_IDENTITY if answer else None,
                f"no key for a PSK identity of {len(identity)} bytes from this address; "
                "has the device called /bootstrap, and is its SIM enabled?",
            )
        self.identity = identity
        self._transcript += message.encode()
        self._derive_keys(psk)
        happened: list[Event] = []
        early, self._early = self._early, []
        for waiting in early:
            try:
                happened += self._receive_protected(waiting, now_ms)
            except BadRecord:
                continue
        return happened

    def _derive_keys(self, psk: bytes) -> None:
        agreed = self._agreed
        if agreed.extended_master_secret:
            session_hash = hashlib.sha256(self._transcript).digest()
            label, seed = b"extended master secret", session_hash
        else:
            label, seed = b"master secret", self.client_random + self._server_random
        self._master = key_schedule.master_secret(psk, label, seed)
        block = key_schedule.prf(
            self._master,
            b"key expansion",
            self._server_random + self.client_random,
            agreed.suite.key_block_bytes,
        )
        client, server = agreed.suite.split_key_block(block)
        self._read = agreed.suite.protect(client, agreed.encrypt_then_mac, self._random_bytes)
        self._writer.protection = agreed.suite.protect(
            server, agreed.encrypt_then_mac, self._random_bytes
        )
        if self._key_log is not None:
            self._key_log(f"CLIENT_RANDOM {self.client_random.hex()} {self._master.hex()}")

    def _receive_protected(self, received: Record, now_ms: int) -> list[Event]:
        if not self._window.is_fresh(received.sequence):
            raise BadRecord("seen before, or too old to tell")
        assert self._read is not None
        try:
            text = self._read.open(
                received.content_type, received.epoch, received.sequence, received.fragment
            )
        except BadRecord:
            if self.state == ESTABLISHED:
                raise
            reason = "the Finished does not decrypt: device and server have different keys"
            if self._settings.wrong_key == ALERT:
                raise Refusal(events.DECRYPT_ERROR, reason) from None
            if self._wrong_key_is_told:
                return []
            self._wrong_key_is_told = True
            return [events.Failed(self.peer, reason + "; dropped in silence")]
        if len(text) > record.MAX_PLAINTEXT_BYTES:
            raise BadRecord(f"{len(text)} bytes of plaintext")
        self._window.mark(received.sequence)
        self.last_activity_ms = now_ms
        if received.content_type == record.HANDSHAKE:
            return self._receive_finished(received._replace(fragment=text), now_ms)
        if self.state != ESTABLISHED:
            return []
        if received.content_type == record.APPLICATION_DATA:
            return [events.Data(self.peer, self.session, self.identity, text)]
        if received.content_type == record.ALERT and len(text) == 2:
            return self._receive_alert(text[0], text[1])
        return []

    def _receive_finished(self, received: Record, now_ms: int) -> list[Event]:
        if self.state == ESTABLISHED:
            for fragment in self._fragments(received):
                if fragment.message_type == handshake.FINISHED:
                    self._flight_is_wanted = True
                elif fragment.message_type == handshake.CLIENT_HELLO:
                    alert = bytes([events.WARNING, events.NO_RENEGOTIATION])
                    self._writer.send([(record.ALERT, 1, alert)])
            return []
        for fragment in self._fragments(received):
            self._reassembly.add(fragment)
        message = self._reassembly.take()
        if message is None or message.message_type != handshake.FINISHED:
            return []
        proof = key_schedule.finished_verify_data(
            self._master, b"client finished", self._transcript
        )
        if not hmac.compare_digest(proof, message.body):
            raise Refusal(events.DECRYPT_ERROR, "the Finished does not verify")
        self._transcript += message.encode()
        self._finish(message.message_seq, now_ms)
        return [
            events.Established(self.peer, self.session, self.identity, self._agreed.suite.name)
        ]

    def _finish(self, client_seq: int, now_ms: int) -> None:
        proof = key_schedule.finished_verify_data(
            self._master, b"server finished", self._transcript
        )
        self.state = ESTABLISHED
        self.deadline_ms = None
        self._resends = 0
        self._flight = [(record.CHANGE_CIPHER_SPEC, 0, b"\1")]
        # Flight 4 used message_seq n and n + 1, the client's flight 5 n + 1 and n + 2.
        self._add_to_flight(handshake.FINISHED, proof, client_seq, epoch=1)
        self._writer.send(self._flight)
        self._transcript = b""
        self._master = b""

    def _receive_alert(self, level: int, number: int) -> list[Event]:
        if number == events.CLOSE_NOTIFY:
            self.close()
        elif level == events.FATAL:
            self.state = DEAD
        else:
            return []
        name = events.alert_name(number)
        return [events.Closed(self.peer, self.session, f"the client sent {name}")]

    def _fragments(self, received: Record) -> list[handshake.Fragment]:
        if received.content_type != record.HANDSHAKE:
            return []
        return list(handshake.parse_fragments(received.fragment))

    # -- outgoing --------------------------------------------------------------------------

    def _add_to_flight(self, message_type: int, body: bytes, seq: int, epoch: int = 0) -> None:
        encoded = HandshakeMessage(message_type, seq, body).encode()
        if epoch == 0:
            self._transcript += encoded
        self._flight.append((record.HANDSHAKE, epoch, encoded))

    def _arm(self, now_ms: int) -> None:
        wait_ms = self._settings.retransmit_ms << self._resends
        self.deadline_ms = now_ms + min(wait_ms, self._settings.retransmit_max_ms)
