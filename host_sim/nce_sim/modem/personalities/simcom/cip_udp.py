"""SIM7000's UDP extended mode: a socket that talks to anybody (AT manual V1.06, 8.2.8, 8.2.26).

+CLPORT +CIPUDPMODE

    AT+CIPSRIP=1; AT+CLPORT=0,"UDP",5683; AT+CIPUDPMODE=0,1; AT+CIPSTART=0,"UDP","127.0.0.1",9
    AT+CIPUDPMODE=0,2,"10.60.2.242",5683; AT+CIPSEND=0,4

In single connection mode the commands take no number of a connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.simcom.cip_sockets import CipSockets, sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NORMAL, EXTENDED, DESTINATION = 0, 1, 2


def _connections(store: CipSockets) -> range:
    return range(store.most_sockets if store.is_multiple else 1)


def _connection(store: CipSockets, command: Command) -> int:
    if not store.is_multiple:
        return 0
    return command.set_arguments.integer(0, 0, store.most_sockets - 1)


@COMMANDS.add("+CLPORT")
def local_port(modem: Modem, command: Command) -> None:
    """`AT+CLPORT=[<n>,]"UDP",<port>`: for the next `AT+CIPSTART`; 0 takes any."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for number in _connections(store):
            shown = f"{number}," if store.is_multiple else ""
            modem.info(f"+CLPORT: {shown}0,{store.local_ports.get(number, 0)}")
        return
    arguments = command.set_arguments
    number, first = _connection(store, command), int(store.is_multiple)
    kind, port = arguments.text(first), arguments.integer(first + 1, 0, 65_535)
    if kind == "UDP":
        store.local_ports[number] = port
    elif kind != "TCP":
        raise CommandFailed()


@COMMANDS.add("+CIPUDPMODE")
def udp_mode(modem: Modem, command: Command) -> None:
    """`AT+CIPUDPMODE=[<n>,]0|1` before `AT+CIPSTART`; `=[<n>,]2,"ip",<port>` after it."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for number in _connections(store):
            shown = f"{number}," if store.is_multiple else ""
            shown += str(int(number in store.extended))
            if number in store.destinations:
                address = store.destinations[number]
                shown += f',"{address.host}",{address.port}'
            modem.info(f"+CIPUDPMODE: {shown}")
        return
    arguments = command.set_arguments
    number, first = _connection(store, command), int(store.is_multiple)
    mode = arguments.integer(first, NORMAL, DESTINATION)
    if mode == DESTINATION:
        host, port = arguments.text(first + 1), arguments.integer(first + 2, 1, 65_535)
        if number not in store.extended or not is_dotted(host):
            modem.mistake("CIPUDPMODE=2 without the extended mode, or to a name", id=number)
            raise CommandFailed(3)
        store.destinations[number] = Address(host, port)
    elif number in store.by_id:
        modem.mistake("CIPUDPMODE after CIPSTART", id=number)
        raise CommandFailed(3)
    elif mode == EXTENDED:
        store.extended.add(number)
    else:
        store.extended.discard(number)
        store.destinations.pop(number, None)
