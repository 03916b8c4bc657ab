"""The SIMs of the network, as services see them: by their ICCID.

devices = NetworkDevices(core, organisation_id)
devices.organisation_of(iccid), devices.address_of(iccid), devices.imsi_of(iccid)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.network.core import Core
from nce_sim.sim_card import SimCard


class NetworkDevices:
    """All SIMs of the network; every one belongs to one organisation."""

    def __init__(self, core: Core, organisation_id: int) -> None:
        self._core = core
        self._organisation_id = organisation_id
        self._sims: dict[str, SimCard] = {}

    def sim(self, iccid: str) -> SimCard | None:
        """The SIM with this ICCID, or None."""
        found = self._sims.get(iccid)
        if found is None:
            # SIMs are only ever added; an unknown number looks through all of them.
            self._sims = {sim.iccid: sim for sim in self._core.subscribers()}
            found = self._sims.get(iccid)
        return found

    def organisation_of(self, iccid: str) -> int | None:
        """The organisation that has the SIM; None for an unknown one."""
        return None if self.sim(iccid) is None else self._organisation_id

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation."""
        if organisation_id != self._organisation_id:
            return []
        return [sim.iccid for sim in self._core.subscribers()]

    def address_of(self, iccid: str) -> str | None:
        """The SIM's static address."""
        sim = self.sim(iccid)
        return None if sim is None else self._core.address_of(sim)

    def imsi_of(self, iccid: str) -> str | None:
        """The SIM's IMSI."""
        sim = self.sim(iccid)
        return None if sim is None else sim.imsi
