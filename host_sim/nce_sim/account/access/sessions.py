"""Sessions of portal users: they outlast a restart, so only a hash of each token is kept.

    token = sessions.begin(user.user_id, now_ms, work)
    sessions.user_of(token.text, now_ms)            # the user's id, or None
    sessions.end_all(user.user_id, work)

A token is random and long, so one round of SHA-256 hides it; each sign-in makes another, so that
nobody can prepare a session for somebody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from sqlalchemy import bindparam, delete, insert, select

from nce_sim.account.access.secrecy import random_text
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.access.tables import PORTAL_SESSION
from nce_sim.account.access.tokens import Token
from nce_sim.storage import Storage, Work

_INSERT = insert(PORTAL_SESSION)
_DELETE = delete(PORTAL_SESSION).where(PORTAL_SESSION.c.hash == bindparam("key"))


@dataclass(frozen=True)
class _Session:
    hash: str
    user_id: str
    created_ms: int
    expires_ms: int


class Sessions:
    """All sessions, in memory and in the database; the oldest come first."""

    def __init__(self, storage: Storage, random: Random, settings: AccessSettings) -> None:
        self._random = random
        self._settings = settings
        self._sessions: dict[str, _Session] = {}
        for row in storage.read(select(PORTAL_SESSION).order_by(PORTAL_SESSION.c.created_ms)):
            self._sessions[row.hash] = _Session(**row._asdict())

    def begin(self, user_id: str, now_ms: int, work: Work) -> Token:
        """A new session of a user; sessions that are over are forgotten."""
        for old in [each for each in self._sessions.values() if each.expires_ms <= now_ms]:
            self._drop(old, work)
        own = self._of(user_id)
        for old in own[: max(0, len(own) + 1 - self._settings.most_sessions)]:
            self._drop(old, work)
        text = random_text(self._random, self._settings.token_characters)
        expires_ms = now_ms + self._settings.session_lifetime_ms
        session = _Session(_hash(text), user_id, now_ms, expires_ms)
        self._sessions[session.hash] = session
        work.on_rollback(lambda: self._sessions.pop(session.hash, None))
        work.write(_INSERT, vars(session))
        return Token(text, expires_ms)

    def user_of(self, text: str, now_ms: int) -> str | None:
        """Whose session it is, or None when it is unknown or over."""
        session = self._sessions.get(_hash(text))
        return session.user_id if session is not None and now_ms < session.expires_ms else None

    def end_all(self, user_id: str, work: Work) -> None:
        """End the sessions of a user, such as one with another password."""
        for session in self._of(user_id):
            self._drop(session, work)

    def _of(self, user_id: str) -> list[_Session]:
        return [each for each in self._sessions.values() if each.user_id == user_id]

    def _drop(self, session: _Session, work: Work) -> None:
        del self._sessions[session.hash]
        work.on_rollback(lambda: self._sessions.update({session.hash: session}))
        work.write(_DELETE, {"key": session.hash})


def _hash(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()
