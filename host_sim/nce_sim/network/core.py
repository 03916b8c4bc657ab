"""The core network: who is who, and which datagram goes where.

Every SIM has one static private IPv4 address; that address is its identity towards the services.
A datagram goes to a service listening at its destination, or to the SIM's latest session, or, when
there is none, to the loopback twin.

    address = core.add_subscriber(sim)                    # "10.160.0.1"
    core.listen(Address("10.60.2.239", 4445), handler)    # handler(datagram)
    session = core.open_session(sim, deliver)             # deliver(datagram): downlink
    session.send(Datagram(Address(session.host, 40000), service, b"hello"))

All deliveries are booked on the clock. 1NCE's rules: SIM-to-SIM traffic is dropped; of several PDP
sessions only the last one opened is usable, the older ones stay up and lead nowhere.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from nce_sim.clock import Clock
from nce_sim.network.datagram import Address, Datagram
from nce_sim.network.link import LTE_M, Link, LinkProfile
from nce_sim.network.session import Deliver, Session
from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import NetworkSettings

# ESM causes, TS 24.301 9.9.4.4.
OPERATOR_DETERMINED_BARRING = 8
UNKNOWN_APN = 27
REGULAR_DEACTIVATION = 36

# Network events as the Data Streamer names them.
_EVENTS = {3: "Create PDP Context", 5: "Delete PDP Context"}


class PdpRejected(Exception):
    """The network refuses a PDP session; `esm_cause` is TS 24.301's number."""

    def __init__(self, esm_cause: int, reason: str) -> None:
        super().__init__(f"PDP session rejected: {reason} (ESM cause {esm_cause})")
        self.esm_cause = esm_cause
        self.reason = reason


class Core:
    """Subscribers, sessions, services and names."""

    def __init__(
        self, clock: Clock, timeline: Timeline, random: Random, settings: NetworkSettings
    ) -> None:
        self.clock = clock
        self.timeline = timeline
        self.settings = settings
        self._random = random
        self._hosts = iter(_usable_hosts(settings.account_block, settings.first_host))
        self._sims: dict[str, SimCard] = {}
        self._addresses: dict[SimCard, str] = {}
        self._listeners: dict[Address, Deliver] = {}
        self._sessions: dict[SimCard, list[Session]] = {}
        self._twin: Deliver | None = None

    # -- who is who ------------------------------------------------------------------------

    def add_subscriber(self, sim: SimCard) -> str:
        """Give `sim` its static address (or tell it again)."""
        if sim not in self._addresses:
            host = next(self._hosts, None)
            if host is None:
                raise ValueError(
                    f"the block {self.settings.account_block} is full: {len(self._sims)} SIMs; "
                    "set a larger network.account_block"
                )
            self._sims[host] = sim
            self._addresses[sim] = host
            self.timeline.add("core", "subscriber", sim=sim.masked, address=host)
        return self._addresses[sim]

    def address_of(self, sim: SimCard) -> str | None:
        """The static address of `sim`, or None when it is not ours."""
        return self._addresses.get(sim)

    def sim_at(self, host: str) -> SimCard | None:
        """Whose address `host` is, or None."""
        return self._sims.get(host)

    def subscribers(self) -> list[SimCard]:
        """All SIMs, in the order of their addresses."""
        return list(self._addresses)

    def resolve(self, name: str) -> list[str]:
        """The addresses of `name`; [] when unknown."""
        return list(self.settings.names.get(name.rstrip(".").lower(), ()))

    # -- services and twins ----------------------------------------------------------------

    def listen(self, address: Address, handler: Deliver) -> Callable[[], None]:
        """Call `handler(datagram)` for every datagram to `address`; the result ends that."""
        if address in self._listeners:
            raise ValueError(f"{address} is taken by {self._listeners[address]!r}")
        self._listeners[address] = handler

        def stop() -> None:
            if self._listeners.get(address) is handler:
                del self._listeners[address]

        return stop

    def listeners(self) -> list[Address]:
        """The service addresses being listened at."""
        return list(self._listeners)

    def set_twin(self, deliver: Deliver | None) -> None:
        """Hand `deliver(datagram)` what is for a SIM or stranger without an open session."""
        self._twin = deliver

    # -- sessions --------------------------------------------------------------------------

    def open_session(
        self,
        sim: SimCard,
        deliver: Deliver,
        *,
        apn: str | None = None,
        profile: LinkProfile = LTE_M,
        on_closed: Callable[[str], None] | None = None,
    ) -> Session:
        """Open a PDP session; `on_closed(reason)` tells that the network ended it.

        Raises PdpRejected for a strange or disabled SIM and for a wrong APN.
        """
        host = self._addresses.get(sim)
        if host is None:
            raise PdpRejected(OPERATOR_DETERMINED_BARRING, f"{sim} is not a subscriber")
        if not sim.is_enabled:
            raise PdpRejected(OPERATOR_DETERMINED_BARRING, f"{sim} is disabled")
        if apn is not None and not self.apn_is_known(apn):
            raise PdpRejected(UNKNOWN_APN, f"APN {apn!r} is not {self.settings.apn!r}")
        links = (
            Link(self.clock, Random(self._random.getrandbits(64)), profile),
            Link(self.clock, Random(self._random.getrandbits(64)), profile),
        )
        session = Session(self, sim, host, deliver, links=links, on_closed=on_closed)
        self._sessions.setdefault(sim, []).append(session)
        self._event(3, sim, address=host, bearer=profile.name)
        return session

    def apn_is_known(self, apn: str) -> bool:
        """Whether the network accepts `apn` from a device."""
        if not apn:
            return self.settings.an_empty_apn_is_accepted
        return apn.lower() == self.settings.apn

    def session_of(self, sim: SimCard) -> Session | None:
        """The usable session of `sim`: the last one opened."""
        sessions = self._sessions.get(sim)
        return sessions[-1] if sessions else None

    def drop_sessions(self, sim: SimCard, reason: str = "dropped by the network") -> int:
        """End all sessions of `sim` from the network's side; returns how many there were."""
        sessions = list(self._sessions.get(sim, ()))
        for session in sessions:
            session.close(reason)
            if session.on_closed is not None:
                session.on_closed(reason)
        return len(sessions)

    def session_closed(self, session: Session, reason: str) -> None:
        """Forget a session; called by the session itself."""
        self._sessions[session.sim].remove(session)
        self._event(
            5,
            session.sim,
            address=session.host,
            reason=reason,
            bytes_up=session.bytes_up,
            bytes_down=session.bytes_down,
        )

    # -- datagrams -------------------------------------------------------------------------

    def send(self, datagram: Datagram) -> None:
        """Route a datagram of a service or a twin."""
        if datagram.destination in self._listeners:
            self._twin_record(datagram, "up", datagram.source.host)
        self._forward(datagram)

    def _forward(self, datagram: Datagram) -> None:
        sender = self._sims.get(datagram.source.host)
        if sender is not None and not sender.is_enabled:
            self._dropped(datagram, "the SIM is disabled")
            return
        self.clock.call_later(
            self.settings.backbone_latency_ms, lambda: self._route(datagram, sender)
        )

    def send_from_session(self, session: Session, datagram: Datagram) -> None:
        """Route a datagram that came up a session's link."""
        # What was on the air when its session ended still arrives, unless there is a later one.
        if self.session_of(session.sim) not in (session, None):
            self._dropped(datagram, "not the latest session of its SIM")
            return
        self._forward(datagram)

    def _route(self, datagram: Datagram, sender: SimCard | None) -> None:
        handler = self._listeners.get(datagram.destination)
        if handler is not None:
            handler(datagram)
            return
        receiver = self._sims.get(datagram.destination.host)
        if receiver is not None and sender is not None:
            self._dropped(datagram, "from SIM to SIM")
            return
        session = self.session_of(receiver) if receiver is not None else None
        if session is not None:
            session.receive(datagram)
        elif self._twin is not None and sender is None:
            self._twin_record(datagram, "down", datagram.destination.host)
            self._twin(datagram)
        else:
            self._dropped(datagram, "nobody is there")

    def _twin_record(self, datagram: Datagram, direction: str, host: str) -> None:
        self.timeline.add(
            f"twin {host}", "datagram", **datagram.fields, direction=direction, fate="sent"
        )

    def _dropped(self, datagram: Datagram, reason: str) -> None:
        self.timeline.add("core", "dropped", **datagram.fields, reason=reason)

    def _event(self, event_type: int, sim: SimCard, /, **fields: object) -> None:
        self.timeline.add(
            "core", "event", type=event_type, name=_EVENTS[event_type], sim=sim.masked, **fields
        )


def _usable_hosts(block: str, first_host: int) -> list[str]:
    network = ipaddress.IPv4Network(block)
    if network.prefixlen < 16:
        raise ValueError(f"the account's block {block} is larger than a /16; take a smaller one")
    last = network.num_addresses - 1  # the broadcast address is nobody's
    return [str(network[number]) for number in range(first_host, last)]
