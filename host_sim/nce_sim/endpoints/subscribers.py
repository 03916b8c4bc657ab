"""The devices of customers as the services ask for them, from what network and account know.

subscribers = Subscribers(core, account)
subscribers.organisation_of(iccid), subscribers.address_of(iccid), subscribers.device(iccid)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.account import Account
from nce_sim.network.core import Core
from nce_sim.services.devices import Device


class Subscribers:
    """The SIMs of a network, each the device of its organisation."""

    def __init__(self, core: Core, account: Account) -> None:
        self._core = core
        self._account = account

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM; None for an unknown one."""
        sim = self._core.sim_of(iccid)
        return None if sim is None else self._account.subscription(sim).organisation_id

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation, in the order of their addresses."""
        return [
            sim.iccid
            for sim in self._core.subscribers()
            if self._account.subscription(sim).organisation_id == organisation_id
        ]

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
