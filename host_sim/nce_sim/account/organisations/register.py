"""All organisations, in memory and in the database.

register.get(organisation_id)           # NotFound
register.put(organisation, work)        # new or changed
register.drop(organisation_id, work)
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import bindparam, select, update

from nce_sim.account.organisations.organisation import Organisation, from_row, row_of
from nce_sim.account.organisations.tables import ORGANISATION
from nce_sim.problems import NotFound
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(ORGANISATION)
_DELETE = (
    update(ORGANISATION)
    .where(ORGANISATION.c.organisation_id == bindparam("key"))
    .values(is_deleted=True, name="", email="", phone=None, vat_id=None)
)


class Register:
    """Organisations by their ids."""

    def __init__(self, storage: Storage) -> None:
        rows = storage.read(select(ORGANISATION).order_by(ORGANISATION.c.organisation_id))
        self._organisations = {
            row.organisation_id: from_row(row) for row in rows if not row.is_deleted
        }
        # Streams, limits and what else belongs to an organisation know it by its number: the
        # number of one that is gone is never given again.
        self._last_id = max((row.organisation_id for row in rows), default=0)
        self._last_number = max((int(row.account_number) for row in rows), default=0)

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

    def next_numbers(self) -> tuple[int, str]:
        """The id and the account number of a new organisation."""
        return self._last_id + 1, str(self._last_number + 1)

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
        self._last_id = max(self._last_id, key)
        self._last_number = max(self._last_number, int(organisation.account_number))
        work.on_rollback(undo)
        work.write(_KEEP, row_of(organisation))

    def drop(self, organisation_id: int, work: Work) -> None:
        """Forget an organisation, but for its numbers."""
        found = self._organisations.pop(organisation_id)
        work.on_rollback(lambda: self._organisations.update({organisation_id: found}))
        work.write(_DELETE, {"key": organisation_id})
