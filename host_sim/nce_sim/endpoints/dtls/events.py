"""What a `DtlsServer` reports, and the alerts it sends and gets (RFC 5246, 7.2)."""

from __future__ import annotations

from typing import NamedTuple

Peer = tuple[str, int]

WARNING = 1
FATAL = 2

CLOSE_NOTIFY = 0
HANDSHAKE_FAILURE = 40
ILLEGAL_PARAMETER = 47
DECODE_ERROR = 50
DECRYPT_ERROR = 51
PROTOCOL_VERSION = 70
NO_RENEGOTIATION = 100
UNKNOWN_PSK_IDENTITY = 115  # RFC 4279, 6

ALERT_NAMES = {
    CLOSE_NOTIFY: "close_notify",
    HANDSHAKE_FAILURE: "handshake_failure",
    ILLEGAL_PARAMETER: "illegal_parameter",
    DECODE_ERROR: "decode_error",
    DECRYPT_ERROR: "decrypt_error",
    PROTOCOL_VERSION: "protocol_version",
    NO_RENEGOTIATION: "no_renegotiation",
    UNKNOWN_PSK_IDENTITY: "unknown_psk_identity",
}


def alert_name(number: int) -> str:
    return ALERT_NAMES.get(number, f"alert {number}")


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
    """A handshake that came to nothing, and why; never with a key in it."""

    peer: Peer
    reason: str


class Closed(NamedTuple):
    """An association that is no more."""

    peer: Peer
    session: int
    reason: str


Event = Established | Moved | Data | Failed | Closed
