"""The integrations of all organisations, in memory and in the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import bindparam, delete, select

from nce_sim.problems import NotFound
from nce_sim.services.clouds.integration import Integration
from nce_sim.services.clouds.tables import INTEGRATION
from nce_sim.storage import Storage, Work, upsert

_KEEP = upsert(INTEGRATION)
_REMOVE = delete(INTEGRATION).where(INTEGRATION.c.integration_id == bindparam("gone_id"))


class Integrations:
    """A few integrations: all of them are in memory."""

    def __init__(self, storage: Storage) -> None:
        rows = storage.read(select(INTEGRATION))
        self._found = {row.integration_id: Integration.of_row(row) for row in rows}
        # Every event asks whose they are; a change empties this.
        self._by_organisation: dict[int, list[Integration]] = {}

    def __iter__(self) -> Iterator[Integration]:
        return iter(tuple(self._found.values()))

    def of(self, organisation_id: int) -> Sequence[Integration]:
        """The integrations of an organisation, oldest first, in one order over restarts."""
        found = self._by_organisation.get(organisation_id)
        if found is None:
            found = [one for one in self._found.values() if one.organisation_id == organisation_id]
            found.sort(key=lambda one: (one.created_ms, one.integration_id))
            self._by_organisation[organisation_id] = found
        return found

    def find(self, integration_id: str) -> Integration | None:
        return self._found.get(integration_id)

    def get(
        self, organisation_id: int, integration_id: str, only: str | None = None
    ) -> Integration:
        """One integration; NotFound when it is not there, another's, or not of type `only`."""
        found = self._found.get(integration_id)
        if found is None or found.organisation_id != organisation_id:
            raise NotFound(f"there is no integration {integration_id!r}")
        if only is not None and found.type != only:
            raise NotFound(f"integration {integration_id!r} is none of type {only}")
        return found

    def put(self, integration: Integration, work: Work) -> Integration:
        """Keep an integration, in place of the one with its id."""
        former = self._found.get(integration.integration_id)
        work.on_rollback(lambda: self._restore(integration.integration_id, former))
        self._found[integration.integration_id] = integration
        self._by_organisation.clear()
        work.write(_KEEP, integration.row)
        return integration

    def remove(self, integration: Integration, work: Work) -> None:
        """Forget an integration."""
        work.on_rollback(lambda: self._restore(integration.integration_id, integration))
        del self._found[integration.integration_id]
        self._by_organisation.clear()
        work.write(_REMOVE, {"gone_id": integration.integration_id})

    def _restore(self, integration_id: str, former: Integration | None) -> None:
        self._by_organisation.clear()
        if former is None:
            self._found.pop(integration_id, None)
        else:
            self._found[integration_id] = former
