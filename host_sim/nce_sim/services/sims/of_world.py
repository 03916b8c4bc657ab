"""The customers of a world as the SIM group needs them.

organisations = WorldOrganisations(customers.organisations, customers.transfer)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.transfer import IccidRange, Transfer
from nce_sim.storage import Work


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
