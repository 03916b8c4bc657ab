"""What u-blox's socket commands do for TCP.

u-blox SARA AT commands manuals, "Internet suite", by way of ubxlib's u_cell_sock.c [S]:

    AT+USOCR=6                              +USOCR: 0
    AT+USOSEC=0,1,0                         TLS, see `certificates`
    AT+USOCO=0,"203.0.113.7",80             OK when connected; with ,1 +UUSOCO: 0,0 tells
    AT+USOWR=0,5                            @ hello, +USOWR: 0,5: as many as the buffer took
    AT+USORD=0,1024                         +USORD: 0,5,"hello"
    AT+USOCL=0                              OK when the peer closed, too
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.modem.line.grammar import Arguments
from nce_sim.modem.line.results import CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.ublox.certificates import put_under_tls
from nce_sim.modem.personalities.ublox.sockets import (
    BAD_SOCKET,
    NOT_CONNECTED,
    UbloxSockets,
    failed,
)
from nce_sim.modem.personalities.ublox.streams import STATES, TCP, UbloxStream
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.tcp_socket import Phase
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem

# modems_2.md, 3 and modems.md: ubxlib waits so long to connect, and to close [S]
CONNECT_LIMIT_MS = 332_000
CLOSE_LIMIT_MS = 120_000
SEND_MS = 20
WOULD_BLOCK = 11  # EAGAIN


def connect(modem: Modem, store: UbloxSockets, stream: UbloxStream, arguments: Arguments) -> Steps:
    """`AT+USOCO=<socket>,<host>,<port>[,<asynchronous>]`."""
    host, port = arguments.text(1), arguments.integer(2, 1, 65_535)
    stream.is_asynchronous = bool(arguments.integer(3, 0, 1, default=0))
    if not store.bearer_is_up:
        raise failed(modem, NOT_CONNECTED)
    if stream.connection is not None:
        modem.mistake("USOCO on a socket that was connected", id=stream.id)
        raise failed(modem, NOT_CONNECTED)
    address = yield from resolved(modem, host)
    if address is None:
        raise CommandFailed()
    stream.peer = Address(address, port)
    if stream.security_profile is not None and not put_under_tls(modem, stream):
        raise failed(modem, NOT_CONNECTED)
    if stream.is_asynchronous:
        if not store.streams.connect(stream, CONNECT_LIMIT_MS, stream.wanted_port):
            raise failed(modem, NOT_CONNECTED)
        return None
    if not (yield from store.streams.opening(stream, CONNECT_LIMIT_MS, stream.wanted_port)):
        raise failed(modem, stream.error or NOT_CONNECTED)
    return None


def write(modem: Modem, store: UbloxSockets, stream: UbloxStream, payload: bytes) -> Steps:
    """`AT+USOWR`: the bytes that the buffer took; the host sends the rest again."""
    yield Pause(SEND_MS)
    taken = store.streams.send(stream, payload)
    if taken is None:
        raise failed(modem, NOT_CONNECTED)
    if taken < len(payload):
        store.last_error = WOULD_BLOCK
    modem.info(f"+USOWR: {stream.id},{taken}")
    return None


def read(modem: Modem, store: UbloxSockets, stream: UbloxStream, most: int) -> None:
    """`AT+USORD=<socket>,<most>`; 0 tells how many bytes there are."""
    if most == 0:
        modem.info(f"+USORD: {stream.id},{stream.pending}")
        return
    if stream.connection is None:
        raise failed(modem, NOT_CONNECTED)
    data = stream.read(most)
    if not data:
        modem.info(f'+USORD: {stream.id},""')
        return
    shown = data.hex().upper().encode() if store.is_hex else data
    head = modem.terminal.framed(f'+USORD: {stream.id},{len(data)},"')[:-2]
    modem.terminal.raw(head + shown + b'"\r\n')
    store.streams.was_read(stream)


def control(modem: Modem, stream: UbloxStream, parameter: int) -> None:
    """`AT+USOCTL=<socket>,<parameter>`: 10 its state, 11 bytes not acknowledged."""
    connection = stream.connection
    values = {
        0: TCP,
        1: stream.error,
        2: stream.total_sent,
        3: stream.total_received,
        4: f'"{stream.peer.host}",{stream.peer.port}',
        10: 0 if connection is None else STATES[connection.state],
        11: stream.unacknowledged,
    }
    if parameter not in values:
        raise failed(modem, BAD_SOCKET)
    modem.info(f"+USOCTL: {stream.id},{parameter},{values[parameter]}")


def close(
    modem: Modem, store: UbloxSockets, stream: UbloxStream, *, is_asynchronous: bool
) -> Steps:
    """`AT+USOCL=<socket>[,1]`: OK once the peer closed, too; `,1` tells that by `+UUSOCL`."""
    if stream.connection is None or stream.phase is Phase.OPENING or not is_asynchronous:
        yield Pause(20)
        yield from store.streams.finish(stream, CLOSE_LIMIT_MS)
        return None
    store.streams.close_later(stream)
    return None


def listen(modem: Modem, store: UbloxSockets, stream: UbloxStream, port: int) -> None:
    """`AT+USOLI=<socket>,<port>`: a server; `+UUSOLI` tells of each connection."""

    def accept() -> UbloxStream | None:
        socket_id = store.free_id()
        return None if socket_id is None else store.streams.take_id(socket_id)

    if not store.streams.listen(stream.id, port, accept):
        raise failed(modem, 98)
    del store.streams.by_id[stream.id]
