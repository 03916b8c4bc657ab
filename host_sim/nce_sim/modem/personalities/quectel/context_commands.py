"""Quectel's commands about the context under the sockets, and about name look-ups.

+QICSGP +QIACT +QIDEACT +QIDNSGIP +QIDNSCFG +QIGETERROR
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.commands.packet import redefine_context
from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.memory import Context
from nce_sim.modem.personalities.quectel.memory import Login, QuectelNvm, QuectelRam
from nce_sim.modem.personalities.quectel.sockets import ERRORS, QuectelSockets
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

ACTIVATE_MS = 150


def sockets_of(modem: Modem) -> QuectelSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, QuectelSockets)
    return store


def failed(modem: Modem, error: int) -> CommandFailed:
    """The ERROR to raise, with its number kept for `+QIGETERROR`."""
    sockets_of(modem).last_error = error
    return CommandFailed()


@COMMANDS.add("+QICSGP")
def context_settings(modem: Modem, command: Command) -> None:
    """`AT+QICSGP`: the context of the sockets, the same that `+CGDCONT` defines."""
    if command.form is Form.TEST:
        modem.info("+QICSGP: (1-16),(1-3),<APN>,<username>,<password>,(0-3)")
        return
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    cid = arguments.integer(0, 1, 16)
    logins = modem.nvm.of(QuectelNvm).logins
    if len(arguments) == 1:
        pdp_type, apn = modem.nvm.contexts.get(cid, Context())
        user, password, authentication = logins.get(cid, Login())
        number = {"IP": 1, "IPV6": 2}.get(pdp_type, 3)
        modem.info(f'+QICSGP: {number},"{apn}","{user}","{password}",{authentication}')
        return
    pdp_type = {1: "IP", 2: "IPV6", 3: "IPV4V6"}[arguments.integer(1, 1, 3)]
    apn = arguments.text(2)
    login = Login(
        arguments.text(3, ""), arguments.text(4, ""), arguments.integer(5, 0, 3, default=0)
    )
    redefine_context(modem, cid, Context(pdp_type, apn))
    logins[cid] = login


@COMMANDS.add("+QIACT")
def activate(modem: Modem, command: Command) -> Steps:
    """`AT+QIACT`: make the context usable for sockets."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info("+QIACT: (1-16)")
    elif command.form is Form.READ:
        if store.context_is_active and modem.radio.host is not None:
            modem.info(f'+QIACT: 1,1,1,"{modem.radio.host}"')
    elif command.form is Form.SET:
        cid = command.arguments.integer(0, 1, 16)
        if store.context_is_active:
            modem.mistake("context activated twice", cid=cid)
            raise failed(modem, 561)
        yield Pause(ACTIVATE_MS)
        if cid != 1 or modem.radio.session is None:
            raise failed(modem, 561)
        store.context_is_active = True
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("+QIDEACT")
def deactivate(modem: Modem, command: Command) -> Steps:
    """`AT+QIDEACT`: close all sockets and leave the context; harmless when not active."""
    if command.form is Form.SET:
        command.arguments.integer(0, 1, 16)
        yield Pause(ACTIVATE_MS)
        sockets_of(modem).drop_context()
    elif command.form is Form.TEST:
        modem.info("+QIDEACT: (1-16)")
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("+QIDNSGIP")
def resolve(modem: Modem, command: Command) -> None:
    """`AT+QIDNSGIP`: OK at once, the addresses as URCs."""
    if command.form is not Form.SET:
        raise CommandFailed()
    command.arguments.integer(0, 1, 16)
    name = command.arguments.text(1)
    session = modem.radio.session
    if session is None or not sockets_of(modem).context_is_active:
        raise failed(modem, 561)

    def answered(addresses: list[str]) -> None:
        if not addresses:
            sockets_of(modem).last_error = 565
            modem.urc('+QIURC: "dnsgip",565')
            return
        ttl_s = modem.operator.core.settings.dns_ttl_s
        modem.urc(f'+QIURC: "dnsgip",0,{len(addresses)},{ttl_s}')
        for address in addresses:
            modem.urc(f'+QIURC: "dnsgip","{address}"')

    if is_dotted(name):
        modem.later(20, lambda: answered([name]))
    else:
        session.resolve(name, answered)


@COMMANDS.add("+QIDNSCFG")
def name_servers(modem: Modem, command: Command) -> None:
    """`AT+QIDNSCFG`: the name servers of a context."""
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    cid = arguments.integer(0, 1, 16)
    ram = modem.ram.of(QuectelRam)
    given = modem.operator.core.settings.dns_host
    first, second = ram.name_servers or (given, given)
    if len(arguments) == 1:
        modem.info(f'+QIDNSCFG: {cid},"{first}","{second}"')
    else:
        ram.name_servers = (arguments.text(1), arguments.text(2, second))


@COMMANDS.add("+QIGETERROR")
def last_error(modem: Modem, command: Command) -> None:
    """`AT+QIGETERROR`: why the last TCP/IP command failed."""
    error = sockets_of(modem).last_error
    modem.info(f"+QIGETERROR: {error},{ERRORS.get(error, ERRORS[550])}")
