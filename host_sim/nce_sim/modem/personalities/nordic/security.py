"""nRF91's secure sockets: the credentials of a security tag, and the handshake of `#XCONNECT`.

socket.extra[SEC_TAG] = 16842753            # by #XSSOCKET, or by #XSOCKET of the first SLM
yield from shake_hands(modem, socket)       # CommandFailed when there is no connection
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Step
from nce_sim.modem.sockets.dtls_tunnel import Credentials, Tunnel
from nce_sim.modem.sockets.udp import UdpSocket

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

IPPROTO_DTLS_1_2 = 273
PSK, PSK_IDENTITY = 3, 4  # <type> of AT%CMNG
# Keys of a secure socket's `extra`.
SEC_TAG, HANDSHAKE_LIMIT_S, OFFERS_CID = "sec_tag", "handshake limit", "offers cid"


def credentials_of(modem: Modem, tag: int) -> Credentials | None:
    """The pre-shared key under a security tag; None when it or its identity is missing."""
    stored: dict[tuple[int, int], str] = modem.nvm.get("credentials", {})
    key, identity = stored.get((tag, PSK)), stored.get((tag, PSK_IDENTITY))
    if key is None or identity is None:
        return None
    return Credentials(identity.encode("latin-1"), bytes.fromhex(key))


def shake_hands(modem: Modem, socket: UdpSocket) -> Generator[Step, Any, None]:
    """What `#XCONNECT` does on a secure socket that has its peer."""
    credentials = credentials_of(modem, socket.extra[SEC_TAG])
    if credentials is None:
        modem.mistake("XCONNECT without credentials", sec_tag=socket.extra[SEC_TAG])
        raise CommandFailed()
    tunnel = socket.tunnel = Tunnel(
        modem.sockets,
        socket,
        credentials,
        offers_connection_id=socket.extra.get(OFFERS_CID, False),
    )
    limit_s = socket.extra.get(HANDSHAKE_LIMIT_S)
    is_up = yield from tunnel.handshake(None if limit_s is None else limit_s * 1_000)
    if not is_up:
        socket.tunnel = None
        raise CommandFailed()
