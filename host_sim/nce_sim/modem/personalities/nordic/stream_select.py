"""TCP of Serial LTE Modem, 1.x and 2.x: the socket commands act on the selected socket.

#XSOCKET #XSOCKETSELECT #XSOCKETOPT #XBIND #XCONNECT #XLISTEN #XACCEPT #XSEND #XRECV #XPOLL

sdk-nrf's serial_lte_modem, by modems_2.md, 1 [S]. What is not for TCP is passed on.

    SLM 2.x     AT#XSOCKET=1,1,0            #XSOCKET: 1,1,6
                AT#XSEND="hello"            #XSEND: 5
                AT#XRECV=10                 #XRECV: 5 and the bytes; OK alone at the peer's FIN
                AT#XACCEPT=60               #XACCEPT: 2,"198.51.100.9"
    SLM 1.x     AT#XSOCKET=1,1,0            #XSOCKET: 1, 1, 0, 6
                AT#XSEND=1,"hello"          #XSEND: 5
                AT#XRECV                    the bytes, then #XRECV: 1, 5; 0 at the peer's FIN

SLM 1.x has one socket; the connection of its server takes its place [I].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.nordic import old_sockets, select_sockets, streams
from nce_sim.modem.personalities.nordic.memory import NordicRam
from nce_sim.modem.personalities.nordic.old_sockets import HEXADECIMAL, PLAIN
from nce_sim.modem.personalities.nordic.sockets import DONT_WAIT, bytes_of, sockets_of
from nce_sim.modem.personalities.nordic.stream_handles import in_data_mode, opened
from nce_sim.modem.personalities.nordic.streams import NordicStream
from nce_sim.modem.personality import CommandTable, Handler
from nce_sim.modem.sockets.tcp import Phase
from nce_sim.network.tcp.events import RESET_BY_PEER

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.nordic.sockets import NordicSockets

COMMANDS = CommandTable(select_sockets.COMMANDS)
OLD_COMMANDS = CommandTable(old_sockets.COMMANDS)

MOST_INLINE, MOST_OLD, MOST_RECEIVED = 1_024, 576, 2_048
CONNECTION_RESET, AGAIN, NOT_CONNECTED = 104, 11, 128  # errno of Zephyr


def _selected(modem: Modem) -> NordicStream | None:
    return sockets_of(modem).streams.selected


def _close(modem: Modem, stream: NordicStream) -> None:
    store = sockets_of(modem)
    store.streams.stop_listening(stream.id)
    store.streams.close(stream)
    is_alone = store.selected is None
    store.streams.selected = (
        next(reversed(store.streams.by_id.values()), None) if is_alone else None
    )


def _open(modem: Modem, command: Command, udp: Handler) -> NordicStream | None:
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
    stream, udp = _selected(modem), select_sockets.COMMANDS["#XSOCKET"]
    if command.form is Form.SET and command.arguments.integer(0, 0, 2) != 0:
        new = _open(modem, command, udp)
        if new is not None:
            modem.info(f"#XSOCKET: {new.id},{streams.STREAM},{streams.IPPROTO_TCP}")
        return None
    if stream is None or command.form is Form.TEST:
        return udp(modem, command)
    if command.form is Form.READ:
        modem.info(f"#XSOCKET: {stream.id},1,{stream.role},{streams.STREAM},0")
    else:
        _close(modem, stream)
        modem.info('#XSOCKET: 0,"closed"')
    return None


@OLD_COMMANDS.add("#XSOCKET")
def old_socket(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKET=1,1,<role>` opens, `=0` closes; a security tag would be TLS: refused."""
    stream, udp = _selected(modem), old_sockets.COMMANDS["#XSOCKET"]
    if command.form is Form.SET and command.arguments.integer(0, 0, 1) != 0:
        is_tcp = command.arguments.integer(1, 1, 3) == streams.STREAM
        if is_tcp and command.arguments.is_given(3):
            raise CommandFailed()
        new = _open(modem, command, udp)
        if new is not None:
            shown = f"{new.id}, {streams.STREAM}, {new.role}, {streams.IPPROTO_TCP}"
            modem.info(f"#XSOCKET: {shown}")
        return None
    if stream is None or command.form is Form.TEST:
        return udp(modem, command)
    if command.form is Form.READ:
        modem.info(f"#XSOCKET: {stream.id}, {streams.IPPROTO_TCP}, {stream.role}")
    else:
        _close(modem, stream)
        modem.info('#XSOCKET: 0, "closed"')
    return None


@COMMANDS.add("#XSOCKETSELECT")
def select(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKETSELECT=<handle>`: which socket the other commands mean."""
    store = sockets_of(modem).streams
    udp = select_sockets.COMMANDS["#XSOCKETSELECT"]
    if command.form is Form.READ:
        for number, each in enumerate(store.by_id.values(), 1):
            modem.info(f"#XSOCKETSELECT: {each.id},1,{each.role},{streams.STREAM},-1,{number},0")
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


@COMMANDS.add("#XSOCKETOPT")
def option(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSOCKETOPT=<op>,<name>[,<value>]`: SO_SNDTIMEO has an effect."""
    stream = _selected(modem)
    if stream is None:
        return select_sockets.COMMANDS["#XSOCKETOPT"](modem, command)
    arguments = command.set_arguments
    operation, name = arguments.integer(0, 0, 1), arguments.integer(1, 0, 255)
    if operation:
        stream.options[name] = arguments.integer(2, 0, 2**31, default=0)
    elif name in stream.options:
        modem.info(f"#XSOCKETOPT: {stream.options[name]}")
    else:
        raise CommandFailed()
    return None


@COMMANDS.add("#XBIND")
@OLD_COMMANDS.add("#XBIND")
def bind(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XBIND=<port>`."""
    stream = _selected(modem)
    if stream is None:
        return select_sockets.COMMANDS["#XBIND"](modem, command)
    stream.bound_port = command.set_arguments.integer(0, 1, 65_535)
    return None


@COMMANDS.add("#XCONNECT")
@OLD_COMMANDS.add("#XCONNECT")
def connect(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XCONNECT="host",<port>`; `?` tells whether there is a peer."""
    stream = _selected(modem)
    if stream is None:
        return select_sockets.COMMANDS["#XCONNECT"](modem, command)
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
@OLD_COMMANDS.add("#XLISTEN")
def listen(modem: Modem, command: Command) -> None:
    """`AT#XLISTEN`."""
    stream = _selected(modem)
    if stream is None:
        raise CommandFailed()
    streams.listen(modem, sockets_of(modem), stream)


def _accepted(modem: Modem, limit_s: int) -> Steps:
    server = _selected(modem)
    if server is None or server.role != streams.SERVER:
        raise CommandFailed()
    stream = yield from streams.accepted(server, (limit_s or streams.FOREVER_S) * 1_000)
    sockets_of(modem).streams.selected = stream
    return f'"{stream.peer.host}"'


@COMMANDS.add("#XACCEPT")
def accept(modem: Modem, command: Command) -> Steps:
    """`AT#XACCEPT=<timeout s>`: the connection is selected; its handle, and its peer."""
    peer = yield from _accepted(modem, command.set_arguments.integer(0, 0, 65_535))
    stream = _selected(modem)
    assert stream is not None
    modem.info(f"#XACCEPT: {stream.id},{peer}")
    return None


@OLD_COMMANDS.add("#XACCEPT")
def old_accept(modem: Modem, command: Command) -> Steps:
    """`AT#XACCEPT`: the connection is selected; its peer."""
    peer = yield from _accepted(modem, 0)
    modem.info(f"#XACCEPT: {peer}")
    return None


@COMMANDS.add("#XSEND")
def send(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSEND="data"[,<flags>]`, or raw bytes in data mode without it."""
    stream = _selected(modem)
    if stream is None:
        return select_sockets.COMMANDS["#XSEND"](modem, command)
    if command.form is Form.EXECUTE:
        return in_data_mode(modem, stream)
    data = bytes_of(command.set_arguments.text(0), is_hex=False)
    return _send(modem, stream, data, MOST_INLINE)


@OLD_COMMANDS.add("#XSEND")
def old_send(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XSEND=<datatype>,<data>`."""
    stream = _selected(modem)
    if stream is None:
        return old_sockets.COMMANDS["#XSEND"](modem, command)
    arguments = command.set_arguments
    kind = arguments.integer(0, 0, 4)
    data = bytes_of(arguments.text(1), is_hex=kind == HEXADECIMAL)
    return _send(modem, stream, data, MOST_OLD)


def _send(modem: Modem, stream: NordicStream, data: bytes, most: int) -> Steps:
    if not 0 < len(data) <= most:
        raise CommandFailed()
    taken = yield from streams.sent(modem, sockets_of(modem).streams, stream, data)
    modem.info(f"#XSEND: {taken}")
    return None


@COMMANDS.add("#XRECV")
def receive(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XRECV=<timeout s>[,<flags>]`: the length, then the bytes; OK alone at the FIN."""
    stream = _selected(modem)
    if stream is None:
        return select_sockets.COMMANDS["#XRECV"](modem, command)
    return _receive(modem, stream, command)


def _receive(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    arguments = command.set_arguments
    timeout_s, flags = arguments.integer(0, 0, 65_535), arguments.integer(1, 0, 512, default=0)
    limit_ms = 0 if flags & DONT_WAIT else (timeout_s or streams.FOREVER_S) * 1_000
    data = yield from streams.received(stream, limit_ms, MOST_RECEIVED)
    if data:
        modem.terminal.raw(modem.terminal.framed(f"#XRECV: {len(data)}") + data)
        sockets_of(modem).streams.rearm(stream)
    return None


@OLD_COMMANDS.add("#XRECV")
def old_receive(modem: Modem, command: Command) -> Steps | str | None:
    """`AT#XRECV[=<size>]`: the data, then its type and length, which is 0 at the FIN.

    ERROR with the number in front: nothing came in time, or the connection is broken.
    """
    stream = _selected(modem)
    if stream is None:
        return old_sockets.COMMANDS["#XRECV"](modem, command)
    return _old_receive(modem, stream, command)


def _old_receive(modem: Modem, stream: NordicStream, command: Command) -> Steps:
    most = MOST_OLD
    if command.form is Form.SET:
        most = command.arguments.integer(0, 1, MOST_OLD, default=MOST_OLD)
    chosen_s = modem.ram.of(NordicRam).receive_timeout_s
    timeout_s = modem.settings.old_slm_receive_timeout_s if chosen_s is None else chosen_s
    try:
        data = yield from streams.received(stream, timeout_s * 1_000, most)
    except CommandFailed:
        if stream.is_connected:
            modem.info(f"#XSOCKET: -{AGAIN}")
        else:
            error = CONNECTION_RESET if stream.failure == RESET_BY_PEER else NOT_CONNECTED
            modem.info(f'#XSOCKET: -{error}, "closed"')
            _close(modem, stream)
        raise
    kind = PLAIN if all(byte in modem.settings.old_slm_text for byte in data) else HEXADECIMAL
    shown = data if kind == PLAIN else data.hex().upper().encode()
    if shown:
        modem.terminal.raw(shown)
    modem.info(f"#XRECV: {kind}, {len(shown)}")
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
        hangs_up = streams.POLL_HANG_UP if stream.phase is not Phase.OPEN else 0
        if stream.connection is not None and (stream.pending or hangs_up):
            yield socket_id, streams.POLL_IN | hangs_up
