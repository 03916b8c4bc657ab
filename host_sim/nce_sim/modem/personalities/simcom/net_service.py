"""The service that the sockets of SIMCom's A76XX and SIM7600 need (A76XX AT manual V1.09, 15).

+NETOPEN +NETCLOSE +IPADDR +CDNSGIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import ERROR, CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personalities.simcom.net_sockets import sockets_of
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

NET_OPEN_MS, NET_CLOSE_MS = 300, 100
NOT_OPENED = 2  # <err> of +NETOPEN, +NETCLOSE, +CIPOPEN, +CIPCLOSE, +CIPERROR (15.3.2)
DNS_ERROR = 10  # of +CDNSGIP, 15.2.17
# <err_info> of +IP ERROR (15.3.1)
ERROR_TEXTS = {
    4: "Network is already opened",
    8: "Network not opened",
    11: "Connection is not created",
    12: "Invalid parameter",
    22: "No data",
}
ERROR_MODE = 3  # the index of <errMode> in AT+CIPCCFG


def refused(modem: Modem, number: int) -> str:
    """`+IP ERROR: <err_info>`, as a number or in words, and ERROR."""
    in_words = modem.ram.of(NetRam).socket_settings[ERROR_MODE]
    modem.info(f"+IP ERROR: {ERROR_TEXTS[number] if in_words else number}")
    return ERROR


@COMMANDS.add("+NETOPEN")
def net_open(modem: Modem, command: Command) -> str | None:
    """`AT+NETOPEN`: OK, then `+NETOPEN: <err>` (15.2.1)."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        modem.info(f"+NETOPEN: {int(store.is_open)}")
        return None
    if command.form is not Form.EXECUTE:
        raise CommandFailed()
    if store.is_open:
        modem.mistake("NETOPEN while it is open")
        return refused(modem, 4)

    def opened() -> None:
        if modem.radio.session is None:
            modem.urc("+NETOPEN: 1")
            return
        store.start()
        modem.urc("+NETOPEN: 0")

    modem.later(NET_OPEN_MS, opened)
    return None


@COMMANDS.add("+NETCLOSE")
def net_close(modem: Modem, command: Command) -> str | None:
    """`AT+NETCLOSE`: the sockets end; OK, then `+NETCLOSE: <err>` (15.2.2)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        return None
    if not store.is_open:
        modem.info(f"+NETCLOSE: {NOT_OPENED}")
        return ERROR
    for number in range(store.most_sockets):
        if store.is_used(number):
            modem.info(f"+CIPCLOSE: {number},0")
    store.by_id.clear()
    for stream in tuple(store.streams.by_id.values()):
        store.streams.close(stream)

    def closed() -> None:
        store.stop()
        modem.urc("+NETCLOSE: 0")

    modem.later(NET_CLOSE_MS, closed)
    return None


@COMMANDS.add("+IPADDR")
def address(modem: Modem, command: Command) -> str | None:
    """`AT+IPADDR`: the address of the service (15.2.7)."""
    if command.form is Form.TEST:
        return None
    if not sockets_of(modem).works:
        return refused(modem, 8)
    modem.info(f"+IPADDR: {modem.radio.host}")
    return None


@COMMANDS.add("+CDNSGIP")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT+CDNSGIP="name"`: the address, then OK (15.2.17)."""
    if command.form is Form.TEST:
        return None
    name = command.set_arguments.text(0)
    found = None
    if sockets_of(modem).works:
        yield Pause(20)
        found = yield from resolved(modem, name)
    else:
        modem.mistake("CDNSGIP without NETOPEN")
    if found is None:
        modem.info(f"+CDNSGIP: 0,{DNS_ERROR}")
        return ERROR
    modem.info(f'+CDNSGIP: 1,"{name}","{found}"')
    return None
