"""The server's part of one handshake: messages, transcript, keys; no records (RFC 5246, 7.3).

    flights = Flights(settings, look_up_psk, random_bytes, resumption)
    entries = flights.first(hello, message, found, new_connection_id, now_ms)
    full:     4 ServerHello, ServerHelloDone    5 is read       6 [ticket], CCS, Finished
    resumed:  ServerHello, [ticket], CCS, Finished              the client's Finished is read

`Refusal` comes out where the handshake cannot go on.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from nce_sim.endpoints.dtls.events import Peer
from nce_sim.endpoints.dtls.negotiation import Agreement, Refusal, negotiate
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.sessions import Session
from nce_sim.endpoints.dtls.settings import ALERT, DtlsSettings
from nce_sim.endpoints.dtls.tickets import Opened
from nce_sim.wire.dtls import alerts, handshake, key_schedule, record
from nce_sim.wire.dtls.handshake import (
    ClientHello,
    Fragment,
    HandshakeMessage,
    MalformedHandshake,
    Reassembly,
)
from nce_sim.wire.dtls.suites import Protection, RandomBytes
from nce_sim.wire.dtls.writer import Entry

MOST_KEYS = 4  # of one identity; each costs a derivation for whoever knows the identity
# The key of an identity, or the few that it may have: the Finished shows which one its peer has.
LookUpPsk = Callable[[bytes, Peer], "bytes | Sequence[bytes] | None"]


@dataclass(frozen=True)
class KeyExchange:
    """The session and keys of one ClientKeyExchange; nothing proves yet that it is the client's.

    `protections` are those of the client's and of the server's records.
    """

    session: Session
    transcript: bytes = field(repr=False)
    protections: tuple[Protection, Protection] = field(repr=False)


class Flights:
    """The messages to write and to check, from the ClientHello to the client's Finished."""

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
        found: Opened | None,
        new_connection_id: Callable[[], bytes | None],
        now_ms: int,
    ) -> list[Entry]:
        """The answer to a ClientHello whose cookie was good; `found` is what it may resume."""
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
        self._client_seq = message.message_seq + 1
        self._plain = Reassembly(self._client_seq)
        self._finished = Reassembly(self._client_seq + (session is None))
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
        if self.is_resumed:
            return []
        self._resumption.keep(self.session_id, self.session)
        return self._closing(now_ms)

    def _closing(self, now_ms: int) -> list[Entry]:
        flight = []
        if self._gives_ticket:
            body = handshake.new_session_ticket_body(
                *self._resumption.ticket(self.session, now_ms)
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

    def add_plain(self, fragment: Fragment) -> HandshakeMessage | None:
        """Take a fragment of a ClientKeyExchange; the message when it is whole.

        It is not authentic, so it keeps no place: another may follow with the same number.
        """
        self._plain.add(fragment)
        message = self._plain.take()
        if message is not None:
            self._plain = Reassembly(self._client_seq)
        return message

    def add_protected(self, fragment: Fragment) -> HandshakeMessage | None:
        """Take a fragment that came under the keys; the Finished when it is whole."""
        self._finished.add(fragment)
        return self._finished.take()

    def key_exchanges(
        self, message: HandshakeMessage, peer: Peer, now_ms: int
    ) -> list[KeyExchange]:
        """Look up the keys of an identity and derive what follows from each; or Refusal."""
        try:
            identity = handshake.parse_psk_identity(message.body)
        except MalformedHandshake as error:
            raise Refusal(alerts.DECODE_ERROR, f"ClientKeyExchange: {error}") from None
        found = self._look_up_psk(identity, peer)
        if not found:
            answer = self._settings.unknown_identity == ALERT
            raise Refusal(
                alerts.UNKNOWN_PSK_IDENTITY if answer else None,
                f"no key for a PSK identity of {len(identity)} bytes from this address; "
                "has the device called /bootstrap, and is its SIM enabled?",
            )
        psks = (found,) if isinstance(found, bytes) else found[:MOST_KEYS]
        transcript = self._transcript + message.encode()
        if self.agreed.extended_master_secret:
            label, seed = b"extended master secret", hashlib.sha256(transcript).digest()
        else:
            label, seed = b"master secret", self.client_random + self._server_random
        return [
            self._key_exchange(
                identity, key_schedule.master_secret(psk, label, seed), transcript, now_ms
            )
            for psk in psks
        ]

    def _key_exchange(
        self, identity: bytes, master: bytes, transcript: bytes, now_ms: int
    ) -> KeyExchange:
        agreed = self.agreed
        session = Session(
            identity, master, agreed.suite.number, agreed.extended_master_secret, now_ms
        )
        return KeyExchange(session, transcript, self._protections(master))

    def choose(self, exchange: KeyExchange) -> None:
        """Go on from the key exchange that turned out to be the client's own."""
        self._session, self._transcript = exchange.session, exchange.transcript
        self.identity = exchange.session.identity

    def take_finished(self, message: HandshakeMessage) -> None:
        """Check the client's Finished; a session it was to resume is spoiled if it is wrong."""
        if not hmac.compare_digest(self._proof(b"client finished"), message.body):
            if self.is_resumed:
                self._resumption.spoil(self.session_id, self.session)
            raise Refusal(alerts.DECRYPT_ERROR, "the Finished does not verify")
        self._transcript += message.encode()

    # -- keys ------------------------------------------------------------------------------

    def protections(self) -> tuple[Protection, Protection]:
        """How the client's and how the server's records of a resumed session are protected."""
        return self._protections(self.session.master)

    def _protections(self, master: bytes) -> tuple[Protection, Protection]:
        agreed = self.agreed
        block = key_schedule.prf(
            master,
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
        """The NSS key log's line; only for a caller that asked for it."""
        return f"CLIENT_RANDOM {self.client_random.hex()} {self.session.master.hex()}"

    @property
    def session(self) -> Session:
        """The session, which may be resumed later; ValueError before its keys are known."""
        if self._session is None:
            raise ValueError("no keys yet")
        return self._session

    def _proof(self, label: bytes) -> bytes:
        return key_schedule.finished_verify_data(self.session.master, label, self._transcript)
