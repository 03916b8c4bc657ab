"""Sequans' `AT+PING` with a host (S); its other arguments and its answers are inferred [I].

    AT+PING="8.8.8.8"
    +PING: 1,"8.8.8.8",91,55            # number, address, ms, TTL
    OK

Of a silent host the command says nothing; it ends in ERROR when nobody answered at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.ping import Plan, Result, pinged

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()


@COMMANDS.add("+PING")
def ping(modem: Modem, command: Command) -> Steps:
    """`AT+PING=<host>[,<count>[,<size>[,<timeout s>[,<ttl>]]]]`: the answers, then OK or ERROR."""
    arguments = command.set_arguments
    host = arguments.text(0)
    plan = Plan(
        arguments.integer(1, 1, 64, default=4),
        arguments.integer(2, 0, 1_400, default=32),
        1_000 * arguments.integer(3, 1, 600, default=10),
        arguments.integer(4, 1, 255, default=128),
    )
    address = yield from resolved(modem, host)
    if address is None or modem.radio.session is None:
        raise CommandFailed()

    def told(result: Result) -> None:
        if result.time_ms is not None:
            modem.info(f'+PING: {result.number},"{address}",{result.time_ms},{result.ttl}')

    pings = yield from pinged(modem, address, plan, told)
    if not pings.times_ms:
        raise CommandFailed()
    return None
