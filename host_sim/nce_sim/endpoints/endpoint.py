"""Puts a sans-IO server at an address of the simulated network, and keeps its timer.

endpoint = Endpoint(core, clock, Address("10.60.2.219", 5683), server, on_event=note)
endpoint.flush()                         # after telling the server something from outside
endpoint.close()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from nce_sim.clock import Clock, Handle
from nce_sim.endpoints.troubles import Troubles
from nce_sim.network.core import Core
from nce_sim.wire.datagram import Address, Datagram


class Server(Protocol):
    """The verbs of an engine that serves many peers; a peer starts with (host, port)."""

    def receive_datagram(self, data: bytes, peer: Any, now_ms: int) -> Sequence[Any]: ...

    def datagrams_to_send(self) -> Sequence[tuple[Any, bytes]]: ...

    def next_timeout(self) -> int | None: ...

    def handle_timeout(self, now_ms: int) -> Sequence[Any]: ...


class Endpoint:
    """One server at one address; `peer_of(host, port)` makes the engine's peer of a source.

    While its `name` is down by `troubles`, datagrams are lost.
    """

    def __init__(
        self,
        core: Core,
        clock: Clock,
        address: Address,
        server: Server,
        *,
        on_event: Callable[[Any], None],
        peer_of: Callable[[str, int], Any] = lambda host, port: (host, port),
        name: str = "",
        troubles: Troubles | None = None,
    ) -> None:
        self.address = address
        self._core = core
        self._clock = clock
        self._server = server
        self._on_event = on_event
        self._peer_of = peer_of
        self._name, self._troubles = name, troubles
        self._timer: Handle | None = None
        self._timer_ms = 0
        self._stop = core.listen(address, self._receive)

    def close(self) -> None:
        """Stop listening; harmless when repeated."""
        self._stop()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _receive(self, datagram: Datagram) -> None:
        troubles = self._troubles
        # A flag comes first: every datagram passes here, and hardly ever is there a trouble.
        if troubles is not None and troubles.are_there and troubles.is_down(self._name):
            return
        peer = self._peer_of(*datagram.source)
        self._tell(self._server.receive_datagram(datagram.payload, peer, self._clock.now_ms()))

    def _timeout(self) -> None:
        self._timer = None
        self._tell(self._server.handle_timeout(self._clock.now_ms()))

    def _tell(self, happened: Sequence[Any]) -> None:
        for event in happened:
            self._on_event(event)
        self.flush()

    def flush(self) -> None:
        """Send what the engine has to send, and schedule its next deadline.

        For engines that were told something from outside: a request to send, or a response.
        """
        own = self.address
        datagrams = [
            Datagram(own, Address(peer[0], peer[1]), payload)
            for peer, payload in self._server.datagrams_to_send()
        ]
        if datagrams:
            self._core.send_all(datagrams)
        due_ms = self._server.next_timeout()
        if self._timer is not None and (due_ms is None or due_ms < self._timer_ms):
            self._timer.cancel()
            self._timer = None
        if due_ms is not None and self._timer is None:
            now_ms = self._clock.now_ms()
            # At least a millisecond ahead: a deadline that stays in the past must not spin.
            self._timer_ms = max(due_ms, now_ms + 1)
            self._timer = self._clock.call_later(self._timer_ms - now_ms, self._timeout)
