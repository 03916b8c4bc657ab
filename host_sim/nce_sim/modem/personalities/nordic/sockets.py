"""The sockets under all three dialects: handles, one of them selected, polling, pushing.

store.selected                      # what SLM 2.x's commands act on
store.arm(socket, POLL_IN)          # Serial Modem: #XAPOLL
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step
from nce_sim.modem.personalities.nordic.security import SEC_TAG, shake_hands
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets, resolved
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

POLL_IN, POLL_OUT, POLL_ERROR, POLL_HANG_UP = 1, 4, 8, 16
DATAGRAM, IPPROTO_UDP = 2, 17
RAI = 61  # SO_RAI of nrf_modem, and its values
RAI_NO_DATA, RAI_MOST = 1, 5
RAI_AFTER_SEND = {2: 0, 3: 1}  # RAI_LAST and RAI_ONE_RESP: datagrams that may still come down
DONT_WAIT = 64  # MSG_DONTWAIT of #XRECV and #XRECVFROM
WAIT_ACK = 512  # of #XSEND and #XSENDTO: answer when the datagram is on air
SO_SNDTIMEO = 21  # seconds
DATA_MODE_END = b"+++"
FOREVER_S = 86_400  # a timeout of 0 blocks the command channel: here for a day
MOST_IN_DATA_MODE = 4096


class NordicSockets(UdpSockets):
    """The sockets of one nRF91."""

    def __init__(self, modem: Modem, *, first_id: int, most: int) -> None:
        self.first_id, self.most_sockets = first_id, most
        self.selected: UdpSocket | None = None
        super().__init__(modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.selected = None

    def close(self, socket: UdpSocket) -> None:
        """Give a handle back; the latest of the others is selected."""
        super().close(socket)
        if self.selected is socket:
            self.selected = next(reversed(self.by_id.values()), None)

    def open_all(self) -> None:
        """Take every handle; they are older than the one that is selected, if any is."""
        super().open_all()
        if self.selected is None:
            self.selected = next(reversed(self.by_id.values()), None)

    def take(self, socket: UdpSocket, sender: Address, payload: bytes) -> None:
        """Push what came when the host asked for it (#XRECVCFG), or buffer it."""
        pushed = socket.extra.get("push")
        if pushed is None:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        name = "#XRECV" if socket.peer is not None else "#XRECVFROM"
        header = f"{name}: {socket.id},{pushed},{len(payload)}"
        if socket.peer is None:
            header += f',"{sender.host}",{sender.port}'
        self.modem.urc(header, payload.hex().encode() if pushed else payload)

    def announce(self, socket: UdpSocket) -> None:
        """One `#XAPOLL` for an armed socket, until a receive or a send arms it again."""
        if socket.extra.get("events", 0) & POLL_IN and not socket.is_announced:
            socket.is_announced = True
            self.modem.urc(f"#XAPOLL: {socket.id},{POLL_IN}")

    def arm(self, socket: UdpSocket, events: int) -> None:
        """Tell of these events from now on."""
        socket.extra["events"] = events
        self.rearm(socket)

    def rearm(self, socket: UdpSocket) -> None:
        """The host received or sent: tell of what is still there."""
        socket.is_announced = False
        if socket.received:
            self.announce(socket)

    def lose_bearer(self) -> None:
        """The network ended the session: sockets report an error and are dead."""
        for socket in tuple(self.by_id.values()):
            self._kill(socket, POLL_ERROR | POLL_HANG_UP)

    def tunnel_ended(self, socket: UdpSocket) -> None:
        """The peer ended a socket's DTLS."""
        self._kill(socket, POLL_HANG_UP)

    def _kill(self, socket: UdpSocket, events: int) -> None:
        was_open, socket.is_open = socket.is_open, False
        if was_open and socket.extra.get("events"):
            self.modem.urc(f"#XAPOLL: {socket.id},{events}")


def sockets_of(modem: Modem) -> NordicSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, NordicSockets)
    return store


def selected_socket(modem: Modem) -> UdpSocket:
    """The socket that commands without a handle act on; ERROR to the host when none is open."""
    socket = sockets_of(modem).selected
    if socket is None:
        modem.mistake("no socket is open")
        raise CommandFailed()
    return socket


def opened(modem: Modem, peer: Address | None = None) -> UdpSocket:
    """A new socket, which is the selected one from now on."""
    store = sockets_of(modem)
    socket_id = store.free_id()
    if socket_id is None or modem.radio.session is None:
        modem.mistake("a socket without a network, or too many", sockets=len(store.by_id))
        raise CommandFailed()
    socket = store.open(socket_id, peer)
    assert socket is not None
    store.selected = socket
    return socket


def connected(modem: Modem, socket: UdpSocket, host: str, port: int) -> Generator[Step, Any, None]:
    """Give a socket its peer; a secure one shakes hands with it."""
    if socket.tunnel is not None:
        modem.mistake("XCONNECT on a secure socket that is connected", handle=socket.id)
        raise CommandFailed()
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    socket.peer = Address(address, port)
    if SEC_TAG in socket.extra:
        yield from shake_hands(modem, socket)


def sent(
    modem: Modem,
    socket: UdpSocket,
    payload: bytes,
    host: str | None = None,
    port: int = 0,
    flags: int = 0,
) -> Generator[Step, Any, None]:
    """Send to the peer, or to `host`."""
    destination = None
    if SEC_TAG in socket.extra and (host is not None or socket.tunnel is None):
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
        yield Pause((socket.extra.get("options", {}).get(SO_SNDTIMEO) or FOREVER_S) * 1_000)
        raise CommandFailed()
    if not sockets_of(modem).send(socket, payload, destination):
        raise CommandFailed()
    sockets_of(modem).rearm(socket)
    answers = socket.extra.pop("answers", None)
    if answers is not None:
        modem.power_saving.nothing_follows(answers)


def assist(modem: Modem, socket: UdpSocket, kind: int) -> None:
    """SO_RAI: 1 no data, at once; 2 last, 3 one response, of the next send; 4, 5 more follows."""
    if kind == RAI_NO_DATA and socket.peer is None:
        modem.mistake("RAI_NO_DATA on a socket without a peer", handle=socket.id)
        raise CommandFailed()
    if not modem.nvm.get("RAI", 0):
        return
    if kind == RAI_NO_DATA:
        modem.power_saving.nothing_follows(0)
    elif kind in RAI_AFTER_SEND:
        socket.extra["answers"] = RAI_AFTER_SEND[kind]
    else:
        socket.extra.pop("answers", None)


def received(
    modem: Modem, socket: UdpSocket, timeout_s: int, flags: int, most: int = 2048
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
    modem.terminal.interim("OK")
    data = yield Prompt(length, text=b"", end=DATA_MODE_END)
    return data[:MOST_IN_DATA_MODE]


def bytes_of(text: str, *, is_hex: bool) -> bytes:
    """Data as it stands on a command line."""
    try:
        return bytes.fromhex(text) if is_hex else text.encode("latin-1")
    except ValueError as error:
        raise ArgumentMistake(str(error)) from error
