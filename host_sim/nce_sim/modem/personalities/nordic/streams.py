"""TCP sockets under all three dialects: connect, send, receive, serve.

Forms and behaviour are those of SLM's and Serial Modem's sources and documents, by modems_2.md, 1
[S]; marks of its own stand where they differ:

- a send waits for room up to SO_SNDTIMEO and tells how many bytes were taken;
- a receive at the peer's FIN succeeds with nothing: `n` is 0 (SLM 1.x), or there is no header;
- `#XAPOLL: <handle>,17` tells of the FIN, 24 of a reset; each comes once;
- when a connection breaks in data mode, Serial Modem itself says `+++` and drops what comes until
  the host says it, too; `#XDATAMODE: -1` follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import Command
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Step, Steps
from nce_sim.modem.personalities.nordic.security import Security, put_under_tls
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Listener, Phase, TcpSocket
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.modem.personalities.nordic.sockets import NordicSockets

STREAM, IPPROTO_TCP = 1, 6
CLIENT, SERVER = 0, 1
POLL_IN, POLL_OUT, POLL_ERROR, POLL_HANG_UP = 1, 4, 8, 16
# What #XAPOLL tells of the ends of a connection.
HANG_UPS = {Phase.PEER_CLOSED: POLL_IN | POLL_HANG_UP, Phase.BROKEN: POLL_ERROR | POLL_HANG_UP}
SO_RCVTIMEO, SO_SNDTIMEO = 20, 21  # seconds
FOREVER_S = 86_400  # a timeout of 0 blocks the command channel: here for a day
CONNECT_LIMIT_MS = 130_000  # [I] more than the stack repeats its SYN
MOST_PUSHED = 2_048
DATA_MODE_END = b"+++"


@dataclass
class NordicStream(TcpSocket):
    """One handle of TCP, with what the host asked of it."""

    role: int = CLIENT
    bound_port: int = 0  # #XBIND
    events: int = 0  # told by #XAPOLL
    told_events: int = 0  # told already, and not armed again
    push: int | None = None  # #XRECVCFG: as it is (0) or in hexadecimal (1)
    options: dict[int, int] = field(default_factory=lambda: {SO_RCVTIMEO: 0, SO_SNDTIMEO: 30})
    waiting: deque[NordicStream] = field(default_factory=deque)  # of a server, for #XACCEPT
    is_in_data_mode: bool = False
    security: Security | None = None  # of #XSSOCKET


Find = Callable[["Modem", Command], NordicStream | None]
OnStream = Callable[["Modem", NordicStream, Command], Steps | str | None]


class StreamTable(CommandTable):
    """The socket commands of a dialect; what `find` has no stream for is passed on to `udp`."""

    def __init__(self, udp: CommandTable, find: Find) -> None:
        super().__init__(udp)
        self._udp = udp
        self._find = find

    def add_for_stream(self, name: str) -> Callable[[OnStream], OnStream]:
        """Register the decorated function, which gets the stream that the command means."""

        def register(handler: OnStream) -> OnStream:
            def run(modem: Modem, command: Command) -> Steps | str | None:
                stream = self._find(modem, command)
                if stream is None:
                    return self._udp[name](modem, command)
                return handler(modem, stream, command)

            self[name] = run
            return handler

        return register


class NordicStreams(TcpSockets[NordicStream]):
    """The TCP sockets of one nRF91; how they are told."""

    socket_type = NordicStream

    def __init__(self, store: NordicSockets, *, tells_in_data_mode: bool) -> None:
        super().__init__(store.modem)
        self._store = store
        self._tells_in_data_mode = tells_in_data_mode
        self.selected: NordicStream | None = None  # before the UDP socket that is
        # What #XAPOLL and #XRECVCFG without a handle asked for: of sockets to come, too.
        self.future_events = 0
        self.future_push: int | None = None

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.selected = None
        self.future_events, self.future_push = 0, None

    def incoming(self, listener: Listener, stream: NordicStream) -> None:
        """A server has a connection for #XACCEPT."""
        server = self.by_id[listener.id]
        server.waiting.append(stream)
        if server.events & POLL_IN:
            self.modem.urc(f"#XAPOLL: {server.id},{POLL_IN}")

    def arrived(self, stream: NordicStream) -> None:
        """Push what came when the host asked for it, or tell once."""
        if stream.push is None:
            self._announce(stream)
            return
        while stream.pending:
            data = stream.read(MOST_PUSHED)
            header = f"#XRECV: {stream.id},{stream.push},{len(data)}"
            self.modem.urc(header, data.hex().encode() if stream.push else data)

    def opened(self, stream: NordicStream) -> None:
        """Connected: there is room to send."""
        self._announce(stream)

    def acknowledged(self, stream: NordicStream) -> None:
        """The peer has more: there is room to send."""
        self._announce(stream)

    def _announce(self, stream: NordicStream) -> None:
        """One `#XAPOLL` for each armed event, until it is armed again."""
        ready = (POLL_OUT if stream.room else 0) | (POLL_IN if stream.pending else 0)
        due = stream.events & ready & ~stream.told_events
        if due:
            stream.told_events |= due
            self.modem.urc(f"#XAPOLL: {stream.id},{due}")

    def arm(self, stream: NordicStream, events: int) -> None:
        """Tell of these events from now on."""
        stream.events, stream.told_events = events, 0
        self._announce(stream)
        # [I] What has happened already counts: nrf_poll looks at the state, not at its change.
        if stream.phase in HANG_UPS:
            self._hang_up(stream, HANG_UPS[stream.phase])

    def rearm(self, stream: NordicStream, event: int) -> None:
        """Tell of an event once more: of POLL_IN after a receive, of POLL_OUT after a send."""
        stream.told_events &= ~event
        self._announce(stream)

    def peer_closed(self, stream: NordicStream) -> None:
        """The peer's FIN."""
        self._hang_up(stream, HANG_UPS[Phase.PEER_CLOSED])

    def broken(self, stream: NordicStream) -> None:
        """A reset, or nobody answers."""
        self._hang_up(stream, HANG_UPS[Phase.BROKEN])
        if stream.is_in_data_mode and self._tells_in_data_mode:
            self.modem.uart.write(DATA_MODE_END)

    def _hang_up(self, stream: NordicStream, events: int) -> None:
        if stream.events:
            self.modem.urc(f"#XAPOLL: {stream.id},{events}")

    def lose_bearer(self) -> None:
        """The network ended the session: sockets report an error and are dead."""
        connected = [stream for stream in self.by_id.values() if not stream.is_over]
        self.break_all()
        for stream in connected:
            self.broken(stream)


def connected(
    modem: Modem, streams: NordicStreams, stream: NordicStream, host: str, port: int
) -> Generator[Step, Any, None]:
    """`#XCONNECT`: the handshake; ERROR when it does not come about."""
    if stream.connection is not None or stream.role != CLIENT:
        modem.mistake("XCONNECT on a socket that is connected, or a server", handle=stream.id)
        raise CommandFailed()
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    stream.peer = Address(address, port)
    if stream.security is not None:
        put_under_tls(modem, stream, stream.security)
    if not (yield from streams.opening(stream, CONNECT_LIMIT_MS, stream.bound_port)):
        raise CommandFailed()


def sent(
    modem: Modem, streams: NordicStreams, stream: NordicStream, payload: bytes
) -> Generator[Step, Any, int]:
    """`#XSEND`: how many bytes were taken within SO_SNDTIMEO; ERROR for none."""
    if not stream.is_connected:
        modem.mistake("send on a socket that is not connected", handle=stream.id)
        raise CommandFailed()
    yield Pause(5)
    limit_ms = (stream.options[SO_SNDTIMEO] or FOREVER_S) * 1_000
    taken = yield from streams.send_all(stream, payload, limit_ms)
    if not taken:
        raise CommandFailed()
    streams.rearm(stream, POLL_OUT)
    return taken


def received(stream: NordicStream, limit_ms: int, most: int) -> Generator[Step, Any, bytes]:
    """`#XRECV`: what is there; nothing at the peer's FIN; ERROR when nothing came in time."""
    waited_ms = 0
    while not stream.pending:
        if stream.phase in (Phase.PEER_CLOSED, Phase.ENDED):
            return b""
        if waited_ms >= limit_ms or not stream.is_connected:
            raise CommandFailed()
        yield Pause(20)
        waited_ms += 20
    return stream.read(most)


def listen(modem: Modem, store: NordicSockets, server: NordicStream) -> None:
    """`#XLISTEN`: connections wait for `#XACCEPT`."""
    if server.role != SERVER or not server.bound_port or server.id in store.streams.listeners:
        modem.mistake("XLISTEN of a socket that is no server, or has no port", handle=server.id)
        raise CommandFailed()

    def accept() -> NordicStream | None:
        handle = store.free_id()
        if handle is None and store.most_sockets == 1:
            handle = server.id + 1  # SLM 1.x has one socket, and the connection of a server
        if handle is None or handle in store.streams.by_id:
            return None
        return store.streams.take_id(handle)

    if not store.streams.listen(server.id, server.bound_port, accept):
        raise CommandFailed()


def accepted(server: NordicStream, limit_ms: int) -> Generator[Step, Any, NordicStream]:
    """`#XACCEPT`: the connection that waits, or comes in time."""
    waited_ms = 0
    while not server.waiting:
        if waited_ms >= limit_ms:
            raise CommandFailed()
        yield Pause(20)
        waited_ms += 20
    return server.waiting.popleft()
