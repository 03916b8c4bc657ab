"""Quectel's `AT+QPING` (BG95&BG77&BG600L TCP/IP note V1.1, 2.3.11; BG96's has the same: D).

AT+QPING=1,"8.8.8.8",4,2
OK
+QPING: 0,"8.8.8.8",32,91,55        # result, address, bytes, ms, TTL
+QPING: 569                         # nothing came within the time
+QPING: 0,2,1,1,91,91,91            # result, sent, received, lost, min, max, average
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.personalities.quectel.context_commands import failed, sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.ping import Pings, Plan, Result

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NO_CONTEXT, NO_NAME, TIMED_OUT = 561, 565, 569  # chapter 4; 569 was seen in the field (S)
SIZE = 32  # [I]: the command takes no length
TTL = 255  # [I]


@COMMANDS.add("+QPING")
def ping(modem: Modem, command: Command) -> None:
    """`AT+QPING=<context>,<host>[,<timeout s>[,<count>]]`: OK at once, results as URCs."""
    if command.form is Form.TEST:
        modem.info("+QPING: (1-16),<host>,(1-255),(1-10)")
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    arguments.integer(0, 1, 16)
    host = arguments.text(1)
    timeout_ms = 1_000 * arguments.integer(2, 1, 255, default=4)
    plan = Plan(arguments.integer(3, 1, 10, default=4), SIZE, timeout_ms, TTL)
    session = modem.radio.session
    if session is None or not sockets_of(modem).context_is_active:
        raise failed(modem, NO_CONTEXT)

    def answered(addresses: list[str]) -> None:
        if not addresses:
            sockets_of(modem).last_error = NO_NAME
            modem.urc(f"+QPING: {NO_NAME}")
            return
        pings = Pings(modem, addresses[0], plan)
        pings.start(
            lambda result: modem.urc(f"+QPING: {_shown(pings, result)}"),
            lambda: modem.urc(f"+QPING: 0,{pings.summary}"),
        )

    if is_dotted(host):
        modem.later(10, lambda: answered([host]))
    else:
        session.resolve(host, answered)


def _shown(pings: Pings, result: Result) -> str:
    if result.time_ms is None:
        return str(TIMED_OUT)
    return f'0,"{pings.address}",{SIZE},{result.time_ms},{result.ttl}'
