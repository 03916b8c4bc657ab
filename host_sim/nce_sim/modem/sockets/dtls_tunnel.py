"""DTLS under a socket: the modem's own client, the socket's datagrams below it, the modem's clock.

    socket.tunnel = Tunnel(store, socket, Credentials(b"8988…", key))
    is_up = yield from socket.tunnel.handshake()        # within a command
    store.send(socket, b"hello")                        # leaves the modem as a DTLS record

What a family says of it (a URC, an error) is the family's own.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nce_sim.modem.line.steps import Pause, Step

if TYPE_CHECKING:
    from nce_sim.modem.sockets.udp import UdpSocket, UdpSockets

STEP_MS = 20


@dataclass(frozen=True)
class Credentials:
    """A PSK identity and its key, which is never shown."""

    identity: bytes
    key: bytes = field(repr=False)


class Tunnel:
    """One socket's DTLS connection to its peer."""

    def __init__(
        self,
        store: UdpSockets[Any],
        socket: UdpSocket,
        credentials: Credentials,
        *,
        suites: tuple[int, ...] | None = None,
        offers_connection_id: bool = False,
    ) -> None:
        # Late: only a modem that is asked for DTLS needs the cryptography.
        from nce_sim.modem.sockets.dtls_client import DtlsClient

        modem = store.modem
        self._store, self._socket, self._modem = store, socket, modem
        self.client = DtlsClient(
            credentials.identity,
            credentials.key,
            suites=suites or modem.settings.dtls_suites,
            random_bytes=modem.random.randbytes,
            offers_connection_id=offers_connection_id,
            retransmit_ms=modem.settings.dtls_retransmit_ms,
        )

    @property
    def is_up(self) -> bool:
        """Whether data can pass."""
        return self.client.is_established

    def handshake(self, limit_ms: int | None = None) -> Generator[Step, Any, bool]:
        """Shake hands, as long as a command waits; whether there is a connection then."""
        limit_ms = limit_ms or self._modem.settings.dtls_handshake_limit_ms
        end_ms = self._modem.clock.now_ms() + limit_ms
        self.client.start(self._modem.clock.now_ms())
        while self._flush() and self.client.is_shaking_hands:
            if self._modem.clock.now_ms() >= end_ms:
                break
            yield Pause(STEP_MS)
            self.client.handle_timeout(self._modem.clock.now_ms())
        reason = self.client.failure or ("" if self.is_up else "no answer")
        self._note(reason)
        return self.is_up

    def send(self, payload: bytes) -> bool:
        """Send application data; False when there is no connection or no network."""
        if not self.is_up:
            return False
        self.client.send(payload)
        return self._flush()

    def receive(self, datagram: bytes) -> list[bytes]:
        """The application data of a datagram from the peer; the store hears of its end."""
        was_up = self.is_up
        texts = self.client.receive_datagram(datagram, self._modem.clock.now_ms())
        if was_up and not self.is_up:
            self._modem.note(
                "dtls",
                id=self._socket.id,
                state=self.client.state.value,
                reason=self.client.failure,
            )
            self._store.tunnel_ended(self._socket)
        return texts

    def close(self) -> None:
        """Say goodbye to the peer, if there is a connection."""
        self.client.close()
        self._flush()

    def _note(self, reason: str) -> None:
        state = self.client.state.value
        self._modem.note("dtls", id=self._socket.id, state=state, reason=reason)

    def _flush(self) -> bool:
        has_left = True
        for datagram in self.client.datagrams_to_send():
            has_left = self._store.send_plain(self._socket, datagram) and has_left
        return has_left
