"""Socket commands of the Serial Modem application: every one names its socket.

#XSOCKET #XCLOSE #XSOCKETOPT #XBIND #XCONNECT #XSEND #XSENDTO #XRECV #XRECVFROM #XAPOLL #XRECVCFG
#XGETADDRINFO

Modes of data: 0 text, 1 hexadecimal, 2 data mode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Arguments, Command, Form
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic.sockets import (
    DATAGRAM,
    IPPROTO_UDP,
    POLL_IN,
    POLL_INVALID,
    RAI,
    RAI_MOST,
    RAI_NO_DATA,
    NordicSocket,
    assist,
    bytes_of,
    connected,
    data_mode,
    opened,
    received,
    sent,
    sockets_of,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import all_resolved

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

TEXT, HEXADECIMAL, DATA_MODE = range(3)
MOST_INLINE = 1400


def _socket(modem: Modem, arguments: Arguments, position: int = 0) -> NordicSocket:
    handle = arguments.integer(position, 0, 255)
    socket = sockets_of(modem).by_id.get(handle)
    if socket is None:
        modem.mistake("a socket that is not open", handle=handle)
        raise CommandFailed()
    return socket


def _one_or_all(modem: Modem, arguments: Arguments) -> list[NordicSocket]:
    if arguments.is_given(0):
        return [_socket(modem, arguments)]
    return list(sockets_of(modem).by_id.values())


@COMMANDS.add("#XSMVER")
def version(modem: Modem, command: Command) -> None:
    """`AT#XSMVER`: versions of the application and of the SDK."""
    modem.info('#XSMVER: "v1.99.0","3.3.99"')


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> None:
    """`AT#XSOCKET=<family>,<type>,<role>[,<cid>]`: the handle of a new socket."""
    if command.form is Form.READ:
        for each in sockets_of(modem).by_id.values():
            modem.info(f"#XSOCKET: {each.id},1,0,{DATAGRAM},0")
        return
    if command.form is Form.TEST:
        modem.info("#XSOCKET: <handle>,(1,2,3),(1,2,3),(0,1),<cid>")
        return
    arguments = command.set_arguments
    arguments.integer(0, 1, 3)
    if arguments.integer(1, 1, 3) != DATAGRAM or arguments.integer(2, 0, 1) != 0:
        raise CommandFailed()  # TCP and servers: not part of this simulator yet
    modem.info(f"#XSOCKET: {opened(modem).id},{DATAGRAM},{IPPROTO_UDP}")


@COMMANDS.add("#XCLOSE")
def close(modem: Modem, command: Command) -> None:
    """`AT#XCLOSE[=<handle>]`: one socket, or all."""
    for each in _one_or_all(modem, command.arguments):
        sockets_of(modem).close(each)
        modem.info(f"#XCLOSE: {each.id},0")


@COMMANDS.add("#XSOCKETOPT")
def option(modem: Modem, command: Command) -> None:
    """`AT#XSOCKETOPT=<handle>,<op>,<name>[,<value>]`: kept; RAI and SO_SNDTIMEO have effects."""
    arguments = command.set_arguments
    chosen = _socket(modem, arguments)
    operation, name = arguments.integer(1, 0, 1), arguments.integer(2, 0, 255)
    if name == RAI:
        if operation != 1:
            raise CommandFailed()  # set only
        assist(modem, chosen, arguments.integer(3, RAI_NO_DATA, RAI_MOST))
        return
    options = chosen.options
    if operation:
        options[name] = arguments.integer(3, 0, 2**31, default=0)
    elif name in options:
        modem.info(f"#XSOCKETOPT: {chosen.id},{options[name]}")
    else:
        raise CommandFailed()


@COMMANDS.add("#XBIND")
def bind(modem: Modem, command: Command) -> None:
    """`AT#XBIND=<handle>,<port>`."""
    arguments = command.set_arguments
    chosen = _socket(modem, arguments)
    port = sockets_of(modem).free_port(arguments.integer(1, 1, 65_535))
    if port is None:
        raise CommandFailed()
    chosen.local_port = port


@COMMANDS.add("#XCONNECT")
def connect(modem: Modem, command: Command) -> Steps:
    """`AT#XCONNECT=<handle>,"host",<port>`."""
    arguments = command.set_arguments
    chosen = _socket(modem, arguments)
    yield from connected(modem, chosen, arguments.text(1), arguments.integer(2, 1, 65_535))
    modem.info(f"#XCONNECT: {chosen.id},1")
    return None


def _inline(arguments: Arguments, position: int, mode: int) -> bytes:
    data = bytes_of(arguments.text(position), is_hex=mode == HEXADECIMAL)
    if not 0 < len(data) <= MOST_INLINE:
        raise CommandFailed()
    return data


@COMMANDS.add("#XSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT#XSEND=<handle>,<mode>,<flags>[,<data or length>]`."""
    arguments = command.set_arguments
    chosen, mode = _socket(modem, arguments), arguments.integer(1, TEXT, DATA_MODE)
    flags = arguments.integer(2, 0, 65_535)
    if mode == DATA_MODE:
        length = arguments.integer(3, 1, 4096) if arguments.is_given(3) else None
        data = yield from data_mode(modem, length)
        yield from sent(modem, chosen, data, flags=flags)
        modem.info("#XDATAMODE: 0")
        return NO_RESULT
    data = _inline(arguments, 3, mode)
    yield from sent(modem, chosen, data, flags=flags)
    modem.info(f"#XSEND: {chosen.id},0,{len(data)}")
    return None


@COMMANDS.add("#XSENDTO")
def send_to(modem: Modem, command: Command) -> Steps:
    """`AT#XSENDTO=<handle>,<mode>,<flags>,"host",<port>[,<data or length>]`."""
    arguments = command.set_arguments
    chosen, mode = _socket(modem, arguments), arguments.integer(1, TEXT, DATA_MODE)
    flags = arguments.integer(2, 0, 65_535)
    host, port = arguments.text(3), arguments.integer(4, 1, 65_535)
    if mode == DATA_MODE:
        length = arguments.integer(5, 1, 4096) if arguments.is_given(5) else None
        data = yield from data_mode(modem, length)
        yield from sent(modem, chosen, data, host, port, flags)
        modem.info("#XDATAMODE: 0")
        return NO_RESULT
    data = _inline(arguments, 5, mode)
    yield from sent(modem, chosen, data, host, port, flags)
    modem.info(f"#XSENDTO: {chosen.id},0,{len(data)}")
    return None


@COMMANDS.add("#XRECV", "#XRECVFROM")
def receive(modem: Modem, command: Command) -> Steps:
    """`AT#XRECVFROM=<handle>,<mode>,<flags>,<timeout s>[,<length>]`."""
    arguments = command.set_arguments
    chosen, mode = _socket(modem, arguments), arguments.integer(1, TEXT, HEXADECIMAL)
    flags, timeout_s = arguments.integer(2, 0, 65_535), arguments.integer(3, 0, 65_535)
    most = arguments.integer(4, 1, 2048, default=2048)
    sender, data = yield from received(modem, chosen, timeout_s, flags, most)
    if not data:
        return None  # a datagram of no bytes: OK alone, and nothing is armed (S)
    header = f"{command.name}: {chosen.id},{mode},{len(data)}"
    if command.name == "#XRECVFROM":
        header += f',"{sender.host}",{sender.port}'
    shown = data.hex().encode() if mode == HEXADECIMAL else data
    modem.terminal.raw(modem.terminal.framed(header) + shown)
    sockets_of(modem).rearm(chosen, POLL_IN)
    return None


@COMMANDS.add("#XAPOLL")
def poll(modem: Modem, command: Command) -> None:
    """`AT#XAPOLL=[<handle>],<op>[,<events>]`: 1 tells of events as they come, 0 stops that."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for each in store.by_id.values():
            modem.info(f"#XAPOLL: {each.id},{each.events}")
        return
    arguments = command.set_arguments
    operation = arguments.integer(1, 0, 1)
    events = arguments.integer(2, 0, 2 * POLL_INVALID - 1, default=POLL_IN) if operation else 0
    if not arguments.is_given(0):
        store.future_events = events
    for each in _one_or_all(modem, arguments):
        store.arm(each, events)


@COMMANDS.add("#XRECVCFG")
def push(modem: Modem, command: Command) -> None:
    """`AT#XRECVCFG=[<handle>],<flags>[,<hex>]`: data pushed as it comes (1), or not (0)."""
    arguments = command.set_arguments
    flags = arguments.integer(1, 0, 3)
    in_hex = arguments.integer(2, 0, 1, default=0)
    if not arguments.is_given(0):
        sockets_of(modem).future_push = in_hex if flags & 1 else None
    for each in _one_or_all(modem, arguments):
        each.push = in_hex if flags & 1 else None


@COMMANDS.add("#XGETADDRINFO")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT#XGETADDRINFO="name"[,<family>]`: its addresses, or why not in quotes and ERROR."""
    addresses = yield from all_resolved(modem, command.set_arguments.text(0))
    if not addresses:
        modem.info('#XGETADDRINFO: "not found"')
        raise CommandFailed()
    modem.info(f'#XGETADDRINFO: "{" ".join(addresses)}"')
    return None
