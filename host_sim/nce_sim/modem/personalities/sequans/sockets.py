"""Sequans' socket commands in command mode; what they do for TCP is in `streams`.

+SQNSCFG +SQNSCFGEXT +SQNSD +SQNSSENDEXT +SQNSSEND +SQNSRECV +SQNSI +SQNSS +SQNSH +SQNSO
+SQNDNSLKUP

Socket settings are kept through power cycles: an owner before may have left odd ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.clock import Handle
from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import NO_CARRIER, CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.sequans import streams as tcp
from nce_sim.modem.personalities.sequans.memory import (
    RING_DATA,
    RING_LENGTH,
    Dialling,
    Extended,
    SequansNvm,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted, resolved
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

FIRST, MOST = 1, 6
MOST_SENT, MOST_READ = 1500, 1500
CLOSED, SUSPENDED, PENDING = 0, 2, 3


NOBODY = Address("0.0.0.0", 0)


@dataclass
class SequansSocket(UdpSocket):
    """One id: whom it was dialled to, and from whom it takes datagrams (<any remote>)."""

    remote: Address = NOBODY
    any_remote: int = 0
    inactive: Handle | None = None  # runs from the last datagram on


class SequansSockets(UdpSockets[SequansSocket]):
    """Six ids."""

    first_id, most_sockets = FIRST, MOST
    socket_type = SequansSocket
    streams: tcp.SequansStreams

    def make_streams(self) -> tcp.SequansStreams:
        """The TCP sockets beside these."""
        return tcp.SequansStreams(self.modem)

    def extended(self, socket_id: int) -> Extended:
        """`AT+SQNSCFGEXT` of an id."""
        return self.modem.nvm.of(SequansNvm).extended.get(socket_id, Extended())

    def open(
        self, socket_id: int, peer: Address | None = None, local_port: int = 0
    ) -> SequansSocket | None:
        """Take an id; what it was dialled to is its peer, unless it takes datagrams of others."""
        socket = super().open(socket_id, peer, local_port)
        if socket is not None and peer is not None:
            socket.remote = peer
        if socket is not None:
            self._is_active(socket)
        return socket

    def send(self, socket: SequansSocket, payload: bytes, peer: Address | None = None) -> bool:
        """Hand a datagram to the network; False when there is none."""
        self._is_active(socket)
        return super().send(socket, payload, peer)

    def _is_active(self, socket: SequansSocket) -> None:
        """The inactivity limit of `AT+SQNSCFG` begins again (S)."""
        if socket.inactive is not None:
            socket.inactive.cancel()
        dialling = self.modem.nvm.of(SequansNvm).dialling.get(socket.id, Dialling())
        if dialling.inactivity_limit_s:
            limit_ms = dialling.inactivity_limit_s * 1_000
            socket.inactive = self.modem.clock.call_later(limit_ms, lambda: self._expired(socket))

    def _expired(self, socket: SequansSocket) -> None:
        if self.by_id.get(socket.id) is socket:
            self.modem.note("inactive", id=socket.id)
            self.by_id.pop(socket.id)
            self.modem.urc(f"+SQNSH: {socket.id}")

    def take(self, socket: SequansSocket, sender: Address, payload: bytes) -> None:
        """Ring; under srMode 2 the data is in the ring itself."""
        self._is_active(socket)
        extended = self.extended(socket.id)
        if extended.ring != RING_DATA:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        shown = payload.hex().upper().encode() if extended.receives_hexadecimal else payload
        head = self.modem.terminal.framed(f"+SQNSRING: {socket.id},{len(payload)},")[:-2]
        self.modem.terminal.urc(head + shown + b"\r\n")

    def announce(self, socket: SequansSocket) -> None:
        """One ring for each datagram."""
        length = len(socket.received[-1][1])
        shown = f",{length}" if self.extended(socket.id).ring == RING_LENGTH else ""
        self.modem.urc(f"+SQNSRING: {socket.id}{shown}")

    def lose_bearer(self) -> None:
        """The network ended the session: all sockets are closed."""
        of_tcp = {*self.streams.by_id, *self.streams.listeners}
        for socket_id in (*self.by_id, *sorted(of_tcp)):
            self.modem.urc(f"+SQNSH: {socket_id}")
        self.by_id.clear()
        self.streams.abort_all()


def sockets_of(modem: Modem) -> SequansSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, SequansSockets)
    return store


def _socket(modem: Modem, command: Command) -> SequansSocket:
    socket_id = command.set_arguments.integer(0, FIRST, MOST)
    socket = sockets_of(modem).by_id.get(socket_id)
    if socket is None:
        modem.mistake("a socket that is not open", id=socket_id)
        raise CommandFailed()
    return socket


def _stream(modem: Modem, command: Command) -> tcp.SequansStream | None:
    """The TCP socket of a command, accepted; None when the id is not of TCP."""
    socket_id = command.set_arguments.integer(0, FIRST, MOST)
    stream = sockets_of(modem).streams.by_id.get(socket_id)
    return stream if stream is not None and stream.is_accepted else None


def _show(modem: Modem, name: str, of_id: Callable[[int], tuple[int, ...]]) -> None:
    for socket_id in range(FIRST, FIRST + MOST):
        modem.info(f"{name}: {socket_id},{','.join(map(str, of_id(socket_id)))}")


def _settings(
    arguments: Arguments, now: tuple[int, ...], limits: tuple[int, ...]
) -> Iterator[int]:
    """The settings behind an id; those left out stay as they are."""
    for i, (value, limit) in enumerate(zip(now, limits, strict=True)):
        yield arguments.integer(i + 1, 0, limit, default=value)


@COMMANDS.add("+SQNSCFG")
def dialling(modem: Modem, command: Command) -> None:
    """`AT+SQNSCFG`: how an id dials; of it the inactivity limit has an effect here."""
    kept = modem.nvm.of(SequansNvm).dialling
    if command.form is Form.READ:
        _show(modem, command.name, lambda socket_id: kept.get(socket_id, Dialling()))
        return
    arguments = command.set_arguments
    socket_id = arguments.integer(0, FIRST, MOST)
    now = kept.get(socket_id, Dialling())
    kept[socket_id] = Dialling(*_settings(arguments, now, (16, 1500, 65_535, 1200, 255)))


@COMMANDS.add("+SQNSCFGEXT")
def extended(modem: Modem, command: Command) -> None:
    """`AT+SQNSCFGEXT`: how an id rings, and whether its data is in hexadecimal."""
    kept = modem.nvm.of(SequansNvm).extended
    if command.form is Form.READ:
        _show(modem, command.name, lambda socket_id: kept.get(socket_id, Extended()))
        return
    arguments = command.set_arguments
    socket_id = arguments.integer(0, FIRST, MOST)
    now = kept.get(socket_id, Extended())
    kept[socket_id] = Extended(*_settings(arguments, now, (2, 1, 65_535, 1, 1)))


@COMMANDS.add("+SQNSD")
def dial(modem: Modem, command: Command) -> Steps:
    """`AT+SQNSD=<id>,0|1,<port>,"host",0,<local port>,1[,<any remote>]`: TCP, or UDP."""
    arguments = command.set_arguments
    socket_id = arguments.integer(0, FIRST, MOST)
    is_tcp = arguments.integer(1, 0, 1) == 0
    port, host = arguments.integer(2, 1, 65_535), arguments.text(3)
    arguments.integer(4, 0, 255, default=0)
    local_port = arguments.integer(5, 0, 65_535, default=0)
    if arguments.integer(6, 0, 1, default=0) != 1:
        raise ArgumentMistake("only command mode exists here: <connMode> is 1")
    any_remote = arguments.integer(7, 0, 2, default=0)
    store = sockets_of(modem)
    if store.is_used(socket_id):
        modem.mistake("SQNSD on an id in use", id=socket_id)
        raise CommandFailed()
    if not is_tcp and socket_id in modem.nvm.of(SequansNvm).secure_ids:
        # Nobody has seen DTLS on these sockets; to send in the clear instead would be worse.
        modem.mistake("SQNSD of a UDP socket with a security profile", id=socket_id)
        raise CommandFailed()
    if modem.radio.session is None:
        modem.mistake("SQNSD without a network", id=socket_id)
        return NO_CARRIER
    if is_tcp:
        return (yield from tcp.dial(modem, store.streams, socket_id, host, port, local_port))
    address = yield from resolved(modem, host)
    yield Pause(30)
    if address is None or modem.radio.host is None:
        return NO_CARRIER
    peer = Address(address, port)
    socket = store.open(socket_id, None if any_remote else peer, local_port)
    if socket is None:
        return NO_CARRIER
    socket.remote, socket.any_remote = peer, any_remote
    return None


@COMMANDS.add("+SQNSSENDEXT")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+SQNSSENDEXT=<id>,<n>[,<rai>[,"host",<port>]]`: prompt, n bytes, OK."""
    arguments = command.set_arguments
    stream = _stream(modem, command)
    socket = _socket(modem, command) if stream is None else None
    length = arguments.integer(1, 1, MOST_SENT)
    assistance = arguments.integer(2, 0, 2, default=0)  # 1: nothing follows, 2: one answer
    destination = NOBODY if socket is None else socket.remote
    if arguments.is_given(3):
        host = arguments.text(3)
        if not is_dotted(host) or socket is None or socket.any_remote != 2:
            raise ArgumentMistake(f"{host!r} cannot be a destination of this socket")
        destination = Address(host, arguments.integer(4, 1, 65_535))
    socket_id = arguments.integer(0, FIRST, MOST)
    in_hex = bool(sockets_of(modem).extended(socket_id).sends_hexadecimal)
    payload = yield Prompt(2 * length if in_hex else length)
    if in_hex:
        try:
            payload = bytes.fromhex(payload.decode("latin-1"))
        except ValueError as error:
            raise ArgumentMistake(str(error)) from error
    if stream is not None:
        yield from tcp.send(modem, sockets_of(modem).streams, stream, payload)
    elif socket is not None:
        yield Pause(5)
        if not sockets_of(modem).send(socket, payload, destination):
            raise CommandFailed()
    cell = modem.radio.cell
    if assistance and cell is not None and cell.rat == "NB-IoT":  # for NB-IoT alone (S)
        modem.power_saving.nothing_follows(assistance - 1)
    return None


@COMMANDS.add("+SQNSRECV")
def receive(modem: Modem, command: Command) -> None:
    """`AT+SQNSRECV=<id>,<most>`: header, then the bytes; ERROR when nothing is pending."""
    stream = _stream(modem, command)
    if stream is not None:
        most = command.arguments.integer(1, 1, MOST_READ)
        tcp.receive(modem, sockets_of(modem).streams, stream, most)
        return
    socket = _socket(modem, command)
    found = socket.read(command.arguments.integer(1, 1, MOST_READ))
    if found is None:
        modem.mistake("SQNSRECV with nothing pending", id=socket.id)
        raise CommandFailed()
    sender, data = found
    header = f"+SQNSRECV: {socket.id},{len(data)}"
    if socket.any_remote:
        header += f',"{sender.host}",{sender.port}'
    in_hex = sockets_of(modem).extended(socket.id).receives_hexadecimal
    shown = data.hex().upper().encode() if in_hex else data
    modem.terminal.raw(modem.terminal.framed(header) + shown)


@COMMANDS.add("+SQNSI")
def information(modem: Modem, command: Command) -> None:
    """`AT+SQNSI=<id>`: bytes sent, received, pending, unacknowledged."""
    stream = _stream(modem, command)
    socket = _socket(modem, command) if stream is None else stream
    waiting = 0 if stream is None else stream.unacknowledged
    counts = f"{socket.total_sent},{socket.total_received},{socket.pending},{waiting}"
    modem.info(f"+SQNSI: {socket.id},{counts}")


@COMMANDS.add("+SQNSS")
def states(modem: Modem, command: Command) -> None:
    """`AT+SQNSS`: every id with its state and its two ends."""
    wanted = range(FIRST, FIRST + MOST)
    if command.form is Form.SET:
        only = command.arguments.integer(0, FIRST, MOST)
        wanted = range(only, only + 1)
    elif command.form is Form.TEST:
        return
    for socket_id in wanted:
        if socket_id in sockets_of(modem).streams:
            modem.info(f"+SQNSS: {sockets_of(modem).streams.state_of(socket_id)}")
            continue
        socket = sockets_of(modem).by_id.get(socket_id)
        if socket is None:
            modem.info(f"+SQNSS: {socket_id},{CLOSED}")
            continue
        remote = socket.remote
        state = PENDING if socket.received else SUSPENDED
        modem.info(
            f'+SQNSS: {socket_id},{state},"{modem.radio.host}",{socket.local_port},'
            f'"{remote.host}",{remote.port},1'
        )


@COMMANDS.add("+SQNSH")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+SQNSH=<id>`: OK, also when it was closed."""
    socket_id = command.set_arguments.integer(0, FIRST, MOST)
    yield Pause(20)
    streams = sockets_of(modem).streams
    stream = streams.by_id.get(socket_id)
    if stream is not None:
        yield from streams.finish(stream, tcp.CLOSE_LIMIT_MS)
    else:
        streams.stop_listening(socket_id)
    sockets_of(modem).by_id.pop(socket_id, None)
    return None


@COMMANDS.add("+SQNDNSLKUP")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT+SQNDNSLKUP="name"[,<family>]`: its addresses."""
    name = command.set_arguments.text(0)
    address = yield from resolved(modem, name)
    if address is None:
        raise CommandFailed()
    modem.info(f'+SQNDNSLKUP: "{name}","{address}"')
    return None
