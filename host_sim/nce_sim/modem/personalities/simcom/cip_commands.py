"""SIM7000's TCP/IP application: a state machine that must be followed.

What the commands do for TCP is in `cip_streams`.

+CSTT +CIICR +CIFSR +CIPSTART +CIPSEND +CIPCLOSE +CIPSHUT +CIPSTATUS +CIPMUX +CIPRXGET +CIPQSEND
+CIPHEAD +CIPSRIP +CNACT

IP INITIAL → IP START (CSTT) → IP CONFIG → IP GPRSACT (CIICR) → IP STATUS (CIFSR) → CONNECT OK;
a command in another state is an ERROR, and `CIPSHUT` starts again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import NO_RESULT, OK, CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.simcom import cip_streams
from nce_sim.modem.personalities.simcom.cip_sockets import (
    CIPQSEND,
    State,
    sockets_of,
    store_in,
)
from nce_sim.modem.personalities.simcom.memory import SimcomRam
from nce_sim.modem.personalities.simcom.release import datagram_left
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.tcp_socket import Phase
from nce_sim.modem.sockets.udp import UdpSocket
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT, MOST_READ = 1460, 1460
BRING_UP_MS, SEND_MS = 400, 5
# AT+CIPSTATUS, <client state>
CONNECTION_STATES = {
    Phase.OPENING: "CONNECTING",
    Phase.OPEN: "CONNECTED",
    Phase.PEER_CLOSED: "REMOTE CLOSING",
    Phase.ENDED: "CLOSED",
    Phase.BROKEN: "CLOSED",
}


@COMMANDS.add("+CSTT")
def start_task(modem: Modem, command: Command) -> None:
    """`AT+CSTT="apn","user","password"`: only in IP INITIAL."""
    if command.form is Form.READ:
        apn = modem.ram.of(SimcomRam).task_apn
        modem.info(f'+CSTT: "{"CMNET" if apn is None else apn}","",""')
        return
    arguments = command.set_arguments
    store_in(modem, State.INITIAL).state = State.START
    modem.ram.of(SimcomRam).task_apn = str(arguments.text(0))


@COMMANDS.add("+CIICR")
def bring_up(modem: Modem, command: Command) -> Steps:
    """`AT+CIICR`: activate the context."""
    store = store_in(modem, State.START)
    yield Pause(BRING_UP_MS)
    apn = modem.ram.of(SimcomRam).task_apn or ""
    is_known = modem.operator.core.apn_is_known(apn, modem.sim)
    if modem.radio.session is None or not is_known:
        store.state = State.DEACT
        raise CommandFailed()
    store.state = State.GPRSACT
    return None


@COMMANDS.add("+CIFSR")
def address(modem: Modem, command: Command) -> str:
    """`AT+CIFSR`: the bare address, and no OK."""
    store = store_in(modem, State.GPRSACT, State.STATUS, State.PROCESSING)
    if store.state is State.GPRSACT:
        store.state = State.STATUS
    modem.info(str(modem.radio.host))
    return NO_RESULT


@COMMANDS.add("+CIPMUX")
def multiple(modem: Modem, command: Command) -> None:
    """`AT+CIPMUX`: one socket or eight; only in IP INITIAL."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        modem.info(f"+CIPMUX: {int(store.is_multiple)}")
        return
    wanted = bool(command.set_arguments.integer(0, 0, 1))
    if wanted != store.is_multiple:
        store_in(modem, State.INITIAL).is_multiple = wanted


@COMMANDS.add("+CIPSTART")
def start(modem: Modem, command: Command) -> None:
    """`AT+CIPSTART=[<id>,]"TCP|UDP",<host>,<port>`: OK, then `CONNECT OK` or `CONNECT FAIL`."""
    arguments = command.set_arguments
    store = store_in(modem, State.STATUS, State.PROCESSING)
    first = int(store.is_multiple)
    socket_id = arguments.integer(0, 0, store.most_sockets - 1) if first else 0
    kind = arguments.text(first)
    if kind not in ("TCP", "UDP"):
        raise CommandFailed(4)
    host, port = arguments.text(first + 1), _port(arguments, first + 2)
    prefix = store.prefix(socket_id)
    if store.is_used(socket_id):
        modem.mistake("CIPSTART on a socket in use", id=socket_id)
        modem.later(20, lambda: modem.urc(f"{prefix}ALREADY CONNECT"))
        return

    def connected(addresses: list[str]) -> None:
        is_open = bool(addresses) and store.state in (State.STATUS, State.PROCESSING)
        if is_open and kind == "TCP":
            peer = Address(addresses[0], port)
            if cip_streams.start(store, socket_id, peer, 0):
                return
            is_open = False
        elif is_open:
            store.state = State.PROCESSING
            peer, local_port = Address(addresses[0], port), store.local_ports.get(socket_id, 0)
            is_extended = socket_id in store.extended
            is_open = store.open(socket_id, None if is_extended else peer, local_port) is not None
            if is_open and is_extended:
                store.destinations[socket_id] = peer
        modem.urc(f"{prefix}CONNECT {'OK' if is_open else 'FAIL'}")

    if is_dotted(host):
        modem.later(30, lambda: connected([host]))
    elif modem.radio.session is not None:
        modem.radio.session.resolve(host, connected)
    else:
        modem.later(30, lambda: connected([]))


def _port(arguments: Arguments, position: int) -> int:
    """A port, with or without quotes: guides show both."""
    value = arguments.values[position] if position < len(arguments) else ""
    if not value.isascii() or not value.isdecimal() or not 0 < int(value) <= 65_535:
        raise ArgumentMistake(f"{value!r} is no port")
    return int(value)


def _socket(modem: Modem, arguments: Arguments) -> UdpSocket:
    store = sockets_of(modem)
    socket_id = arguments.integer(0, 0, store.most_sockets - 1) if store.is_multiple else 0
    socket = store.by_id.get(socket_id)
    if socket is None:
        modem.mistake("a socket that is not open", id=socket_id)
        raise CommandFailed(3)
    return socket


@COMMANDS.add("+CIPSEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+CIPSEND[=[<id>,]<length>]`: prompt, then bytes by count or up to Ctrl-Z."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        for socket_id in range(store.most_sockets):
            shown = f"{socket_id}," if store.is_multiple else ""
            if socket_id in store.by_id:
                modem.info(f"+CIPSEND: {shown}{MOST_SENT}")
            elif store.is_used(socket_id):
                room = min(MOST_SENT, store.streams.by_id[socket_id].room)
                modem.info(f"+CIPSEND: {shown}{room}")
        return None
    if command.form is Form.TEST:
        modem.info("+CIPSEND: <length>")
        return None
    arguments = command.arguments
    stream = cip_streams.stream_of(modem, arguments)
    if stream is not None and not stream.is_connected:
        modem.mistake("a socket that is not open", id=stream.id)
        raise CommandFailed(3)
    socket = _socket(modem, arguments) if stream is None else None
    position = int(store.is_multiple)
    length = arguments.integer(position, 1, MOST_SENT) if len(arguments) > position else None
    payload = yield Prompt(length, echo=bool(modem.ram.line.echo))
    if payload is None:
        return None
    if stream is not None:
        return (yield from cip_streams.send(modem, stream, payload[:MOST_SENT]))
    assert socket is not None
    yield Pause(SEND_MS)
    prefix = store.prefix(socket.id)
    destination = store.destinations.get(socket.id) if socket.peer is None else None
    if not 0 < len(payload) <= MOST_SENT or not store.send(socket, payload, destination):
        return f"{prefix}SEND FAIL"
    datagram_left(modem)
    if modem.stored(CIPQSEND)[0]:
        shown = f"{socket.id}," if store.is_multiple else ""
        return f"DATA ACCEPT:{shown}{len(payload)}"
    return f"{prefix}SEND OK"


@COMMANDS.add("+CIPRXGET")
def receive(modem: Modem, command: Command) -> None:
    """`AT+CIPRXGET`: 1 keeps what comes, 2 reads it, 3 in hexadecimal, 4 counts."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        modem.info(f"+CIPRXGET: {int(store.asks_to_read)}")
        return
    arguments = command.set_arguments
    mode = arguments.integer(0, 0, 4)
    if mode < 2:
        if bool(mode) != store.asks_to_read and store.by_id:
            modem.mistake("CIPRXGET after CIPSTART")
            raise CommandFailed(3)
        store.asks_to_read = bool(mode)
        return
    if not store.asks_to_read:
        raise CommandFailed(3)
    rest = Arguments("")
    rest.values = arguments.values[1:]
    stream = cip_streams.stream_of(modem, rest)
    if stream is not None:
        most = rest.integer(int(store.is_multiple), 1, MOST_READ, default=MOST_READ)
        cip_streams.receive(modem, stream, mode, most)
        return
    socket = _socket(modem, rest)
    shown = f"{mode}," + (f"{socket.id}," if store.is_multiple else "")
    if mode == 4:
        modem.info(f"+CIPRXGET: {shown}{socket.pending}")
        return
    most = rest.integer(int(store.is_multiple), 1, MOST_READ, default=MOST_READ)
    if most > socket.pending and modem.settings.sim7000_long_read_freezes:
        modem.mistake("CIPRXGET of more than there is", asked=most, pending=socket.pending)
        modem.faults.freeze()
    found = socket.read(most if mode == 2 else most // 2)
    if found is None:
        modem.info(f"+CIPRXGET: {shown}0,0")
        return
    data = found[1] if mode == 2 else found[1].hex().upper().encode()
    shown += f"{len(found[1])},{socket.pending}{store.peer_shown(found[0])}"
    header = modem.terminal.framed(f"+CIPRXGET: {shown}")
    modem.terminal.raw(header + data)


@COMMANDS.add("+CIPCLOSE")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+CIPCLOSE[=<id>][,<quick>]`: `CLOSE OK`."""
    arguments = command.arguments
    stream = cip_streams.stream_of(modem, arguments)
    if stream is not None:
        position = int(sockets_of(modem).is_multiple)
        is_quick = arguments.integer(position, 0, 1, default=1) == 1
        return (yield from cip_streams.close(modem, stream, is_quick=is_quick))
    socket = _socket(modem, arguments)
    yield Pause(20)
    store = sockets_of(modem)
    store.by_id.pop(socket.id, None)
    store.connection_gone()
    return f"{store.prefix(socket.id)}CLOSE OK"


@COMMANDS.add("+CIPSHUT")
def shut(modem: Modem, command: Command) -> Steps:
    """`AT+CIPSHUT`: everything closed, back in IP INITIAL; `SHUT OK`."""
    if command.form is Form.TEST:
        return None
    yield Pause(100)
    store = sockets_of(modem)
    store.shut()
    return "SHUT OK"


@COMMANDS.add("+CIPSTATUS")
def status(modem: Modem, command: Command) -> str:
    """`AT+CIPSTATUS`: OK first, then the state."""
    store = sockets_of(modem)
    modem.terminal.interim(OK)
    is_connected = store.state is State.PROCESSING and not store.is_multiple
    modem.info(f"STATE: {'CONNECT OK' if is_connected else store.state.value}")
    if store.is_multiple:
        for socket_id in range(store.most_sockets):
            stream = store.streams.by_id.get(socket_id)
            if stream is not None:
                peer = f'"{stream.peer.host}","{stream.peer.port}"'
                state = CONNECTION_STATES[stream.phase]
                modem.info(f'C: {socket_id},0,"TCP",{peer},"{state}"')
                continue
            socket = store.by_id.get(socket_id)
            peer_of = None
            if socket is not None:
                peer_of = socket.peer or store.destinations.get(socket_id)
            if peer_of is None:
                modem.info(f'C: {socket_id},,"","","","INITIAL"')
            else:
                peer = f'"{peer_of.host}","{peer_of.port}"'
                modem.info(f'C: {socket_id},0,"UDP",{peer},"CONNECTED"')
    return NO_RESULT


@COMMANDS.add("+CNACT")
def app_bearer(modem: Modem, command: Command) -> None:
    """`AT+CNACT=1,"apn"`: OK, then `+APP PDP: ACTIVE`."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        is_up = store.app_bearer_is_up
        modem.info(f'+CNACT: {int(is_up)},"{modem.radio.host if is_up else "0.0.0.0"}"')
        return
    arguments = command.set_arguments
    wanted = bool(arguments.integer(0, 0, 2))
    if wanted and modem.radio.session is None:
        raise CommandFailed()

    def changed() -> None:
        store.app_bearer_is_up = wanted and modem.radio.session is not None
        modem.urc(f"+APP PDP: {'ACTIVE' if store.app_bearer_is_up else 'DEACTIVE'}")

    modem.later(BRING_UP_MS, changed)
