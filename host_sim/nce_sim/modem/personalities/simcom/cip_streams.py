"""SIM7000's TCP connections and what the CIP commands do for them.

SIM7000 Series AT Command Manual V1.06, 8.2, and its TCPIP Application Note V1.02 [D]:

    AT+CIPSTART=0,"TCP","203.0.113.7",80    OK, then 0, CONNECT OK within 75 s (one socket: 160 s)
    AT+CIPSEND=0,5                          > hello, 0, SEND OK once the peer acknowledged it
    AT+CIPQSEND=1                           instead DATA ACCEPT:0,5: what the buffer took
    AT+CIPACK=0                             +CIPACK: 5,5,0: sent, acknowledged, not yet
    AT+CIPRXGET=2,0,1460                    +CIPRXGET: 2,0,5,0 and the bytes
    0, CLOSED                               AT+CIPCLOSE then is an ERROR
    AT+CIPSERVER=1,80                       OK, SERVER OK; then 1, REMOTE IP: 198.51.100.9

[I]: the bytes that came before `CLOSED` can be read until the number is used again; a send that
the peer does not acknowledge within 645 s ends in SEND FAIL.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.grammar import Arguments, Command, Form
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Step, Steps
from nce_sim.modem.personalities.simcom.cip_sockets import (
    CIPQSEND,
    CipSockets,
    State,
    sockets_of,
    store_in,
)
from nce_sim.modem.personality import CommandTable
from nce_sim.modem.sockets.tcp_socket import TcpSocket
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

COMMANDS = CommandTable()

CONNECT_LIMIT_MS, SINGLE_LIMIT_MS = 75_000, 160_000
SEND_LIMIT_MS = 645_000
CLOSE_LIMIT_MS = 10_000  # [I]
SEND_MS = 5


def stream_of(modem: Modem, arguments: Arguments) -> TcpSocket | None:
    """The connection that a command means; None when the number is not of TCP."""
    store = sockets_of(modem)
    number = arguments.integer(0, 0, store.most_sockets - 1) if store.is_multiple else 0
    return store.streams.by_id.get(number)


def start(store: CipSockets, number: int, peer: Address, local_port: int) -> bool:
    """`AT+CIPSTART` once the address is known; the outcome follows as a URC."""
    store.streams.by_id.pop(number, None)  # one that was closed
    stream = store.streams.take_id(number, peer)
    limit_ms = CONNECT_LIMIT_MS if store.is_multiple else SINGLE_LIMIT_MS
    if store.streams.connect(stream, limit_ms, local_port):
        return True
    del store.streams.by_id[number]
    return False


def send(modem: Modem, stream: TcpSocket, payload: bytes) -> Steps:
    """`AT+CIPSEND`: answered when the peer has it all, or at once under `AT+CIPQSEND=1`."""
    store = sockets_of(modem)
    prefix = store.prefix(stream.id)
    yield Pause(SEND_MS)
    if modem.stored(CIPQSEND)[0]:
        taken = store.streams.send(stream, payload)
        if not taken:
            return f"{prefix}SEND FAIL"
        return f"DATA ACCEPT:{f'{stream.id},' if store.is_multiple else ''}{taken}"
    taken = yield from _acknowledged(modem, stream, payload)
    return f"{prefix}SEND {'OK' if taken else 'FAIL'}"


def _acknowledged(modem: Modem, stream: TcpSocket, payload: bytes) -> Generator[Step, Any, bool]:
    """Whether the peer has all of it, in time."""
    streams = sockets_of(modem).streams
    size = len(payload)
    if modem.faults.taken_of(size) < size:
        return False
    if (yield from streams.send_all(stream, payload, SEND_LIMIT_MS)) != size:
        return False
    is_done = yield from streams.until(
        lambda: not stream.unacknowledged or not stream.is_connected, SEND_LIMIT_MS
    )
    return is_done and not stream.unacknowledged


def receive(modem: Modem, stream: TcpSocket, mode: int, most: int) -> None:
    """`AT+CIPRXGET=2|3|4`: read, in hexadecimal, or count."""
    store = sockets_of(modem)
    shown = f"{mode}," + (f"{stream.id}," if store.is_multiple else "")
    if mode == 4:
        modem.info(f"+CIPRXGET: {shown}{stream.pending}")
        return
    data = stream.read(most if mode == 2 else most // 2)
    header = modem.terminal.framed(f"+CIPRXGET: {shown}{len(data)},{stream.pending}")
    if not data:
        modem.terminal.raw(header)
        return
    modem.terminal.raw(header + (data if mode == 2 else data.hex().upper().encode()))


def close(modem: Modem, stream: TcpSocket, *, is_quick: bool) -> Steps:
    """`AT+CIPCLOSE`: `CLOSE OK`; slowly, it waits for the peer's FIN."""
    store = sockets_of(modem)
    if not stream.is_connected:
        modem.mistake("CIPCLOSE of a connection that is closed", id=stream.id)
        raise CommandFailed(3)
    yield Pause(20)
    if is_quick:
        store.streams.close(stream)
    else:
        yield from store.streams.finish(stream, CLOSE_LIMIT_MS)
    store.connection_gone()
    return f"{store.prefix(stream.id)}CLOSE OK"


@COMMANDS.add("+CIPACK")
def acknowledged(modem: Modem, command: Command) -> None:
    """`AT+CIPACK[=<n>]`: bytes sent, acknowledged, and not yet."""
    if command.form is Form.TEST:
        return
    stream = stream_of(modem, command.arguments)
    if stream is None:
        raise CommandFailed(3)
    counts = f"{stream.total_sent},{stream.acknowledged},{stream.unacknowledged}"
    modem.info(f"+CIPACK: {counts}")


@COMMANDS.add("+CIPSERVER")
def server(modem: Modem, command: Command) -> None:
    """`AT+CIPSERVER=1,<port>`: OK, then `SERVER OK`; `=0`: `SERVER CLOSE`. Many sockets only."""
    store = sockets_of(modem)
    if command.form is Form.READ:
        port = store.server_port
        modem.info(f"+CIPSERVER: {int(port is not None)}" + (f",{port}" if port else ""))
        return
    arguments = command.set_arguments
    if arguments.integer(0, 0, 1) == 0:
        if not store.stop_server():
            raise CommandFailed(3)
        modem.later(20, lambda: modem.urc("SERVER CLOSE"))
        return
    port = arguments.integer(1, 1, 65_535)
    if not store.is_multiple or store.server_port is not None:
        modem.mistake("CIPSERVER with one socket, or twice")
        raise CommandFailed(3)
    store_in(modem, State.STATUS, State.PROCESSING)
    if not store.serve(port):
        raise CommandFailed(3)
    modem.later(20, lambda: modem.urc("SERVER OK"))
