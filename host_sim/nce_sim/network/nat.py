"""Network address translation towards the open internet: outbound only, with idle time-outs.

    nat = Nat(clock, settings)
    public = nat.outbound("UDP", device, remote, public_host="198.51.100.1")
    nat.inbound("UDP", public, remote)      # the device's address, or None: closed or idle

A device's address and port keep their public port while in use (RFC 4787, 4.1). A setting says
which hosts may answer. Bindings end after 120 s (UDP) or 600 s (TCP) without a datagram.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nce_sim.clock import Clock
from nce_sim.wire.datagram import Address

if TYPE_CHECKING:
    from nce_sim.settings import NetworkSettings

FIRST_PUBLIC_PORT = 20_000
_PORTS = 65_536 - FIRST_PUBLIC_PORT


@dataclass
class Binding:
    """A device's address as the internet sees it, and the hosts it sent to, with the times."""

    protocol: str
    private: Address
    public: Address
    used_at_ms: int
    remotes: dict[Address, int] = field(default_factory=dict)


class Nat:
    """The bindings of all SIMs."""

    def __init__(self, clock: Clock, settings: NetworkSettings) -> None:
        self._clock = clock
        self._is_open_to_anybody = settings.nat_is_open_to_anybody
        self._inbound_keeps_alive = settings.nat_inbound_keeps_alive
        self._idle_ms = {"UDP": settings.udp_idle_s * 1000, "TCP": settings.tcp_idle_s * 1000}
        self._by_private: dict[tuple[str, Address, str], Binding] = {}
        self._by_public: dict[tuple[str, Address], Binding] = {}
        self._count = 0

    def outbound(
        self, protocol: str, private: Address, remote: Address, public_host: str
    ) -> Address:
        """The public source address of a datagram to `remote`."""
        now_ms = self._clock.now_ms()
        binding = self._by_private.get((protocol, private, public_host))
        if binding is None or self._is_idle(binding):
            if binding is not None:
                self._forget(binding)
            public = Address(public_host, self._free_port(protocol, public_host))
            binding = Binding(protocol, private, public, now_ms)
            self._by_private[protocol, private, public_host] = binding
            self._by_public[protocol, public] = binding
        binding.used_at_ms = binding.remotes[remote] = now_ms
        return binding.public

    def knows(self, protocol: str, private: Address, remote: Address, public_host: str) -> bool:
        """Whether `outbound` would go on with a binding in use, towards a host written to."""
        binding = self._by_private.get((protocol, private, public_host))
        if binding is None or self._is_idle(binding):
            return False
        used_at_ms = binding.remotes.get(remote)
        return used_at_ms is not None and not self._was_long_ago(protocol, used_at_ms)

    def inbound(self, protocol: str, public: Address, remote: Address) -> Address | None:
        """The device behind `public`, or None when `remote` may not pass (any more)."""
        binding = self._by_public.get((protocol, public))
        if binding is None:
            return None
        if self._is_idle(binding):
            self._forget(binding)
            return None
        now_ms = self._clock.now_ms()
        if not self._is_open_to_anybody:
            written_at_ms = binding.remotes.get(remote)
            if written_at_ms is None or self._was_long_ago(protocol, written_at_ms):
                return None
        if self._inbound_keeps_alive:
            binding.used_at_ms = binding.remotes[remote] = now_ms
        return binding.private

    def forget_all(self) -> None:
        """Drop all bindings, as a restart of the gateway does: devices get other public ports."""
        self._by_private.clear()
        self._by_public.clear()

    def forget(self, host: str) -> int:
        """Drop the bindings of one device; how many it had."""
        mine = [each for each in self._by_private.values() if each.private.host == host]
        for binding in mine:
            self._forget(binding)
        return len(mine)

    @property
    def count(self) -> int:
        """How many bindings there are, some of them idle."""
        return len(self._by_private)

    def _is_idle(self, binding: Binding) -> bool:
        return self._was_long_ago(binding.protocol, binding.used_at_ms)

    def _was_long_ago(self, protocol: str, time_ms: int) -> bool:
        return self._clock.now_ms() - time_ms >= self._idle_ms[protocol]

    def _forget(self, binding: Binding) -> None:
        del self._by_private[binding.protocol, binding.private, binding.public.host]
        del self._by_public[binding.protocol, binding.public]

    def _free_port(self, protocol: str, host: str) -> int:
        for _ in range(_PORTS):
            port = FIRST_PUBLIC_PORT + self._count % _PORTS
            self._count += 1
            holder = self._by_public.get((protocol, Address(host, port)))
            if holder is not None and self._is_idle(holder):
                self._forget(holder)
                holder = None
            if holder is None:
                return port
        raise RuntimeError(f"no public port of {host} is free: {_PORTS} bindings are in use")
