"""What holds for all SIMs of an organisation: monthly limits, IMEI lock, auto top-up.

rules.set_limit(organisation_id, "data", 3_000_000, work)     # bytes a month
rules.set_imei_lock(organisation_id, True, work)
rules.welcome(organisation_id, iccid, work)                   # a SIM that is new there
"""

from __future__ import annotations

from dataclasses import replace

from nce_sim.account.organisations.organisation import LIMIT_KINDS, Organisation
from nce_sim.account.organisations.register import Register
from nce_sim.account.sims import Sims
from nce_sim.problems import Invalid
from nce_sim.storage import Work


class SimRules:
    """The rules of all organisations."""

    def __init__(self, register: Register, sims: Sims) -> None:
        self._register = register
        self._sims = sims

    def set_limit(self, organisation_id: int, kind: str, volume: int | None, work: Work) -> None:
        """The monthly limit of all SIMs, those to come included; None lifts it."""
        if kind not in LIMIT_KINDS:
            raise Invalid(f"there is no limit on {kind!r}; choose one of {', '.join(LIMIT_KINDS)}")
        if volume is not None and volume < 1:
            raise Invalid(f"a limit of {volume} is none; use 1 or more, or lift the limit")
        limits: dict[str, int | None] = {f"{kind}_limit": volume}
        self._register.put(
            replace(self._register.get(organisation_id), **limits),  # type: ignore[arg-type]
            work,
        )
        for iccid in self._sims.iccids(organisation_id):
            self._sims.set_limit(iccid, kind, volume, work)

    def set_imei_lock(self, organisation_id: int, is_on: bool, work: Work) -> None:
        """Lock or unlock all SIMs that there are."""
        self._register.get(organisation_id)
        for iccid in self._sims.iccids(organisation_id):
            self._sims.set_imei_lock(iccid, is_on, work)

    def set_for_new_sims(
        self,
        organisation_id: int,
        *,
        imei_lock: bool | None = None,
        auto_top_up: bool | None = None,
        work: Work,
    ) -> Organisation:
        """What holds for SIMs of future orders ("Activate … for all future SIM orders" [D])."""
        before = self._register.get(organisation_id)
        after = replace(
            before,
            locks_new_sims=before.locks_new_sims if imei_lock is None else imei_lock,
            tops_up_new_sims=before.tops_up_new_sims if auto_top_up is None else auto_top_up,
        )
        self._register.put(after, work)
        return after

    def welcome(self, organisation_id: int, iccid: str, work: Work) -> None:
        """A SIM is new in an organisation: the limits of the others hold for it."""
        organisation = self._register.get(organisation_id)
        for kind in LIMIT_KINDS:
            self._sims.set_limit(iccid, kind, organisation.limit(kind), work)

    def delivered(self, organisation_id: int, iccid: str, work: Work) -> None:
        """A SIM of an order is there: what was set for future orders holds for it, too."""
        self.welcome(organisation_id, iccid, work)
        organisation = self._register.get(organisation_id)
        if organisation.locks_new_sims:
            self._sims.set_imei_lock(iccid, True, work)
        if organisation.tops_up_new_sims:
            self._sims.set_auto_top_up(iccid, True, work)
