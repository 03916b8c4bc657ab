"""The world's account as the SIM group needs it.

devices = WorldDevices(core, account, timeline)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.account import Account
from nce_sim.account.subscription import Subscription
from nce_sim.network.core import Core
from nce_sim.problems import NotFound
from nce_sim.record.timeline import Record, Timeline
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work


class WorldDevices:
    """The subscribers of a core network, by ICCID and by organisation."""

    def __init__(self, core: Core, account: Account, timeline: Timeline) -> None:
        self._core = core
        self._account = account
        self._by_iccid: dict[str, Subscription] = {}
        self._by_organisation: dict[int, list[str]] = {}
        self._indexed = -1
        self._version = 0
        timeline.subscribe(self._heard)

    @property
    def version(self) -> int:
        return self._version

    def iccids(self, organisation_id: int) -> Sequence[str]:
        self._index()
        return self._by_organisation.get(organisation_id, ())

    def subscription_of(self, iccid: str) -> Subscription | None:
        self._index()
        return self._by_iccid.get(iccid)

    def address_of(self, sim: SimCard) -> str | None:
        return self._core.address_of(sim)

    def _heard(self, record: Record) -> None:
        if record.kind in ("subscriber", "transferred"):
            self._version += 1

    def _index(self) -> None:
        if self._indexed == self._version:
            return
        self._indexed = self._version
        self._by_iccid, self._by_organisation = {}, {}
        for sim in self._core.subscribers():
            subscription = self._account.subscription(sim)
            self._by_iccid[sim.iccid] = subscription
            self._by_organisation.setdefault(subscription.organisation_id, []).append(sim.iccid)


class OrdersAtOnce:
    """Top-ups and extensions that are done with their commit; they are only counted."""

    def __init__(self, account: Account, devices: WorldDevices) -> None:
        self._account = account
        self._devices = devices
        self._count = 0

    def top_up(
        self, organisation_id: int, iccids: Sequence[str], payment_method: str, work: Work
    ) -> int:
        for sim in self._sims(iccids):
            self._account.top_up(sim, work)
        return self._next()

    def extend(
        self,
        organisation_id: int,
        iccids: Sequence[str],
        product_id: int | None,
        payment_method: str,
        work: Work,
    ) -> int:
        for sim in self._sims(iccids):
            self._account.extend(sim, work)
        return self._next()

    def _sims(self, iccids: Sequence[str]) -> list[SimCard]:
        found = [self._devices.subscription_of(iccid) for iccid in iccids]
        return [subscription.sim for subscription in found if subscription is not None]

    def _next(self) -> int:
        self._count += 1
        return self._count


class OneOrganisation:
    """A world without sub-accounts: there is nowhere to move a SIM to."""

    def name_of(self, organisation_id: int) -> str:
        return f"Organisation {organisation_id}"

    def transfer(
        self, organisation_id: int, target_id: int | None, iccids: Sequence[str], work: Work
    ) -> None:
        raise NotFound(
            f"the account {organisation_id} has no sub-account {target_id}; add one first"
        )
