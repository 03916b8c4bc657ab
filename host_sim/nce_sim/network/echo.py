"""Pings: a modem's echo requests, the hosts that answer them, and the way in between.

    world.core.echoes.silence("203.0.113.7")        # a host behind a firewall
    session.ping("8.8.8.8", size=32, ttl=64, heard=heard)     # heard(reply), once, if one comes

A host answers when something of the world listens at it, on whatever port. How far away it is says
a setting: a request whose time to live is shorter is answered by a router on the way. The gateway
bills requests and replies as it does datagrams (RFC 792 has no say on that; 1NCE counts IP bytes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from nce_sim.wire.echo import REQUEST, TIME_EXCEEDED, Echo

if TYPE_CHECKING:
    from nce_sim.network.core import Core
    from nce_sim.network.session import Session

Heard = Callable[[Echo], None]

STARTING_TTL = 64  # of a host's replies, as Linux sends them
GATEWAY = "10.64.0.1"  # [U] the router that tells of a request that lived too short


class Echoes:
    """What becomes of echo requests behind the gateway."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._silent: set[str] = set()

    def silence(self, host: str, *, is_silent: bool = True) -> None:
        """Let a host drop requests, as behind a firewall, or answer them again."""
        if is_silent:
            self._silent.add(host)
        else:
            self._silent.discard(host)

    def arrived(self, request: Echo, session: Session) -> None:
        """A request reached the gateway: route it, and send what answers it back."""
        settings = self._core.settings
        refusal = self._refusal(request.destination, session)
        if refusal is not None:
            self._drop(request, refusal)
            return
        hops = settings.ping_hops
        if request.ttl < hops:
            answer = request.answered_by(GATEWAY, STARTING_TTL - request.ttl, TIME_EXCEEDED)
        else:
            answer = request.answered_by(request.destination, STARTING_TTL - hops)

        def returned() -> None:
            if session.is_open:
                session.receive_echo(answer)

        self._core.clock.call_later(2 * settings.backbone_latency_ms, returned)

    def _refusal(self, host: str, session: Session) -> str | None:
        core = self._core
        if host in self._silent:
            return "it answers no ping"
        if core.sim_at(host) is not None:
            return "from SIM to SIM"
        if any(address.host == host for address in core.listeners()):
            if core.internet.reaches_os(session):
                return None
            return "1NCE OS is not reachable from this breakout"
        return None if core.internet.has_host(host) else "nobody is there"

    def _drop(self, request: Echo, reason: str) -> None:
        self._core.timeline.add("core", "dropped", **request.fields, reason=reason)


class Pings:
    """The echo requests of one session and who waits for their answers."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._waiting: dict[int, Heard] = {}
        self._count = 0

    def request(self, host: str, size: int, ttl: int, heard: Heard) -> Echo:
        """The next request; `heard` is called with what comes back."""
        self._count += 1
        sequence = self._count & 0xFFFF
        self._waiting[sequence] = heard
        identifier = self._session.number & 0xFFFF
        return Echo(self._session.host, host, REQUEST, identifier, sequence, bytes(size), ttl)

    def deliver(self, answer: Echo) -> None:
        """An answer is at the modem: give it to the one that waits; a copy finds nobody."""
        heard = self._waiting.pop(answer.sequence, None)
        if heard is not None:
            heard(answer)

    def forget(self, request: Echo) -> None:
        """Nobody waits any more."""
        self._waiting.pop(request.sequence, None)
