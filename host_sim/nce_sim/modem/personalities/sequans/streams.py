"""Sequans' TCP sockets, told by `+SQNSRING` and `+SQNSH`; what the commands do for them.

    AT+SQNSD=1,0,80,"203.0.113.7",0,0,1     OK when connected, NO CARRIER when not
    AT+SQNSSENDEXT=1,5                      > hello, OK: the buffer took it
    +SQNSRING: 1    AT+SQNSRECV=1,1500      +SQNSRECV: 1,5 and the bytes
    AT+SQNSI=1                              +SQNSI: 1,5,5,0,0: sent, received, pending, underway
    AT+SQNSL=1,1,80    +SQNSRING: 1    AT+SQNSA=1,1     a server, and its connection

Forms are those of the GM02S manual by way of the drivers for it [S]. [I]: a send that the buffer
has no room for is an ERROR, and nothing of it was taken; a listening id carries the connection
itself. An id without traffic for <idle limit> of AT+SQNSCFG is closed [S].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nce_sim.modem.line.results import NO_CARRIER, CommandFailed
from nce_sim.modem.line.steps import Pause, Steps
from nce_sim.modem.personalities.sequans.memory import (
    RING_DATA,
    RING_LENGTH,
    Dialling,
    Extended,
    SequansNvm,
)
from nce_sim.modem.personalities.sequans.security import put_under_tls
from nce_sim.modem.sockets.names import resolved
from nce_sim.modem.sockets.tcp import TcpSockets
from nce_sim.modem.sockets.tcp_socket import Listener, Phase, TcpSocket
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.clock import Handle
    from nce_sim.modem.core import Modem

MOST_RUNG = 1500
CLOSE_LIMIT_MS = 10_000  # [I]
SUSPENDED, PENDING, LISTENING, INCOMING, OPENING = 2, 3, 4, 5, 6


@dataclass
class SequansStream(TcpSocket):
    """One id."""

    is_accepted: bool = True  # of a server: after AT+SQNSA
    idle: Handle | None = None


class SequansStreams(TcpSockets[SequansStream]):
    """The TCP sockets of one modem."""

    socket_type = SequansStream

    def extended(self, socket_id: int) -> Extended:
        """`AT+SQNSCFGEXT` of an id."""
        return self.modem.nvm.of(SequansNvm).extended.get(socket_id, Extended())

    def dialling(self, socket_id: int) -> Dialling:
        """`AT+SQNSCFG` of an id."""
        return self.modem.nvm.of(SequansNvm).dialling.get(socket_id, Dialling())

    def opened(self, stream: SequansStream) -> None:
        """The command itself tells; the idle limit runs from here."""
        self.stir(stream)

    def incoming(self, listener: Listener, stream: SequansStream) -> None:
        """A server has a connection, which waits for AT+SQNSA."""
        stream.is_accepted = False
        self.modem.urc(f"+SQNSRING: {stream.id}")
        self.stir(stream)

    def stir(self, stream: SequansStream) -> None:
        """Something passed: the idle limit starts again."""
        if stream.idle is not None:
            stream.idle.cancel()
            stream.idle = None
        limit_s = self.dialling(stream.id).inactivity_limit_s
        if limit_s:
            stream.idle = self.modem.clock.call_later(limit_s * 1_000, lambda: self._idle(stream))

    def _idle(self, stream: SequansStream) -> None:
        stream.idle = None
        if self.by_id.get(stream.id) is stream:
            self.modem.note("idle_socket_closed", id=stream.id)
            self._tell_closed(stream)

    def arrived(self, stream: SequansStream) -> None:
        """A ring for what came; under srMode 2 the bytes are in it."""
        self.stir(stream)
        if not stream.is_accepted:
            return
        extended = self.extended(stream.id)
        if extended.ring != RING_DATA:
            shown = f",{stream.pending}" if extended.ring == RING_LENGTH else ""
            self.modem.urc(f"+SQNSRING: {stream.id}{shown}")
            return
        while stream.pending:
            data = stream.read(MOST_RUNG)
            shown_data = data.hex().upper().encode() if extended.receives_hexadecimal else data
            head = self.modem.terminal.framed(f"+SQNSRING: {stream.id},{len(data)},")[:-2]
            self.modem.terminal.urc(head + shown_data + b"\r\n")

    def was_read(self, stream: SequansStream) -> None:
        """The host read: tell of the end that waited for it."""
        self.stir(stream)
        if not stream.pending and stream.phase is Phase.PEER_CLOSED:
            self._tell_closed(stream)

    def peer_closed(self, stream: SequansStream) -> None:
        """The peer's FIN: the socket closes, once its bytes are read."""
        waits = self.modem.settings.stream_end_waits_for_the_reader
        if not (stream.pending and waits):
            self._tell_closed(stream)

    def broken(self, stream: SequansStream) -> None:
        """A reset: the socket is closed."""
        self._tell_closed(stream)

    def _tell_closed(self, stream: SequansStream) -> None:
        self.close(stream)
        self.modem.urc(f"+SQNSH: {stream.id}")

    def state_of(self, socket_id: int) -> str:
        """What `AT+SQNSS` shows of an id of TCP."""
        stream, own = self.by_id.get(socket_id), self.modem.radio.host
        if stream is None:
            port = self.listeners[socket_id].port
            return f'{socket_id},{LISTENING},"{own}",{port},"0.0.0.0",0,0'
        state = SUSPENDED if stream.is_accepted else INCOMING
        if stream.phase is Phase.OPENING:
            state = OPENING
        elif stream.is_accepted and stream.pending:
            state = PENDING
        peer = f'"{stream.peer.host}",{stream.peer.port}'
        return f'{socket_id},{state},"{own}",{stream.local_port},{peer},0'


def dial(
    modem: Modem, streams: SequansStreams, socket_id: int, host: str, port: int, local_port: int
) -> Steps:
    """`AT+SQNSD=<id>,0,…`: OK when connected, NO CARRIER when not, within <connect time-out>."""
    address = yield from resolved(modem, host)
    if address is None or modem.radio.session is None:
        return NO_CARRIER
    stream = streams.take_id(socket_id, Address(address, port))
    if not put_under_tls(modem, stream, host):
        streams.close(stream)
        raise CommandFailed()
    limit_ms = streams.dialling(socket_id).connect_timeout * 100 or 60_000
    if not (yield from streams.opening(stream, limit_ms, local_port)):
        streams.close(stream)
        return NO_CARRIER
    return None


def send(modem: Modem, streams: SequansStreams, stream: SequansStream, payload: bytes) -> Steps:
    """`AT+SQNSSENDEXT`: the buffer takes all of it or nothing [I]."""
    yield Pause(5)
    size = len(payload)
    is_full = stream.room < size or modem.faults.taken_of(size) < size
    if is_full or streams.send(stream, payload) is None:
        raise CommandFailed()
    streams.stir(stream)
    return None


def receive(modem: Modem, streams: SequansStreams, stream: SequansStream, most: int) -> None:
    """`AT+SQNSRECV`: header, then the bytes; ERROR when nothing is pending."""
    data = stream.read(most)
    if not data:
        modem.mistake("SQNSRECV with nothing pending", id=stream.id)
        raise CommandFailed()
    in_hex = streams.extended(stream.id).receives_hexadecimal
    header = modem.terminal.framed(f"+SQNSRECV: {stream.id},{len(data)}")
    modem.terminal.raw(header + (data.hex().upper().encode() if in_hex else data))
    streams.was_read(stream)


def listen(streams: SequansStreams, socket_id: int, port: int) -> None:
    """`AT+SQNSL=<id>,1,<port>`."""

    def accept() -> SequansStream | None:
        return None if socket_id in streams.by_id else streams.take_id(socket_id)

    if not streams.listen(socket_id, port, accept):
        raise CommandFailed()
