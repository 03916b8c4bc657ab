"""A cell as a modem at its place sees it, and how that changes.

    cell.is_in_coverage = False                                 # a hole, until it is set back
    cell.schedule_holes([(60_000, 90_000)], every_ms=3_600_000)  # from, until; every hour
    cell.drift = lambda now_ms: -12 if now_ms > 600_000 else 0   # dB on top
    stop = cell.watch(changed)                                   # changed(cell): coverage turned
    cell.grant_psm("00100001", "00000000")                       # a Psm, or None

Every value may be changed while a world runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from nce_sim.clock import Clock
from nce_sim.link_profile import LinkProfile

if TYPE_CHECKING:
    from nce_sim.settings import CellSettings, RoamingRule

RATS = ("2G", "3G", "LTE", "LTE-M", "NB-IoT")
# A modem does not camp below this (TS 36.304, 5.2.3.2; the value is our choice).
WEAKEST_DBM = -135


USUAL_WINDOW = "0011"  # [U] 5.12 s on LTE-M, 10.24 s on NB-IoT


class Psm(NamedTuple):
    """Granted PSM timers as bit strings (TS 24.008, 10.5.7.4a and 10.5.7.3)."""

    t3412: str
    t3324: str


class Edrx(NamedTuple):
    """Granted eDRX cycle and paging time window as bit strings (TS 24.008, 10.5.5.32)."""

    cycle: str
    paging_window: str


@dataclass(frozen=True)
class Carrier:
    """A visited operator and its rule for the account's SIMs."""

    plmn: str
    long_name: str
    short_name: str
    rule: RoamingRule

    def emm_cause(self, rat: str) -> int | None:
        """Why a SIM is not welcome on `rat` (TS 24.301, A.1), or None."""
        if self.rule.is_forbidden:
            return self.rule.forbidden_emm_cause
        if self.rule.rats is not None and rat not in self.rule.rats:
            return self.rule.rat_emm_cause
        return None


@dataclass(eq=False)
class Cell:
    """One cell; its signal values are kept without drift, which is added when they are read."""

    settings: CellSettings = field(repr=False)
    carrier: Carrier
    clock: Clock = field(repr=False)
    drift: Callable[[int], float] = field(default=lambda now_ms: 0, repr=False)

    def __post_init__(self) -> None:
        settings = self.settings
        if settings.rat not in RATS:
            raise ValueError(
                f"unknown technology {settings.rat!r}; choose one of {', '.join(RATS)}"
            )
        self.plmn = settings.plmn
        self.rat = settings.rat
        self.band = settings.band
        self.earfcn = settings.earfcn
        self.tac = settings.tac
        self.ci = settings.ci
        self.pci = settings.pci
        self.latitude = settings.latitude
        self.longitude = settings.longitude
        self.range_m = settings.range_m
        self.link: LinkProfile = settings.link
        self.rsrq_db = settings.rsrq_db
        self._rsrp_dbm = settings.rsrp_dbm
        self._rssi_dbm = settings.rssi_dbm
        self._sinr_db = settings.sinr_db
        self._is_in_coverage = True
        self._watchers: list[Callable[[Cell], None]] = []

    # -- signal ----------------------------------------------------------------------------

    @property
    def rsrp_dbm(self) -> int:
        """Reference signal power, with drift."""
        return round(self._rsrp_dbm + self.drift(self.clock.now_ms()))

    @rsrp_dbm.setter
    def rsrp_dbm(self, value: int) -> None:
        was_in_coverage = self.is_in_coverage
        self._rsrp_dbm = value
        if self.is_in_coverage != was_in_coverage:
            self._tell()

    @property
    def rssi_dbm(self) -> int:
        """Received power, with drift."""
        return round(self._rssi_dbm + self.drift(self.clock.now_ms()))

    @rssi_dbm.setter
    def rssi_dbm(self, value: int) -> None:
        self._rssi_dbm = value

    @property
    def sinr_db(self) -> int:
        """Signal to noise, with drift: the noise stays."""
        return round(self._sinr_db + self.drift(self.clock.now_ms()))

    @sinr_db.setter
    def sinr_db(self, value: int) -> None:
        self._sinr_db = value

    # -- coverage --------------------------------------------------------------------------

    @property
    def is_in_coverage(self) -> bool:
        """Whether the modem's place is covered with a signal that is strong enough."""
        return self._is_in_coverage and self.rsrp_dbm >= WEAKEST_DBM

    @is_in_coverage.setter
    def is_in_coverage(self, value: bool) -> None:
        if value != self._is_in_coverage:
            self._is_in_coverage = value
            self._tell()

    def _tell(self) -> None:
        for watcher in tuple(self._watchers):
            watcher(self)

    def shift(self, db: int) -> None:
        """A stronger or weaker signal: the noise stays."""
        self._rssi_dbm += db
        self._sinr_db += db
        self.rsrp_dbm = self._rsrp_dbm + db

    def watch(self, changed: Callable[[Cell], None]) -> Callable[[], None]:
        """Call `changed(cell)` when coverage comes or goes, not for drift; the result ends it."""
        self._watchers.append(changed)

        def stop() -> None:
            if changed in self._watchers:
                self._watchers.remove(changed)

        return stop

    def schedule_holes(
        self, holes: Sequence[tuple[int, int]], *, every_ms: int | None = None, times: int = 1
    ) -> None:
        """Lose coverage (from_ms, until_ms), counted from now; `times` times, every `every_ms`."""
        for repetition in range(times if every_ms is not None else 1):
            start_ms = repetition * (every_ms or 0)
            for from_ms, until_ms in holes:
                if not 0 <= from_ms < until_ms:
                    raise ValueError(f"a hole cannot last from {from_ms} until {until_ms} ms")
                self._book(start_ms + from_ms, False)
                self._book(start_ms + until_ms, True)

    def _book(self, delay_ms: int, is_covered: bool) -> None:
        def turn() -> None:
            self.is_in_coverage = is_covered

        self.clock.call_later(delay_ms, turn)

    # -- power saving ----------------------------------------------------------------------

    def grant_psm(self, t3412: str, t3324: str) -> Psm | None:
        """The grant for a modem that requests PSM with these eight bits each, or None."""
        settings = self.settings
        # Only LTE carries the timers here (TS 24.301, 5.3.11); GPRS has them on paper only.
        if not settings.psm_is_granted or self.rat in ("2G", "3G"):
            return None
        return Psm(settings.psm_t3412 or t3412, settings.psm_t3324 or t3324)

    def grant_edrx(self, cycle: str, window: str | None = None) -> Edrx | None:
        """The grant for a modem that requests eDRX with these four bits each, or None."""
        settings = self.settings
        if not settings.edrx_is_granted or self.rat in ("2G", "3G"):
            return None
        return Edrx(settings.edrx_cycle or cycle, settings.paging_window or window or USUAL_WINDOW)


def swaying(amplitude_db: float, period_ms: int) -> Callable[[int], float]:
    """A drift that goes up and down by `amplitude_db` as a sine of `period_ms`."""
    return lambda now_ms: amplitude_db * math.sin(2 * math.pi * now_ms / period_ms)
