"""The devices of customers as the services ask for them, from what the network knows.

    subscribers = Subscribers(core, organisation_id=8_000_001)
    subscribers.organisation_of(iccid)

Every SIM of the network belongs to one organisation.
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.network.core import Core
from nce_sim.services.devices import Device


class Subscribers:
    """The SIMs of a network as the devices of one organisation."""

    def __init__(self, core: Core, organisation_id: int) -> None:
        self._core = core
        self._organisation_id = organisation_id

    def organisation_of(self, iccid: str) -> int | None:
        return None if self._core.sim_of(iccid) is None else self._organisation_id

    def iccids(self, organisation_id: int) -> Sequence[str]:
        if organisation_id != self._organisation_id:
            return []
        return [sim.iccid for sim in self._core.subscribers()]

    def device(self, iccid: str) -> Device | None:
        sim = self._core.sim_of(iccid)
        if sim is None:
            return None
        return Device(sim.iccid, sim.imsi, self._core.address_of(sim) or "")
