"""What was transferred between an account and its sub-accounts, for the history of the portal.

    log.note(account, sub, iccids, is_to_sub=True, by_id=account_id, user="ada@…", work=work)
    transfers, total = log.page(organisation_id, page=1, size=10)
    log.iccids(organisation_id, transfer_id)

An account sees all transfers, a sub-account those it took part in, and neither sees who on the
other side started one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func, insert, or_, select

from nce_sim.account.organisations.organisation import Organisation
from nce_sim.account.organisations.tables import SIM_TRANSFER
from nce_sim.problems import NotFound
from nce_sim.storage import Storage, Work

_INSERT = insert(SIM_TRANSFER)
_LISTED = [column for column in SIM_TRANSFER.c if column.name != "iccids"]


@dataclass(frozen=True)
class Logged:
    """One transfer, as one who took part sees it; `user` is None when it was of the others."""

    transfer_id: int
    at_ms: int
    account_id: int
    sub_name: str
    is_to_sub: bool
    sims: int
    user: str | None


class TransferLog:
    """All transfers; they are read when somebody looks."""

    def __init__(self, storage: Storage, wall_ms: Callable[[], int]) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        [(last,)] = storage.read(select(func.max(SIM_TRANSFER.c.transfer_id)))
        self._last_id: int = last or 0

    def note(
        self,
        account: Organisation,
        sub: Organisation,
        iccids: Sequence[str],
        *,
        is_to_sub: bool,
        by_id: int,
        user: str | None,
        work: Work,
    ) -> None:
        """SIMs are moved by this work; `by_id` is whose user or program asked for it."""
        # Numbers of work that is rolled back are not given again.
        self._last_id += 1
        work.write(
            _INSERT,
            {
                "transfer_id": self._last_id,
                "account_id": account.organisation_id,
                "sub_id": sub.organisation_id,
                "sub_name": sub.name,
                "is_to_sub": is_to_sub,
                "at_ms": self._wall_ms(),
                "by_id": by_id,
                "user": user,
                "sims": len(iccids),
                "iccids": "\n".join(iccids),
            },
        )

    def page(self, organisation_id: int, *, page: int, size: int) -> tuple[list[Logged], int]:
        """A page of the transfers, the newest first, and how many there are."""
        own = _of(organisation_id)
        [(total,)] = self._storage.read(select(func.count()).select_from(SIM_TRANSFER).where(own))
        query = select(*_LISTED).where(own).order_by(SIM_TRANSFER.c.transfer_id.desc())
        rows = self._storage.read(query.offset((page - 1) * size).limit(size))
        return [_logged(row, organisation_id) for row in rows], total

    def iccids(self, organisation_id: int, transfer_id: int) -> list[str]:
        """The SIMs of one transfer."""
        own = _of(organisation_id) & (SIM_TRANSFER.c.transfer_id == transfer_id)
        rows = self._storage.read(select(SIM_TRANSFER.c.iccids).where(own))
        if not rows:
            raise NotFound(f"there is no transfer {transfer_id}; list those that there are")
        return str(rows[0].iccids).split("\n")


def _of(organisation_id: int) -> ColumnElement[bool]:
    columns = SIM_TRANSFER.c
    return or_(columns.account_id == organisation_id, columns.sub_id == organisation_id)


def _logged(row: Any, organisation_id: int) -> Logged:
    return Logged(
        row.transfer_id,
        row.at_ms,
        row.account_id,
        row.sub_name,
        row.is_to_sub,
        row.sims,
        row.user if row.by_id == organisation_id else None,
    )
