"""The sockets under all three dialects: handles, one of them selected, polling, pushing.

store.selected                      # what SLM 2.x's commands act on
store.arm(socket, POLL_IN)          # Serial Modem: #XAPOLL
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake
from nce_sim.modem.line.results import OK, CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step, Unended
from nce_sim.modem.personalities.nordic.memory import NordicNvm
from nce_sim.modem.personalities.nordic.security import Security, shake_hands
from nce_sim.modem.personalities.nordic.streams import NordicStreams
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

POLL_IN, POLL_OUT, POLL_ERROR, POLL_HANG_UP, POLL_INVALID = 1, 4, 8, 16, 32
DATAGRAM, IPPROTO_UDP = 2, 17
RAI = 61  # SO_RAI of nrf_modem, and its values
RAI_NO_DATA, RAI_MOST = 1, 5
RAI_AFTER_SEND = {2: 0, 3: 1}  # RAI_LAST and RAI_ONE_RESP: datagrams that may still come down
DONT_WAIT = 64  # MSG_DONTWAIT of #XRECV and #XRECVFROM
WAIT_ACK = 512  # of #XSEND and #XSENDTO: answer when the datagram is on air
SO_RCVTIMEO, SO_SNDTIMEO = 20, 21  # seconds
DATA_MODE_END = b"+++"
FOREVER_S = 86_400  # a timeout of 0 blocks the command channel: here for a day
MOST_IN_DATA_MODE = 4096
# The time limit of #XDATACTRL as delivered: a block of the UART and a margin.
UART_BLOCK, BITS_OF_A_BYTE, UART_MARGIN_MS = 256, 10, 10


@dataclass
class NordicSocket(UdpSocket):
    """One handle, with what the host asked of it."""

    events: int = 0  # told by #XAPOLL
    told_events: int = 0  # told already, and not armed again
    push: int | None = None  # #XRECVCFG: data comes by itself, as it is (0) or in hexadecimal (1)
    answers: int | None = None  # SO_RAI: datagrams that may come down after the next send
    options: dict[int, int] = field(default_factory=lambda: {SO_RCVTIMEO: 0, SO_SNDTIMEO: 30})
    security: Security | None = None


class NordicSockets(UdpSockets[NordicSocket]):
    """The sockets of one nRF91."""

    socket_type = NordicSocket
    streams: NordicStreams

    def __init__(
        self, modem: Modem, *, first_id: int, most: int, tells_in_data_mode: bool = False
    ) -> None:
        self.first_id, self.most_sockets = first_id, most
        self._tells_in_data_mode = tells_in_data_mode
        self.selected: NordicSocket | None = None
        super().__init__(modem)

    def make_streams(self) -> NordicStreams:
        """The TCP sockets beside these."""
        return NordicStreams(self, tells_in_data_mode=self._tells_in_data_mode)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.selected = None
        # What #XAPOLL and #XRECVCFG without a handle asked for: of sockets to come, too.
        self.future_events = 0
        self.future_push: int | None = None

    def close(self, socket: NordicSocket) -> None:
        """Give a handle back; the latest of the others is selected."""
        super().close(socket)
        if self.selected is socket:
            self.selected = next(reversed(self.by_id.values()), None)

    def ranking_of(self, socket: NordicSocket) -> int:
        """When a socket was opened, counted from 1 among those that are open."""
        return list(self.by_id.values()).index(socket) + 1

    def open_all(self) -> None:
        """Take every handle; they are older than the one that is selected, if any is."""
        super().open_all()
        if self.selected is None:
            self.selected = next(reversed(self.by_id.values()), None)

    def take(self, socket: NordicSocket, sender: Address, payload: bytes) -> None:
        """Push what came when the host asked for it (#XRECVCFG), or buffer it."""
        pushed = socket.push
        if pushed is None:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        name = "#XRECV" if socket.peer is not None else "#XRECVFROM"
        header = f"{name}: {socket.id},{pushed},{len(payload)}"
        if socket.peer is None:
            header += f',"{sender.host}",{sender.port}'
        self.modem.urc(header, payload.hex().encode() if pushed else payload)

    def announce(self, socket: NordicSocket) -> None:
        """One `#XAPOLL` for each armed event, until the host arms it again."""
        ready = POLL_OUT | (POLL_IN if socket.received else 0)
        due = socket.events & ready & ~socket.told_events
        if due and socket.is_open:
            socket.told_events |= due
            self.modem.urc(f"#XAPOLL: {socket.id},{due}")

    def arm(self, socket: NordicSocket, events: int) -> None:
        """Tell of these events from now on."""
        socket.events, socket.told_events = events, 0
        self.announce(socket)

    def rearm(self, socket: NordicSocket, event: int) -> None:
        """Tell of an event once more: of POLL_IN after a receive, of POLL_OUT after a send."""
        socket.told_events &= ~event
        self.announce(socket)

    def lose_bearer(self) -> None:
        """The network ended the session: sockets report an error and are dead."""
        for socket in tuple(self.by_id.values()):
            self._kill(socket, POLL_ERROR | POLL_HANG_UP)
        self.streams.lose_bearer()

    def tunnel_ended(self, socket: NordicSocket) -> None:
        """The peer ended a socket's DTLS."""
        self._kill(socket, POLL_HANG_UP)

    def _kill(self, socket: NordicSocket, events: int) -> None:
        was_open, socket.is_open = socket.is_open, False
        if was_open and socket.events:
            self.modem.urc(f"#XAPOLL: {socket.id},{events}")


def sockets_of(modem: Modem) -> NordicSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, NordicSockets)
    return store


def selected_socket(modem: Modem) -> NordicSocket:
    """The socket that commands without a handle act on; ERROR to the host when none is open."""
    socket = sockets_of(modem).selected
    if socket is None:
        modem.mistake("no socket is open")
        raise CommandFailed()
    return socket


def opened(modem: Modem, peer: Address | None = None) -> NordicSocket:
    """A new socket, which is the selected one from now on."""
    store = sockets_of(modem)
    socket_id = store.free_id()
    if socket_id is None or modem.radio.session is None:
        modem.mistake("a socket without a network, or too many", sockets=len(store.by_id))
        raise CommandFailed()
    socket = store.open(socket_id, peer)
    assert socket is not None
    store.selected = socket
    socket.push = store.future_push
    store.arm(socket, store.future_events)
    return socket


def connected(
    modem: Modem, socket: NordicSocket, host: str, port: int
) -> Generator[Step, Any, None]:
    """Give a socket its peer; a secure one shakes hands with it."""
    if socket.tunnel is not None:
        modem.mistake("XCONNECT on a secure socket that is connected", handle=socket.id)
        raise CommandFailed()
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    socket.peer = Address(address, port)
    if socket.security is not None:
        yield from shake_hands(modem, socket, socket.security)


def sent(
    modem: Modem,
    socket: NordicSocket,
    payload: bytes,
    host: str | None = None,
    port: int = 0,
    flags: int = 0,
) -> Generator[Step, Any, None]:
    """Send to the peer, or to `host`."""
    destination = None
    if socket.security is not None and (host is not None or socket.tunnel is None):
        modem.mistake("a secure socket sends by XSEND, after XCONNECT", handle=socket.id)
        raise CommandFailed()
    if host is not None:
        address = yield from resolved(modem, host)
        if address is None:
            raise CommandFailed()
        destination = Address(address, port)
    elif socket.peer is None:
        modem.mistake("send on a socket without a peer", handle=socket.id)
        raise CommandFailed()
    yield Pause(5)
    if flags & WAIT_ACK and modem.faults.takes_uplink():
        # Never on air: the host waits as long as it said.
        yield Pause((socket.options[SO_SNDTIMEO] or FOREVER_S) * 1_000)
        raise CommandFailed()
    if not sockets_of(modem).send(socket, payload, destination):
        raise CommandFailed()
    sockets_of(modem).rearm(socket, POLL_OUT)
    answers, socket.answers = socket.answers, None
    if answers is not None:
        modem.power_saving.nothing_follows(answers)


def assist(modem: Modem, socket: NordicSocket, kind: int) -> None:
    """SO_RAI: 1 no data, at once; 2 last, 3 one response, of the next send; 4, 5 more follows."""
    if kind == RAI_NO_DATA and socket.peer is None:
        modem.mistake("RAI_NO_DATA on a socket without a peer", handle=socket.id)
        raise CommandFailed()
    if not modem.nvm.of(NordicNvm).release_assistance:
        return
    if kind == RAI_NO_DATA:
        modem.power_saving.nothing_follows(0)
    elif kind in RAI_AFTER_SEND:
        socket.answers = RAI_AFTER_SEND[kind]
    else:
        socket.answers = None


def received(
    modem: Modem, socket: NordicSocket, timeout_s: int, flags: int, most: int = 2048
) -> Generator[Step, Any, tuple[Address, bytes]]:
    """The next datagram; waits, unless told not to, and fails when none came in time."""
    limit_ms = 0 if flags & DONT_WAIT else (timeout_s or FOREVER_S) * 1_000
    waited_ms = 0
    while not socket.received:
        if waited_ms >= limit_ms or not socket.is_open:
            raise CommandFailed()
        yield Pause(20)
        waited_ms += 20
    # recv() of a datagram socket: what does not fit is gone (POSIX).
    found = socket.read(most, rest_is_lost=True)
    assert found is not None
    return found


def data_mode(modem: Modem, length: int | None = None) -> Generator[Step, Any, bytes]:
    """`OK`, then raw bytes by count or up to `+++`."""
    modem.terminal.interim(OK)
    data: bytes = yield Prompt(length, text=b"", end=DATA_MODE_END, is_data_mode=True)
    return data[:MOST_IN_DATA_MODE]


def pieces(
    modem: Modem, send: Callable[[bytes], Generator[Step, Any, object]]
) -> Generator[Step, Any, None]:
    """SLM's data mode: what came is sent at each silence, and at `+++` (slm_at_host.c) (S)."""
    modem.terminal.interim(OK)
    silence_ms = UART_BLOCK * BITS_OF_A_BYTE * 1_000 // modem.uart.rate_bps
    data: bytes = Unended()
    while isinstance(data, Unended):
        data = yield Prompt(
            None,
            text=b"",
            end=DATA_MODE_END,
            silence_ms=silence_ms + UART_MARGIN_MS,
            is_data_mode=True,
        )
        if data:
            yield from send(data[:MOST_IN_DATA_MODE])


def bytes_of(text: str, *, is_hex: bool) -> bytes:
    """Data as it stands on a command line."""
    try:
        return bytes.fromhex(text) if is_hex else text.encode("latin-1")
    except ValueError as error:
        raise ArgumentMistake(str(error)) from error
