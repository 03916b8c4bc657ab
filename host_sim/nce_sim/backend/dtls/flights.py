"""The server's part of one handshake: messages, transcript, keys; no records (RFC 5246, 7.3).

    flights = Flights(settings, look_up_psk, random_bytes, resumption)
    entries = flights.first(hello, message, new_connection_id, now_ms)
    full:     4 ServerHello, ServerHelloDone    5 is read       6 [ticket], CCS, Finished
    resumed:  ServerHello, [ticket], CCS, Finished              the client's Finished is read

`Refusal` comes out where the handshake cannot go on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from . import events, handshake, key_schedule, record
from .events import Peer
from .handshake import ClientHello, HandshakeMessage, MalformedHandshake, Reassembly
from .negotiation import Agreement, Refusal, negotiate
from .resumption import Resumption
from .sessions import Session
from .settings import ALERT, DtlsSettings
from .suites import Protection, RandomBytes
from .writer import Entry

LookUpPsk = Callable[[bytes, Peer], "bytes | None"]


class Flights:
    """What there is to say and to check, from the ClientHello to the client's Finished."""

    def __init__(
        self,
        settings: DtlsSettings,
        look_up_psk: LookUpPsk,
        random_bytes: RandomBytes,
        resumption: Resumption,
    ) -> None:
        self.is_resumed = False
        self.identity = b""
        self.session_id = b""
        self.client_random = b""
        self.agreed: Agreement
        self._settings = settings
        self._look_up_psk = look_up_psk
        self._random_bytes = random_bytes
        self._resumption = resumption
        self._session: Session | None = None
        self._gives_ticket = False
        self._transcript = b""
        self._next_seq = 0

    # -- what the server says --------------------------------------------------------------

    def first(
        self,
        hello: ClientHello,
        message: HandshakeMessage,
        new_connection_id: Callable[[], bytes | None],
        now_ms: int,
    ) -> list[Entry]:
        """The answer to a ClientHello whose cookie was good."""
        found = self._resumption.find(hello, now_ms)
        session = found.session if found is not None else None
        self.is_resumed = session is not None
        self.client_random = hello.random
        self.agreed = negotiate(
            hello,
            self._settings,
            new_connection_id,
            resumed_suite=session.suite if session is not None else None,
        )
        self._gives_ticket = self._resumption.gives_ticket(hello)
        if found is not None:
            self._gives_ticket = self._gives_ticket and found.is_old
            # RFC 5077, 3.4: to say that it was accepted, the id comes back as it came.
            self.session_id = hello.session_id
        elif not self._gives_ticket:
            self.session_id = self._resumption.new_id()
        if self._gives_ticket:
            self.agreed.extensions[handshake.SESSION_TICKET] = b""
        self._server_random = self._random_bytes(handshake.RANDOM_BYTES)
        self._transcript = message.encode()
        # Being stateless before this, the server numbers its messages as the client does.
        self._next_seq = message.message_seq
        self._reassembly = Reassembly(message.message_seq + 1)
        body = handshake.server_hello_body(
            self._server_random, self.session_id, self.agreed.suite.number, self.agreed.extensions
        )
        flight = [self._say(handshake.SERVER_HELLO, body)]
        if session is None:
            return [*flight, self._say(handshake.SERVER_HELLO_DONE, b"")]
        self.identity, self._session = session.identity, session
        return flight + self._closing(now_ms)

    def last(self, now_ms: int) -> list[Entry]:
        """Flight 6, once the client's Finished is good; empty when it has been said before."""
        if self._session is None:
            raise ValueError("no keys yet")
        if self.is_resumed:
            return []
        self._resumption.keep(self.session_id, self._session)
        return self._closing(now_ms)

    def _closing(self, now_ms: int) -> list[Entry]:
        flight = []
        if self._gives_ticket and self._session is not None:
            body = handshake.new_session_ticket_body(
                *self._resumption.ticket(self._session, now_ms)
            )
            flight.append(self._say(handshake.NEW_SESSION_TICKET, body))
        flight.append((record.CHANGE_CIPHER_SPEC, 0, b"\1"))
        proof = self._proof(b"server finished")
        return [*flight, self._say(handshake.FINISHED, proof, epoch=1)]

    def _say(self, message_type: int, body: bytes, epoch: int = 0) -> Entry:
        encoded = HandshakeMessage(message_type, self._next_seq, body).encode()
        self._next_seq += 1
        self._transcript += encoded
        return (record.HANDSHAKE, epoch, encoded)

    # -- what the client says --------------------------------------------------------------

    def add(self, fragment: handshake.Fragment) -> HandshakeMessage | None:
        """Take a fragment; the next message in order when it is whole."""
        self._reassembly.add(fragment)
        return self._reassembly.take()

    def take_key_exchange(self, message: HandshakeMessage, peer: Peer, now_ms: int) -> None:
        """Look up the key of the client's identity and derive the master secret from it."""
        try:
            self.identity = handshake.parse_psk_identity(message.body)
        except MalformedHandshake as error:
            raise Refusal(events.DECODE_ERROR, f"ClientKeyExchange: {error}") from None
        psk = self._look_up_psk(self.identity, peer)
        if psk is None:
            answer = self._settings.unknown_identity == ALERT
            raise Refusal(
                events.UNKNOWN_PSK_IDENTITY if answer else None,
                f"no key for a PSK identity of {len(self.identity)} bytes from this address; "
                "has the device called /bootstrap, and is its SIM enabled?",
            )
        self._transcript += message.encode()
        if self.agreed.extended_master_secret:
            label, seed = b"extended master secret", hashlib.sha256(self._transcript).digest()
        else:
            label, seed = b"master secret", self.client_random + self._server_random
        self._session = Session(
            self.identity,
            key_schedule.master_secret(psk, label, seed),
            self.agreed.suite.number,
            self.agreed.extended_master_secret,
            now_ms,
        )

    def take_finished(self, message: HandshakeMessage) -> None:
        """Check the client's Finished."""
        if not hmac.compare_digest(self._proof(b"client finished"), message.body):
            raise Refusal(events.DECRYPT_ERROR, "the Finished does not verify")
        self._transcript += message.encode()

    # -- keys ------------------------------------------------------------------------------

    def protections(self) -> tuple[Protection, Protection]:
        """How the client's and how the server's records are protected."""
        agreed = self.agreed
        block = key_schedule.prf(
            self._master,
            b"key expansion",
            self._server_random + self.client_random,
            agreed.suite.key_block_bytes,
        )
        client, server = (
            agreed.suite.protect(keys, agreed.encrypt_then_mac, self._random_bytes)
            for keys in agreed.suite.split_key_block(block)
        )
        return client, server

    def key_log_line(self) -> str:
        """The NSS key log's line; for nobody but who asked for it."""
        return f"CLIENT_RANDOM {self.client_random.hex()} {self._master.hex()}"

    @property
    def _master(self) -> bytes:
        if self._session is None:
            raise ValueError("no keys yet")
        return self._session.master

    def _proof(self, label: bytes) -> bytes:
        return key_schedule.finished_verify_data(self._master, label, self._transcript)
