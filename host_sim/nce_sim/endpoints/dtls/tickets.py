"""Session tickets: the session itself, sealed by a key that only the server has (RFC 5077, 4).

    tickets = Tickets(random_bytes, lifetime_ms)
    ticket = tickets.seal(session, now_ms)
    opened = tickets.open(ticket, now_ms)        # Opened(session, is_old), or None

A ticket is key name (4), nonce (12), AES-128-GCM of the session. The key changes once in a
session's lifetime; tickets under the one before are still good, but old.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from nce_sim.endpoints.dtls.sessions import Session
from nce_sim.wire.dtls.key_schedule import MASTER_SECRET_BYTES
from nce_sim.wire.dtls.suites import RandomBytes

_NAME_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
# Suite, extended master secret, time of making, master secret; the identity is the rest.
_STATE = struct.Struct(f"!H?q{MASTER_SECRET_BYTES}s")


class Opened(NamedTuple):
    """A good ticket; an old one should be replaced."""

    session: Session
    is_old: bool


class _Key:
    def __init__(self, random_bytes: RandomBytes, until_ms: int) -> None:
        self.name = random_bytes(_NAME_BYTES)
        self.aead = AESGCM(random_bytes(16))
        self.until_ms = until_ms


class Tickets:
    """Seals and opens; holds two keys and nothing per client."""

    def __init__(self, random_bytes: RandomBytes, lifetime_ms: int) -> None:
        self._random_bytes = random_bytes
        self._lifetime_ms = lifetime_ms
        self._keys: list[_Key] = []  # the current one, then the one before

    def seal(self, session: Session, now_ms: int) -> bytes:
        """A ticket for this session."""
        self._rotate(now_ms)
        if not self._keys or now_ms >= self._keys[0].until_ms:
            self._keys.insert(0, _Key(self._random_bytes, now_ms + self._lifetime_ms))
        key = self._keys[0]
        state = _STATE.pack(
            session.suite, session.extended_master_secret, session.made_ms, session.master
        )
        nonce = self._random_bytes(_NONCE_BYTES)
        return key.name + nonce + key.aead.encrypt(nonce, state + session.identity, key.name)

    def open(self, ticket: bytes, now_ms: int) -> Opened | None:
        """The session of a ticket of ours; None for any other: no fault (RFC 5077, 3.1)."""
        self._rotate(now_ms)
        if len(ticket) < _NAME_BYTES + _NONCE_BYTES + _STATE.size + _TAG_BYTES:
            return None
        name, rest = ticket[:_NAME_BYTES], ticket[_NAME_BYTES:]
        for key in self._keys:
            if key.name != name:
                continue
            try:
                text = key.aead.decrypt(rest[:_NONCE_BYTES], rest[_NONCE_BYTES:], name)
            except InvalidTag:
                return None
            suite, is_extended, made_ms, master = _STATE.unpack_from(text)
            session = Session(text[_STATE.size :], master, suite, is_extended, made_ms)
            return Opened(session, is_old=now_ms >= key.until_ms)
        return None

    def forget_keys(self) -> None:
        """Make every ticket worthless."""
        self._keys.clear()

    def _rotate(self, now_ms: int) -> None:
        # A key seals for one lifetime; what it sealed last is good for another.
        self._keys = [key for key in self._keys if now_ms < key.until_ms + self._lifetime_ms]
