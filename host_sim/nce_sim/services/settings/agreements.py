"""Which organisations accepted the Terms of Use and the Data Processing Agreement of 1NCE OS.

    agreements = Agreements(storage, wall_ms, organisation_id=8_000_001, has_accepted=True)
    agreements.accept(organisation_id, True, work=work)
    agreements.has_accepted(organisation_id)

Without them the Device Authenticator gives no keys.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from nce_sim.problems import Invalid
from nce_sim.services.settings.tables import AGREEMENT
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(AGREEMENT)


class Agreements:
    """The agreements; the default organisation is `organisation_id`."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        *,
        organisation_id: int,
        has_accepted: bool,
    ) -> None:
        self._wall_ms = wall_ms
        self._accepted = {row[0] for row in storage.read(select(AGREEMENT.c.organisation_id))}
        if has_accepted:
            self._accepted.add(organisation_id)

    def has_accepted(self, organisation_id: int | None) -> bool:
        """Whether the organisation may use 1NCE OS."""
        return organisation_id in self._accepted

    def accept(self, organisation_id: int, accepted: bool, *, work: Work) -> None:
        """Accept both; Invalid for a no, since an agreement cannot be taken back here."""
        if not accepted:
            raise Invalid("the agreements can only be accepted: send true")
        work.write(_KEEP, {"organisation_id": organisation_id, "accepted_ms": self._wall_ms()})
        if organisation_id not in self._accepted:
            self._accepted.add(organisation_id)
            work.on_rollback(lambda: self._accepted.discard(organisation_id))
