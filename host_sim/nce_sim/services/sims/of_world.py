"""The world's account as the SIM group needs it.

devices = WorldDevices(core, account, timeline)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.account import Account
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.transfer import IccidRange, Transfer
from nce_sim.account.subscription import Subscription
from nce_sim.network.core import Core
from nce_sim.record.timeline import Record, Timeline
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

# Records of the core and the account after which a SIM is on another list.
_CHANGES = ("subscriber", "transferred", "withdrawn", "platform")


class WorldDevices:
    """The subscribers of a core network, by ICCID and by organisation."""

    def __init__(self, core: Core, account: Account, timeline: Timeline) -> None:
        self._core = core
        self._account = account
        self._by_iccid: dict[str, Subscription] = {}
        self._by_organisation: dict[int, list[str]] = {}
        self._indexed = -1
        self._version = 0
        timeline.subscribe(self._heard, _CHANGES)

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


class WorldOrganisations:
    """The customers of a world, as the SIM group asks for them."""

    def __init__(self, organisations: Organisations, transfer: Transfer) -> None:
        self._organisations = organisations
        self._transfer = transfer

    def name_of(self, organisation_id: int) -> str:
        return self._organisations.get(organisation_id).name

    def transfer(
        self,
        organisation_id: int,
        target_id: int | None,
        iccids: Sequence[str],
        ranges: Sequence[tuple[str, str]],
        work: Work,
    ) -> None:
        named = [IccidRange(first, last) for first, last in ranges]
        self._transfer.start(organisation_id, target_id, iccids, named, work)
