"""Socket commands of SLM of nRF Connect SDK 2.x: they act on the selected socket.

#XSOCKET #XSOCKETSELECT #XSOCKETOPT #XBIND #XCONNECT #XSEND #XSENDTO #XRECV #XRECVFROM #XPOLL
#XGETADDRINFO

Nothing is told unasked: the host polls, and a receive blocks the line for its timeout.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.nordic.old_sockets import bind, connect, resolve
from nce_sim.modem.personalities.nordic.sockets import (
    DATAGRAM,
    IPPROTO_UDP,
    POLL_IN,
    bytes_of,
    opened,
    pieces,
    received,
    selected_socket,
    sent,
    sockets_of,
)
from nce_sim.modem.personality import CommandTable

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable({"#XBIND": bind, "#XCONNECT": connect, "#XGETADDRINFO": resolve})

MOST_INLINE = 1024


@COMMANDS.add("#XSLMVER")
def version(modem: Modem, command: Command) -> None:
    """`AT#XSLMVER`: versions of the SDK and of the modem library."""
    modem.info('#XSLMVER: "2.6.1","2.6.1"')


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> None:
    """`AT#XSOCKET=1,2,0` opens and selects, `=0` closes the selected one."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        if store.selected is not None:  # the others are not shown (S)
            modem.info(f"#XSOCKET: {store.selected.id},1,0,{DATAGRAM},0")
        return
    if command.form is Form.TEST:
        modem.info("#XSOCKET: (0,1,2),(1,2,3),(0,1),<cid>")
        return
    arguments = command.set_arguments
    if arguments.integer(0, 0, 2) == 0:
        if store.selected is not None:  # else it is OK alone (S)
            store.close(store.selected)
            modem.info('#XSOCKET: 0,"closed"')
        return
    if arguments.integer(1, 1, 3) != DATAGRAM or arguments.integer(2, 0, 1) != 0:
        raise CommandFailed()  # TCP and servers: not part of this simulator yet
    modem.info(f"#XSOCKET: {opened(modem).id},{DATAGRAM},{IPPROTO_UDP}")


@COMMANDS.add("#XSOCKETSELECT")
def select(modem: Modem, command: Command) -> None:
    """`AT#XSOCKETSELECT=<handle>`: which socket the other commands mean."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for each in store.by_id.values():
            # Handle, family, role, type, security tag, ranking, context (S).
            tag = -1 if each.security is None else each.security.tag
            ranking = store.ranking_of(each)
            modem.info(f"#XSOCKETSELECT: {each.id},1,0,{DATAGRAM},{tag},{ranking},0")
        if store.selected is not None:
            modem.info(f"#XSOCKETSELECT: {store.selected.id}")
        return
    chosen = store.by_id.get(command.set_arguments.integer(0, 0, 255))
    if chosen is None:
        raise CommandFailed()
    store.selected = chosen
    modem.info(f"#XSOCKETSELECT: {chosen.id}")


@COMMANDS.add("#XSOCKETOPT")
def option(modem: Modem, command: Command) -> None:
    """`AT#XSOCKETOPT=<op>,<name>[,<value>]`: kept, without an effect."""
    arguments = command.set_arguments
    operation, name = arguments.integer(0, 0, 1), arguments.integer(1, 0, 255)
    options = selected_socket(modem).options
    if operation:
        options[name] = arguments.integer(2, 0, 2**31, default=0)
    elif name in options:
        modem.info(f"#XSOCKETOPT: {options[name]}")
    else:
        raise CommandFailed()


@COMMANDS.add("#XSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT#XSEND="data"`, or raw bytes in data mode without it."""
    chosen = selected_socket(modem)
    if command.form is Form.EXECUTE:
        yield from pieces(modem, lambda data: sent(modem, chosen, data))
        modem.info("#XDATAMODE: 0")
        return NO_RESULT
    data = bytes_of(command.set_arguments.text(0), is_hex=False)
    if not 0 < len(data) <= MOST_INLINE:
        raise CommandFailed()
    yield from sent(modem, chosen, data)
    modem.info(f"#XSEND: {len(data)}")
    return None


@COMMANDS.add("#XSENDTO")
def send_to(modem: Modem, command: Command) -> Steps:
    """`AT#XSENDTO="host",<port>[,"data"]`: without data, raw bytes in data mode."""
    chosen = selected_socket(modem)
    arguments = command.set_arguments
    host, port = arguments.text(0), arguments.integer(1, 1, 65_535)
    if len(arguments) == 2:
        yield from pieces(modem, lambda data: sent(modem, chosen, data, host, port))
        modem.info("#XDATAMODE: 0")
        return NO_RESULT
    data = bytes_of(arguments.text(2), is_hex=False)
    if not 0 < len(data) <= MOST_INLINE:
        raise CommandFailed()
    yield from sent(modem, chosen, data, host, port)
    modem.info(f"#XSENDTO: {len(data)}")
    return None


@COMMANDS.add("#XRECV", "#XRECVFROM")
def receive(modem: Modem, command: Command) -> Steps:
    """`AT#XRECV=<timeout s>[,<flags>]`: the length, then as many bytes; ERROR at the timeout."""
    arguments = command.set_arguments
    timeout_s, flags = arguments.integer(0, 0, 65_535), arguments.integer(1, 0, 512, default=0)
    sender, data = yield from received(modem, selected_socket(modem), timeout_s, flags)
    header = f"{command.name}: {len(data)}"
    if command.name == "#XRECVFROM":
        header += f',"{sender.host}",{sender.port}'
    modem.terminal.raw(modem.terminal.framed(header) + data)
    return None


@COMMANDS.add("#XPOLL")
def poll(modem: Modem, command: Command) -> Steps:
    """`AT#XPOLL=<timeout ms>[,<handle>…]`: which sockets have something."""
    arguments = command.set_arguments
    limit_ms = arguments.integer(0, 0, 600_000)
    store = sockets_of(modem)
    wanted = [arguments.integer(i, 0, 255) for i in range(1, len(arguments))] or list(store.by_id)
    for _ in range(limit_ms // 20 + 1):
        ready = [i for i in wanted if i in store.by_id and store.by_id[i].received]
        if ready:
            for handle in ready:
                modem.info(f'#XPOLL: {handle},"0x{POLL_IN:04x}"')
            break
        yield Pause(20)
    return None
