"""The `AT#XPING` of Serial Modem (ncs-serial-modem, doc/app/at_icmp.rst: D) and of SLM (S).

    AT#XPING="8.8.8.8",45,5000,2,1000
    OK
    #XPING: 0.091 seconds               # one per answer; a silent one shows nothing
    #XPING: average 0.091 seconds       # when there were two or more

An unknown name is told as `getaddrinfo` puts it, in quotes, before the ERROR (S).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.ping import Pings, Plan, Result

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

UNKNOWN_NAME = '"Host not found"'
TTL = 64  # slm_at_icmp.c writes it into the header


@COMMANDS.add("#XPING")
def ping(modem: Modem, command: Command) -> Steps:
    """`AT#XPING=<host>,<size>,<timeout ms>[,<count>[,<interval ms>[,<cid>]]]`: results as URCs."""
    arguments = command.set_arguments
    host = arguments.text(0)
    size, timeout_ms = arguments.integer(1, 0, 1_472), arguments.integer(2, 1, 65_535)
    count, interval_ms = (
        arguments.integer(3, 1, 65_535, default=1),
        arguments.integer(4, 0, 65_535, default=1_000),
    )
    arguments.integer(5, 0, 10, default=0)
    address = yield from resolved(modem, host)
    if address is None:
        modem.info(UNKNOWN_NAME)
        raise CommandFailed()
    if modem.radio.session is None:
        raise CommandFailed()
    pings = Pings(modem, address, Plan(count, size, timeout_ms, TTL, interval_ms))

    def told(result: Result) -> None:
        if result.time_ms is not None:
            modem.urc(f"#XPING: {result.time_ms / 1000:.3f} seconds")

    def ended() -> None:
        times = pings.times_ms
        if len(times) > 1:
            average_ms = (sum(times) + len(times) // 2) // len(times)
            modem.urc(f"#XPING: average {average_ms / 1000:.3f} seconds")

    modem.later(10, lambda: pings.start(told, ended))
    return None
