"""One PDP session: a SIM on the air, with a link each way and its byte counters.

session = core.open_session(sim, deliver)
session.send(Datagram(Address(session.host, 40000), service, b"hello"))
session.bytes_up, session.bytes_down    # with IP and UDP headers
session.close()
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.network.datagram import HEADER_SIZE, Datagram
from nce_sim.network.link import Link
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.network.core import Core

Deliver = Callable[[Datagram], None]


class Session:
    """One PDP session of one SIM, with its two links and its byte counters."""

    def __init__(
        self,
        core: Core,
        sim: SimCard,
        host: str,
        deliver: Deliver,
        *,
        links: tuple[Link, Link],
        on_closed: Callable[[str], None] | None,
    ) -> None:
        self.sim = sim
        self.host = host
        self.uplink, self.downlink = links
        self.bytes_up = 0
        self.bytes_down = 0
        self.datagrams_up = 0
        self.datagrams_down = 0
        self.is_open = True
        self.on_closed = on_closed
        self._core = core
        self._deliver = deliver
        self._source = f"session {host}"

    def send(self, datagram: Datagram) -> None:
        """Send up; the source host must be the session's own address."""
        if datagram.source.host != self.host:
            raise ValueError(
                f"a session of {self.host} cannot send as {datagram.source.host}: "
                "the source address is the device's identity"
            )
        if not self.is_open:
            raise ValueError(f"the session of {self.host} is closed; open another one")
        self.bytes_up += datagram.size
        self.datagrams_up += 1
        fate = self.uplink.carry(datagram, self._arrived_up)
        self._record(datagram, "up", fate)

    def receive(self, datagram: Datagram) -> None:
        """Take a datagram for the device from the core, over the air."""
        self.bytes_down += datagram.size
        self.datagrams_down += 1
        fate = self.downlink.carry(datagram, self._arrived_down)
        self._record(datagram, "down", fate)

    def resolve(self, name: str, answer: Callable[[list[str]], None]) -> None:
        """Ask the network's name server; `answer(addresses)` comes after two ways over the air."""
        question_size = HEADER_SIZE + 12 + len(name) + 2 + 4  # RFC 1035, 4.1
        addresses = self._core.resolve(name)
        reply_size = question_size + 16 * len(addresses)
        self.bytes_up += question_size
        self.bytes_down += reply_size
        self._core.timeline.add(
            self._source, "dns", name=name, addresses=addresses, up=question_size, down=reply_size
        )
        delay_ms = self.uplink.latency_ms() + self.downlink.latency_ms()

        def answered() -> None:
            if self.is_open:
                answer(addresses)

        self._core.clock.call_later(delay_ms, answered)

    def close(self, reason: str = "closed by the device") -> None:
        """End the session; what is under way is lost. Closing twice is harmless."""
        if not self.is_open:
            return
        self.is_open = False
        self._core.session_closed(self, reason)

    def _arrived_up(self, datagram: Datagram) -> None:
        self._core.send_from_session(self, datagram)

    def _arrived_down(self, datagram: Datagram) -> None:
        if self.is_open:
            self._deliver(datagram)

    def _record(self, datagram: Datagram, direction: str, fate: str) -> None:
        self._core.timeline.add(
            self._source, "datagram", **datagram.fields, direction=direction, fate=fate
        )
