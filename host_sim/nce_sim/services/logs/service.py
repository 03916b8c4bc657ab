"""The administration logs of all organisations: written with what caused them, kept for a week.

    logs = AdminLogs(storage, wall_ms, organisation_id=8_000_001)
    logs.add(LogItem(log_id, logged_ms, "DEVICE", "error", message, description, trace,
                     iccid, payload, organisation_id), work)
    logs.listed(organisation_id, LogFilter(type="DEVICE"), page=1, page_size=10).items
    logs.statistics(organisation_id, "Europe/Amsterdam").days

Payloads are fetched by a signed link: it needs no token, names one log and expires.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Select, bindparam, delete, func, insert, select

from nce_sim.problems import Invalid, NotFound
from nce_sim.services.logs.settings import LogsSettings
from nce_sim.services.logs.tables import ADMIN_LOG
from nce_sim.services.ownership import adopt
from nce_sim.storage import Storage, Work

TYPES = ("INTEGRATION", "DEVICE", "GENERAL", "LOCATION", "LIFECYCLE")
CATEGORIES = ("info", "error")

# One object per statement: it writes all rows of a batch together.
_ADD = insert(ADMIN_LOG)
_PURGE = delete(ADMIN_LOG).where(ADMIN_LOG.c.logged_ms < bindparam("oldest_ms"))
_SIGNATURE_CHARACTERS = 32


@dataclass(frozen=True)
class LogItem:
    """One administration log; without an organisation it is of the default one."""

    log_id: str
    logged_ms: int
    type: str
    category: str
    message: str
    description: str
    trace_id: str
    iccid: str | None
    payload: str | None
    organisation_id: int | None = None
    imsi: str | None = None
    ip: str | None = None
    geofence_id: str | None = None
    integration_id: str | None = None


_COLUMNS = tuple(ADMIN_LOG.c[one.name] for one in fields(LogItem))


@dataclass(frozen=True)
class LogFilter:
    """What a list is narrowed to; None: anything."""

    type: str | None = None
    category: str | None = None
    iccid: str | None = None
    geofence_id: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """The filter as conditions on the table."""
        for name in ("type", "category", "iccid", "geofence_id"):
            wanted = getattr(self, name)
            if wanted is not None:
                yield ADMIN_LOG.c[name] == wanted
        if self.start_ms is not None:
            yield ADMIN_LOG.c.logged_ms >= self.start_ms
        if self.end_ms is not None:
            yield ADMIN_LOG.c.logged_ms <= self.end_ms


@dataclass(frozen=True)
class LogPage:
    """A page of logs, newest first, and how many pages there are."""

    items: list[LogItem]
    page: int
    page_amount: int


@dataclass(frozen=True)
class LogStatistics:
    """Logs by local day: (midnight with its zone, amount), and the devices that caused them."""

    unique_devices: int
    days: list[tuple[datetime, int]]


@dataclass(frozen=True)
class PayloadLink:
    """What a link to a payload carries; whoever has it may fetch that payload."""

    log_id: str
    expires_ms: int
    signature: str


class AdminLogs:
    """The logs in the database; `link_key` signs links to payloads."""

    def __init__(
        self,
        storage: Storage,
        wall_ms: Callable[[], int],
        settings: LogsSettings | None = None,
        *,
        organisation_id: int,
        link_key: bytes,
        retention_ms: int,
    ) -> None:
        self._storage = storage
        self._wall_ms = wall_ms
        self._settings = settings or LogsSettings()
        self._organisation_id = organisation_id
        self._link_key = link_key
        self._retention_ms = retention_ms
        adopt(storage, ADMIN_LOG, organisation_id)

    def add(self, item: LogItem, work: Work) -> None:
        """Add a log."""
        row = vars(item)
        if item.organisation_id is None:
            row = {**row, "organisation_id": self._organisation_id}
        work.write(_ADD, row)

    def purge(self, work: Work) -> None:
        """Drop expired logs; reading never shows them."""
        work.write(_PURGE, {"oldest_ms": self._oldest_kept_ms()})

    def purge_due_ms(self) -> int | None:
        """When the next log expires, in ms since 1970; None when there is none."""
        oldest = self._storage.read(select(func.min(ADMIN_LOG.c.logged_ms)))[0][0]
        return None if oldest is None else int(oldest) + self._retention_ms + 1

    def _oldest_kept_ms(self) -> int:
        return self._wall_ms() - self._retention_ms

    # -- reading ---------------------------------------------------------------------------

    def latest(self, iccid: str | None = None, count: int | None = 10) -> list[LogItem]:
        """The newest logs of all organisations, newest first; `count=None` for all."""
        query = self._kept(*LogFilter(iccid=iccid).conditions())
        query = query.order_by(ADMIN_LOG.c.number.desc()).limit(count)
        return [LogItem(*row) for row in self._storage.read(query)]

    def listed(
        self,
        organisation_id: int,
        wanted: LogFilter | None = None,
        *,
        page: int = 1,
        page_size: int = 10,
    ) -> LogPage:
        """One page of the logs of an organisation, newest first."""
        conditions = [
            ADMIN_LOG.c.organisation_id == organisation_id,
            ADMIN_LOG.c.logged_ms >= self._oldest_kept_ms(),
            *(wanted or LogFilter()).conditions(),
        ]
        [[count]] = self._storage.read(select(func.count()).where(*conditions))
        query = (
            select(*_COLUMNS)
            .where(*conditions)
            .order_by(ADMIN_LOG.c.number.desc())
            .limit(page_size)
            .offset((page - 1) * page_size)
        )
        items = [LogItem(*row) for row in self._storage.read(query)]
        return LogPage(items, page, max(1, -(-int(count) // page_size)))

    def statistics(
        self, organisation_id: int, timezone: str, category: str | None = None
    ) -> LogStatistics:
        """How many logs each local day had that had any, newest day first."""
        try:
            zone = ZoneInfo(timezone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise Invalid(
                f"there is no time zone {timezone!r}; use a name of the IANA list, such as "
                "Europe/Amsterdam"
            ) from error
        of_organisation = [
            ADMIN_LOG.c.organisation_id == organisation_id,
            *LogFilter(category=category).conditions(),
        ]
        oldest_ms = self._oldest_kept_ms()
        query = select(func.count(ADMIN_LOG.c.iccid.distinct())).where(
            ADMIN_LOG.c.logged_ms >= oldest_ms, *of_organisation
        )
        [[unique]] = self._storage.read(query)
        days: list[tuple[datetime, int]] = []
        now = datetime.fromtimestamp(self._wall_ms() / 1000, UTC).astimezone(zone)
        start, end_ms = now.replace(hour=0, minute=0, second=0, microsecond=0, fold=0), None
        while end_ms is None or end_ms > oldest_ms:
            start_ms = int(start.timestamp()) * 1000
            conditions = [ADMIN_LOG.c.logged_ms >= max(start_ms, oldest_ms), *of_organisation]
            if end_ms is not None:
                conditions.append(ADMIN_LOG.c.logged_ms < end_ms)
            [[amount]] = self._storage.read(select(func.count()).where(*conditions))
            if amount:
                days.append((start, int(amount)))
            # By the calendar of the zone: a day may have 23 or 25 hours.
            start, end_ms = start - timedelta(days=1), start_ms
        return LogStatistics(int(unique), days)

    def _kept(self, *conditions: ColumnElement[bool]) -> Select[Any]:
        return select(*_COLUMNS).where(
            ADMIN_LOG.c.logged_ms >= self._oldest_kept_ms(), *conditions
        )

    # -- payloads --------------------------------------------------------------------------

    def link(self, organisation_id: int, log_id: str) -> PayloadLink:
        """A link to the payload of a log; Invalid when there is none."""
        query = self._kept(
            ADMIN_LOG.c.log_id == log_id, ADMIN_LOG.c.organisation_id == organisation_id
        )
        rows = self._storage.read(query)
        if not rows or rows[0].payload is None:
            raise Invalid(
                f"there is no administration log {log_id!r} with a payload; take the id of one "
                "that has a payloadReference"
            )
        expires_ms = self._wall_ms() + self._settings.link_lifetime_ms
        return PayloadLink(log_id, expires_ms, self._signature(log_id, expires_ms))

    def linked_payload(self, link: PayloadLink) -> bytes:
        """The payload of a link; NotFound when it is forged, too old, or its log is gone."""
        expected = self._signature(link.log_id, link.expires_ms)
        is_ours = link.signature.isascii() and hmac.compare_digest(expected, link.signature)
        rows: Sequence[Any] = []
        if is_ours and self._wall_ms() <= link.expires_ms:
            rows = self._storage.read(self._kept(ADMIN_LOG.c.log_id == link.log_id))
        if not rows or rows[0].payload is None:
            raise NotFound("the link is wrong or has expired; ask for the payload's link again")
        return base64.b64decode(rows[0].payload)

    def _signature(self, log_id: str, expires_ms: int) -> str:
        text = f"{log_id}/{expires_ms}".encode()
        return hmac.new(self._link_key, text, "sha256").hexdigest()[:_SIGNATURE_CHARACTERS]
