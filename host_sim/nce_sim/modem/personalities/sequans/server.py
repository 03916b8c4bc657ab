"""Sequans' TCP server: an id that listens, and its connection.

+SQNSL +SQNSA

    AT+SQNSL=1,1,80     +SQNSRING: 1    AT+SQNSA=1,1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.sequans import streams as tcp
from nce_sim.modem.personalities.sequans.sockets import FIRST, MOST, sockets_of
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()


@COMMANDS.add("+SQNSL")
def listen(modem: Modem, command: Command) -> None:
    """`AT+SQNSL=<id>,0|1,<port>`: serve a port of TCP, or stop that."""
    arguments = command.set_arguments
    socket_id, starts = arguments.integer(0, FIRST, MOST), arguments.integer(1, 0, 1)
    store = sockets_of(modem)
    if not starts:
        store.streams.stop_listening(socket_id)
        return
    if store.is_used(socket_id):
        modem.mistake("SQNSL on an id in use", id=socket_id)
        raise CommandFailed()
    tcp.listen(store.streams, socket_id, arguments.integer(2, 1, 65_535))


@COMMANDS.add("+SQNSA")
def accept(modem: Modem, command: Command) -> None:
    """`AT+SQNSA=<id>,1`: take the connection that rang."""
    arguments = command.set_arguments
    stream = sockets_of(modem).streams.by_id.get(arguments.integer(0, FIRST, MOST))
    if arguments.integer(1, 0, 1, default=0) != 1:
        raise ArgumentMistake("only command mode exists here: <connMode> is 1")
    if stream is None or stream.is_accepted:
        raise CommandFailed()
    stream.is_accepted = True
    if stream.pending:
        sockets_of(modem).streams.arrived(stream)
