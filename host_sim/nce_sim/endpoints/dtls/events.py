"""The events of a `DtlsServer`."""

from __future__ import annotations

from typing import NamedTuple

Peer = tuple[str, int]


class Established(NamedTuple):
    """A handshake is complete: `identity` has proven that it holds its key."""

    peer: Peer
    session: int
    identity: bytes
    suite: str
    is_resumed: bool = False


class Moved(NamedTuple):
    """A peer with a connection ID speaks from another address now (RFC 9146, 6)."""

    peer: Peer
    session: int
    previous: Peer


class Data(NamedTuple):
    """Application data of one record; `session` counts the server's associations."""

    peer: Peer
    session: int
    identity: bytes
    data: bytes


class Failed(NamedTuple):
    """A handshake has failed; the reason never has a key in it."""

    peer: Peer
    reason: str


class Closed(NamedTuple):
    """An association has ended."""

    peer: Peer
    session: int
    reason: str


Event = Established | Moved | Data | Failed | Closed
