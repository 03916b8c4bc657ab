"""SIM7070's and SIM7080's servers: a UDP socket that talks to anybody, a port of TCP.

+CASERVER +CACFG +CASRIP

    AT+CASRIP=1; AT+CASERVER=0,0,"UDP",5683         +CASERVER: 0,0
    +CANEW: 0,0,10.60.2.242,5683                    a peer that was not heard before
    AT+CACFG="REMOTEADDR",0,10.60.2.242,5683; AT+CASEND=0,4

Forms are those of SIMCom's AT manuals (AT+CASERVER, AT+CACFG); what they leave open is in
`settings.ModemSettings`. In the field, what comes is read of the server's own id.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.simcom.ca_sockets import (
    DONE,
    IN_USE,
    SOCKET_ERROR,
    UNSUPPORTED,
    CaSockets,
    sockets_of,
)
from nce_sim.modem.personalities.simcom.ca_streams import CaStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

CANNOT_BIND = 12  # <result> of +CASERVER


@COMMANDS.add("+CASERVER")
def server(modem: Modem, command: Command) -> None:
    """`AT+CASERVER=<id>,<pdp>,"TCP|UDP",<port>[,<receive mode>]`: `+CASERVER: <id>,<result>`."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for socket in store.by_id.values():
            if socket.peer is None:
                modem.info(f'+CASERVER: {socket.id},0,"UDP",{socket.local_port}')
        for listener in store.streams.listeners.values():
            modem.info(f'+CASERVER: {listener.id},0,"TCP",{listener.port}')
        return
    if command.form is Form.TEST:
        modem.info('+CASERVER: (0-12),(0-3),("TCP","TCP6","UDP","UDP6"),(1-65535),(0,1)')
        return
    arguments = command.set_arguments
    socket_id = arguments.integer(0, 0, store.most_sockets - 1)
    arguments.integer(1, 0, 3)
    kind, port = arguments.text(2), arguments.integer(3, 1, 65_535)
    pushes = arguments.integer(4, 0, 1, default=0)
    arguments.at_most(5)
    result = DONE
    if kind not in ("TCP", "UDP") or pushes:
        result = UNSUPPORTED  # data reported unasked: not part of this simulator
    elif store.is_used(socket_id):
        modem.mistake("CASERVER on an id in use", id=socket_id)
        result = IN_USE
    elif not store.bearer_is_up:
        modem.mistake("CASERVER without a bearer", id=socket_id)
        result = SOCKET_ERROR
    elif kind == "TCP":
        result = DONE if _serve(store, socket_id, port) else CANNOT_BIND
    elif store.open(socket_id, None, port) is None:
        result = CANNOT_BIND
    modem.info(f"+CASERVER: {socket_id},{result}")


def _serve(store: CaSockets, server_id: int, port: int) -> bool:
    def accept() -> CaStream | None:
        socket_id = store.free_id()
        return None if socket_id is None else store.streams.take_id(socket_id)

    return store.streams.listen(server_id, port, accept)


@COMMANDS.add("+CACFG")
def configuration(modem: Modem, command: Command) -> None:
    """`AT+CACFG="REMOTEADDR",<id>,<ip>,<port>`: whom a server's `AT+CASEND` sends to."""
    arguments = command.set_arguments
    if arguments.text(0).upper() != "REMOTEADDR":
        raise ArgumentMistake(f"CACFG of {arguments.text(0)!r}: not part of this simulator")
    store = sockets_of(modem)
    socket_id, port = arguments.integer(1, 0, 12), arguments.integer(3, 1, 65_535)
    host = str(arguments.values[2])  # with or without quotes: the field has none
    socket = store.by_id.get(socket_id)
    if socket is None or socket.peer is not None or not is_dotted(host):
        modem.mistake("REMOTEADDR of an id that is no server, or to a name", id=socket_id)
        raise CommandFailed()
    socket.destination = Address(host, port)


@COMMANDS.add("+CASRIP")
def show_peer(modem: Modem, command: Command) -> None:
    """`AT+CASRIP=1`: `AT+CARECV` tells who sent what it reads."""
    if command.form is Form.READ:
        modem.info(f"+CASRIP: {int(sockets_of(modem).shows_peer)}")
    elif command.form is Form.TEST:
        modem.info("+CASRIP: (0,1)")
    else:
        sockets_of(modem).shows_peer = bool(command.set_arguments.integer(0, 0, 1))
