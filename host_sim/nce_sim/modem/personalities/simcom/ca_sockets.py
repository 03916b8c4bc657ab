"""SIM7070's and SIM7080's bearers and sockets: application PDP, `CAOPEN` and what belongs to it.

+CNCFG +CNACT +CACID +CAOPEN +CASEND +CARECV +CASTATE +CACLOSE +CAACK

What the commands do for TCP is in `ca_streams`.

The bearer of sockets is not the PDP context: after power saving the address still shows and the
bearer is down.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step, Steps
from nce_sim.modem.personalities.simcom import ca_streams
from nce_sim.modem.personalities.simcom.ca_security import is_secure, shake_hands
from nce_sim.modem.personalities.simcom.memory import SimcomRam
from nce_sim.modem.personalities.simcom.release import datagram_left
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.tcp import TcpSocket
from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT = MOST_READ = 1460
PROMPT = b"\r\n>"
ACTIVATE_MS, SEND_MS = 300, 5
# <result> of +CAOPEN
DONE, SOCKET_ERROR, IN_USE, UNSUPPORTED, NAME_UNKNOWN = 0, 1, 4, 7, 20


@dataclass
class CaSocket(UdpSocket):
    """One id; the fields are those of a server."""

    destination: Address | None = None  # AT+CACFG="REMOTEADDR"
    last_peer: Address | None = None
    is_pushed: bool = False  # <recv_mode> of AT+CAOPEN


class CaSockets(UdpSockets[CaSocket]):
    """Thirteen ids over application bearer 0."""

    most_sockets = 13
    socket_type = CaSocket
    streams: ca_streams.CaStreams

    def make_streams(self) -> ca_streams.CaStreams:
        """The TCP sockets beside these."""
        return ca_streams.CaStreams(self.modem)

    def __init__(self, modem: Modem) -> None:
        self.bearer_is_up = False
        super().__init__(modem)

    def reset(self) -> None:
        """The modem restarts: nothing is left."""
        super().reset()
        self.bearer_is_up = False
        self.shows_peer = False  # AT+CASRIP

    def take(self, socket: CaSocket, sender: Address, payload: bytes) -> None:
        """Buffer what came; a server tells of a peer that is another than the last one."""
        if socket.peer is None and socket.last_peer != sender:
            socket.last_peer = sender
            self.modem.urc(f"+CANEW: {socket.id},{socket.id},{sender.host},{sender.port}")
        if not socket.is_pushed:
            super().take(socket, sender, payload)
            return
        socket.total_read += len(payload)
        peer = f",{sender.host},{sender.port}" if self.shows_peer else ""
        self.modem.urc(f'+CAURC: "recv",{socket.id},{len(payload)}{peer}', payload)

    def announce(self, socket: CaSocket) -> None:
        """One URC until the buffer has been read empty."""
        tells = socket.peer is not None or self.modem.settings.simcom_udp_server_tells_data
        if tells and not socket.is_announced:
            socket.is_announced = True
            self.modem.urc(f"+CADATAIND: {socket.id}")

    def tunnel_ended(self, socket: CaSocket) -> None:
        """The peer ended a socket's DTLS: it is closed."""
        self._end(socket)
        self.modem.urc(f"+CASTATE: {socket.id},0")

    def _end(self, socket: CaSocket) -> None:
        socket.is_open = False
        if not self.modem.settings.simcom_dead_id_stays:
            self.by_id.pop(socket.id, None)

    def lose_bearer(self) -> None:
        """The bearer is gone, and the sockets with it; their ids stay until they are closed."""
        if not self.bearer_is_up:
            return
        self.bearer_is_up = False
        for socket in tuple(self.by_id.values()):
            if socket.is_open:
                self._end(socket)
                self.modem.urc(f"+CASTATE: {socket.id},0")
        for socket_id in sorted({*self.streams.by_id, *self.streams.listeners}):
            self.modem.urc(f"+CASTATE: {socket_id},0")
        self.streams.abort_all()
        self.modem.urc("+APP PDP: 0,DEACTIVE")


def sockets_of(modem: Modem) -> CaSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, CaSockets)
    return store


@COMMANDS.add("+CNCFG")
def bearer_settings(modem: Modem, command: Command) -> None:
    """`AT+CNCFG=<pdp>,<type>,<apn>…`: the APN of an application bearer."""
    stored = modem.ram.of(SimcomRam).bearers
    if command.form is Form.READ:
        for pdp in range(4):
            ip_type, apn = stored.get(pdp, (0, ""))
            modem.info(f'+CNCFG: {pdp},{ip_type},"{apn}","","",0')
        return
    arguments = command.set_arguments
    pdp = arguments.integer(0, 0, 3)
    stored[pdp] = (arguments.integer(1, 0, 4), str(arguments.text(2, "")))


@COMMANDS.add("+CNACT")
def bearer(modem: Modem, command: Command) -> None:
    """`AT+CNACT=0,1`: OK at once, `+APP PDP: 0,ACTIVE` when it is up; `?` shows all four."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for pdp in range(4):
            is_up = pdp == 0 and store.bearer_is_up
            modem.info(f'+CNACT: {pdp},{int(is_up)},"{modem.radio.host if is_up else "0.0.0.0"}"')
        return
    if command.form is Form.TEST:
        modem.info("+CNACT: (0-3),(0-2)")
        return
    arguments = command.set_arguments
    pdp, action = arguments.integer(0, 0, 3), arguments.integer(1, 0, 2)
    if action == 0:
        if not store.bearer_is_up or pdp != 0:
            raise CommandFailed()
        modem.later(50, store.lose_bearer)
        return
    if store.bearer_is_up or pdp != 0:
        modem.mistake("bearer activated twice", pdp=pdp)
        raise CommandFailed()

    def activated() -> None:
        apn = modem.ram.of(SimcomRam).bearers.get(0, (0, ""))[1]
        core = modem.operator.core
        store.bearer_is_up = modem.radio.session is not None and (
            not apn or core.apn_is_known(apn)
        )
        modem.urc(f"+APP PDP: 0,{'ACTIVE' if store.bearer_is_up else 'DEACTIVE'}")

    modem.later(ACTIVATE_MS, activated)


@COMMANDS.add("+CACID")
def chosen_id(modem: Modem, command: Command) -> None:
    """`AT+CACID`: which id the SSL settings are for."""
    if command.form is Form.READ:
        modem.info(f"+CACID: {modem.ram.of(SimcomRam).chosen_id or 0}")
    elif command.form is Form.TEST:
        modem.info("+CACID: (0-12)")
    else:
        modem.ram.of(SimcomRam).chosen_id = command.set_arguments.integer(0, 0, 12)


@COMMANDS.add("+CAOPEN")
def open_socket(modem: Modem, command: Command) -> Steps:
    """`AT+CAOPEN=<id>,<pdp>,"TCP|UDP",<host>,<port>[,<recv_mode>]`.

    Answers `+CAOPEN: <id>,<result>`, OK.
    """
    store = sockets_of(modem)
    if command.form is Form.READ:
        for socket in store.by_id.values():
            if socket.peer is not None:
                peer = f'"{socket.peer.host}",{socket.peer.port}'
                modem.info(f'+CAOPEN: {socket.id},0,"UDP",{peer}')
        for stream in store.streams.by_id.values():
            peer = f'"{stream.peer.host}",{stream.peer.port}'
            modem.info(f'+CAOPEN: {stream.id},0,"TCP",{peer}')
        return None
    if command.form is Form.TEST:
        modem.info('+CAOPEN: (0-12),(0-3),("TCP","UDP"),<server>,(1-65535),(0-1)')
        return None
    arguments = command.set_arguments
    socket_id = arguments.integer(0, 0, store.most_sockets - 1)
    arguments.integer(1, 0, 3)
    kind, host, port = arguments.text(2), arguments.text(3), arguments.integer(4, 1, 65_535)
    arguments.at_most(6 if modem.settings.simcom_open_takes_receive_mode else 5)
    is_pushed = arguments.integer(5, 0, 1, default=0) == 1
    result = DONE
    if kind not in ("TCP", "UDP") or (kind == "TCP" and is_secure(modem, socket_id)):
        result = UNSUPPORTED  # of TCP, TLS is not part of this simulator
    elif store.is_used(socket_id):
        modem.mistake("CAOPEN on an id in use", id=socket_id)
        result = IN_USE
    elif not store.bearer_is_up:
        modem.mistake("CAOPEN without a bearer", id=socket_id)
        result = SOCKET_ERROR
    else:
        result = yield from _connect(modem, socket_id, host, port, is_tcp=kind == "TCP")
        if result == DONE and kind == "UDP":
            store.by_id[socket_id].is_pushed = is_pushed
    modem.info(f"+CAOPEN: {socket_id},{result}")
    return None


def _connect(
    modem: Modem, socket_id: int, host: str, port: int, *, is_tcp: bool
) -> Generator[Step, Any, int]:
    """Open an id to its peer; the <result>."""
    store = sockets_of(modem)
    address = yield from resolved(modem, host)
    if address is None:
        return NAME_UNKNOWN
    if is_tcp:
        peer = Address(address, port)
        return (yield from ca_streams.connect(modem, store.streams, socket_id, peer))
    if not store.bearer_is_up or store.open(socket_id, Address(address, port)) is None:
        return SOCKET_ERROR
    if not is_secure(modem, socket_id):
        return DONE
    result = yield from shake_hands(modem, store.by_id[socket_id])
    if result != DONE:
        store.by_id.pop(socket_id, None)
    return result


def _stream(modem: Modem, command: Command) -> TcpSocket | None:
    """The TCP socket of a command; None when the id is not of TCP."""
    store = sockets_of(modem)
    return store.streams.by_id.get(command.arguments.integer(0, 0, store.most_sockets - 1))


def _socket(modem: Modem, command: Command) -> CaSocket:
    store = sockets_of(modem)
    socket_id = command.arguments.integer(0, 0, store.most_sockets - 1)
    socket = store.by_id.get(socket_id)
    if socket is None:
        modem.mistake("a socket that is not open", id=socket_id)
        raise CommandFailed()
    return socket


@COMMANDS.add("+CASEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CASEND=<id>` tells the room, `=<id>,<length>` prompts for as many bytes."""
    if command.form is Form.TEST:
        modem.info(f"+CASEND: (0-12),(0-{MOST_SENT})")
        return None
    arguments = command.set_arguments
    stream = _stream(modem, command)
    if stream is not None and not stream.is_connected:
        modem.mistake("CASEND on a socket that is closed", id=stream.id)
        raise CommandFailed()
    socket = _socket(modem, command) if stream is None else None
    if socket is not None and not socket.is_open:  # its id stays until CACLOSE
        modem.mistake("CASEND on a socket that is closed", id=socket.id)
        raise CommandFailed()
    if len(arguments) == 1:
        modem.info(f"+CASEND: {MOST_SENT if stream is None else stream.room}")
        return None
    payload = yield Prompt(arguments.integer(1, 1, MOST_SENT), text=PROMPT)
    if stream is not None:
        return (yield from ca_streams.send(modem, sockets_of(modem).streams, stream, payload))
    assert socket is not None
    yield Pause(SEND_MS)
    store, destination = sockets_of(modem), socket.destination
    if socket.peer is None and destination is None:
        modem.mistake("CASEND of a server without REMOTEADDR", id=socket.id)
    if not store.bearer_is_up or not store.send(socket, payload, destination):
        raise CommandFailed()
    datagram_left(modem)
    return None


@COMMANDS.add("+CARECV")
def receive(modem: Modem, command: Command) -> None:
    """`AT+CARECV=<id>,<most>`: count and data in one line; `?` tells what is pending."""
    if command.form is Form.READ:
        for socket in sockets_of(modem).by_id.values():
            modem.info(f"+CARECV: {socket.id},{socket.pending}")
        for each in sockets_of(modem).streams.by_id.values():
            modem.info(f"+CARECV: {each.id},{each.pending}")
        return
    most = command.set_arguments.integer(1, 1, MOST_READ)
    stream, found = _stream(modem, command), None
    if stream is None:
        found = _socket(modem, command).read(most)
    elif stream.pending:
        found = stream.peer, stream.read(most)
    start = "+CARECV: "
    if found is None:
        modem.info(f"{start}0")
        return
    if sockets_of(modem).shows_peer:
        start += f"{found[0].host},{found[0].port},"
    head = modem.terminal.framed(f"{start}{len(found[1])},")[:-2]
    modem.terminal.raw(head + found[1] + b"\r\n")


@COMMANDS.add("+CASTATE")
def states(modem: Modem, command: Command) -> None:
    """`AT+CASTATE?`: the ids in use; 0 closed, 1 connected, 2 a server."""
    if command.form is Form.READ:
        for socket_id, socket in sorted(sockets_of(modem).by_id.items()):
            state = 2 if socket.peer is None else 1
            modem.info(f"+CASTATE: {socket_id},{state if socket.is_open else 0}")
        streams = sockets_of(modem).streams
        for socket_id in sorted({*streams.by_id, *streams.listeners}):
            is_server = socket_id in streams.listeners
            state = 2 if is_server else int(streams.by_id[socket_id].is_connected)
            modem.info(f"+CASTATE: {socket_id},{state}")


@COMMANDS.add("+CAACK")
def acknowledged(modem: Modem, command: Command) -> None:
    """`AT+CAACK=<id>`: bytes sent and not acknowledged; with UDP nothing is."""
    command.set_arguments.at_most(1)
    stream = _stream(modem, command)
    if stream is not None:
        modem.info(f"+CAACK: {stream.total_sent},{stream.unacknowledged}")
        return
    modem.info(f"+CAACK: {_socket(modem, command).total_sent},0")


@COMMANDS.add("+CACLOSE")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+CACLOSE=<id>`: ERROR when it is closed already."""
    command.set_arguments.at_most(1)
    streams, stream = sockets_of(modem).streams, _stream(modem, command)
    if stream is not None:
        yield Pause(20)
        yield from streams.finish(stream, ca_streams.CLOSE_LIMIT_MS)
        return None
    if streams.stop_listening(command.arguments.integer(0, 0, 12)):
        return None
    socket = _socket(modem, command)
    yield Pause(20)
    sockets_of(modem).close(socket)
    return None
