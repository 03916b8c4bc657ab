"""TCP of Serial LTE Modem 2.x: the socket commands act on the selected socket.

#XSOCKET #XSOCKETSELECT #XSOCKETOPT #XBIND #XCONNECT #XLISTEN #XACCEPT #XSEND #XRECV #XPOLL

sdk-nrf's serial_lte_modem, by modems_2.md, 1 [S]. What is not for TCP is passed on.

    AT#XSOCKET=1,1,0            #XSOCKET: 1,1,6
    AT#XSEND="hello"            #XSEND: 5
    AT#XRECV=10                 #XRECV: 5 and the bytes; OK alone at the peer's FIN
    AT#XACCEPT=60               #XACCEPT: 2,"198.51.100.9"
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import NO_RESULT, CommandFailed
from nce_sim.modem.line.steps import Pause, Step, Steps
from nce_sim.modem.personalities.nordic import select_sockets, streams
from nce_sim.modem.personalities.nordic.sockets import DONT_WAIT, bytes_of, pieces, sockets_of
from nce_sim.modem.personalities.nordic.stream_handles import opened
from nce_sim.modem.personalities.nordic.streams import NordicStream, StreamTable
from nce_sim.modem.personality import Handler
from nce_sim.modem.sockets.tcp_socket import Phase

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.nordic.sockets import NordicSockets

MOST_INLINE, MOST_RECEIVED = 1_024, 2_048
ENDED_BY = {
    Phase.PEER_CLOSED: streams.POLL_IN | streams.POLL_HANG_UP,
    Phase.ENDED: streams.POLL_IN | streams.POLL_HANG_UP,
    Phase.BROKEN: streams.POLL_ERROR | streams.POLL_HANG_UP,
}


def selected(modem: Modem, command: Command | None = None) -> NordicStream | None:
    """The socket that is selected, if it is one of TCP."""
    return sockets_of(modem).streams.selected


COMMANDS = StreamTable(select_sockets.COMMANDS, selected)


def close_socket(modem: Modem, stream: NordicStream) -> None:
    store = sockets_of(modem)
    store.streams.stop_listening(stream.id)
    store.streams.close(stream)
    is_alone = store.selected is None
    store.streams.selected = (
        next(reversed(store.streams.by_id.values()), None) if is_alone else None
    )


def open_socket(modem: Modem, command: Command, udp: Handler) -> NordicStream | None:
    """The new socket of `#XSOCKET=1,1,<role>`; None when it was one of UDP, and is open."""
    arguments, store = command.arguments, sockets_of(modem)
    if arguments.integer(1, 1, 3) != streams.STREAM:
        udp(modem, command)
        store.streams.selected = None
        return None
    stream = opened(modem, arguments.integer(2, 0, 1, default=0))
    store.streams.selected = stream
    return stream


@COMMANDS.add("#XSOCKET")
def socket(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKET=1,1,<role>[,<cid>]` opens and selects, `=0` closes the selected one."""
    stream, udp = selected(modem), select_sockets.COMMANDS["#XSOCKET"]
    if command.form is Form.SET and command.arguments.integer(0, 0, 2) != 0:
        new = open_socket(modem, command, udp)
        if new is not None:
            modem.info(f"#XSOCKET: {new.id},{streams.STREAM},{streams.IPPROTO_TCP}")
        return None
    if stream is None or command.form is Form.TEST:
        return udp(modem, command)
    if command.form is Form.READ:
        modem.info(f"#XSOCKET: {stream.id},1,{stream.role},{streams.STREAM},0")
    else:
        close_socket(modem, stream)
        modem.info('#XSOCKET: 0,"closed"')
    return None


@COMMANDS.add("#XSOCKETSELECT")
def select(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKETSELECT=<handle>`: which socket the other commands mean."""
    store = sockets_of(modem).streams
    udp = select_sockets.COMMANDS["#XSOCKETSELECT"]
    if command.form is Form.READ:
        for number, each in enumerate(store.by_id.values(), 1):
            tag = -1 if each.security is None else each.security.tag
            row = f"{each.id},1,{each.role},{streams.STREAM},{tag},{number},0"
            modem.info(f"#XSOCKETSELECT: {row}")
        if store.selected is None:
            return udp(modem, command)
        modem.info(f"#XSOCKETSELECT: {store.selected.id}")
        return None
    chosen = store.by_id.get(command.set_arguments.integer(0, 0, 255))
    if chosen is None:
        outcome = udp(modem, command)
        store.selected = None
        return outcome
    store.selected = chosen
    modem.info(f"#XSOCKETSELECT: {chosen.id}")
    return None


@COMMANDS.add_for_stream("#XSOCKETOPT")
def option(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XSOCKETOPT=<op>,<name>[,<value>]`: SO_SNDTIMEO has an effect."""
    arguments = command.set_arguments
    operation, name = arguments.integer(0, 0, 1), arguments.integer(1, 0, 255)
    if operation:
        stream.options[name] = arguments.integer(2, 0, 2**31, default=0)
    elif name in stream.options:
        modem.info(f"#XSOCKETOPT: {stream.options[name]}")
    else:
        raise CommandFailed()
    return None


@COMMANDS.add_for_stream("#XBIND")
def bind(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XBIND=<port>`."""
    stream.bound_port = command.set_arguments.integer(0, 1, 65_535)
    return None


@COMMANDS.add_for_stream("#XCONNECT")
def connect(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XCONNECT="host",<port>`; `?` tells whether there is a peer."""
    if command.form is Form.READ:
        modem.info(f"#XCONNECT: {int(stream.is_connected)}")
        return None
    return _connect(modem, stream, command)


def _connect(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    arguments = command.set_arguments
    host, port = arguments.text(0), arguments.integer(1, 1, 65_535)
    yield from streams.connected(modem, sockets_of(modem).streams, stream, host, port)
    modem.info("#XCONNECT: 1")
    return None


@COMMANDS.add("#XLISTEN")
def listen(modem: Modem, command: Command) -> None:
    """`AT#XLISTEN`."""
    stream = selected(modem)
    if stream is None:
        raise CommandFailed()
    streams.listen(modem, sockets_of(modem), stream)


def accepted(modem: Modem, limit_s: int) -> Steps:
    server = selected(modem)
    if server is None or server.role != streams.SERVER:
        raise CommandFailed()
    stream = yield from streams.accepted(server, (limit_s or streams.FOREVER_S) * 1_000)
    sockets_of(modem).streams.selected = stream
    return f'"{stream.peer.host}"'


@COMMANDS.add("#XACCEPT")
def accept(modem: Modem, command: Command) -> Steps:
    """`AT#XACCEPT=<timeout s>`: the connection is selected; its handle, and its peer."""
    peer = yield from accepted(modem, command.set_arguments.integer(0, 0, 65_535))
    stream = selected(modem)
    assert stream is not None
    modem.info(f"#XACCEPT: {stream.id},{peer}")
    return None


@COMMANDS.add_for_stream("#XSEND")
def send(modem: Modem, stream: NordicStream, command: Command) -> Steps | str | None:
    """`AT#XSEND="data"[,<flags>]`, or raw bytes in data mode without it."""
    if command.form is Form.EXECUTE:
        return in_data_mode(modem, stream)
    data = bytes_of(command.set_arguments.text(0), is_hex=False)
    return sent(modem, stream, data, MOST_INLINE)


def in_data_mode(modem: Modem, stream: NordicStream) -> Steps:
    """`OK`, then what comes at each silence and up to `+++`; -1 when some of it is lost."""
    store, is_lost = sockets_of(modem).streams, False

    def send_piece(data: bytes) -> Generator[Step, Any, None]:
        nonlocal is_lost
        taken = 0
        try:
            taken = yield from streams.sent(modem, store, stream, data)
        except CommandFailed:
            pass  # nothing of it
        is_lost = is_lost or taken != len(data)

    stream.is_in_data_mode = True
    yield from pieces(modem, send_piece)
    stream.is_in_data_mode = False
    modem.info(f"#XDATAMODE: {-1 if is_lost else 0}")
    return NO_RESULT


def sent(modem: Modem, stream: NordicStream, data: bytes, most: int) -> Steps:
    if not 0 < len(data) <= most:
        raise CommandFailed()
    taken = yield from streams.sent(modem, sockets_of(modem).streams, stream, data)
    modem.info(f"#XSEND: {taken}")
    return None


@COMMANDS.add_for_stream("#XRECV")
def receive(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    """`AT#XRECV=<timeout s>[,<flags>]`: the length, then the bytes; OK alone at the FIN."""
    arguments = command.set_arguments
    timeout_s, flags = arguments.integer(0, 0, 65_535), arguments.integer(1, 0, 512, default=0)
    limit_ms = 0 if flags & DONT_WAIT else (timeout_s or streams.FOREVER_S) * 1_000
    data = yield from streams.received(stream, limit_ms, MOST_RECEIVED)
    if data:
        modem.terminal.raw(modem.terminal.framed(f"#XRECV: {len(data)}") + data)
    return None


@COMMANDS.add("#XPOLL")
def poll(modem: Modem, command: Command) -> Steps:
    """`AT#XPOLL=<timeout ms>[,<handle>…]`: which sockets have something, or hung up."""
    arguments = command.set_arguments
    limit_ms = arguments.integer(0, 0, 600_000)
    store = sockets_of(modem)
    wanted = [arguments.integer(i, 0, 255) for i in range(1, len(arguments))]
    for _ in range(limit_ms // 20 + 1):
        ready = [(i, events) for i, events in _events(store) if not wanted or i in wanted]
        if ready:
            for handle, events in ready:
                modem.info(f'#XPOLL: {handle},"0x{events:04x}"')
            break
        yield Pause(20)
    return None


def _events(store: NordicSockets) -> Iterator[tuple[int, int]]:
    for socket_id, each in store.by_id.items():
        if each.received:
            yield socket_id, streams.POLL_IN
    for socket_id, stream in store.streams.by_id.items():
        events = ENDED_BY.get(stream.phase, 0) | (streams.POLL_IN if stream.pending else 0)
        if stream.connection is not None and events:
            yield socket_id, events
