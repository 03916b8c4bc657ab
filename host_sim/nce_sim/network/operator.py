"""The visited operators at the modem's place: their cells, and the SIMs they accept.

    operator.cells[0].is_in_coverage = False              # a coverage hole
    operator.scan()                                       # for AT+COPS=?
    [best, *others] = operator.select(("LTE-M", "NB-IoT"))
    session = operator.attach(sim, cell, "iot.1nce.net", deliver=…, on_closed=…, imei=…)

or, where attach and PDP are separate (2G, 3G, attach without PDN):

    registration = operator.register(sim, cell, imei=…, on_detached=…)
    session = registration.open_session("iot.1nce.net", deliver, on_closed)
    registration.move_to(other_cell)
    registration.detach()
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import NamedTuple

from nce_sim.link_profile import LTE, LTE_M, LinkProfile
from nce_sim.network.causes import (
    EPS_AND_NON_EPS_NOT_ALLOWED,
    ESM_FAILURE,
    OPERATOR_DETERMINED_BARRING,
    AttachRejected,
    PdpRejected,
)
from nce_sim.network.cell import Carrier, Cell
from nce_sim.network.core import Core
from nce_sim.network.detail import RAT_NAMES, location_detail, reported_rat, sgsn_host
from nce_sim.network.session import Deliver, Session
from nce_sim.network.short_messages import IsReachable, RatOf, ShortMessages
from nce_sim.settings import CellSettings, RoamingRule, Settings
from nce_sim.sim_card import SimCard

__all__ = ["AttachRejected", "Carrier", "Cell", "Found", "Operator", "Registration"]

AVAILABLE, CURRENT, FORBIDDEN = 1, 2, 3  # TS 27.007, 7.3


class Found(NamedTuple):
    """One line of a scan: AVAILABLE or FORBIDDEN (the modem knows which is CURRENT)."""

    status: int
    carrier: Carrier
    rat: str


@dataclass(eq=False)
class Registration:
    """A SIM that is attached; `on_detached(reason, emm_cause)` tells that the network ended it."""

    operator: Operator
    sim: SimCard
    cell: Cell
    imei: str | None = None
    on_detached: Callable[[str, int], None] | None = None
    session: Session | None = None
    is_attached: bool = True

    def open_session(
        self, apn: str, deliver: Deliver, on_closed: Callable[[str], None] | None = None
    ) -> Session:
        """Activate a PDP context; raises PdpRejected, the attach stays."""
        if not self.is_attached:
            raise ValueError(f"{self.sim} is detached; register it again")
        self.session = self.operator.core.open_session(
            self.sim,
            deliver,
            apn=apn,
            profile=self.cell.link,
            on_closed=on_closed,
            cell=self.cell,
        )
        self.session.on_wake = lambda: self.operator.sms.memory_available(self.sim)
        return self.session

    def move_to(self, cell: Cell) -> None:
        """Move to another cell: tracking area update, sessions stay; raises AttachRejected."""
        self.operator.check(self.sim, cell, self.imei)
        self.cell = cell
        self.operator.located(self)
        if self.session is not None and self.session.is_open:
            self.session.move_to(cell)

    def detach(self, reason: str = "detached") -> None:
        """End the registration from the device's side. Detaching twice is harmless."""
        self.operator.forget(self)
        if self.session is not None:
            self.session.close(reason)


class Operator:
    """All cells at the modem's place; names and PLMN come from the first cell's operator."""

    def __init__(
        self,
        core: Core,
        settings: CellSettings,
        world: Settings,
        open_sms: Callable[[RatOf, IsReachable], ShortMessages],
    ) -> None:
        self.core = core
        self.settings = settings
        self.long_name = settings.operator_long
        self.short_name = settings.operator_short
        self.plmn = settings.plmn
        self.carriers: dict[str, Carrier] = {}
        self.cells: list[Cell] = []
        self._rules = dict(world.roaming)
        self._registrations: dict[SimCard, Registration] = {}
        self.sms = open_sms(self.rat_of, self.reaches_by_sms)
        for cell in (settings, *world.more_cells):
            self.add_cell(cell)

    def drop_sessions(self, sim: SimCard, reason: str) -> None:
        """End the sessions of a SIM from the network's side; it stays attached."""
        self.core.drop_sessions(sim, reason)

    # -- cells -----------------------------------------------------------------------------

    def add_cell(self, settings: CellSettings) -> Cell:
        """Add a cell; the first cell of an operator gives its name."""
        if settings.nearest_region is not None:
            self.core.internet.check_region(settings.nearest_region)
        carrier = self.carriers.get(settings.plmn)
        if carrier is None:
            rule = self._rules.get(settings.plmn, RoamingRule())
            carrier = self.carriers[settings.plmn] = Carrier(
                settings.plmn, settings.operator_long, settings.operator_short, rule
            )
        cell = Cell(settings, carrier, self.core.clock)
        cell.watch(self._coverage_turned)
        self.cells.append(cell)
        return cell

    def set_link(self, cell: Cell, profile: LinkProfile) -> None:
        """Let a cell treat datagrams so from now on, those of open sessions as well."""
        cell.link = profile
        for registration in self._registrations.values():
            session = registration.session
            if registration.cell is cell and session is not None:
                session.uplink.profile = session.downlink.profile = profile

    def serve(self, rats: Iterable[str]) -> None:
        """Let a modem of these technologies find a cell where the place has but LTE-M.

        LTE-M lives in a carrier of LTE (TS 36.300, 23.7b), which is the same site then: its
        coverage and drift are those of the LTE-M cell.
        """
        wanted = tuple(rats)
        hosts = [cell for cell in self.cells if cell.rat == "LTE-M"]
        if "LTE" not in wanted or not hosts or any(cell.rat in wanted for cell in self.cells):
            return
        host = hosts[0]
        link = LTE if host.link is LTE_M else host.link
        carrier = self.add_cell(replace(host.settings, rat="LTE", link=link))

        def drift(now_ms: int) -> float:
            return host.drift(now_ms)  # as it is then: it may be replaced at any time

        def follow(cell: Cell) -> None:
            carrier.is_in_coverage = cell.is_in_coverage

        carrier.drift = drift
        follow(host)
        host.watch(follow)

    def scan(self, rats: Sequence[str] | None = None) -> list[Found]:
        """Operators and their technologies in coverage, the strongest first."""
        found: dict[tuple[str, str], Found] = {}
        for cell in self._covered(rats):
            is_forbidden = cell.carrier.emm_cause(cell.rat) is not None
            status = FORBIDDEN if is_forbidden else AVAILABLE
            found.setdefault((cell.plmn, cell.rat), Found(status, cell.carrier, cell.rat))
        return list(found.values())

    def select(
        self,
        rats: Sequence[str] | None = None,
        *,
        plmn: str | None = None,
        bands: Sequence[int] | None = None,
        forbidden_plmns: Sequence[str] = (),
    ) -> list[Cell]:
        """Cells to try, best first: by the order of `rats`, then by signal.

        A chosen `plmn` is tried even if it is on the SIM's list of forbidden ones.
        """
        cells = [
            cell
            for cell in self._covered(rats)
            if plmn in (None, cell.plmn)
            and (bands is None or cell.band in bands)
            and (plmn is not None or cell.plmn not in forbidden_plmns)
        ]
        if rats is not None:
            cells.sort(key=lambda cell: rats.index(cell.rat))
        return cells

    def search_ms(self, random: Random) -> int:
        """How long one search takes."""
        return random.randint(*self.settings.search_ms)

    def rat_of(self, sim: SimCard) -> str | None:
        """The technology on which `sim` is attached, or None."""
        registration = self._registrations.get(sim)
        return registration.cell.rat if registration is not None else None

    def reaches_by_sms(self, sim: SimCard) -> bool:
        """Whether an SMS gets through now; a SIM that is not registered must be enabled."""
        registration = self._registrations.get(sim)
        if registration is None:
            return sim.is_enabled
        session, cell = registration.session, registration.cell
        is_asleep = session is not None and session.is_open and session.is_asleep
        return cell.rat != "NB-IoT" and cell.is_in_coverage and not is_asleep

    def registration_of(self, sim: SimCard) -> Registration | None:
        """Where `sim` is attached, or None."""
        return self._registrations.get(sim)

    def status_of(self, sim: SimCard) -> str:
        """OFFLINE, ATTACHED or ONLINE (with a PDP session), as the API says."""
        if self.core.session_of(sim) is not None:
            return "ONLINE"
        return "ATTACHED" if sim in self._registrations else "OFFLINE"

    # -- attach ----------------------------------------------------------------------------

    def attach(
        self,
        sim: SimCard,
        cell: Cell,
        apn: str,
        *,
        deliver: Deliver,
        on_closed: Callable[[str], None],
        imei: str | None = None,
    ) -> Session:
        """Let `sim` in with its default bearer, as LTE does; raises AttachRejected.

        The attach ends with the session (TS 24.301, 5.5.2.3).
        """
        registration = self.register(sim, cell, imei=imei)
        try:
            session = registration.open_session(apn, deliver, on_closed)
        except PdpRejected as rejected:
            self.forget(registration)
            # Logs show that a wrong APN ends in EMM 19 with ESM 8.
            raise AttachRejected(
                ESM_FAILURE, OPERATOR_DETERMINED_BARRING, rejected.reason
            ) from rejected
        session.on_end = lambda: self.forget(registration)
        return session

    def register(
        self,
        sim: SimCard,
        cell: Cell,
        *,
        imei: str | None = None,
        on_detached: Callable[[str, int], None] | None = None,
    ) -> Registration:
        """Let `sim` in without a bearer; raises AttachRejected."""
        self.check(sim, cell, imei)
        self.core.account.seen(sim, imei)
        registration = Registration(self, sim, cell, imei, on_detached)
        former = self._registrations.get(sim)
        if former is not None:
            former.is_attached = False
        self._registrations[sim] = registration
        self.located(registration)
        return registration

    def check(self, sim: SimCard, cell: Cell, imei: str | None) -> None:
        """Whether `sim` in the device `imei` is welcome in `cell`; raises AttachRejected."""
        cause = cell.carrier.emm_cause(cell.rat)
        if cause is not None:
            raise AttachRejected(cause, None, f"{cell.plmn} takes no guests on {cell.rat}")
        prefixes = cell.carrier.rule.imsi_prefixes
        if prefixes is not None and not sim.imsi.startswith(prefixes):
            raise AttachRejected(
                cell.carrier.rule.forbidden_emm_cause,
                None,
                f"{cell.plmn} takes no guests with an IMSI of {sim.imsi[:5]}",
            )
        if self.core.address_of(sim) is None:
            raise AttachRejected(EPS_AND_NON_EPS_NOT_ALLOWED, None, f"{sim} is not a subscriber")
        refusal = self.core.account.attach_refusal(sim, imei)
        if refusal is not None:
            raise AttachRejected(refusal.emm_cause, None, refusal.reason)

    def located(self, registration: Registration) -> None:
        """Emit where a SIM is; there is no VLR for NB-IoT."""
        sim, cell = registration.sim, registration.cell
        host, detail = sgsn_host(cell.plmn), location_detail(cell)
        if cell.rat != "NB-IoT":
            self.core.events.emit("location", sim, detail, vlr=host)
        rat_type = RAT_NAMES[reported_rat(cell)]
        self.core.events.emit(
            "gprs_location", sim, detail, sgsn=host, sgsn_ip=host, rat_type=rat_type
        )
        self.sms.memory_available(sim)

    def forget(self, registration: Registration) -> None:
        """A registration ended."""
        registration.is_attached = False
        if self._registrations.get(registration.sim) is registration:
            del self._registrations[registration.sim]

    def throw_out(self, sim: SimCard, reason: str, emm_cause: int) -> None:
        """End the registration and sessions of `sim` from the network's side."""
        registration = self._registrations.get(sim)
        if registration is not None:
            self.forget(registration)
            for name in ("location_purged", "gprs_location_purged"):
                self.core.events.emit(name, sim)
        self.core.drop_sessions(sim, reason)
        if registration is not None and registration.on_detached is not None:
            registration.on_detached(reason, emm_cause)

    def _coverage_turned(self, cell: Cell) -> None:
        if cell.is_in_coverage:
            for registration in self._registrations.values():
                if registration.cell is cell:
                    self.sms.memory_available(registration.sim)

    def _covered(self, rats: Sequence[str] | None) -> list[Cell]:
        cells = [
            cell
            for cell in self.cells
            if cell.is_in_coverage and (rats is None or cell.rat in rats)
        ]
        return sorted(cells, key=lambda cell: -cell.rsrp_dbm)
