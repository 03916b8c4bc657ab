"""All organisations, in memory and in the database.

register.get(organisation_id)           # NotFound
register.put(organisation, work)        # new or changed
register.drop(organisation_id, work)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, delete, select

from nce_sim.account.organisations.organisation import Organisation, from_row, row_of
from nce_sim.account.organisations.tables import ORGANISATION
from nce_sim.problems import NotFound
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(ORGANISATION)
_DELETE = delete(ORGANISATION).where(ORGANISATION.c.organisation_id == bindparam("key"))


class Register:
    """Organisations by their ids."""

    def __init__(self, storage: Storage) -> None:
        rows = storage.read(select(ORGANISATION).order_by(ORGANISATION.c.organisation_id))
        self._organisations = {row.organisation_id: from_row(row) for row in rows}

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._organisations.values())

    def __contains__(self, organisation_id: int) -> bool:
        return organisation_id in self._organisations

    def get(self, organisation_id: int) -> Organisation:
        """An organisation."""
        found = self._organisations.get(organisation_id)
        if found is None:
            raise NotFound(
                f"there is no organisation {organisation_id}; list those that there are"
            )
        return found

    def put(self, organisation: Organisation, work: Work) -> None:
        """Keep an organisation that is new or has changed."""
        key = organisation.organisation_id
        before = self._organisations.get(key)

        def undo() -> None:
            if before is None:
                del self._organisations[key]
            else:
                self._organisations[key] = before

        self._organisations[key] = organisation
        work.on_rollback(undo)
        work.write(_KEEP, row_of(organisation))

    def drop(self, organisation_id: int, work: Work) -> None:
        """Forget an organisation."""
        found = self._organisations.pop(organisation_id)
        work.on_rollback(lambda: self._organisations.update({organisation_id: found}))
        work.write(_DELETE, {"key": organisation_id})
