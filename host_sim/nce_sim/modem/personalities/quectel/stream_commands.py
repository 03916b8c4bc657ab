"""What Quectel's socket commands do for TCP.

BG95&BG77&BG600L TCP/IP Application Note V1.1 [D], sections at each function:

    AT+QIOPEN=1,0,"TCP","203.0.113.7",80,0,0        OK, then +QIOPEN: 0,0
    AT+QISEND=0,5                                   > hello, SEND OK: the buffer took it
    AT+QISEND=0,0                                   +QISEND: 5,5,0: sent, acknowledged, not yet
    AT+QIRD=0,1500                                  +QIRD: 5 and the bytes
    AT+QICLOSE=0                                    OK once the peer closed, too
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import ArgumentMistake, Arguments
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Prompt, Steps
from nce_sim.modem.personalities.quectel.context_commands import failed, sockets_of
from nce_sim.modem.personalities.quectel.memory import QuectelRam
from nce_sim.modem.personalities.quectel.streams import CONNECT_FAILED, QuectelStream, shown
from nce_sim.modem.sockets.names import is_dotted
from nce_sim.modem.sockets.tcp_socket import Phase
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

CONNECT_LIMIT_MS = 150_000  # 2.3.4: wait so long for +QIOPEN
MOST_SOCKETS, MOST_SENT = 12, 1460
SEND_MS = 5


def open_stream(
    modem: Modem, connect_id: int, peer: Address, local_port: int, mode: int
) -> QuectelStream:
    """`AT+QIOPEN=1,<id>,"TCP",…` (2.3.4): look the name up, connect, report."""
    store = sockets_of(modem)
    stream = store.streams.take_id(connect_id, peer)
    stream.mode = mode

    def found(addresses: list[str]) -> None:
        if store.streams.by_id.get(connect_id) is not stream or stream.is_over:
            return
        if addresses:
            stream.peer = Address(addresses[0], peer.port)
            if store.streams.connect(stream, CONNECT_LIMIT_MS, local_port):
                return
        del store.streams.by_id[connect_id]
        store.streams.abort(stream)
        store.streams.report(connect_id, CONNECT_FAILED if addresses else 565)

    if is_dotted(peer.host):
        modem.later(20, lambda: found([peer.host]))
    else:
        assert modem.radio.session is not None
        modem.radio.session.resolve(peer.host, found)
    return stream


def listen(modem: Modem, connect_id: int, host: str, port: int, mode: int) -> None:
    """`AT+QIOPEN=1,<id>,"TCP LISTENER","127.0.0.1",0,<port>,<mode>` (2.3.4)."""
    store = sockets_of(modem)
    if not port > 0 or not is_dotted(host):
        raise ArgumentMistake("a listener needs a local port and 127.0.0.1")

    def accept() -> QuectelStream | None:
        free = [i for i in range(MOST_SOCKETS) if not store.is_used(i)]
        if not free:
            modem.urc('+QIURC: "incoming full"')
            return None
        stream = store.streams.take_id(free[-1])
        stream.mode, stream.server = mode, connect_id
        return stream

    is_listening = store.streams.listen(connect_id, port, accept)
    modem.later(20, lambda: store.streams.report(connect_id, 0 if is_listening else 557))


def stream_of(modem: Modem, arguments: Arguments) -> QuectelStream | None:
    """The TCP socket of a command that needs it connected; None when the id is not of TCP."""
    store = sockets_of(modem)
    connect_id = arguments.integer(0, 0, MOST_SOCKETS - 1)
    stream = store.streams.by_id.get(connect_id)
    refuse_secure(modem, stream)
    if stream is not None and stream.phase is not Phase.OPEN:
        modem.mistake("a socket that is not open", id=connect_id)
        raise failed(modem, 567)
    return stream


def refuse_secure(modem: Modem, stream: QuectelStream | None) -> None:
    """An id of AT+QSSLOPEN is for the commands with QSSL alone [I]."""
    if stream is not None and stream.secure is not None:
        modem.mistake("a plain command on a TLS socket", id=stream.id)
        raise failed(modem, 567)


def send(modem: Modem, stream: QuectelStream, arguments: Arguments) -> Steps:
    """`AT+QISEND=<id>[,<length>]` (2.3.7); `=<id>,0` counts: sent, acknowledged, not yet."""
    arguments.at_most(2)
    length = arguments.integer(1, 0, MOST_SENT, default=-1)
    if length == 0:
        counts = f"{stream.total_sent},{stream.acknowledged},{stream.unacknowledged}"
        modem.info(f"+QISEND: {counts}")
        return None
    ram = modem.ram.of(QuectelRam)
    in_hex = ram.data_format.sends_hexadecimal
    if in_hex and not modem.settings.quectel_hex_length_counts_digits:
        length *= 2
    payload = yield Prompt(None if length < 0 else length, echo=bool(ram.payload_is_echoed))
    if payload is None:
        return None  # cancelled by ESC
    if in_hex:
        payload = from_hex(payload.decode("latin-1"))
    return (yield from take(modem, stream, payload))


def take(modem: Modem, stream: QuectelStream, payload: bytes) -> Steps:
    """`SEND OK` when the buffer took it, `SEND FAIL` when it is full, ERROR without a peer.

    It says nothing of bytes taken in part [I]: all or none.
    """
    if not 0 < len(payload) <= MOST_SENT:
        raise CommandFailed()
    yield Pause(SEND_MS)
    if stream.phase is not Phase.OPEN:  # the peer may have closed meanwhile
        raise failed(modem, 567)
    if stream.room < len(payload) or modem.faults.taken_of(len(payload)) < len(payload):
        return "SEND FAIL"
    if sockets_of(modem).streams.send(stream, payload) is None:
        raise failed(modem, 567)
    return "SEND OK"


def read(modem: Modem, stream: QuectelStream, most: int) -> None:
    """`AT+QIRD=<id>[,<most>]` (2.3.8); `=<id>,0` counts: received, read, not read."""
    if stream.mode != 0:
        modem.mistake("QIRD on a socket that has no buffer", id=stream.id)
        raise failed(modem, 567)
    if most == 0:
        counts = f"{stream.total_received},{stream.total_read},{stream.pending}"
        modem.info(f"+QIRD: {counts}")
        return
    data = stream.read(most)
    if not data:
        modem.info("+QIRD: 0")
        return
    header = modem.terminal.framed(f"+QIRD: {len(data)}")
    modem.terminal.raw(header + shown(modem, data) + b"\r\n")


def from_hex(digits: str) -> bytes:
    """The bytes of hexadecimal digits."""
    try:
        return bytes.fromhex(digits)
    except ValueError as error:
        raise ArgumentMistake(str(error)) from error
