"""u-blox's `AT+UPING`, as Arduino's MKRNB and a log of Particle's have it (S).

Its manual could not be read; the bounds of the arguments are inferred [I].

AT+UPING="8.8.8.8"
OK
+UUPING: 1,32,"","8.8.8.8",55,91    # number, size, name, address, TTL, ms
+UUPING: 2,32,"","8.8.8.8",55,-1    # nothing came within the time
+UUPINGER: 8                        # unknown host
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.ublox.sockets import NOT_ALLOWED, sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.ping import Pings, Plan, Result

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

UNKNOWN_HOST = 8  # as Arduino's MKRNB reads it (S)
SILENT_MS = -1


@COMMANDS.add("+UPING")
def ping(modem: Modem, command: Command) -> None:
    """`AT+UPING=<host>[,<count>,<size>,<timeout ms>,<ttl>[,<interval ms>]]`: results as URCs."""
    if command.form is Form.TEST:
        modem.info('+UPING: "",(1-64),(4-1472),(10-60000),(1-255),(0-60000)')
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    host = arguments.text(0)
    plan = Plan(
        arguments.integer(1, 1, 64, default=4),
        arguments.integer(2, 4, 1_472, default=32),
        arguments.integer(3, 10, 60_000, default=5_000),
        arguments.integer(4, 1, 255, default=32),
        arguments.integer(5, 0, 60_000, default=1_000),
    )
    session = modem.radio.session
    if session is None or not sockets_of(modem).bearer_is_up:
        raise CommandFailed(NOT_ALLOWED)
    name = "" if is_dotted(host) else host

    def answered(addresses: list[str]) -> None:
        if not addresses:
            modem.urc(f"+UUPINGER: {UNKNOWN_HOST}")
            return
        address = addresses[0]

        def told(result: Result) -> None:
            time_ms = SILENT_MS if result.time_ms is None else result.time_ms
            ttl = plan.ttl if result.ttl is None else result.ttl
            modem.urc(f'+UUPING: {result.number},{plan.size},"{name}","{address}",{ttl},{time_ms}')

        Pings(modem, address, plan).start(told, lambda: None)

    if name:
        session.resolve(host, answered)
    else:
        modem.later(10, lambda: answered([host]))
