"""Quectel's TCP/IP commands; what they do for TCP is in `stream_commands`.

+QICSGP +QIACT +QIDEACT +QIOPEN +QISEND +QISENDEX +QIRD +QICLOSE +QISTATE
+QIDNSGIP +QIDNSCFG +QIGETERROR +QISDE +QICFG
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.quectel import stream_commands, transparent
from nce_sim.modem.personalities.quectel.context_commands import failed, sockets_of
from nce_sim.modem.personalities.quectel.memory import DataFormat, QuectelRam
from nce_sim.modem.personalities.quectel.sockets import (
    BUFFER,
    CONNECTED,
    MOST_SOCKETS,
    TRANSPARENT,
    Kind,
    QuectelSocket,
)
from nce_sim.modem.personalities.quectel.stream_commands import from_hex
from nce_sim.modem.personalities.quectel.streams import shown
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from collections.abc import Callable

    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

MOST_SENT = 1460
MOST_READ = 1500
MOST_HEX_SENT = 512
SEND_MS = 5
NOT_SUPPORTED = 555


@COMMANDS.add("+QIOPEN")
def open_socket(modem: Modem, command: Command) -> Steps:
    """`AT+QIOPEN`: OK at once, `+QIOPEN: <id>,<err>` when done; CONNECT in transparent mode."""
    store = sockets_of(modem)
    if command.form is Form.TEST:
        modem.info(
            '+QIOPEN: (1-16),(0-11),"TCP/UDP/TCP LISTENER/UDP SERVICE",'
            '"<IP_address>/<domain_name>",<remote_port>,<local_port>,(0-2)'
        )
        return None
    arguments = command.set_arguments
    arguments.integer(0, 1, 16)
    connect_id = arguments.integer(1, 0, MOST_SOCKETS - 1)
    try:
        kind = Kind(arguments.text(2))
    except ValueError:
        raise failed(modem, 552) from None
    host = arguments.text(3)
    remote_port = arguments.integer(4, int(kind in (Kind.UDP, Kind.TCP)), 65_535)
    local_port = arguments.integer(5, 0, 65_535, default=0)
    mode = arguments.integer(6, BUFFER, TRANSPARENT, default=BUFFER)
    if mode == TRANSPARENT:
        remote = Address(host, remote_port)
        return (yield from transparent.open_online(modem, connect_id, kind, remote, local_port))

    def report(error: int) -> None:
        store.last_error = error
        modem.urc(f"+QIOPEN: {connect_id},{error}")

    if store.is_used(connect_id):
        modem.mistake("QIOPEN on an id in use", id=connect_id)
        modem.later(20, lambda: report(563))
        return None
    if not store.context_is_active:
        modem.mistake("QIOPEN without an active context", id=connect_id)
        modem.later(20, lambda: report(561))
        return None
    if kind is Kind.TCP:
        stream_commands.open_stream(
            modem, connect_id, Address(host, remote_port), local_port, mode
        )
        return None
    if kind is Kind.TCP_LISTENER:
        stream_commands.listen(modem, connect_id, host, local_port, mode)
        return None
    remote = Address(host, remote_port)
    _open_datagrams(modem, connect_id, kind, remote, local_port, mode, report)
    return None


def _open_datagrams(
    modem: Modem,
    connect_id: int,
    kind: Kind,
    remote: Address,
    local_port: int,
    mode: int,
    report: Callable[[int], None],
) -> None:
    store = sockets_of(modem)
    host, remote_port = remote
    peer = None if kind is Kind.UDP_SERVICE else remote
    socket = store.open_as(connect_id, kind, peer, local_port=local_port, mode=mode)
    if socket is None:
        modem.later(20, lambda: report(store.last_error))
        return

    def opened(addresses: list[str]) -> None:
        if store.by_id.get(connect_id) is not socket:
            return
        if not addresses:
            del store.by_id[connect_id]
            report(565)
            return
        if kind is Kind.UDP_SERVICE:
            socket.shown_host = modem.radio.host or socket.shown_host  # its own address (D)
        else:
            socket.peer = Address(addresses[0], remote_port)
            socket.shown_host = addresses[0]
        socket.state = CONNECTED
        report(0)

    if kind is Kind.UDP_SERVICE or is_dotted(host):
        modem.later(20, lambda: opened([host]))
    else:
        assert modem.radio.session is not None
        modem.radio.session.resolve(host, opened)


def _open_socket(modem: Modem, arguments: Arguments) -> QuectelSocket:
    connect_id = arguments.integer(0, 0, MOST_SOCKETS - 1)
    socket = sockets_of(modem).by_id.get(connect_id)
    if socket is None or socket.state != CONNECTED:
        modem.mistake("a socket that is not open", id=connect_id)
        raise failed(modem, 567)
    return socket


def _peer(socket: QuectelSocket, arguments: Arguments, position: int) -> Address | None:
    if socket.kind is Kind.UDP:
        arguments.at_most(position)
        return None
    host = arguments.text(position)
    if not is_dotted(host):
        raise ArgumentMistake(f"{host!r} is not a dotted address")
    return Address(host, arguments.integer(position + 1, 1, 65_535))


@COMMANDS.add("+QISEND")
def send(modem: Modem, command: Command) -> Steps:
    """`AT+QISEND`: prompt, payload by count or up to Ctrl-Z, `SEND OK`; `=<id>,0` counts."""
    if command.form is Form.TEST:
        modem.info(f"+QISEND: (0-11),(0-{MOST_SENT})")
        return None
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    stream = stream_commands.stream_of(modem, arguments)
    if stream is not None:
        return (yield from stream_commands.send(modem, stream, arguments))
    socket = _open_socket(modem, arguments)
    length = arguments.integer(1, 0, MOST_SENT, default=-1)
    if length == 0:
        modem.info(f"+QISEND: {socket.total_sent},{socket.total_sent},0")
        return None
    peer = _peer(socket, arguments, 2)
    in_hex = modem.ram.of(QuectelRam).data_format.sends_hexadecimal
    if in_hex and not modem.settings.quectel_hex_length_counts_digits:
        length *= 2
    payload = yield Prompt(
        None if length < 0 else length, echo=bool(modem.ram.of(QuectelRam).payload_is_echoed)
    )
    if payload is None:
        return None  # cancelled by ESC
    if in_hex:
        payload = from_hex(payload.decode("latin-1"))
    if len(payload) > MOST_SENT:
        raise CommandFailed()
    yield Pause(SEND_MS)
    if not sockets_of(modem).send(socket, payload, peer):
        raise CommandFailed()
    return "SEND OK"


@COMMANDS.add("+QISENDEX")
def send_hex(modem: Modem, command: Command) -> Steps:
    """`AT+QISENDEX=<id>,"<hex>"[,<rai>]`: not for UDP SERVICE; RAI is for NB-IoT alone (D)."""
    if command.form is not Form.SET:
        raise CommandFailed()
    arguments = command.arguments
    stream = stream_commands.stream_of(modem, arguments)
    socket = None if stream is not None else _open_socket(modem, arguments)
    payload = from_hex(arguments.text(1))
    if not 0 < len(payload) <= MOST_HEX_SENT:
        raise ArgumentMistake(f"{len(payload)} bytes are not 1..{MOST_HEX_SENT}")
    if stream is not None:
        return (yield from stream_commands.take(modem, stream, payload))
    assert socket is not None
    if socket.kind is Kind.UDP_SERVICE:
        modem.mistake("QISENDEX of a UDP SERVICE", id=socket.id)
        raise failed(modem, NOT_SUPPORTED)
    arguments.at_most(3)
    assistance = arguments.integer(2, 0, 2, default=0)  # 1: nothing follows, 2: one answer
    yield Pause(SEND_MS)
    if not sockets_of(modem).send(socket, payload):
        raise CommandFailed()
    cell = modem.radio.cell
    if assistance and cell is not None and cell.rat == "NB-IoT":
        modem.power_saving.nothing_follows(assistance - 1)
    return "SEND OK"


@COMMANDS.add("+QIRD")
def read(modem: Modem, command: Command) -> None:
    """`AT+QIRD`: a header with the count, then exactly so many bytes; `=<id>,0` counts."""
    if command.form is not Form.SET:
        if command.form is Form.TEST:
            modem.info(f"+QIRD: (0-11),(0-{MOST_READ})")
            return
        raise CommandFailed()
    arguments = command.arguments
    connect_id = arguments.integer(0, 0, MOST_SOCKETS - 1)
    most = arguments.integer(1, 0, MOST_READ, default=MOST_READ)
    stream = sockets_of(modem).streams.by_id.get(connect_id)
    stream_commands.refuse_secure(modem, stream)
    if stream is not None:
        stream_commands.read(modem, stream, most)
        return
    socket = sockets_of(modem).by_id.get(connect_id)
    if socket is None or socket.mode != BUFFER:
        modem.mistake("QIRD on a socket that has no buffer", id=connect_id)
        raise failed(modem, 567)
    if arguments.is_given(1) and most == 0:
        unread = socket.total_received - socket.total_read
        modem.info(f"+QIRD: {socket.total_received},{socket.total_read},{unread}")
        return
    keeps_rest = modem.settings.quectel_short_read_keeps_rest
    found = socket.read(most, rest_is_lost=not keeps_rest)
    if found is None:
        modem.info("+QIRD: 0")
        return
    sender, data = found
    header = f"+QIRD: {len(data)}"
    if socket.kind is Kind.UDP_SERVICE:
        header += f',"{sender.host}",{sender.port}'
    modem.terminal.raw(modem.terminal.framed(header) + shown(modem, data) + b"\r\n")


@COMMANDS.add("+QICLOSE")
def close(modem: Modem, command: Command) -> Steps:
    """`AT+QICLOSE=<id>[,<s>]`: give the id back; OK also when it was not in use.

    The line is blocked until a TCP peer has closed, too, or for so many seconds.
    """
    if command.form is not Form.SET:
        raise CommandFailed()
    connect_id = command.arguments.integer(0, 0, MOST_SOCKETS - 1)
    limit_s = command.arguments.integer(1, 0, 65_535, default=10)
    yield Pause(20)
    streams = sockets_of(modem).streams
    streams.stop_listening(connect_id)
    stream = streams.by_id.get(connect_id)
    stream_commands.refuse_secure(modem, stream)
    if stream is not None:
        yield from streams.finish(stream, limit_s * 1_000)
    sockets_of(modem).by_id.pop(connect_id, None)
    return None


@COMMANDS.add("+QISTATE")
def state(modem: Modem, command: Command) -> None:
    """`AT+QISTATE`: all sockets, those of a context (`=0,…`), or one (`=1,…`)."""
    if command.form is Form.TEST:
        return
    store = sockets_of(modem)
    wanted = [i for i in range(MOST_SOCKETS) if store.is_used(i)]
    if command.form is Form.SET:
        arguments = command.arguments
        if arguments.integer(0, 0, 1) == 1:
            connect_id = arguments.integer(1, 0, MOST_SOCKETS - 1)
            wanted = [connect_id] if connect_id in wanted else []
        elif arguments.integer(1, 1, 16) != 1:
            wanted = []
    for connect_id in wanted:
        if connect_id in store.streams:
            stream = store.streams.by_id.get(connect_id)
            if stream is not None and stream.secure is not None:
                continue  # of AT+QSSLSTATE
            modem.info(f"+QISTATE: {store.streams.shown_state(connect_id)}")
            continue
        socket = store.by_id[connect_id]
        port = socket.peer.port if socket.peer else 0
        modem.info(
            f'+QISTATE: {connect_id},"{socket.kind.value}","{socket.shown_host}",{port},'
            f'{socket.local_port},{socket.state},1,{connect_id},{socket.mode},"uart1"'
        )


@COMMANDS.add("+QISDE")
def payload_echo(modem: Modem, command: Command) -> None:
    """`AT+QISDE`: whether the payload of `+QISEND` is echoed."""
    if command.form is Form.READ:
        modem.info(f"+QISDE: {modem.ram.of(QuectelRam).payload_is_echoed}")
    elif command.form is Form.TEST:
        modem.info("+QISDE: (0,1)")
    elif command.form is Form.SET:
        modem.ram.of(QuectelRam).payload_is_echoed = command.arguments.integer(0, 0, 1)
    else:
        raise CommandFailed()


@COMMANDS.add("+QICFG")
def socket_settings(modem: Modem, command: Command) -> None:
    """`AT+QICFG="name"[,…]`: read or remember; of them "dataformat" has an effect here."""
    if command.form is not Form.SET:
        raise CommandFailed()
    ram, arguments = modem.ram.of(QuectelRam), command.arguments
    name = arguments.text(0).lower()
    _, comma, value = command.text.partition(",")
    if name == "dataformat":
        if comma:
            sent, received = (bool(arguments.integer(i, 0, 1)) for i in (1, 2))
            ram.data_format = DataFormat(sent, received)
        else:
            modem.info(f'+QICFG: "{name}",{",".join(str(int(each)) for each in ram.data_format)}')
    elif name not in ram.socket_settings:
        raise ArgumentMistake(f"QICFG knows no {name!r}")
    elif comma:
        ram.socket_settings[name] = value
    else:
        modem.info(f'+QICFG: "{name}",{ram.socket_settings[name]}')
