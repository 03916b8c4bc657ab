"""SIM7070's and SIM7080's socket commands.

+CAOPEN +CASEND +CARECV +CASTATE +CACLOSE +CAACK

What they do for TCP is in `ca_streams`; servers are in `ca_server`, bearers in `ca_bearer`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step, Steps
from nce_sim.modem.personalities.simcom import ca_streams
from nce_sim.modem.personalities.simcom.ca_security import (
    is_secure,
    put_under_tls,
    shake_hands,
)
from nce_sim.modem.personalities.simcom.ca_sockets import (
    DONE,
    IN_USE,
    NAME_UNKNOWN,
    SOCKET_ERROR,
    UNSUPPORTED,
    CaSocket,
    sockets_of,
)
from nce_sim.modem.personalities.simcom.ca_streams import CaStream
from nce_sim.modem.personalities.simcom.release import datagram_left
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT = MOST_READ = 1460
PROMPT = b"\r\n>"
SEND_MS = 5


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
    if kind not in ("TCP", "UDP"):
        result = UNSUPPORTED
    elif store.is_used(socket_id):
        modem.mistake("CAOPEN on an id in use", id=socket_id)
        result = IN_USE
    elif not store.bearer_is_up:
        modem.mistake("CAOPEN without a bearer", id=socket_id)
        result = SOCKET_ERROR
    else:
        open_id = _open_tcp if kind == "TCP" else _open_udp
        address = yield from resolved(modem, host)
        result = NAME_UNKNOWN
        if address is not None:
            far_end = Address(address, port)
            result = yield from open_id(modem, socket_id, far_end, is_pushed)
    modem.info(f"+CAOPEN: {socket_id},{result}")
    return None


def _open_tcp(
    modem: Modem, socket_id: int, peer: Address, is_pushed: bool
) -> Generator[Step, Any, int]:
    """Connect an id to its peer, with the handshake of TLS if it is set up; the <result>."""
    streams = sockets_of(modem).streams
    stream = streams.take_id(socket_id, peer)
    stream.is_pushed = is_pushed
    result = put_under_tls(modem, stream) if is_secure(modem, socket_id) else DONE
    if result == DONE:
        result = yield from ca_streams.connect(streams, stream)
    if result != DONE:
        streams.close(stream)
    return result


def _open_udp(
    modem: Modem, socket_id: int, peer: Address, is_pushed: bool
) -> Generator[Step, Any, int]:
    """Open an id to its peer, with the handshake of DTLS if it is set up; the <result>."""
    store = sockets_of(modem)
    socket = store.open(socket_id, peer) if store.bearer_is_up else None
    if socket is None:
        return SOCKET_ERROR
    if is_secure(modem, socket_id):
        result = yield from shake_hands(modem, socket)
        if result != DONE:
            store.by_id.pop(socket_id, None)
            return result
    socket.is_pushed = is_pushed
    return DONE


def _stream(modem: Modem, command: Command) -> CaStream | None:
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
