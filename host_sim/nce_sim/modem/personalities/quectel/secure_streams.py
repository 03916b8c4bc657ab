"""A TCP socket of a Quectel modem with TLS on it, and what the host is told of it.

    secure = SecureConnection(streams, stream, profile, context, ssl_context=1, limit_ms=300_000)
    stream.secure = secure; streams.connect(stream, 150_000)     # +QSSLOPEN: 4,0 follows

`+QSSLURC: "recv",<id>` once until it was read empty; of a pushing one with length and bytes;
`+QSSLURC: "closed",<id>`. [S] public drivers and field logs: every failure, of the handshake
too, is `+QSSLOPEN: <id>,566`.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from nce_sim.modem.sockets.tcp_socket import Phase
from nce_sim.modem.sockets.tls_tunnel import State, TlsProfile, TlsTunnel

if TYPE_CHECKING:
    from nce_sim.modem.personalities.quectel.streams import QuectelStream, QuectelStreams

PUSH = 1
MOST_PUSHED = 1500
CONNECT_FAILED = 566


class SecureConnection:
    """TLS on one id."""

    def __init__(
        self,
        streams: QuectelStreams,
        stream: QuectelStream,
        profile: TlsProfile,
        context: ssl.SSLContext,
        *,
        ssl_context: int,
        limit_ms: int,
    ) -> None:
        self.ssl_context = ssl_context
        self.tunnel = TlsTunnel(context, profile, stream)
        self._streams, self._stream = streams, stream
        self._limit_ms = limit_ms
        self._is_announced = False
        self._is_reported = False

    @property
    def is_open(self) -> bool:
        """Whether bytes can be sent."""
        return self.tunnel.state is State.OPEN and self._stream.phase is Phase.OPEN

    def opened(self) -> None:
        """TCP is connected, or is not."""
        if self._stream.is_connected:
            self._streams.modem.later(self._limit_ms, self._give_up)
            self.moved()
        else:
            self.report(CONNECT_FAILED)

    def moved(self) -> None:
        """Bytes came, or were acknowledged."""
        self.tunnel.move()
        if not self._is_reported:
            if self.tunnel.state is State.SHAKING:
                return
            self.report(CONNECT_FAILED if self.tunnel.state is State.FAILED else 0)
        self._announce()
        if self.tunnel.state in (State.CLOSED, State.FAILED):
            self._tell_closed()

    def closed(self) -> None:
        """TCP ended."""
        self.tunnel.move()
        if not self._is_reported:
            self.report(CONNECT_FAILED)
            return
        self._announce()
        self._tell_closed()

    def read(self, most: int) -> bytes:
        """Plaintext for `AT+QSSLRECV`."""
        data = self.tunnel.read(most)
        self._is_announced = bool(self.tunnel.pending)
        return data

    def report(self, error: int) -> None:
        """How the opening ended; an id whose opening failed is free again."""
        self._is_reported = True
        modem, stream = self._streams.modem, self._stream
        if error and self._streams.by_id.get(stream.id) is stream:
            del self._streams.by_id[stream.id]
            self.tunnel.move()  # the alert
            self._streams.close(stream)
        modem.note("tls", id=stream.id, state=self.tunnel.state.value, reason=self.tunnel.reason)
        self._streams.report(stream.id, error, "+QSSLOPEN")

    def _give_up(self) -> None:
        if not self._is_reported and self._streams.by_id.get(self._stream.id) is self._stream:
            self.report(CONNECT_FAILED)

    def _announce(self) -> None:
        modem, stream = self._streams.modem, self._stream
        if stream.mode == PUSH:
            while data := self.tunnel.read(MOST_PUSHED):
                modem.urc(f'+QSSLURC: "recv",{stream.id},{len(data)}', data)
        elif self.tunnel.pending and not self._is_announced:
            self._is_announced = True
            modem.urc(f'+QSSLURC: "recv",{stream.id}')

    def _tell_closed(self) -> None:
        if (
            not self._stream.is_told_closed
            and self._streams.by_id.get(self._stream.id) is not None
        ):
            self._stream.is_told_closed = True
            self._streams.modem.urc(f'+QSSLURC: "closed",{self._stream.id}')
