"""nRF91's secure sockets: the credentials of a security tag, and the handshake of `#XCONNECT`.

Of TLS: %CMNG's types 0 to 2, <peer_verify> of #XSSOCKET, and a host name to compare (option 2), as
modems_2.md, 1 has them [D]. [I] that the dates are compared with the modem's clock, that no name
is compared while none is set, and that <peer_verify> 1 verifies when there is a CA.

socket.security = Security(16842753)        # by #XSSOCKET, or by #XSOCKET of the first SLM
yield from shake_hands(modem, socket, socket.security)     # CommandFailed: no connection
put_under_tls(modem, stream, stream.security)              # of TCP, before it connects
"""

from __future__ import annotations

import ssl
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.modem.commands.identity import shown_time
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Step
from nce_sim.modem.personalities.nordic.memory import NordicNvm
from nce_sim.modem.sockets.dtls_tunnel import Credentials, Tunnel
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.tcp_socket import TcpSocket
from nce_sim.modem.sockets.tls_tunnel import TlsProfile, TlsTunnel, context_of
from nce_sim.modem.sockets.udp import UdpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

IPPROTO_TLS_1_2, IPPROTO_DTLS_1_2 = 258, 273
AUTHORITY, CERTIFICATE, PRIVATE_KEY, PSK, PSK_IDENTITY = range(5)  # <type> of AT%CMNG
HOST_NAME, PEER_VERIFY = 2, 5  # <name> of #XSSOCKETOPT
VERIFIES_NOBODY, VERIFIES_IF_IT_CAN, VERIFIES = range(3)  # <peer_verify>


@dataclass
class Security:
    """What makes a socket a secure one: its tag, and the options that `#XSSOCKETOPT` set."""

    tag: int
    verifies: int = VERIFIES
    handshake_limit_s: int | None = None
    offers_cid: bool | None = None
    kept: dict[int, str] = field(default_factory=dict)  # the other options, by number


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


def put_under_tls(modem: Modem, stream: TcpSocket, security: Security) -> None:
    """What `#XCONNECT` prepares on a secure socket of TCP that has its peer."""
    stored = modem.nvm.of(NordicNvm).credentials

    def content(kind: int) -> bytes | None:
        found = stored.get((security.tag, kind))
        return None if found is None else found.encode("latin-1")

    verifies = int(security.kept.get(PEER_VERIFY, str(security.verifies)))
    authority, name = content(AUTHORITY), security.kept.get(HOST_NAME)
    if verifies == VERIFIES and authority is None:
        modem.mistake("XCONNECT without the CA that is to verify", sec_tag=security.tag)
        raise CommandFailed()
    profile = TlsProfile(
        ssl.TLSVersion.TLSv1_2,
        ssl.TLSVersion.TLSv1_2,
        authorities=None if verifies == VERIFIES_NOBODY else authority,
        certificate=content(CERTIFICATE),
        key=content(PRIVATE_KEY),
        server_name=None if name is None or is_dotted(name) else name,
        expected_name=name,
        checked_at=shown_time(modem),
    )
    try:
        stream.tls = TlsTunnel(context_of(profile), profile, stream)
    except ValueError as error:
        modem.mistake("credentials that TLS cannot use", reason=str(error))
        raise CommandFailed() from None
