"""u-blox's socket commands (SARA AT commands manuals, "Internet suite").

What they do for TCP is in `stream_commands`.

+USOCR +USOLI +USOST +USORF +USOCO +USOWR +USORD +USOCL +USOER +USOCTL +UDNSRN +UDCONF
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step, Steps
from nce_sim.modem.personalities.ublox import stream_commands
from nce_sim.modem.personalities.ublox.memory import UbloxRam
from nce_sim.modem.personalities.ublox.security import shake_hands
from nce_sim.modem.personalities.ublox.sockets import (
    BAD_SOCKET,
    NOT_ALLOWED,
    NOT_CONNECTED,
    UbloxSocket,
    failed,
    sockets_of,
)
from nce_sim.modem.personalities.ublox.streams import TCP, UbloxStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT, MOST_HEX_SENT = 1024, 512
UDP = 17
PROMPT, GUARD_MS = b"\r\n@", 50  # data sooner than 50 ms after the prompt is lost
SEND_MS = 20


def _socket(modem: Modem, arguments: Arguments) -> UbloxSocket:
    store = sockets_of(modem)
    number = arguments.integer(0, 0, store.most_sockets - 1)
    socket = store.by_id.get(number)
    if socket is None:
        modem.mistake("a socket that is not open", id=number)
        raise failed(modem, store.streams.broken_by.pop(number, BAD_SOCKET))
    return socket


def _stream(modem: Modem, arguments: Arguments) -> UbloxStream | None:
    """The TCP socket of a command; None when the number is not of TCP."""
    store = sockets_of(modem)
    return store.streams.by_id.get(arguments.integer(0, 0, store.most_sockets - 1))


@COMMANDS.add("+USOCR")
def create(modem: Modem, command: Command) -> None:
    """`AT+USOCR=6|17[,<port>]`: the number of a new socket; SARA-R4 takes no port."""
    if command.form is Form.TEST:
        modem.info("+USOCR: (6,17),(0-65535)")
        return
    arguments = command.set_arguments
    kind = arguments.integer(0, TCP, UDP)
    if kind not in (TCP, UDP):
        raise CommandFailed(NOT_ALLOWED)
    store = sockets_of(modem)
    if not store.has_profiles:
        arguments.at_most(1)  # SARA-R4
    socket_id = store.free_id()
    if socket_id is None:
        raise failed(modem, 23)
    port = arguments.integer(1, 0, 65_535, default=0)
    if kind == TCP:
        store.streams.take_id(socket_id).wanted_port = port
    elif store.open(socket_id, None, port) is None:
        raise failed(modem, 98)
    modem.info(f"+USOCR: {socket_id}")


@COMMANDS.add("+USOLI")
def listen(modem: Modem, command: Command) -> None:
    """`AT+USOLI=<socket>,<port>`: take what comes to a port; connections of TCP."""
    arguments = command.set_arguments
    stream = _stream(modem, arguments)
    if stream is not None:
        port = arguments.integer(1, 1, 65_535)
        stream_commands.listen(modem, sockets_of(modem), stream, port)
        return
    socket = _socket(modem, arguments)
    free = sockets_of(modem).free_port(arguments.integer(1, 1, 65_535))
    if free is None:
        raise failed(modem, 98)
    socket.local_port = free


def _payload(modem: Modem, arguments: Arguments, position: int) -> Generator[Step, Any, bytes]:
    """The data at `position`, or asked for by the prompt, `position - 1` says how long."""
    length = arguments.integer(position - 1, 1, MOST_SENT)
    in_hex = sockets_of(modem).is_hex
    if arguments.is_given(position):
        text = arguments.text(position)
        try:
            data = bytes.fromhex(text) if in_hex else text.encode("latin-1")
        except ValueError as error:
            raise ArgumentMistake(str(error)) from error
        if (in_hex and length > MOST_HEX_SENT) or len(data) != length:
            raise ArgumentMistake(f"{len(data)} bytes of data, {length} declared")
        return data
    if in_hex:
        raise ArgumentMistake("hexadecimal data must be on the command line")
    payload: bytes = yield Prompt(length, text=PROMPT, guard_ms=GUARD_MS)
    return payload


@COMMANDS.add("+USOST")
def send_to(modem: Modem, command: Command) -> Steps:
    """`AT+USOST=<socket>,<host>,<port>,<length>[,<data>]`: to anybody."""
    arguments = command.set_arguments
    socket = _socket(modem, arguments)
    host, port = arguments.text(1), arguments.integer(2, 1, 65_535)
    length = arguments.integer(3, 1, 65_535)
    if length > MOST_SENT:
        modem.mistake("USOST of too many bytes", length=length)
        raise CommandFailed(NOT_ALLOWED)
    if not sockets_of(modem).bearer_is_up:
        raise failed(modem, NOT_CONNECTED)
    payload = yield from _payload(modem, arguments, 4)
    address = yield from resolved(modem, host)
    yield Pause(SEND_MS)
    store = sockets_of(modem)
    if address is None or not store.bearer_is_up:
        raise failed(modem, NOT_CONNECTED)
    send = store.send
    if socket.security_profile is not None:
        modem.mistake("USOST on a secure socket: it leaves in the clear", id=socket.id)
        send = store.send_plain
    if not send(socket, payload, Address(address, port)):
        raise failed(modem, NOT_CONNECTED)
    modem.info(f"+USOST: {socket.id},{len(payload)}")
    return None


@COMMANDS.add("+USOCO")
def connect(modem: Modem, command: Command) -> Steps:
    """`AT+USOCO`: give a socket its peer; a secure one shakes hands with it."""
    arguments = command.set_arguments
    stream = _stream(modem, arguments)
    if stream is not None:
        store = sockets_of(modem)
        return (yield from stream_commands.connect(modem, store, stream, arguments))
    socket = _socket(modem, arguments)
    host, port = arguments.text(1), arguments.integer(2, 1, 65_535)
    if not sockets_of(modem).bearer_is_up:
        raise failed(modem, NOT_CONNECTED)
    if socket.tunnel is not None:
        modem.mistake("USOCO on a secure socket that is connected", id=socket.id)
        raise failed(modem, NOT_CONNECTED)
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    socket.peer = Address(address, port)
    if socket.security_profile is not None:
        is_up = yield from shake_hands(modem, socket)
        if not is_up:
            socket.peer = None
            raise failed(modem, NOT_CONNECTED)
    return None


@COMMANDS.add("+USOWR")
def write(modem: Modem, command: Command) -> Steps:
    """`AT+USOWR=<socket>,<length>[,<data>]`: to the peer."""
    arguments = command.set_arguments
    stream = _stream(modem, arguments)
    if stream is not None:
        if not stream.is_connected:
            modem.mistake("USOWR on a socket that is not connected", id=stream.id)
            raise failed(modem, NOT_CONNECTED)
        payload = yield from _payload(modem, arguments, 2)
        return (yield from stream_commands.write(modem, sockets_of(modem), stream, payload))
    socket = _socket(modem, arguments)
    if socket.peer is None or not sockets_of(modem).bearer_is_up:
        modem.mistake("USOWR on a socket without a peer", id=socket.id)
        raise failed(modem, NOT_CONNECTED)
    payload = yield from _payload(modem, arguments, 2)
    yield Pause(SEND_MS)
    if not sockets_of(modem).send(socket, payload):
        raise failed(modem, NOT_CONNECTED)
    modem.info(f"+USOWR: {socket.id},{len(payload)}")
    return None


@COMMANDS.add("+USORF", "+USORD")
def read(modem: Modem, command: Command) -> None:
    """`AT+USORF`: one datagram, or a part, with its sender; `AT+USORD` without; `=s,0` counts."""
    arguments = command.set_arguments
    stream = _stream(modem, arguments)
    if stream is not None and command.name == "+USORD":
        most = arguments.integer(1, 0, MOST_SENT)
        stream_commands.read(modem, sockets_of(modem), stream, most)
        return
    socket = _socket(modem, arguments)
    most = arguments.integer(1, 0, MOST_SENT)
    start = f"{command.name}: {socket.id}"
    if most == 0:
        modem.info(f"{start},{socket.pending}")
        return
    if socket.tunnel is not None and command.name == "+USORF":
        modem.mistake("USORF on a secure socket", id=socket.id)
        raise failed(modem, BAD_SOCKET)
    found = socket.read(most)
    if found is None:
        modem.info(f'{start},""')
        return
    sender, data = found
    if command.name == "+USORF":
        start += f',"{sender.host}",{sender.port}'
    shown = data.hex().upper().encode() if sockets_of(modem).is_hex else data
    head = modem.terminal.framed(f'{start},{len(data)},"')[:-2]
    modem.terminal.raw(head + shown + b'"\r\n')
    sockets_of(modem).was_read(socket)


@COMMANDS.add("+USOCL")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+USOCL=<socket>[,<asynchronous>]`: give the number back."""
    arguments, store = command.set_arguments, sockets_of(modem)
    if store.has_profiles:
        arguments.at_most(1)  # SARA-R5
    is_asynchronous = bool(arguments.integer(1, 0, 1, default=0))
    stream = _stream(modem, arguments)
    if stream is not None:
        return (
            yield from stream_commands.close(modem, store, stream, is_asynchronous=is_asynchronous)
        )
    if store.streams.stop_listening(arguments.integer(0, 0, store.most_sockets - 1)):
        return None
    socket = _socket(modem, arguments)
    yield Pause(20)
    store.close(socket)
    return None


@COMMANDS.add("+USOER")
def last_error(modem: Modem, command: Command) -> None:
    """`AT+USOER`: the number of the last socket error; asking clears it."""
    store = sockets_of(modem)
    modem.info(f"+USOER: {store.last_error}")
    store.last_error = 0


@COMMANDS.add("+USOCTL")
def control(modem: Modem, command: Command) -> None:
    """`AT+USOCTL=<socket>,<parameter>`: 0 type, 1 error, 2 sent, 3 received, 4 peer,
    and of TCP 10 state and 11 bytes not acknowledged.
    """
    arguments = command.set_arguments
    stream = _stream(modem, arguments)
    if stream is not None:
        stream_commands.control(modem, stream, arguments.integer(1, 0, 11))
        return
    socket = _socket(modem, arguments)
    parameter = arguments.integer(1, 0, 4)
    peer = socket.peer or Address("0.0.0.0", 0)
    values = (UDP, 0, socket.total_sent, socket.total_received, f'"{peer.host}",{peer.port}')
    modem.info(f"+USOCTL: {socket.id},{parameter},{values[parameter]}")


@COMMANDS.add("+UDNSRN")
def resolve(modem: Modem, command: Command) -> Steps:
    """`AT+UDNSRN=0,"name"`: its address; ERROR when there is none."""
    arguments = command.set_arguments
    arguments.integer(0, 0, 1)
    name = arguments.text(1)
    if not sockets_of(modem).bearer_is_up:
        raise CommandFailed()
    address = yield from resolved(modem, name)
    if address is None:
        raise CommandFailed()
    modem.info(f'+UDNSRN: "{address}"')
    return None


@COMMANDS.add("+UDCONF")
def configuration(modem: Modem, command: Command) -> None:
    """`AT+UDCONF=1,1`: data in hexadecimal."""
    arguments = command.set_arguments
    if arguments.integer(0, 0, 255) != 1:
        raise CommandFailed(NOT_ALLOWED)
    if len(arguments) == 1:
        modem.info(f"+UDCONF: 1,{modem.ram.of(UbloxRam).hexadecimal}")
    else:
        modem.ram.of(UbloxRam).hexadecimal = arguments.integer(1, 0, 1)
