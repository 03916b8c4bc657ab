"""TCP of Serial Modem: its socket commands, of which those that are not for TCP are passed on.

#XSOCKET #XCLOSE #XSOCKETOPT #XBIND #XCONNECT #XLISTEN #XACCEPT #XSEND #XRECV #XAPOLL #XRECVCFG

ncs-serial-modem's documents and source, by modems_2.md, 1 [D/S]:

    AT#XSOCKET=1,1,0                        #XSOCKET: 0,1,6
    AT#XCONNECT=0,"203.0.113.7",80          #XCONNECT: 0,1
    AT#XSEND=0,0,0,"hello"                  #XSEND: 0,0,5
    AT#XRECV=0,0,0,10                       #XRECV: 0,0,5 and the bytes; OK alone at the peer's FIN
    AT#XLISTEN=1    AT#XACCEPT=1            #XACCEPT: 1,2,"198.51.100.9",4096
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Arguments, Command, Form
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.line.steps import Steps
from nce_sim.modem.personalities.nordic import handle_sockets, streams
from nce_sim.modem.personalities.nordic.handle_sockets import DATA_MODE, HEXADECIMAL, TEXT
from nce_sim.modem.personalities.nordic.sockets import (
    DONT_WAIT,
    bytes_of,
    data_mode,
    sockets_of,
)
from nce_sim.modem.personalities.nordic.streams import NordicStream, StreamTable
from nce_sim.modem.personality import Handler

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

MOST_INLINE = 1_400


def _stream(modem: Modem, arguments: Arguments) -> NordicStream | None:
    handle = arguments.integer(0, 0, 255) if arguments.is_given(0) else -1
    return sockets_of(modem).streams.by_id.get(handle)


COMMANDS = StreamTable(
    handle_sockets.COMMANDS, lambda modem, command: _stream(modem, command.set_arguments)
)


def _or_udp(name: str) -> Handler:
    return handle_sockets.COMMANDS[name]


def opened(modem: Modem, role: int) -> NordicStream:
    """A new handle of TCP."""
    store = sockets_of(modem)
    handle = store.free_id()
    if handle is None or modem.radio.session is None:
        modem.mistake("a socket without a network, or too many")
        raise CommandFailed()
    stream = store.streams.take_id(handle)
    stream.role = role
    stream.events, stream.push = store.streams.future_events, store.streams.future_push
    return stream


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKET=<family>,1,<role>[,<cid>]`: role 0 connects, 1 serves."""
    if command.form is Form.SET and command.arguments.integer(1, 1, 3) == streams.STREAM:
        command.arguments.integer(0, 1, 3)
        stream = opened(modem, command.arguments.integer(2, 0, 1))
        modem.info(f"#XSOCKET: {stream.id},{streams.STREAM},{streams.IPPROTO_TCP}")
        return None
    if command.form is Form.READ:
        for each in sockets_of(modem).streams.by_id.values():
            modem.info(f"#XSOCKET: {each.id},1,{each.role},{streams.STREAM},0")
    return _or_udp("#XSOCKET")(modem, command)


@COMMANDS.add("#XCLOSE")
def close(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XCLOSE[=<handle>]`: one socket, or all."""
    store, chosen = sockets_of(modem).streams, _stream(modem, command.arguments)
    is_all = not command.arguments.is_given(0)
    for each in tuple(store.by_id.values()):
        if is_all or each is chosen:
            store.stop_listening(each.id)
            store.close(each)
            modem.info(f"#XCLOSE: {each.id},0")
    return None if chosen is not None else _or_udp("#XCLOSE")(modem, command)


@COMMANDS.add_for_stream("#XSOCKETOPT")
def option(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XSOCKETOPT=<handle>,<op>,<name>[,<value>]`: SO_SNDTIMEO has an effect."""
    arguments = command.set_arguments
    operation, name = arguments.integer(1, 0, 1), arguments.integer(2, 0, 255)
    if operation:
        stream.options[name] = arguments.integer(3, 0, 2**31, default=0)
    elif name in stream.options:
        modem.info(f"#XSOCKETOPT: {stream.id},{stream.options[name]}")
    else:
        raise CommandFailed()
    return None


@COMMANDS.add_for_stream("#XBIND")
def bind(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XBIND=<handle>,<port>`."""
    stream.bound_port = command.arguments.integer(1, 1, 65_535)
    return None


@COMMANDS.add_for_stream("#XCONNECT")
def connect(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    """`AT#XCONNECT=<handle>,"host",<port>`."""
    arguments = command.arguments
    host, port = arguments.text(1), arguments.integer(2, 1, 65_535)
    yield from streams.connected(modem, sockets_of(modem).streams, stream, host, port)
    modem.info(f"#XCONNECT: {stream.id},1")
    return None


@COMMANDS.add("#XLISTEN")
def listen(modem: Modem, command: Command) -> None:
    """`AT#XLISTEN=<handle>`."""
    stream = _stream(modem, command.set_arguments)
    if stream is None:
        raise CommandFailed()
    streams.listen(modem, sockets_of(modem), stream)


@COMMANDS.add("#XACCEPT")
def accept(modem: Modem, command: Command) -> Steps:
    """`AT#XACCEPT=<handle>[,<timeout s>]`: the handle of the connection, and its peer."""
    arguments = command.set_arguments
    server = _stream(modem, arguments)
    if server is None or server.role != streams.SERVER:
        raise CommandFailed()
    limit_s = arguments.integer(1, 0, 65_535, default=0) or streams.FOREVER_S
    stream = yield from streams.accepted(server, limit_s * 1_000)
    modem.info(f'#XACCEPT: {server.id},{stream.id},"{stream.peer.host}",{stream.peer.port}')
    return None


@COMMANDS.add_for_stream("#XSEND")
def send(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    """`AT#XSEND=<handle>,<mode>,<flags>[,<data or length>]`."""
    arguments = command.arguments
    mode = arguments.integer(1, TEXT, DATA_MODE)
    arguments.integer(2, 0, 65_535)
    store = sockets_of(modem).streams
    if mode == DATA_MODE:
        length = arguments.integer(3, 1, 4096) if arguments.is_given(3) else None
        return (yield from in_data_mode(modem, stream, length))
    data = bytes_of(arguments.text(3), is_hex=mode == HEXADECIMAL)
    if not 0 < len(data) <= MOST_INLINE:
        raise CommandFailed()
    taken = yield from streams.sent(modem, store, stream, data)
    modem.info(f"#XSEND: {stream.id},0,{taken}")
    return None


def in_data_mode(modem: Modem, stream: NordicStream, length: int | None = None) -> Steps:
    """`OK`, the bytes up to `+++` or by count, then `#XDATAMODE: 0`, or -1 when they are lost."""
    stream.is_in_data_mode = True
    data = yield from data_mode(modem, length)
    stream.is_in_data_mode = False
    try:
        taken = yield from streams.sent(modem, sockets_of(modem).streams, stream, data)
    except CommandFailed:
        taken = 0
    modem.info(f"#XDATAMODE: {0 if taken == len(data) else -1}")
    return NO_RESULT


@COMMANDS.add_for_stream("#XRECV")
def receive(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    """`AT#XRECV=<handle>,<mode>,<flags>,<timeout s>[,<length>]`."""
    arguments = command.arguments
    mode, flags = arguments.integer(1, TEXT, HEXADECIMAL), arguments.integer(2, 0, 65_535)
    timeout_s, most = arguments.integer(3, 0, 65_535), arguments.integer(4, 1, 2048, default=2048)
    limit_ms = 0 if flags & DONT_WAIT else (timeout_s or streams.FOREVER_S) * 1_000
    data = yield from streams.received(stream, limit_ms, most)
    if data:
        header = modem.terminal.framed(f"#XRECV: {stream.id},{mode},{len(data)}")
        modem.terminal.raw(header + (data.hex().encode() if mode == HEXADECIMAL else data))
        sockets_of(modem).streams.rearm(stream, streams.POLL_IN)
    return None


@COMMANDS.add("#XAPOLL")
def poll(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XAPOLL=[<handle>],<op>[,<events>]`: of one socket, or of all and those to come."""
    store = sockets_of(modem).streams
    if command.form is Form.READ:
        for each in store.by_id.values():
            modem.info(f"#XAPOLL: {each.id},{each.events}")
        return _or_udp("#XAPOLL")(modem, command)
    arguments = command.set_arguments
    chosen, is_all = _stream(modem, arguments), not arguments.is_given(0)
    events = arguments.integer(2, 0, 63, default=1) if arguments.integer(1, 0, 1) else 0
    if is_all:
        store.future_events = events
    for each in tuple(store.by_id.values()):
        if is_all or each is chosen:
            store.arm(each, events)
    return None if chosen is not None else _or_udp("#XAPOLL")(modem, command)


@COMMANDS.add("#XRECVCFG")
def push(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XRECVCFG=[<handle>],<flags>[,<hex>]`: of one socket, or of all and those to come."""
    store, arguments = sockets_of(modem).streams, command.set_arguments
    chosen, is_all = _stream(modem, arguments), not arguments.is_given(0)
    pushed = arguments.integer(2, 0, 1, default=0) if arguments.integer(1, 0, 3) & 1 else None
    if is_all:
        store.future_push = pushed
    for each in tuple(store.by_id.values()):
        if is_all or each is chosen:
            each.push = pushed
            store.arrived(each)
    return None if chosen is not None else _or_udp("#XRECVCFG")(modem, command)
