"""The files of SIMs that users of the portal asked for (1nce_os_2.md, 3.2).

    made = exports.add(organisation_id, "ada@example.com", {"state": "ENABLED"}, 12, text, work)
    exports.of(organisation_id)                          # the newest first
    exports.content(organisation_id, made.export_id)

A file stays as it was when it was made; of an organisation the newest few are kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from nce_sim.problems import NotFound
from nce_sim.services.sims.tables import SIM_EXPORT
from nce_sim.storage import Storage, Work

_INSERT = insert(SIM_EXPORT)
_DELETE = delete(SIM_EXPORT).where(SIM_EXPORT.c.export_id == bindparam("key"))
_LISTED = [column for column in SIM_EXPORT.c if column.name != "content"]
MOST_EXPORTS = 10  # [U] of an organisation


@dataclass(frozen=True)
class Export:
    """One file: when it was made, by whom, of which SIMs and how many."""

    export_id: str
    organisation_id: int
    created_ms: int
    user: str
    filters: Mapping[str, str]
    sims: int


class Exports:
    """The files of all organisations, in the database."""

    def __init__(self, storage: Storage, random: Random, wall_ms: Callable[[], int]) -> None:
        self._storage, self._random, self._wall_ms = storage, random, wall_ms

    def add(
        self,
        organisation_id: int,
        user: str,
        filters: Mapping[str, str],
        sims: int,
        content: str,
        work: Work,
    ) -> Export:
        """Keep a file; the oldest goes when there are too many."""
        made = Export(
            f"{self._random.getrandbits(84):021x}",
            organisation_id,
            self._wall_ms(),
            user,
            filters,
            sims,
        )
        row = {**vars(made), "filters": json.dumps(filters), "content": content}
        work.write(_INSERT, row)
        for old in self.of(organisation_id)[MOST_EXPORTS - 1 :]:
            work.write(_DELETE, {"key": old.export_id})
        return made

    def of(self, organisation_id: int) -> list[Export]:
        """The files of an organisation, the newest first."""
        query = (
            select(*_LISTED)
            .where(SIM_EXPORT.c.organisation_id == organisation_id)
            .order_by(SIM_EXPORT.c.created_ms.desc(), SIM_EXPORT.c.export_id)
        )
        return [_export(row) for row in self._storage.read(query)]

    def content(self, organisation_id: int, export_id: str) -> str:
        """The CSV of a file; NotFound for another organisation's."""
        query = select(SIM_EXPORT.c.content).where(
            SIM_EXPORT.c.organisation_id == organisation_id, SIM_EXPORT.c.export_id == export_id
        )
        rows = self._storage.read(query)
        if not rows:
            raise NotFound(f"there is no export {export_id!r}; list those that there are")
        return str(rows[0].content)


def _export(row: Any) -> Export:
    return Export(**{**row._asdict(), "filters": json.loads(row.filters)})
