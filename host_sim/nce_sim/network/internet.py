"""The open internet behind the breakout: hosts that a test places there, reached through NAT.

    echo = world.core.internet.listen(Address("203.0.113.7", 7), handler)   # handler(datagram)
    world.core.internet.add_name("echo.example.com", "203.0.113.7")
    world.core.internet.send(Datagram(host, seen_source, b"answer"))
    world.core.internet.breakout = Breakout("Manual", "N. Virginia")        # for new sessions

A host sees the breakout's public address; it reaches a device only through a binding that the
device opened and kept. 1NCE OS is reachable in Manual mode alone, and from `os_regions`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nce_sim.network.nat import Nat
from nce_sim.network.session import Deliver, Session
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.dns import answer_to

if TYPE_CHECKING:
    from nce_sim.network.cell import Cell
    from nce_sim.network.core import Core

DNS_PORT = 53
AUTOMATIC, MANUAL = "Automatic", "Manual"
_SHARED = ipaddress.IPv4Network("100.64.0.0/10")  # RFC 6598; 1NCE hands it out to SIMs
_PRIVATE = [
    ipaddress.IPv4Network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
]
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
        self._hosts: dict[Address, Deliver] = {}
        self._names: dict[str, tuple[str, ...]] = {}
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
        if breakout.mode not in (AUTOMATIC, MANUAL):
            raise ValueError(f"unknown mode {breakout.mode!r}; choose Automatic or Manual")
        self.check_region(breakout.region)
        self._breakout = breakout

    def check_region(self, region: str) -> None:
        """ValueError for a region without a breakout."""
        if region not in self._core.settings.regions:
            regions = ", ".join(self._core.settings.regions)
            raise ValueError(f"there is no breakout in {region!r}; there are {regions}")

    def region_for(self, cell: Cell | None) -> str:
        """The region of a session that opens now, for a device in that cell."""
        if self._breakout.mode == MANUAL:
            return self._breakout.region
        if cell is None:
            return "Frankfurt"
        by_country = _NEAREST.get(cell.carrier.rule.country[2], "Frankfurt")
        return cell.settings.nearest_region or by_country

    def reaches_os(self, session: Session | None) -> bool:
        """Whether a device can reach 1NCE OS; a device without a session is a twin."""
        if self._breakout.mode != MANUAL:
            return False
        region = session.region if session is not None else self._breakout.region
        return region in self._core.settings.os_regions

    # -- the internet's side ---------------------------------------------------------------

    def listen(self, address: Address, handler: Deliver) -> Callable[[], None]:
        """Place a host: `handler(datagram)` gets what devices send there; the result ends it."""
        if is_private(address.host):
            raise ValueError(f"{address.host} is a private address; use core.listen for it")
        if address in self._hosts:
            raise ValueError(f"{address} is taken by {self._hosts[address]!r}")
        self._hosts[address] = handler

        def stop() -> None:
            if self._hosts.get(address) is handler:
                del self._hosts[address]

        return stop

    def add_echo(self, address: Address) -> None:
        """Place a host that sends every datagram back (RFC 862)."""

        def answer(datagram: Datagram) -> None:
            self.send(Datagram(address, datagram.source, datagram.payload))

        self.listen(address, answer)

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
        """Whether something listens at `host`, on whatever port."""
        return any(address.host == host for address in self._hosts)

    def deliver(self, datagram: Datagram, session: Session | None) -> None:
        """Give a device's datagram to its host, from the breakout's address if it is public."""
        handler = self._hosts[datagram.destination]
        if not is_private(datagram.destination.host):
            region = session.region if session is not None else None
            public_host = self._core.settings.regions[region or self._breakout.region]
            public = self.nat.outbound("UDP", datagram.source, datagram.destination, public_host)
            datagram = Datagram(public, datagram.destination, datagram.payload)
        handler(datagram)

    def _arrived(self, datagram: Datagram) -> None:
        private = self.nat.inbound("UDP", datagram.destination, datagram.source)
        if private is None:
            self._core.drop(datagram, "no NAT binding")
            return
        self._core.downlink.deliver(Datagram(datagram.source, private, datagram.payload))

    def _answer_dns(self, datagram: Datagram) -> None:
        reply = answer_to(datagram.payload, self._core.resolve, self._core.settings.dns_ttl_s)
        if reply is None:
            return
        answer = Datagram(datagram.destination, datagram.source, reply)
        if is_private(datagram.destination.host):
            self._core.downlink.deliver(answer)
        else:
            self.send(answer)


def is_private(host: str) -> bool:
    """Whether the internet does not route an address."""
    address = ipaddress.IPv4Address(host)
    return address in _SHARED or any(address in block for block in _PRIVATE)
