"""Which session a ClientHello may resume (RFC 5246, 7.3; RFC 5077; RFC 7627, 5.3).

    resumption = Resumption(settings, random_bytes)
    found = resumption.find(hello, now_ms)           # Opened(session, is_old), or None
    resumption.keep(session_id, session)             # a handshake is complete

A resumed handshake looks up no PSK: the session brings the identity. Ids and tickets are each off
by default; where a client offers both, the ticket comes first.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict

from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.sessions import Session, SessionCache
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.endpoints.dtls.tickets import Opened, Tickets
from nce_sim.wire.dtls import alerts
from nce_sim.wire.dtls.handshake import EXTENDED_MASTER_SECRET, SESSION_TICKET, ClientHello
from nce_sim.wire.dtls.suites import RandomBytes

# RFC 5246, 7.4.1.2 allows 32. 128 bits cannot be guessed, and each byte costs air time.
SESSION_ID_BYTES = 16


class Resumption:
    """The sessions of one server, in its cache and in its clients' tickets."""

    def __init__(self, settings: DtlsSettings, random_bytes: RandomBytes) -> None:
        self._settings = settings
        self._random_bytes = random_bytes
        self._cache = SessionCache(settings.max_sessions, settings.session_lifetime_ms)
        self._tickets = Tickets(random_bytes, settings.session_lifetime_ms)
        # A ticket cannot be taken back from its client, so its session is remembered here until
        # all its tickets have expired: the time it was made, by a digest of its secret.
        self._spoiled: OrderedDict[bytes, int] = OrderedDict()

    def find(self, hello: ClientHello, now_ms: int) -> Opened | None:
        """The session to resume; None for a full handshake; Refusal where RFC 7627 aborts."""
        found = self._by_ticket(hello, now_ms)
        if found is None:
            session = self._cache.find(hello.session_id, now_ms)
            found = Opened(session, is_old=False) if session is not None else None
        if found is None:
            return None
        session = found.session
        if _digest(session) in self._spoiled:
            return None
        if now_ms - session.made_ms >= self._settings.session_lifetime_ms:
            return None
        if session.suite not in hello.suites or session.suite not in self._settings.suites:
            return None
        if not session.extended_master_secret:
            # RFC 7627, 5.3 forbids it when the client offers the extension now, and advises
            # against it when it does not; a full handshake is right for both.
            return None
        if EXTENDED_MASTER_SECRET not in hello.extensions:
            raise Refusal(
                alerts.HANDSHAKE_FAILURE,
                "the session has an extended master secret, but the client that resumes it "
                "does not offer the extension (RFC 7627, 5.3)",
            )
        return found

    def gives_ticket(self, hello: ClientHello) -> bool:
        """Whether this client takes tickets and may have one."""
        return self._settings.session_tickets and SESSION_TICKET in hello.extensions

    def ticket(self, session: Session, now_ms: int) -> tuple[int, bytes]:
        """The lifetime hint (seconds) and the ticket of a session (RFC 5077, 3.3)."""
        left_ms = session.made_ms + self._settings.session_lifetime_ms - now_ms
        return max(left_ms // 1000, 1), self._tickets.seal(session, now_ms)

    def new_id(self) -> bytes:
        """An id for a session to be; empty when none are kept."""
        return self._random_bytes(SESSION_ID_BYTES) if self._settings.session_ids else b""

    def keep(self, session_id: bytes, session: Session) -> None:
        """Keep a session; one without an id lives in its ticket or not at all."""
        if session_id:
            self._cache.keep(session_id, session)

    def spoil(self, session_id: bytes, session: Session) -> None:
        """Never resume this session again, by its id or by a ticket (RFC 5246, 7.2.2)."""
        self._cache.forget(session_id)
        if not self._settings.session_tickets:
            return
        while self._spoiled:
            oldest, made_ms = next(iter(self._spoiled.items()))
            if session.made_ms - made_ms < self._settings.session_lifetime_ms:
                break
            del self._spoiled[oldest]
        if len(self._spoiled) >= self._settings.max_sessions:
            # No room to remember one more: void all tickets, then none needs to be remembered.
            self._tickets.forget_keys()
            self._spoiled.clear()
            return
        self._spoiled[_digest(session)] = session.made_ms

    @property
    def kept_count(self) -> int:
        return len(self._cache)

    def _by_ticket(self, hello: ClientHello, now_ms: int) -> Opened | None:
        ticket = hello.extensions.get(SESSION_TICKET)
        if not ticket or not self._settings.session_tickets:
            return None
        return self._tickets.open(ticket, now_ms)


def _digest(session: Session) -> bytes:
    return hashlib.sha256(session.master).digest()
