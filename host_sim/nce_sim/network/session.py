"""One PDP session: a SIM on the air, with a link each way, its byte counters and its TCP.

session = core.open_session(sim, deliver)
session.send(Datagram(Address(session.host, 40000), service, b"hello"))
session.bytes_up, session.bytes_down    # with IP and UDP headers, on the air
session.meter.tx, session.meter.rx      # through the gateway: these bytes are billed
session.tcp.connect(server, on_event)   # the device's TCP; it ends with the session
session.sleep(); session.wake()         # PSM
session.close()
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from nce_sim.network.echo import Heard, Pings
from nce_sim.network.link import Link
from nce_sim.network.shaper import Shaper
from nce_sim.network.tcp.stack import TcpStack
from nce_sim.network.usage import UsageMeter
from nce_sim.sim_card import SimCard
from nce_sim.wire.datagram import HEADER_SIZE, Datagram
from nce_sim.wire.echo import Echo

if TYPE_CHECKING:
    from nce_sim.network.cell import Cell
    from nce_sim.network.core import Core

Deliver = Callable[[Datagram], None]
Packet = TypeVar("Packet", Datagram, Echo)


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
        cell: Cell | None = None,
        number: int = 0,
        region: str,
        data_limit: int | None = None,
        apn: str | None = None,
    ) -> None:
        self.sim = sim
        self.host = host
        self.uplink, self.downlink = links
        self.cell = cell
        self.number = number
        self.opened_at_ms = core.clock.now_ms()
        self.region = region
        self.data_limit = data_limit
        self.apn = apn
        self.bytes_up = 0
        self.bytes_down = 0
        self.datagrams_up = 0
        self.datagrams_down = 0
        self.is_open = True
        self.is_asleep = False
        self.on_closed = on_closed
        # For the operator: the session ended, by either side; the SIM can be reached again.
        self.on_end: Callable[[], None] | None = None
        self.on_wake: Callable[[], None] | None = None
        network, other = core.settings, core.account.other_platform(sim)
        is_dropped = network.excess_is_dropped if other is None else other.excess_is_dropped
        self._shapers = [
            Shaper(network.rate_bps, network.rate_queue_ms, is_dropped) for _ in range(2)
        ]
        self.meter = UsageMeter(
            core.clock,
            core.timeline,
            core.account.settings,
            sim,
            cell.plmn if cell is not None else None,
            core.session_rounding(sim),
        )
        self._core = core
        self._deliver = deliver
        self._source = f"session {host}"
        self._kept: deque[Datagram] = deque()
        # Of the IP stack of the device: `deliver` gets UDP alone, unless the device takes segments
        # off the air itself (`deliver_segment`), to hand them to its stack later.
        self.tcp = TcpStack(
            core.clock,
            host,
            self.send,
            mtu=lambda: min(self.uplink.profile.mtu, self.downlink.profile.mtu),
            random=core.tcp_random,
            settings=network.tcp,
        )
        self.deliver_segment: Deliver = self.tcp.receive
        self._pings = Pings(self)

    def send(self, datagram: Datagram) -> None:
        """Send up; the source host must be the session's own address."""
        if datagram.source.host != self.host:
            raise ValueError(
                f"a session of {self.host} cannot send as {datagram.source.host}: "
                "the source address is the device's identity"
            )
        if not self.is_open:
            raise ValueError(f"the session of {self.host} is closed; open a new one")
        self.bytes_up += datagram.size
        self.datagrams_up += 1
        fate = self._carry(self.uplink, self._shapers[0], datagram, self._arrived_up)
        self._record(datagram, "up", fate)

    def receive(self, datagram: Datagram) -> None:
        """Take a datagram for the device from the core, over the air."""
        self._core.bill(self, down=datagram.size)
        if not self.is_open:  # that was the last byte of the volume
            return
        if self.is_asleep:
            has_room = len(self._kept) < self._core.settings.buffered_in_psm
            if has_room:
                self._kept.append(datagram)
            self._record(datagram, "down", "kept" if has_room else "asleep")
            return
        self._send_down(datagram)

    def sleep(self) -> None:
        """The device is in PSM: datagrams to it are kept or lost, as the settings say."""
        self.is_asleep = True

    def wake(self) -> None:
        """The device listens again and gets the datagrams that were kept."""
        self.is_asleep = False
        while self._kept:
            self._send_down(self._kept.popleft())
        if self.on_wake is not None:
            self.on_wake()

    def move_to(self, cell: Cell) -> None:
        """The device changed its cell and kept the session."""
        self.cell = cell
        self.uplink.profile = self.downlink.profile = cell.link
        self._core.session_moved(self)

    def resolve(self, name: str, answer: Callable[[list[str]], None]) -> None:
        """Ask the network's name server; it calls `answer(addresses)` after a round trip.

        Without coverage it calls `answer` with no address, after the modem's time-out.
        """
        question_size = HEADER_SIZE + 12 + len(name) + 2 + 4  # RFC 1035, 4.1
        addresses = self._core.resolve(name) if self._is_covered else []
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

        if not self._is_covered:
            self._core.clock.call_later(self._core.settings.dns_patience_ms, answered)
            return
        self._core.clock.call_later(delay_ms, answered)
        self._core.bill(self, up=question_size, down=reply_size)

    def ping(self, host: str, size: int, ttl: int, heard: Heard) -> Callable[[], None]:
        """Send an echo request of `size` bytes; `heard(answer)` if one comes before the result
        of this call is called, which ends the wait.
        """
        if not self.is_open:
            raise ValueError(f"the session of {self.host} is closed; open a new one")
        request = self._pings.request(host, size, ttl, heard)
        self.bytes_up += request.size
        fate = self._carry(self.uplink, self._shapers[0], request, self._echo_arrived_up)
        self._record_echo(request, "up", fate)
        return lambda: self._pings.forget(request)

    def receive_echo(self, answer: Echo) -> None:
        """Take an answer to an echo request from the core, over the air; none is kept in PSM."""
        self._core.bill(self, down=answer.size)
        if not self.is_open:  # that was the last byte of the volume
            return
        if self.is_asleep:
            self._record_echo(answer, "down", "asleep")
            return
        self.bytes_down += answer.size
        fate = self._carry(self.downlink, self._shapers[1], answer, self._echo_arrived_down)
        self._record_echo(answer, "down", fate)

    def close(self, reason: str = "closed by the device") -> None:
        """End the session; datagrams under way are lost. Closing twice is harmless."""
        if not self.is_open:
            return
        self.is_open = False
        self._kept.clear()
        self.tcp.close(reason)
        self._core.session_closed(self, reason)
        if self.on_end is not None:
            self.on_end()

    @property
    def _is_covered(self) -> bool:
        return self.cell is None or self.cell.is_in_coverage

    def _carry(
        self, link: Link, shaper: Shaper, datagram: Packet, arrived: Callable[[Packet], None]
    ) -> str:
        if not self._is_covered:
            return "no_coverage"
        hold_ms = shaper.delay_ms(self._core.clock.now_ms(), datagram.size)
        return "over_rate" if hold_ms is None else link.carry(datagram, arrived, hold_ms)

    def _send_down(self, datagram: Datagram) -> None:
        self.bytes_down += datagram.size
        self.datagrams_down += 1
        fate = self._carry(self.downlink, self._shapers[1], datagram, self._arrived_down)
        self._record(datagram, "down", fate)

    def _arrived_up(self, datagram: Datagram) -> None:
        self._core.send_from_session(self, datagram)

    def _arrived_down(self, datagram: Datagram) -> None:
        if not self.is_open:
            return
        if datagram.segment is not None:
            self.deliver_segment(datagram)
        else:
            self._deliver(datagram)

    def _echo_arrived_up(self, request: Echo) -> None:
        if self.is_open and self._core.session_of(self.sim) is self:
            self._core.bill(self, up=request.size)
            self._core.echoes.arrived(request, self)

    def _echo_arrived_down(self, answer: Echo) -> None:
        if self.is_open:
            self._pings.deliver(answer)

    def _record_echo(self, echo: Echo, direction: str, fate: str) -> None:
        self._core.timeline.add(
            self._source, "echo", **echo.fields, direction=direction, fate=fate
        )

    def _record(self, datagram: Datagram, direction: str, fate: str) -> None:
        self._core.timeline.add(
            self._source, "datagram", **datagram.fields, direction=direction, fate=fate
        )
