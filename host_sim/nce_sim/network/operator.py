"""The visited operator: its cells, and whom it lets in.

operator.cells[0].is_in_coverage = False          # a coverage hole
session = operator.attach(sim, cell, "iot.1nce.net", deliver=…, on_closed=…)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

from nce_sim.network.core import OPERATOR_DETERMINED_BARRING, Core, PdpRejected
from nce_sim.network.link import LinkProfile
from nce_sim.network.session import Deliver, Session
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import CellSettings

# EMM causes, TS 24.301 9.9.3.9.
EPS_AND_NON_EPS_NOT_ALLOWED = 8
ESM_FAILURE = 19


class AttachRejected(Exception):
    """The operator refuses an attach; the causes are TS 24.301's numbers."""

    def __init__(self, emm_cause: int, esm_cause: int | None, reason: str) -> None:
        super().__init__(f"attach rejected: {reason} (EMM {emm_cause}, ESM {esm_cause})")
        self.emm_cause = emm_cause
        self.esm_cause = esm_cause
        self.reason = reason


@dataclass(eq=False, slots=True)
class Cell:
    """One cell as a modem at its place sees it; every value may be changed while it runs."""

    plmn: str
    rat: str
    band: int
    earfcn: int
    tac: int
    ci: int
    pci: int
    rsrp_dbm: int
    rsrq_db: float
    sinr_db: int
    rssi_dbm: int
    link: LinkProfile
    is_in_coverage: bool = True

    @classmethod
    def of(cls, settings: CellSettings) -> Cell:
        """The cell that `settings` describe."""
        return cls(
            **{name: getattr(settings, name) for name in cls.__slots__ if name != "is_in_coverage"}
        )


class Operator:
    """The roaming partner at the modem's place."""

    def __init__(self, core: Core, settings: CellSettings) -> None:
        self.core = core
        self.settings = settings
        self.long_name = settings.operator_long
        self.short_name = settings.operator_short
        self.plmn = settings.plmn
        self.cells = [Cell.of(settings)]

    def search_ms(self, random: Random) -> int:
        """How long one search takes."""
        return random.randint(*self.settings.search_ms)

    def attach(
        self,
        sim: SimCard,
        cell: Cell,
        apn: str,
        *,
        deliver: Deliver,
        on_closed: Callable[[str], None],
    ) -> Session:
        """Let `sim` in with its default bearer; raises AttachRejected."""
        if not sim.is_enabled:
            # 1NCE names no cause for a disabled SIM; 8 is the default here.
            raise AttachRejected(EPS_AND_NON_EPS_NOT_ALLOWED, None, "the SIM is disabled")
        try:
            return self.core.open_session(
                sim, deliver, apn=apn, profile=cell.link, on_closed=on_closed
            )
        except PdpRejected as rejected:
            # A wrong APN was seen to end in EMM 19 with ESM 8.
            raise AttachRejected(
                ESM_FAILURE, OPERATOR_DETERMINED_BARRING, rejected.reason
            ) from rejected
