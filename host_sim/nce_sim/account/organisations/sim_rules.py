"""What holds for all SIMs of an organisation: IMEI lock and auto top-up.

    rules.set_imei_lock(organisation_id, True, work)                      # all that there are
    rules.set_for_new_sims(organisation_id, imei_lock=True, work=work)    # those of future orders
    rules.delivered(organisation_id, iccid, work)

Monthly limits, which hold for all SIMs as well, are kept by the SIM group.
"""

from __future__ import annotations

from dataclasses import replace

from nce_sim.account.organisations.organisation import Organisation
from nce_sim.account.organisations.register import Register
from nce_sim.account.organisations.settings import CREDIT_CARD
from nce_sim.account.sims import Sims
from nce_sim.problems import Conflict
from nce_sim.storage import Work


class SimRules:
    """The rules of all organisations."""

    def __init__(self, register: Register, sims: Sims) -> None:
        self._register = register
        self._sims = sims

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
        if auto_top_up and CREDIT_CARD not in before.payment_methods:
            raise Conflict("auto top-up needs a credit card; save one first")  # [D]
        after = replace(
            before,
            locks_new_sims=before.locks_new_sims if imei_lock is None else imei_lock,
            tops_up_new_sims=before.tops_up_new_sims if auto_top_up is None else auto_top_up,
        )
        self._register.put(after, work)
        return after

    def delivered(self, organisation_id: int, iccid: str, work: Work) -> None:
        """A SIM of an order is there: what was set for future orders holds for it."""
        organisation = self._register.get(organisation_id)
        if organisation.locks_new_sims:
            self._sims.set_imei_lock(iccid, True, work)
        if organisation.tops_up_new_sims:
            self._sims.set_auto_top_up(iccid, True, work)
