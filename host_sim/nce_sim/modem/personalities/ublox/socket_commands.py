"""u-blox's socket commands, as far as UDP goes (SARA AT commands manuals, "Internet suite").

+USOCR +USOLI +USOST +USORF +USOCO +USOWR +USORD +USOCL +USOER +USOCTL +UDNSRN +UDCONF
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Step, Steps
from nce_sim.modem.personalities.ublox.memory import UbloxRam
from nce_sim.modem.personalities.ublox.security import NOT_ALLOWED, shake_hands
from nce_sim.modem.personalities.ublox.sockets import (
    BAD_SOCKET,
    NOT_CONNECTED,
    UbloxSocket,
    UbloxSockets,
)
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


def sockets_of(modem: Modem) -> UbloxSockets:
    """The modem's socket store."""
    store = modem.sockets
    assert isinstance(store, UbloxSockets)
    return store


def _failed(modem: Modem, error: int) -> CommandFailed:
    sockets_of(modem).last_error = error
    return CommandFailed(NOT_ALLOWED)


def _socket(modem: Modem, arguments: Arguments) -> UbloxSocket:
    store = sockets_of(modem)
    socket = store.by_id.get(arguments.integer(0, 0, store.most_sockets - 1))
    if socket is None:
        modem.mistake("a socket that is not open", id=arguments.values[0])
        raise _failed(modem, BAD_SOCKET)
    return socket


def is_hex(modem: Modem) -> bool:
    """`AT+UDCONF=1,1`: data as hexadecimal digits."""
    return bool(modem.ram.of(UbloxRam).hexadecimal)


@COMMANDS.add("+USOCR")
def create(modem: Modem, command: Command) -> None:
    """`AT+USOCR=17[,<port>]`: the number of a new socket; SARA-R4 takes no port."""
    if command.form is Form.TEST:
        modem.info("+USOCR: (6,17),(0-65535)")
        return
    arguments = command.set_arguments
    if arguments.integer(0, 6, UDP) != UDP:
        raise CommandFailed(NOT_ALLOWED)  # TCP: not part of this simulator yet
    store = sockets_of(modem)
    if not store.has_profiles:
        arguments.at_most(1)  # SARA-R4
    socket_id = store.free_id()
    if socket_id is None:
        raise _failed(modem, 23)
    socket = store.open(socket_id, None, arguments.integer(1, 0, 65_535, default=0))
    if socket is None:
        raise _failed(modem, 98)
    modem.info(f"+USOCR: {socket_id}")


@COMMANDS.add("+USOLI")
def listen(modem: Modem, command: Command) -> None:
    """`AT+USOLI=<socket>,<port>`: take what comes to a port."""
    arguments = command.set_arguments
    socket = _socket(modem, arguments)
    port = sockets_of(modem).free_port(arguments.integer(1, 1, 65_535))
    if port is None:
        raise _failed(modem, 98)
    socket.local_port = port


def _payload(modem: Modem, arguments: Arguments, position: int) -> Generator[Step, Any, bytes]:
    """The data at `position`, or asked for by the prompt, `position - 1` says how long."""
    length = arguments.integer(position - 1, 1, MOST_SENT)
    in_hex = is_hex(modem)
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
        raise _failed(modem, NOT_CONNECTED)
    payload = yield from _payload(modem, arguments, 4)
    address = yield from resolved(modem, host)
    yield Pause(SEND_MS)
    store = sockets_of(modem)
    if address is None or not store.bearer_is_up:
        raise _failed(modem, NOT_CONNECTED)
    send = store.send
    if socket.security_profile is not None:
        modem.mistake("USOST on a secure socket: it leaves in the clear", id=socket.id)
        send = store.send_plain
    if not send(socket, payload, Address(address, port)):
        raise _failed(modem, NOT_CONNECTED)
    modem.info(f"+USOST: {socket.id},{len(payload)}")
    return None


@COMMANDS.add("+USOCO")
def connect(modem: Modem, command: Command) -> Steps:
    """`AT+USOCO`: give a socket its peer; a secure one shakes hands with it."""
    arguments = command.set_arguments
    socket = _socket(modem, arguments)
    host, port = arguments.text(1), arguments.integer(2, 1, 65_535)
    if not sockets_of(modem).bearer_is_up:
        raise _failed(modem, NOT_CONNECTED)
    if socket.tunnel is not None:
        modem.mistake("USOCO on a secure socket that is connected", id=socket.id)
        raise _failed(modem, NOT_CONNECTED)
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    socket.peer = Address(address, port)
    if socket.security_profile is not None:
        is_up = yield from shake_hands(modem, socket)
        if not is_up:
            socket.peer = None
            raise _failed(modem, NOT_CONNECTED)
    return None


@COMMANDS.add("+USOWR")
def write(modem: Modem, command: Command) -> Steps:
    """`AT+USOWR=<socket>,<length>[,<data>]`: to the peer."""
    arguments = command.set_arguments
    socket = _socket(modem, arguments)
    if socket.peer is None or not sockets_of(modem).bearer_is_up:
        modem.mistake("USOWR on a socket without a peer", id=socket.id)
        raise _failed(modem, NOT_CONNECTED)
    payload = yield from _payload(modem, arguments, 2)
    yield Pause(SEND_MS)
    if not sockets_of(modem).send(socket, payload):
        raise _failed(modem, NOT_CONNECTED)
    modem.info(f"+USOWR: {socket.id},{len(payload)}")
    return None


@COMMANDS.add("+USORF", "+USORD")
def read(modem: Modem, command: Command) -> None:
    """`AT+USORF`: one datagram, or a part, with its sender; `AT+USORD` without; `=s,0` counts."""
    arguments = command.set_arguments
    socket = _socket(modem, arguments)
    most = arguments.integer(1, 0, MOST_SENT)
    start = f"{command.name}: {socket.id}"
    if most == 0:
        modem.info(f"{start},{socket.pending}")
        return
    if socket.tunnel is not None and command.name == "+USORF":
        modem.mistake("USORF on a secure socket", id=socket.id)
        raise _failed(modem, BAD_SOCKET)
    found = socket.read(most)
    if found is None:
        modem.info(f'{start},""')
        return
    sender, data = found
    if command.name == "+USORF":
        start += f',"{sender.host}",{sender.port}'
    shown = data.hex().upper().encode() if is_hex(modem) else data
    head = modem.terminal.framed(f'{start},{len(data)},"')[:-2]
    modem.terminal.raw(head + shown + b'"\r\n')
    sockets_of(modem).was_read(socket)


@COMMANDS.add("+USOCL")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+USOCL`: give the number back."""
    socket = _socket(modem, command.set_arguments)
    yield Pause(20)
    sockets_of(modem).close(socket)
    return None


@COMMANDS.add("+USOER")
def last_error(modem: Modem, command: Command) -> None:
    """`AT+USOER`: the number of the last socket error; asking clears it."""
    store = sockets_of(modem)
    modem.info(f"+USOER: {store.last_error}")
    store.last_error = 0


@COMMANDS.add("+USOCTL")
def control(modem: Modem, command: Command) -> None:
    """`AT+USOCTL=<socket>,<parameter>`: 0 type, 1 error, 2 sent, 3 received, 4 peer."""
    arguments = command.set_arguments
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
