"""Action requests in the database: written, found, counted, deleted.

archive = Archive(storage, settings)
archive.add(request, work); archive.change(request, work)
archive.find(organisation_id, request_id)
archive.page(organisation_id, ACTIVE, device_id=iccid, sort="-created", page=1, page_size=10)
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select, update

from nce_sim.problems import Invalid
from nce_sim.services.controller.requests import ActionRequest
from nce_sim.services.controller.settings import ControllerSettings
from nce_sim.services.controller.states import ACTIVE
from nce_sim.services.controller.tables import ACTION_REQUEST as TABLE
from nce_sim.storage import Storage, Work

# One object per statement: it writes all rows of a batch together.
_ADD = insert(TABLE)
_CHANGE = (
    update(TABLE)
    .where(TABLE.c.request_id == bindparam("of_request"))
    .values(
        status=bindparam("status"),
        updated_ms=bindparam("updated_ms"),
        due_ms=bindparam("due_ms"),
        attempts_left=bindparam("attempts_left"),
        result=bindparam("result"),
    )
)
_PURGE = delete(TABLE).where(TABLE.c.created_ms <= bindparam("oldest_ms"))
_CHANGED = ("status", "updated_ms", "due_ms", "attempts_left", "result")

# Another text names nothing here, and not every database takes every character of one.
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)

SORTS = {
    "created": (TABLE.c.created_ms.asc(), TABLE.c.number.asc()),
    "-created": (TABLE.c.created_ms.desc(), TABLE.c.number.desc()),
    "updated": (TABLE.c.updated_ms.asc(), TABLE.c.number.asc()),
    "-updated": (TABLE.c.updated_ms.desc(), TABLE.c.number.desc()),
}


@dataclass(frozen=True)
class Page:
    """A page of requests, and how many there are on all pages."""

    items: tuple[ActionRequest, ...]
    total: int


class Archive:
    """The rows of all organisations; every reading names one."""

    def __init__(self, storage: Storage, settings: ControllerSettings) -> None:
        self._storage = storage
        self._settings = settings

    # -- writing ---------------------------------------------------------------------------

    def add(self, request: ActionRequest, work: Work) -> None:
        """Add a new request."""
        work.write(_ADD, request.as_row(self._settings))

    def change(self, request: ActionRequest, work: Work) -> None:
        """Write what has changed of a request."""
        row = request.as_row(self._settings)
        changed = {name: row[name] for name in _CHANGED}
        work.write(_CHANGE, {**changed, "of_request": request.request_id})

    def purge(self, now_ms: int, work: Work) -> None:
        """Delete the requests that are too old, whatever became of them."""
        work.write(_PURGE, {"oldest_ms": now_ms - self._settings.deleted_after_ms})

    # -- reading ---------------------------------------------------------------------------

    def active(self) -> list[ActionRequest]:
        """What is under way, of all organisations, the oldest first."""
        query = select(TABLE).where(TABLE.c.status.in_(ACTIVE)).order_by(TABLE.c.number)
        return [ActionRequest.of(row) for row in self._storage.read(query)]

    def next_due_ms(self) -> int | None:
        """When the next request expires or is deleted; None without any."""
        due_ms: int | None = self._storage.read(select(func.min(TABLE.c.due_ms)))[0][0]
        return due_ms

    def find(self, organisation_id: int, request_id: str, now_ms: int) -> ActionRequest | None:
        """One request of the organisation, or None."""
        if not _ID.fullmatch(request_id):
            return None
        query = select(TABLE).where(
            TABLE.c.request_id == request_id,
            TABLE.c.organisation_id == organisation_id,
            TABLE.c.created_ms > now_ms - self._settings.deleted_after_ms,
        )
        rows = self._storage.read(query)
        return ActionRequest.of(rows[0]) if rows else None

    def page(
        self,
        organisation_id: int,
        statuses: Sequence[str],
        now_ms: int,
        *,
        device_id: str | None,
        protocol: str | None,
        sort: str,
        page: int,
        page_size: int,
    ) -> Page:
        """Requests in one of `statuses`, as `sort` orders them; pages count from 1."""
        if sort not in SORTS:
            raise Invalid(f"sort is {sort!r}; give one of {', '.join(SORTS)}")
        found = select(TABLE).where(
            TABLE.c.organisation_id == organisation_id,
            TABLE.c.status.in_(statuses),
            TABLE.c.created_ms > now_ms - self._settings.deleted_after_ms,
        )
        if device_id is not None and not _ID.fullmatch(device_id):
            return Page((), 0)
        if device_id is not None:
            found = found.where(TABLE.c.device_id == device_id)
        if protocol is not None:
            found = found.where(TABLE.c.protocol == protocol)
        count = found.with_only_columns(func.count(), maintain_column_froms=True)
        total = int(self._storage.read(count)[0][0])
        rows = self._storage.read(
            found.order_by(*SORTS[sort]).limit(page_size).offset((page - 1) * page_size)
        )
        return Page(tuple(ActionRequest.of(row) for row in rows), total)
