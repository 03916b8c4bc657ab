"""SIMCom's pings: `AT+SNPING4` (SIM70x0), `AT+CIPPING` (SIM7000), `AT+CPING` (A76XX, SIM7600).

SIMCom's CAT-M commands as momoiot.co.kr has them, C1901 (D); SIM7000 PING Application Note V1.00,
2.1 (D). Both answer before their OK:

    +SNPING4: 1,8.8.8.8,91              # number, address, ms
    +CIPPING: 1,"8.8.8.8",1,55          # number, address, time in 100 ms, TTL

`AT+CPING` answers behind its OK, and sums up (S: logs of boards, and the drivers made for them):

    +CPING: 1,8.8.8.8,92,91,55          # answered: address, bytes, ms, TTL
    +CPING: 2                           # timed out
    +CPING: 3,2,1,1,91,91,91            # sent, answered, lost, shortest, longest, mean
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.simcom.ca_sockets import sockets_of as ca_sockets_of
from nce_sim.modem.personalities.simcom.cip_sockets import State
from nce_sim.modem.personalities.simcom.cip_sockets import sockets_of as cip_sockets_of
from nce_sim.modem.personalities.simcom.net_sockets import sockets_of as net_sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.ping import Pings, Plan, Result, pinged
from nce_sim.modem.stored import Stored

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

CA_COMMANDS = CommandTable()
CIP_COMMANDS = CommandTable()
NET_COMMANDS = CommandTable()

SNPDPID = Stored("+SNPDPID", (0,), ((0, 3),))
TTL = 64  # [I] of SNPING4, which has no argument for it
SILENT_TTL = 255  # of a CIPPING without an answer, with the time-out as its time
TENTH_MS = 100
ANSWERED, TIMED_OUT, SUMMED_UP = 1, 2, 3  # <result_type> of +CPING
CIP_STATES = (State.GPRSACT, State.STATUS, State.PROCESSING)


@CA_COMMANDS.add("+SNPING4")
def ping(modem: Modem, command: Command) -> Steps:
    """`AT+SNPING4=<host>,<count>,<size>,<timeout ms>`: after CNACT; silence shows as the limit."""
    if command.form is Form.TEST:
        modem.info('+SNPING4: "URL",(1-500),(1-1400),(1-60000)')
        return None
    arguments = command.set_arguments
    host = arguments.text(0)
    count, size = arguments.integer(1, 1, 500), arguments.integer(2, 1, 1_400)
    plan = Plan(count, size, arguments.integer(3, 1, 60_000), TTL)
    if not ca_sockets_of(modem).bearer_is_up:
        modem.mistake("SNPING4 without a bearer")
        raise CommandFailed()
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()

    def told(result: Result) -> None:
        time_ms = plan.timeout_ms if result.time_ms is None else result.time_ms
        modem.info(f"+SNPING4: {result.number},{address},{time_ms}")

    yield from pinged(modem, address, plan, told)
    return None


@CIP_COMMANDS.add("+CIPPING")
def cip_ping(modem: Modem, command: Command) -> Steps:
    """`AT+CIPPING=<host>[,<count>[,<size>[,<timeout 100 ms>[,<ttl>]]]]`: needs CIICR."""
    if command.form is Form.TEST:
        modem.info("+CIPPING: (1-100),(0-1024),(1-600),(1-255)")
        return None
    if command.form is Form.READ:
        modem.info("+CIPPING: 4,32,100,64")
        return None
    arguments = command.set_arguments
    host = arguments.text(0)
    plan = Plan(
        arguments.integer(1, 1, 100, default=4),
        arguments.integer(2, 0, 1_024, default=32),
        TENTH_MS * arguments.integer(3, 1, 600, default=100),
        arguments.integer(4, 1, 255, default=64),
    )
    if cip_sockets_of(modem).state not in CIP_STATES:
        modem.mistake("CIPPING without a bearer")
        raise CommandFailed(3)
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()

    def told(result: Result) -> None:
        is_silent = result.time_ms is None
        time_ms = plan.timeout_ms if result.time_ms is None else result.time_ms
        ttl = SILENT_TTL if is_silent else result.ttl
        modem.info(f'+CIPPING: {result.number},"{address}",{-(-time_ms // TENTH_MS)},{ttl}')

    yield from pinged(modem, address, plan, told)
    return None


@NET_COMMANDS.add("+CPING")
def net_ping(modem: Modem, command: Command) -> Steps:
    """`AT+CPING=<host>,1[,<count>[,<size>[,<interval ms>[,<timeout ms>[,<ttl>]]]]]`: OK at once.

    The second argument, 1 for IPv4, must be there, and a time-out is 10 s at least (S); the other
    bounds, and ERROR for a name that nobody knows, are inferred.
    """
    arguments = command.set_arguments
    host = arguments.text(0)
    arguments.integer(1, 1, 1)
    plan = Plan(
        arguments.integer(2, 1, 100, default=4),
        arguments.integer(3, 4, 188, default=64),
        interval_ms=arguments.integer(4, 1_000, 10_000, default=1_000),
        timeout_ms=arguments.integer(5, 10_000, 100_000, default=10_000),
        ttl=arguments.integer(6, 16, 255, default=255),
    )
    if modem.radio.session is None:
        modem.mistake("CPING without a bearer")
        raise CommandFailed()
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    shown_size = plan.size + net_sockets_of(modem).ping_overhead
    pings = Pings(modem, address, plan)

    def told(result: Result) -> None:
        if result.time_ms is None:
            modem.urc(f"+CPING: {TIMED_OUT}")
        else:
            shown = f"{address},{shown_size},{result.time_ms},{result.ttl}"
            modem.urc(f"+CPING: {ANSWERED},{shown}")

    def ended() -> None:
        modem.urc(f"+CPING: {SUMMED_UP},{pings.summary}")

    modem.later(10, lambda: pings.start(told, ended))
    return None
