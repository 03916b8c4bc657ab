"""Sessions that can be resumed, and the bounded cache of them (RFC 5246, 7.3).

cache = SessionCache(settings.max_sessions, settings.session_lifetime_ms)
cache.keep(session_id, session)
cache.find(session_id, now_ms)               # the Session, or None
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Session:
    """The outcome of a full handshake; the identity is the one that proved itself there."""

    identity: bytes
    master: bytes = field(repr=False)
    suite: int
    extended_master_secret: bool
    made_ms: int


class SessionCache:
    """Sessions by their id; the oldest makes room."""

    def __init__(self, max_sessions: int, lifetime_ms: int) -> None:
        self._max_sessions = max_sessions
        self._lifetime_ms = lifetime_ms
        self._sessions: OrderedDict[bytes, Session] = OrderedDict()

    def __len__(self) -> int:
        return len(self._sessions)

    def keep(self, session_id: bytes, session: Session) -> None:
        """Keep a session whose handshake is complete."""
        while len(self._sessions) >= self._max_sessions:
            self._sessions.popitem(last=False)
        self._sessions[session_id] = session

    def find(self, session_id: bytes, now_ms: int) -> Session | None:
        """The session of this id, if there is one that is young enough."""
        while self._sessions:
            oldest, session = next(iter(self._sessions.items()))
            if now_ms - session.made_ms < self._lifetime_ms:
                break
            del self._sessions[oldest]
        return self._sessions.get(session_id)

    def forget(self, session_id: bytes) -> None:
        """Never resume this one again (RFC 5246, 7.2.2)."""
        self._sessions.pop(session_id, None)
