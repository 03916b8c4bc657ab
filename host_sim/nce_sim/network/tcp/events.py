"""What a TCP connection tells its user, in the order in which it happened.

def on_event(event: TcpEvent) -> None:
    if isinstance(event, Arrived): data = connection.receive(1_500)
    elif isinstance(event, (Refused, Reset)): print(event.reason)

A connection that was asked for begins with `Connected` or ends with `Refused`. One that was
`Connected` ends with `Closed`, when both directions ended in order, or with `Reset`. Nothing
follows `Refused`, `Closed` and `Reset`, and nothing follows a call of `abort`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# The reasons of Refused and Reset; `TcpStack.close` has those of its caller besides.
RESET_BY_PEER = "reset by the peer"
NO_ANSWER = "the peer does not answer"
UNREAD_AT_CLOSE = "closed before everything was read"
DATA_AFTER_CLOSE = "the peer sent data after the close"


@dataclass(frozen=True, slots=True)
class Connected:
    """The handshake is complete."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The connection did not come about: RESET_BY_PEER (nobody listens there) or NO_ANSWER."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """`count` more bytes can be received."""

    count: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The peer has `count` more of the bytes sent; the send buffer has so much more room."""

    count: int


@dataclass(frozen=True, slots=True)
class PeerClosed:
    """The peer's FIN came: it sends nothing more. The bytes before it may still be read."""


@dataclass(frozen=True, slots=True)
class Closed:
    """Both directions ended in order."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection broke: bytes of either direction may be lost."""

    reason: str


TcpEvent = Connected | Refused | Arrived | Acknowledged | PeerClosed | Closed | Reset
OnEvent = Callable[[TcpEvent], None]


class NotOpen(ConnectionError):
    """The connection, or the bearer under it, takes nothing more."""


class PortInUse(ConnectionError):
    """There is such a connection, or such a listener, already."""
