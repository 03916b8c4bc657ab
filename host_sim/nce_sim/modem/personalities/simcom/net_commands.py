"""The socket commands of SIMCom's A76XX and SIM7600 (A76XX AT manual V1.09, 15).

+CIPOPEN +CIPSEND +CIPRXGET +CIPCLOSE +CIPACK

What they do for TCP is in `net_streams`; the service below is `net_service`, and the settings
are `net_settings`.

The A76XX puts the result of opening and closing a UDP socket in front of its OK, the SIM7600
behind it (S): `Sim7600Sockets`.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import ERROR
from nce_sim.modem.line.steps import Pause, Prompt, Step, Steps
from nce_sim.modem.personalities.simcom import net_streams
from nce_sim.modem.personalities.simcom.memory import NetRam
from nce_sim.modem.personalities.simcom.net_service import NOT_OPENED, refused
from nce_sim.modem.personalities.simcom.net_sockets import NetSocket, NetSockets, sockets_of
from nce_sim.modem.personalities.simcom.net_streams import NetStream
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import resolved
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT = MOST_READ = 1500
MOST_HEX_READ = 750
PROMPT = b"\r\n>"
SEND_MS = 5

# <err> of +NETOPEN, +NETCLOSE, +CIPOPEN, +CIPCLOSE, +CIPERROR (15.3.2)
NOT_SUPPORTED, BIND_FAILED, NAME_UNKNOWN = 4, 6, 11


def _link(modem: Modem, arguments: Arguments, position: int = 0) -> int | None:
    """The number of a connection; None when it is too large."""
    number = arguments.integer(position, 0, 255)
    return number if number < NetSockets.most_sockets else None


def _socket(modem: Modem, number: int | None) -> NetSocket | None:
    socket = None if number is None else sockets_of(modem).by_id.get(number)
    if socket is None:
        modem.mistake("a socket that is not open", id=number)
    return socket


def _told(modem: Modem, text: str) -> None:
    """A result in front of the OK (A76XX), or behind it (SIM7600)."""
    if sockets_of(modem).tells_results_first:
        modem.info(text)
    else:
        modem.later(20, lambda: modem.urc(text))


@COMMANDS.add("+CIPOPEN")
def open_socket(modem: Modem, command: Command) -> Steps:
    """`AT+CIPOPEN=<n>,"UDP",,,<local port>` or `=<n>,"TCP",<host>,<port>` (15.2.3)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info('+CIPOPEN: (0-9),("TCP","UDP")')
        return None
    if command.form is Form.READ:
        for each in range(store.most_sockets):
            modem.info(f"+CIPOPEN: {each}{_shown(store, each)}")
        return None
    arguments = command.set_arguments
    number = _link(modem, arguments)
    kind = arguments.text(1)
    if kind not in ("UDP", "TCP"):
        raise ArgumentMistake(f"{kind!r} is no service")
    if number is None:
        return refused(modem, 12)
    error = 0
    if not store.works:
        modem.mistake("CIPOPEN without NETOPEN", id=number)
        error = NOT_OPENED
    elif store.is_used(number):
        modem.mistake("CIPOPEN on an id in use", id=number)
        error = NOT_SUPPORTED  # what the field sees (S)
    elif kind == "TCP":
        error = yield from _connect(modem, number, arguments)
    # The local port must be there (application note V1.00, 3.3.1); 0 takes any (I).
    elif store.open(number, None, arguments.integer(4, 0, 65_535)) is None:
        error = BIND_FAILED
    if error:
        modem.info(f"+CIPOPEN: {number},{error}")
        return ERROR
    if kind == "UDP":
        _told(modem, f"+CIPOPEN: {number},0")
    return None


def _shown(store: NetSockets, number: int) -> str:
    """What `AT+CIPOPEN?` has behind a number in use; -1: no server's."""
    stream, socket = store.streams.by_id.get(number), store.by_id.get(number)
    if stream is not None and not stream.is_over:
        return f',"TCP","{stream.peer.host}",{stream.peer.port},-1'
    return "" if socket is None else f',"UDP","0.0.0.0",{socket.local_port},-1'


def _connect(modem: Modem, number: int, arguments: Arguments) -> Generator[Step, Any, int]:
    """Begin a TCP connection: the OK comes before its outcome; <err> when it does not begin."""
    host, port = arguments.text(2), arguments.integer(3, 1, 65_535)
    local_port = arguments.integer(4, 0, 65_535, default=0)
    address = yield from resolved(modem, host)
    if address is None:
        return NAME_UNKNOWN
    peer = Address(address, port)
    is_begun = net_streams.start(modem, sockets_of(modem).streams, number, peer, local_port)
    return 0 if is_begun else BIND_FAILED


@COMMANDS.add("+CIPSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CIPSEND=<n>,[<length>][,<ip or name>,<port>]`: `>`, the bytes, OK, counts (15.2.4)."""
    if command.form is Form.TEST:
        modem.info(f"+CIPSEND: (0-9),(1-{MOST_SENT})")
        return None
    arguments, store = command.set_arguments, sockets_of(modem)
    number = _link(modem, arguments)
    stream = store.streams.by_id.get(-1 if number is None else number)
    socket = _socket(modem, number) if stream is None else None
    is_ready = stream.can_send if stream else socket is not None and socket.is_open
    if not is_ready or not store.works:
        modem.info(f"+CIPERROR: {NOT_OPENED if not store.works else NOT_SUPPORTED}")
        return ERROR
    length = arguments.integer(1, 1, MOST_SENT) if arguments.is_given(1) else None
    host, port = "", 0
    if stream is None:
        host, port = arguments.text(2), arguments.integer(3, 0, 65_535)
    payload = yield Prompt(length, echo=modem.ram.of(NetRam).echoes_payload, text=PROMPT)
    if payload is None:
        return None
    if stream is not None:
        return (yield from net_streams.send(modem, store.streams, stream, payload))
    assert socket is not None
    yield Pause(SEND_MS)
    found = yield from resolved(modem, host)
    has_left = found is not None and store.send(socket, payload, Address(found, port))
    confirmed = len(payload) if has_left else -1
    modem.later(1, lambda: modem.urc(f"+CIPSEND: {number},{len(payload)},{confirmed}"))
    return None


@COMMANDS.add("+CIPACK")
def acknowledged(modem: Modem, command: Command) -> str | None:
    """`AT+CIPACK=<n>`: bytes sent, acknowledged, and received (15.2.16)."""
    if command.form is Form.TEST:
        modem.info("+CIPACK: (0-9)")
        return None
    number = _link(modem, command.set_arguments)
    stream = None if number is None else sockets_of(modem).streams.by_id.get(number)
    if stream is None:
        return refused(modem, 12 if number is None else 11)
    modem.info(f"+CIPACK: {stream.total_sent},{stream.acknowledged},{stream.total_received}")
    return None


@COMMANDS.add("+CIPRXGET")
def receive(modem: Modem, command: Command) -> str | None:
    """`AT+CIPRXGET`: 0 pushes, 1 keeps, 2 reads, 3 in hexadecimal, 4 counts, 5 tells senders."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info("+CIPRXGET: (0-5),(0-9),(1-1500)")
        return None
    if command.form is Form.READ:
        modem.info(f"+CIPRXGET: {int(store.asks_to_read)}")
        return None
    arguments = command.set_arguments
    mode = arguments.integer(0, 0, 5)
    if mode < 2:
        store.asks_to_read = bool(mode)
        return None
    if mode == 5:
        store.tells_senders = True
        return None
    number = _link(modem, arguments, 1)
    if number is None:
        return refused(modem, 12)
    socket = store.streams.by_id.get(number) or _socket(modem, number)
    if mode == 4:
        if socket is None:
            return refused(modem, 11)
        modem.info(f"+CIPRXGET: 4,{number},{socket.pending}")
        return None
    most = MOST_READ if mode == 2 else MOST_HEX_READ
    most = arguments.integer(2, 1, most, default=most)
    data = b""
    if isinstance(socket, NetStream):
        data = socket.read(most)
    elif socket is not None:
        data = store.read_some(socket, most)
    if socket is None or not data:
        return refused(modem, 22)  # what the application note has for both
    header = modem.terminal.framed(f"+CIPRXGET: {mode},{number},{len(data)},{socket.pending}")
    shown = data if mode == 2 else data.hex().upper().encode()
    modem.terminal.raw(header + shown + b"\r\n")
    return None


@COMMANDS.add("+CIPCLOSE")
def close(modem: Modem, command: Command) -> str | None:
    """`AT+CIPCLOSE=<n>`: `+CIPCLOSE: <n>,0` (15.2.6)."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info("+CIPCLOSE: (0-9)")
        return None
    if command.form is Form.READ:
        states = (str(int(store.is_used(number))) for number in range(store.most_sockets))
        modem.info(f"+CIPCLOSE: {','.join(states)}")
        return None
    number = _link(modem, command.set_arguments)
    stream = store.streams.by_id.get(-1 if number is None else number)
    if stream is not None and not stream.is_over:
        net_streams.close(modem, store.streams, stream)
        return None
    if number is None or store.by_id.pop(number, None) is None:
        modem.info(f"+CIPCLOSE: {number},{NOT_SUPPORTED}")
        return ERROR
    _told(modem, f"+CIPCLOSE: {number},0")
    return None
