"""The open internet behind the breakout: hosts that a test places there, reached through NAT.

    echo = world.core.internet.listen(Address("203.0.113.7", 7), handler)   # handler(datagram)
    world.core.internet.serve(Address("203.0.113.7", 80), handler)  # TCP: handler(reader, writer)
    world.core.internet.bridge(Address("203.0.113.7", 1883), ("127.0.0.1", 1883))
    world.core.internet.add_name("echo.example.com", "203.0.113.7")
    world.core.internet.send(Datagram(host, seen_source, b"answer"))
    world.core.internet.breakout = Breakout("Manual", "N. Virginia")        # for new sessions
    world.core.internet.set_breakout(organisation_id, Breakout("Automatic", "Frankfurt"))

A host sees the breakout's public address; it reaches a device only through a binding that the
device opened and kept. 1NCE OS is reachable in Manual mode alone, and from `os_regions`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nce_sim.network.addresses import check_public, is_private
from nce_sim.network.nat import Nat
from nce_sim.network.session import Deliver, Session
from nce_sim.network.tcp.streams import Handler, echo
from nce_sim.network.tcp_hosts import TcpHosts
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.dns import answer_to

if TYPE_CHECKING:
    from nce_sim.network.cell import Cell
    from nce_sim.network.core import Core
    from nce_sim.sim_card import SimCard

DNS_PORT = 53
AUTOMATIC, MANUAL = "Automatic", "Manual"
# Automatic mode takes the region next to the device: the one that its cell names, else the one for
# the operator's country code. In a country as wide as the USA either coast may be the nearest.
_NEAREST = {"1": "N. Virginia", "81": "Tokyo", "55": "Sao Paulo"}


class Breakout(NamedTuple):
    """Where the account's traffic meets the internet."""

    mode: str
    region: str


class Internet:
    """Hosts, names, breakout and NAT."""

    def __init__(self, core: Core) -> None:
        settings = core.settings
        self.nat = Nat(core.clock, settings)
        self._core = core
        self._breakout = Breakout(settings.breakout_mode, settings.breakout_region)
        self._breakouts: dict[int, Breakout] = {}  # by organisation
        self._hosts: dict[Address, Deliver] = {}
        self._names: dict[str, tuple[str, ...]] = {}
        self.tcp = TcpHosts(core, self)
        self.breakout = self._breakout
        for host in (settings.dns_host, *settings.public_dns_hosts):
            self._hosts[Address(host, DNS_PORT)] = self._answer_dns

    # -- the breakout ----------------------------------------------------------------------

    @property
    def breakout(self) -> Breakout:
        """Mode and region of new sessions; ValueError for unknown ones."""
        return self._breakout

    @breakout.setter
    def breakout(self, breakout: Breakout) -> None:
        self._check(breakout)
        self._breakout = breakout

    def set_breakout(self, organisation_id: int, breakout: Breakout | None) -> None:
        """Another breakout for the SIMs of one organisation; None takes that of the world."""
        if breakout is None:
            self._breakouts.pop(organisation_id, None)
            return
        self._check(breakout)
        self._breakouts[organisation_id] = breakout

    def breakout_for(self, organisation_id: int | None) -> Breakout:
        """Mode and region of an organisation's new sessions."""
        if organisation_id is None:
            return self._breakout
        return self._breakouts.get(organisation_id, self._breakout)

    def check_region(self, region: str) -> None:
        """ValueError for a region without a breakout."""
        if region not in self._core.settings.regions:
            regions = ", ".join(self._core.settings.regions)
            raise ValueError(f"there is no breakout in {region!r}; there are {regions}")

    def region_for(self, cell: Cell | None, sim: SimCard | None = None) -> str:
        """The region of a session that opens now, for a device in that cell."""
        breakout = self._breakout_of(sim)
        if breakout.mode == MANUAL:
            return breakout.region
        if cell is None:
            return "Frankfurt"
        by_country = _NEAREST.get(cell.carrier.rule.country[2], "Frankfurt")
        return cell.settings.nearest_region or by_country

    def reaches_os(self, session: Session | None, sim: SimCard | None = None) -> bool:
        """Whether a device can reach 1NCE OS; a device without a session is a twin."""
        breakout = self._breakout_of(sim if session is None else session.sim)
        if breakout.mode != MANUAL:
            return False
        region = session.region if session is not None else breakout.region
        return region in self._core.settings.os_regions

    def _breakout_of(self, sim: SimCard | None) -> Breakout:
        return self.breakout_for(self._core.organisation_of(sim))

    def _check(self, breakout: Breakout) -> None:
        if breakout.mode not in (AUTOMATIC, MANUAL):
            raise ValueError(f"unknown mode {breakout.mode!r}; choose Automatic or Manual")
        self.check_region(breakout.region)

    # -- the internet's side ---------------------------------------------------------------

    def listen(self, address: Address, handler: Deliver) -> Callable[[], None]:
        """Place a host: `handler(datagram)` gets what devices send there; the result ends it."""
        check_public(address.host)
        if address in self._hosts:
            raise ValueError(f"{address} is taken by {self._hosts[address]!r}")
        self._hosts[address] = handler

        def stop() -> None:
            if self._hosts.get(address) is handler:
                del self._hosts[address]

        return stop

    def add_echo(self, address: Address) -> None:
        """Place a host that sends every datagram and every byte of TCP back (RFC 862)."""

        def answer(datagram: Datagram) -> None:
            self.send(Datagram(address, datagram.source, datagram.payload))

        self.listen(address, answer)
        self.serve(address, echo)

    def serve(self, address: Address, handler: Handler) -> Callable[[], None]:
        """Place a TCP server; the result ends it for new connections.

        `await handler(reader, writer)` is called for each connection, as `asyncio.start_server`
        does; it needs a running loop when a connection comes.
        """
        return self.tcp.serve(address, handler)

    def bridge(self, address: Address, real: tuple[str, int]) -> Callable[[], None]:
        """Place a server that is a real one at (host, port) of this computer.

        For worlds in real time. A connection that the real server refuses is reset at once.
        """
        return self.tcp.bridge(address, real)

    def add_name(self, name: str, *hosts: str) -> None:
        """Add a host to the name servers."""
        self._names[name.rstrip(".").lower()] = hosts

    def resolve(self, name: str) -> list[str]:
        """The addresses of a name that was added; [] when unknown."""
        return list(self._names.get(name.rstrip(".").lower(), ()))

    def send(self, datagram: Datagram) -> None:
        """Send from a host to a breakout's public address."""
        delay_ms = self._core.settings.backbone_latency_ms
        self._core.clock.call_later(delay_ms, lambda: self._arrived(datagram))

    # -- the core's side -------------------------------------------------------------------

    def has(self, destination: Address) -> bool:
        """Whether a host is there."""
        return destination in self._hosts

    def has_host(self, host: str) -> bool:
        """Whether anything is at that host, whatever the port."""
        return any(address.host == host for address in self._hosts)

    def public_host_of(self, session: Session | None, sim: SimCard | None = None) -> str:
        """The breakout's address, as a host sees it."""
        region = session.region if session is not None else self._breakout_of(sim).region
        return self._core.settings.regions[region]

    def deliver(self, datagram: Datagram, session: Session | None) -> None:
        """Give a device's datagram to its host, from the breakout's address if it is public."""
        handler = self._hosts[datagram.destination]
        if not is_private(datagram.destination.host):
            sim = self._core.sim_at(datagram.source.host)
            public_host = self.public_host_of(session, sim)
            public = self.nat.outbound("UDP", datagram.source, datagram.destination, public_host)
            datagram = Datagram(public, datagram.destination, datagram.payload)
        handler(datagram)

    def _arrived(self, datagram: Datagram) -> None:
        private = self.nat.inbound(datagram.protocol, datagram.destination, datagram.source)
        if private is None:
            self._core.drop(datagram, "no NAT binding")
            self.tcp.answer_for_nat(datagram)
            return
        arriving = Datagram(datagram.source, private, datagram.payload, datagram.segment)
        self._core.downlink.deliver(arriving)

    def _answer_dns(self, datagram: Datagram) -> None:
        reply = answer_to(datagram.payload, self._core.resolve, self._core.settings.dns_ttl_s)
        if reply is None:
            return
        answer = Datagram(datagram.destination, datagram.source, reply)
        if is_private(datagram.destination.host):
            self._core.downlink.deliver(answer)
        else:
            self.send(answer)
