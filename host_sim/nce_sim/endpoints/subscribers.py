"""The devices of customers as all services ask for them, from what network and account know.

subscribers = Subscribers(core, account, timeline)
subscribers.organisation_of(iccid), subscribers.address_of(iccid), subscribers.device(iccid)
subscribers.iccids(organisation_id), subscribers.subscription_of(iccid), subscribers.version

Lists are made again when a record tells that a SIM came, went or changed hands.
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.account import Account
from nce_sim.account.subscription import Subscription
from nce_sim.network.core import Core
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.devices import Device

# Records of the core and the account after which a SIM is on another list.
_CHANGES = ("subscriber", "transferred", "withdrawn", "platform")


class Subscribers:
    """The SIMs of a network, each the device of its organisation."""

    def __init__(self, core: Core, account: Account, timeline: Timeline) -> None:
        self._core = core
        self._account = account
        self._by_organisation: dict[int, list[str]] = {}
        self._indexed = -1
        self._version = 0
        timeline.subscribe(self._heard, _CHANGES)

    @property
    def version(self) -> int:
        """Another number after a SIM came or changed its organisation."""
        return self._version

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM; None for an unknown one."""
        subscription = self.subscription_of(iccid)
        return None if subscription is None else subscription.organisation_id

    def subscription_of(self, iccid: str) -> Subscription | None:
        """The subscription of a SIM, or None."""
        sim = self._core.sim_of(iccid)
        return None if sim is None else self._account.subscription(sim)

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation, in the order of their addresses."""
        self._index()
        return self._by_organisation.get(organisation_id, ())

    def device(self, iccid: str) -> Device | None:
        """What is known of a SIM, or None."""
        sim = self._core.sim_of(iccid)
        if sim is None:
            return None
        return Device(sim.iccid, sim.imsi, self._core.address_of(sim) or "")

    def address_of(self, iccid: str) -> str | None:
        """The SIM's static address."""
        sim = self._core.sim_of(iccid)
        return None if sim is None else self._core.address_of(sim)

    def imsi_of(self, iccid: str) -> str | None:
        """The SIM's IMSI."""
        sim = self._core.sim_of(iccid)
        return None if sim is None else sim.imsi

    def _heard(self, record: Record) -> None:
        self._version += 1

    def _index(self) -> None:
        if self._indexed == self._version:
            return
        self._indexed = self._version
        self._by_organisation = {}
        for sim in self._core.subscribers():
            organisation_id = self._account.subscription(sim).organisation_id
            self._by_organisation.setdefault(organisation_id, []).append(sim.iccid)
