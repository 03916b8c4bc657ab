"""TCP of the hosts behind the breakout, and what the NAT makes of a segment.

    hosts.serve(Address("203.0.113.7", 80), handler)
    hosts.route(datagram, sim, session)     # a device's segment: to its host, or dropped

A host that is there refuses a closed port by RST. The services of 1NCE OS are of UDP, so they
refuse every port. When the NAT has forgotten a connection, a segment without SYN makes no new
binding: nobody answers, or an RST does (`tcp_forgotten_is_reset`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.network.addresses import check_public, is_private
from nce_sim.network.session import Session
from nce_sim.network.tcp.bridge import bridge_to
from nce_sim.network.tcp.refusal import refusal
from nce_sim.network.tcp.stack import OnConnection, TcpStack
from nce_sim.network.tcp.streams import Handler, listener_for
from nce_sim.sim_card import SimCard
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.tcp import ACK, SYN

if TYPE_CHECKING:
    from nce_sim.network.core import Core
    from nce_sim.network.internet import Internet

ETHERNET_MTU = 1_500


class TcpHosts:
    """A stack per host that a device has reached, or that serves."""

    def __init__(self, core: Core, internet: Internet) -> None:
        self._core = core
        self._internet = internet
        self._stacks: dict[str, TcpStack] = {}

    def serve(self, address: Address, handler: Handler) -> Callable[[], None]:
        """Call `await handler(reader, writer)` for each connection; the result ends that."""
        return self.listen(address, listener_for(handler))

    def listen(self, address: Address, on_connection: OnConnection) -> Callable[[], None]:
        """The same without a loop: `on_connection(connection)` for each; see `TcpStack`."""
        check_public(address.host)
        return self._stack(address.host).listen(address.port, on_connection)

    def listen_inside(self, address: Address, on_connection: OnConnection) -> Callable[[], None]:
        """The same at a private address: a service of 1NCE, which sees the device's own."""
        return self._stack(address.host).listen(address.port, on_connection)

    def bridge(self, address: Address, real: tuple[str, int]) -> Callable[[], None]:
        """Join each connection to a new one of a real server."""
        return self.serve(address, bridge_to(real))

    def route(self, datagram: Datagram, sender: SimCard | None, session: Session | None) -> None:
        """Take a segment on its way: up to its host, or down to its device."""
        host = datagram.destination.host
        if sender is None:
            self._core.downlink.deliver(datagram)
        elif self._core.sim_at(host) is not None:
            self._core.drop(datagram, "from SIM to SIM")
        elif self._is_os(host) and not self._internet.reaches_os(session, sender):
            self._core.drop(datagram, "1NCE OS is not reachable from this breakout")
        elif self._is_os(host) or is_private(host):
            self._arrive(datagram)
        else:
            self._translate(datagram, self._internet.public_host_of(session, sender))

    def answer_for_nat(self, datagram: Datagram) -> None:
        """The NAT knows no binding for a host's segment: answer by RST, if it does so."""
        answer = self._refusal(datagram)
        if answer is not None:
            self._arrive(answer)

    def _translate(self, datagram: Datagram, public_host: str) -> None:
        segment, nat = datagram.segment, self._internet.nat
        assert segment is not None
        ends = (datagram.source, datagram.destination, public_host)
        if segment.flags & (SYN | ACK) != SYN and not nat.knows("TCP", *ends):
            self._core.drop(datagram, "no NAT binding")
            answer = self._refusal(datagram)
            if answer is not None:
                self._core.downlink.deliver(answer)
            return
        public = nat.outbound("TCP", *ends)
        self._arrive(Datagram(public, datagram.destination, datagram.payload, segment))

    def _refusal(self, datagram: Datagram) -> Datagram | None:
        if datagram.segment is None or not self._core.settings.tcp_forgotten_is_reset:
            return None
        answer = refusal(datagram.segment, datagram.payload)
        if answer is None:
            return None
        return Datagram(datagram.destination, datagram.source, b"", answer)

    def _arrive(self, datagram: Datagram) -> None:
        host = datagram.destination.host
        if host in self._stacks or self._internet.has_host(host) or self._is_os(host):
            self._stack(host).receive(datagram)
        else:
            self._core.drop(datagram, "nobody is there")

    def _is_os(self, host: str) -> bool:
        return any(address.host == host for address in self._core.listeners())

    def _stack(self, host: str) -> TcpStack:
        if host not in self._stacks:
            self._stacks[host] = TcpStack(
                self._core.clock,
                host,
                self._core.send if is_private(host) else self._internet.send,
                mtu=lambda: ETHERNET_MTU,
                random=self._core.tcp_random,
                settings=self._core.settings.tcp,
            )
        return self._stacks[host]
