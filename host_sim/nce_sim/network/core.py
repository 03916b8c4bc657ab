"""The core network: it knows the SIMs by their addresses and routes datagrams.

Every SIM has one static private IPv4 address; that address is its identity towards the services.
A datagram goes to a service that listens, or to a SIM's session or loopback twin (by the rule of
`downlink`); a datagram for the internet leaves through the breakout.

    address = core.add_subscriber(sim)                    # "10.160.0.1"
    core.listen(Address("10.60.2.239", 4445), handler)    # handler(datagram)
    session = core.open_session(sim, deliver)             # deliver(datagram): downlink
    session.send(Datagram(Address(session.host, 40000), service, b"hello"))

All deliveries are scheduled on the clock. SIM-to-SIM traffic is dropped. Of several PDP sessions
only the newest works; the older ones stay up and carry nothing (1NCE's rules).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import TYPE_CHECKING

from nce_sim.clock import Clock
from nce_sim.link_profile import LTE_M, LinkProfile
from nce_sim.network.addresses import AddressBlocks
from nce_sim.network.causes import OPERATOR_DETERMINED_BARRING, UNKNOWN_APN, PdpRejected
from nce_sim.network.charging import Charging
from nce_sim.network.detail import pdp_detail, sgsn_host
from nce_sim.network.downlink import Downlink
from nce_sim.network.echo import Echoes
from nce_sim.network.events import Events
from nce_sim.network.internet import Internet
from nce_sim.network.link import Link
from nce_sim.network.session import Deliver, Session
from nce_sim.record.timeline import Timeline
from nce_sim.settings import PLATFORM_2
from nce_sim.sim_card import SimCard
from nce_sim.wire.datagram import Address, Datagram

if TYPE_CHECKING:
    from nce_sim.network.cell import Cell
    from nce_sim.settings import NetworkSettings


class Core:
    """Subscribers, sessions, services and names."""

    def __init__(
        self,
        clock: Clock,
        timeline: Timeline,
        random: Random,
        tcp_random: Random,
        settings: NetworkSettings,
        account: Charging,
        events: Events,
        calendar_start_s: int = 0,
    ) -> None:
        self.clock = clock
        self.timeline = timeline
        self.settings = settings
        self.events = events
        self.account = account
        self.tcp_random = tcp_random  # of sequence numbers
        self.internet = Internet(self)
        self._calendar_start_s = calendar_start_s
        self._random = random
        self.blocks = AddressBlocks(
            [settings.account_block, *settings.next_account_blocks], settings.first_host
        )
        self._sims: dict[str, SimCard] = {}
        self._addresses: dict[SimCard, str] = {}
        self._organisations: dict[SimCard, int] = {}
        self._apns: dict[int, str] = {}  # by organisation
        self._by_iccid: dict[str, SimCard] = {}
        self._listeners: dict[Address, Deliver] = {}
        self._sessions: dict[SimCard, list[Session]] = {}
        self._session_count = 0
        self.downlink = Downlink(self)
        self.echoes = Echoes(self)

    def epoch_s(self, at_ms: int) -> float:
        """Seconds since 1970 when the clock shows `at_ms`."""
        return self._calendar_start_s + at_ms / 1000

    # -- the SIMs --------------------------------------------------------------------------

    def add_subscriber(
        self, sim: SimCard, organisation_id: int | None = None, former: str | None = None
    ) -> str:
        """Give `sim` a static address, or return the one it has; ValueError when none is left.

        The address is one of the organisation's blocks; None is the world's own organisation.
        `former` is the address of an earlier run: it stays the SIM's if it is free.
        """
        if sim not in self._addresses:
            if organisation_id is None:
                organisation_id = self.account.settings.organisation_id
            host = None if former is None else self.blocks.here(former)
            if host is None or host in self._sims:
                host = self.blocks.next_host(organisation_id)
            else:
                self.blocks.claim_host(host, organisation_id)
            self._sims[host] = sim
            self._addresses[sim] = host
            self._organisations[sim] = organisation_id
            self._by_iccid[sim.iccid] = sim
            self.account.add(sim, organisation_id)
            self.timeline.add("core", "subscriber", sim=sim.masked, address=host)
        return self._addresses[sim]

    def remove_subscriber(self, sim: SimCard) -> None:
        """Take `sim` out of the network; its address is free again."""
        self.drop_sessions(sim, "the SIM is no longer a subscriber")
        host, organisation_id = self._addresses.pop(sim), self._organisations.pop(sim)
        del self._sims[host], self._by_iccid[sim.iccid]
        self.blocks.release(host, organisation_id)
        self.timeline.add("core", "withdrawn", sim=sim.masked, address=host)

    def readdress(self, sim: SimCard, organisation_id: int, host: str) -> None:
        """Make `host`, one of another organisation's addresses, that of `sim`.

        An address changes with the organisation and never else (1nce_os.md, 7.2). The sessions of
        the former address end with `transferred`, which the caller calls once this is stored.
        """
        del self._sims[self._addresses[sim]]
        self._sims[host] = sim
        self._addresses[sim] = host
        self._organisations[sim] = organisation_id

    def transferred(self, sim: SimCard) -> None:
        """`sim` was given another address: its sessions end."""
        self.drop_sessions(sim, "the SIM was transferred")
        self.timeline.add("core", "transferred", sim=sim.masked, address=self._addresses[sim])

    def organisation_of(self, sim: SimCard | None) -> int | None:
        """The organisation of `sim`, or None for an unknown SIM."""
        return self._organisations.get(sim) if sim is not None else None

    def address_of(self, sim: SimCard) -> str | None:
        """The static address of `sim`, or None for an unknown SIM."""
        return self._addresses.get(sim)

    def sim_at(self, host: str) -> SimCard | None:
        """The SIM with the address `host`, or None."""
        return self._sims.get(host)

    def sim_of(self, iccid: str) -> SimCard | None:
        """The SIM with that ICCID, or None."""
        return self._by_iccid.get(iccid)

    def subscribers(self) -> list[SimCard]:
        """All SIMs, in the order of their addresses."""
        return list(self._addresses)

    def resolve(self, name: str) -> list[str]:
        """The addresses of `name`; [] when unknown."""
        hosts = self.settings.names.get(name.rstrip(".").lower())
        return list(hosts) if hosts is not None else self.internet.resolve(name)

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
        """The service addresses with a listener."""
        return list(self._listeners)

    def set_twin(self, deliver: Deliver | None) -> None:
        """Give datagrams for a twin program to `deliver(datagram)`."""
        self.downlink.set_twin(deliver)

    # -- sessions --------------------------------------------------------------------------

    def open_session(
        self,
        sim: SimCard,
        deliver: Deliver,
        *,
        apn: str | None = None,
        profile: LinkProfile = LTE_M,
        on_closed: Callable[[str], None] | None = None,
        cell: Cell | None = None,
    ) -> Session:
        """Open a PDP session; `on_closed(reason)` tells that the network ended it.

        Raises PdpRejected for an unknown, disabled or exhausted SIM and for a wrong APN.
        """
        host = self._admit(sim, apn)
        links = (
            Link(self.clock, Random(self._random.getrandbits(64)), profile),
            Link(self.clock, Random(self._random.getrandbits(64)), profile),
        )
        self._session_count += 1
        session = Session(
            self,
            sim,
            host,
            deliver,
            links=links,
            on_closed=on_closed,
            cell=cell,
            number=self._session_count,
            region=self.internet.region_for(cell, sim),
            data_limit=self.account.data_limit(sim),
            apn=apn,
        )
        self._sessions.setdefault(sim, []).append(session)
        self.downlink.session_opened(host)
        self._event("pdp_created", session, address=host, bearer=profile.name)
        return session

    def _admit(self, sim: SimCard, apn: str | None) -> str:
        host = self._addresses.get(sim)
        if host is None:
            raise PdpRejected(OPERATOR_DETERMINED_BARRING, f"{sim} is not a subscriber")
        refusal = self.account.attach_refusal(sim)
        if refusal is not None:
            raise PdpRejected(refusal.esm_cause, refusal.reason, refusal.emm_cause)
        if apn is not None and not self.apn_is_known(apn, sim):
            raise PdpRejected(UNKNOWN_APN, f"APN {apn!r} is not {self.settings.apn!r}")
        refusal = self.account.pdp_refusal(sim)
        if refusal is not None:
            at_limit = refusal.code == "MONTHLY_USAGE_LIMIT_EXCEEDED"
            # [D] only records of Platform 2.0 name the cause.
            is_2 = self.account.platform_of(sim) == PLATFORM_2
            self.events.emit(
                "over_limit" if at_limit else "pdp_rejected",
                sim,
                {"data_service_failure_cause": refusal.code} if is_2 else None,
                reason=refusal.code,
            )
            raise PdpRejected(refusal.esm_cause, refusal.reason, refusal.emm_cause)
        return host

    def apn_is_known(self, apn: str, sim: SimCard | None = None) -> bool:
        """Whether the network accepts `apn` from a device; some organisations have one more."""
        if not apn:
            return self.settings.an_empty_apn_is_accepted
        own = self._apns.get(self.organisation_of(sim) or 0)
        other = None if sim is None else self.account.other_platform(sim)
        usual = (self.settings.apn,) if other is None else other.apns
        return apn.lower() in (*usual, own)

    def set_apn(self, organisation_id: int, apn: str | None) -> None:
        """The custom APN of an organisation, beside the usual one; None ends it."""
        if apn is None:
            self._apns.pop(organisation_id, None)
        else:
            self._apns[organisation_id] = apn.lower()

    def session_of(self, sim: SimCard) -> Session | None:
        """The session of `sim` that works: the last one opened."""
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
        if not self._sessions[session.sim]:
            self.downlink.session_ended(session.host)
        self._event(
            "pdp_deleted",
            session,
            address=session.host,
            reason=reason,
            bytes_up=session.bytes_up,
            bytes_down=session.bytes_down,
        )
        rounding = session.meter.close()
        if rounding:
            self.account.count_data(session.sim, rounding)

    def session_moved(self, session: Session) -> None:
        """A session moved to another cell; called by the session itself."""
        self._event("pdp_updated", session, address=session.host)

    def session_rounding(self, sim: SimCard) -> int:
        """The bytes up to whose multiple a session of `sim` is billed."""
        other = self.account.other_platform(sim)
        return (self.account.settings if other is None else other).session_rounding

    def bill(self, session: Session, up: int = 0, down: int = 0) -> None:
        """Count the bytes that pass the gateway; this may end the session."""
        session.meter.add(up, down)
        self.account.count_data(session.sim, up + down, session.data_limit)

    # -- datagrams -------------------------------------------------------------------------

    def send(self, datagram: Datagram) -> None:
        """Route a datagram of a service or a twin."""
        self.send_all((datagram,))

    def send_all(self, datagrams: Sequence[Datagram]) -> None:
        """Route datagrams that came together: they arrive together, as a batch for a service."""
        admitted = [
            datagram
            for datagram in datagrams
            if datagram.destination not in self._listeners or self.downlink.twin_sent(datagram)
        ]
        self._forward(admitted, None)

    def send_from_session(self, session: Session, datagram: Datagram) -> None:
        """Route a datagram from a session's uplink."""
        # A datagram on the air when its session ended still arrives, unless a newer session is up.
        if self.session_of(session.sim) not in (session, None):
            self.drop(datagram, "not the latest session of its SIM")
            return
        if not session.is_open and self.account.pdp_refusal(session.sim) is not None:
            self.drop(datagram, "its session was ended by the network")
            return
        self.bill(session, up=datagram.size)
        if session.is_open and datagram.segment is None:
            self.downlink.session_sent(datagram.source)
        self._forward((datagram,), session)

    def _forward(self, datagrams: Sequence[Datagram], session: Session | None) -> None:
        admitted: deque[tuple[Datagram, SimCard | None]] = deque()
        for datagram in datagrams:
            sender = self._sims.get(datagram.source.host)
            if sender is not None and not sender.is_enabled:
                self.drop(datagram, "the SIM is disabled")
            else:
                admitted.append((datagram, sender))

        def arrived() -> None:
            try:
                while admitted:
                    self._route(*admitted.popleft(), session)
            finally:
                if admitted:  # one handler failed; the others still get theirs
                    self.clock.call_later(0, arrived)

        if admitted:
            self.clock.call_later(self.settings.backbone_latency_ms, arrived)

    def _route(self, datagram: Datagram, sender: SimCard | None, session: Session | None) -> None:
        if datagram.segment is not None:
            self.internet.tcp.route(datagram, sender, session)
            return
        handler = self._listeners.get(datagram.destination)
        if handler is not None:
            if sender is not None and not self.internet.reaches_os(session, sender):
                self.drop(datagram, "1NCE OS is not reachable from this breakout")
            else:
                handler(datagram)
        elif sender is not None and datagram.destination.host in self._sims:
            self.drop(datagram, "from SIM to SIM")
        elif sender is not None and self.internet.has(datagram.destination):
            self.internet.deliver(datagram, session)
        elif sender is not None:
            self.drop(datagram, "nobody is there")
        else:
            self.downlink.deliver(datagram)

    def drop(self, datagram: Datagram, reason: str) -> None:
        """Note that a datagram ends here."""
        self.timeline.add("core", "dropped", **datagram.fields, reason=reason)

    def _event(self, name: str, session: Session, /, **more: object) -> None:
        detail = pdp_detail(session, self, is_over=not session.is_open)
        host = sgsn_host(session.cell.plmn if session.cell is not None else "")
        self.events.emit(name, session.sim, detail, more, sgsn_ip=host)
