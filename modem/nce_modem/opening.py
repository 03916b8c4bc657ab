"""Opening a socket: a few tries, and what a refusal says about them.

An open is tried again when its fault may pass: a result code that the family lists, an ERROR
without a number, or ids that an earlier run of the host left open.
"""

import asyncio

from nce_modem import progress
from nce_modem.at import parameter
from nce_modem.errors import CommandFailed, ModemReset, OpenFailed, PdpLost
from nce_modem.families.family import OpenRefused

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Modem, OpeningHooks, Peer, S


TRIES = 3


async def open_socket(
    modem: "Modem", kind: "type[S]", peer: "Peer | None", local_port: int, family: "OpeningHooks"
) -> "S":
    """The implementation of `Modem.open_socket`; one at a time."""
    if peer is not None:
        parameter.endpoint(peer)
    parameter.port(local_port, 0)
    left = TRIES
    while True:
        left -= 1
        socket = kind(modem, _free_id(modem, family), peer, local_port, family)  # type: ignore[arg-type]
        code = None
        is_open = True
        try:
            await family.open_udp(modem.link, socket)
        except (CommandFailed, OpenRefused) as refusal:
            is_open = False
            code = refusal.code
        if socket.generation != modem.generation:
            raise modem.link.error_of(ModemReset, "the modem restarted, no socket is open")
        if modem.context_is_stale:
            message = "the network ended the PDP context, no socket is open"
            raise modem.link.error_of(PdpLost, message)
        if is_open:
            modem.sockets[socket.socket_id] = socket
            modem.tell(progress.Opened(socket.socket_id, *(socket.peer or ("", local_port))))
            return socket
        # ERROR without a number gives no reason: the fault may pass.
        is_passing = not code or code in family.profile.passing_open_codes
        is_stale = socket.socket_id is None and not modem.sockets
        if socket.socket_id is not None:
            await family.close_socket(modem.link, socket.socket_id)
        elif is_stale:
            # None is free and none is ours: an earlier run left them open.
            await family.close_stale_sockets(modem.link)
        if not (is_stale or is_passing) or left == 0:
            reason = "code %d; see the result codes of the family" % code if code else "no reason"
            message = "the modem opened no socket to %s and gave %s" % (_shown(peer), reason)
            raise OpenFailed(message, code, modem.link.channel.transcript)
        await asyncio.sleep(1)


def _shown(peer: "Peer | None") -> str:
    return "any peer" if peer is None else "%s:%d" % peer


def _free_id(modem: "Modem", family: "OpeningHooks") -> "int | None":
    profile = family.profile
    for socket_id in profile.socket_ids:
        if socket_id not in modem.sockets:
            return socket_id
    if len(modem.sockets) < profile.max_sockets:
        return None  # the modem picks one
    raise OpenFailed("all %d sockets are open; close one" % len(modem.sockets))
