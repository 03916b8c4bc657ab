"""nRF91's secure sockets: the credentials of a security tag, and the handshake of `#XCONNECT`.

socket.security = Security(16842753)        # by #XSSOCKET, or by #XSOCKET of the first SLM
yield from shake_hands(modem, socket, socket.security)     # CommandFailed: no connection
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Step
from nce_sim.modem.personalities.nordic.memory import NordicNvm
from nce_sim.modem.sockets.dtls_tunnel import Credentials, Tunnel
from nce_sim.modem.sockets.udp import UdpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

IPPROTO_DTLS_1_2 = 273
PSK, PSK_IDENTITY = 3, 4  # <type> of AT%CMNG


@dataclass
class Security:
    """What makes a socket a secure one: its tag, and the options that `#XSSOCKETOPT` set."""

    tag: int
    handshake_limit_s: int | None = None
    offers_cid: bool | None = None
    kept: dict[int, str] = field(default_factory=dict)  # options without an effect, by number


def credentials_of(modem: Modem, tag: int) -> Credentials | None:
    """The pre-shared key under a security tag; None when it or its identity is missing."""
    stored = modem.nvm.of(NordicNvm).credentials
    key, identity = stored.get((tag, PSK)), stored.get((tag, PSK_IDENTITY))
    if key is None or identity is None:
        return None
    return Credentials(identity.encode("latin-1"), bytes.fromhex(key))


def shake_hands(modem: Modem, socket: UdpSocket, security: Security) -> Generator[Step, Any, None]:
    """What `#XCONNECT` does on a secure socket that has its peer."""
    credentials = credentials_of(modem, security.tag)
    if credentials is None:
        modem.mistake("XCONNECT without credentials", sec_tag=security.tag)
        raise CommandFailed()
    tunnel = socket.tunnel = Tunnel(
        modem.sockets, socket, credentials, offers_connection_id=bool(security.offers_cid)
    )
    limit_s = security.handshake_limit_s
    is_up = yield from tunnel.handshake(None if limit_s is None else limit_s * 1_000)
    if not is_up:
        socket.tunnel = None
        raise CommandFailed()
