"""Administrator Logs: what happened in 1NCE OS, filtered and paged by the server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import Request

from nce_api.calls import OnePage
from nce_api.models.logs import LogEntry, LogStatistics
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.charts import Bar, bars
from nce_sim.portal.parts.fields import select, text
from nce_sim.portal.parts.log_table import CATEGORIES, TYPES, log_table
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import OS_PAGES, turning
from nce_sim.portal.parts.world_time import now_of

_PAGE = 10
_PERIODS = {1: "1 day", 7: "7 days"}  # [D]
_KEPT_DAYS = 7
_NOTE = (
    "Logs are kept for seven days. Error logs say what went wrong with devices and integrations; "
    "info logs tell of their lifecycle."
)
_MOST_ICCID = 20


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/logs", "Administrator Logs") as frame:
        await _Logs(frame).build()


class _Logs:
    def __init__(self, frame: Frame) -> None:
        self._frame, self._logs = frame, frame.visit.management.logs
        self._page = 1
        self._asked: dict[str, Any] = {"category": "", "type": "", "iccid": "", "days": 7}

    async def build(self) -> None:
        words("p", _NOTE, "soft")
        with box("div", "grid"):
            self._chart = Panel(
                "Logs by day",
                self._load_days,
                self._show_days,
                empty="No day of the last seven has a log.",
                width="w12",
                icon="bar_chart",
            ).with_refresh()
            with box("section", "panel w12", aria_label="Logs"):
                self._filters()
                self._panel = Panel(
                    "Logs",
                    self._load,
                    self._show,
                    empty="There is no log like that.",
                    width="flat",
                    icon="receipt_long",
                ).with_refresh()
        await self._chart.load()
        await self._panel.load()

    def _filters(self) -> None:
        with box("div", "filters", role="search", aria_label="Find logs"):
            for name, label, options, value in (
                ("category", "Category", {"": "Any", **CATEGORIES}, ""),
                ("type", "Type", {"": "Any", **TYPES}, ""),
                ("days", "Time Period", _PERIODS, _KEPT_DAYS),
            ):
                select(label, options, value).on_value_change(self._changing(name))
            iccid = text("ICCID", most=_MOST_ICCID).props("clearable debounce=400")
            iccid.on_value_change(self._changing("iccid"))

    def _changing(self, name: str) -> Callable[[Any], Any]:
        async def change(event: Any) -> None:
            self._asked[name] = event.value or ""
            self._page = 1
            await self._panel.load()
            if name == "category":
                await self._chart.load()

        return change

    async def _load(self) -> OnePage[LogEntry] | None:
        asked = self._asked
        start = await now_of(self._frame.visit) - timedelta(days=asked["days"])
        filters = {
            "category": asked["category"],
            "type": asked["type"],
            # Commas and semicolons divide filters, so that no ICCID may have any.
            "iccid": asked["iccid"].strip().replace(",", " ").replace(";", " "),
        }
        parts = [f"{name}:{value}" for name, value in filters.items() if value]
        if asked["days"] != _KEPT_DAYS:
            parts.append(f"startDateTime:{start:%Y-%m-%dT%H:%M:%S}.000Z")
        found = await self._logs.one_page(
            page=self._page, page_size=_PAGE, q=",".join(parts) or None
        )
        return found if found.items else None

    def _show(self, found: OnePage[LogEntry]) -> None:
        log_table(found.items, self._frame.zone)
        turning(self._page, found.pages or 1, self._turn, OS_PAGES)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    # -- days ------------------------------------------------------------------------------

    async def _load_days(self) -> LogStatistics | None:
        category = self._asked["category"] or None
        found = await self._logs.statistics(timezone=self._frame.zone.name, category=category)
        return found if found.administrationLogs else None

    def _show_days(self, found: LogStatistics) -> None:
        amounts = {one.day[:10]: one.amount for one in found.administrationLogs}
        last = max(map(datetime.fromisoformat, amounts))
        days = [last - timedelta(days=ago) for ago in reversed(range(_KEPT_DAYS))]
        bars(
            "Logs by day",
            [
                Bar(f"{day:%-d %b}", amount, str(amount))
                for day in days
                for amount in (amounts.get(f"{day:%Y-%m-%d}", 0),)
            ],
        )
        number = found.totalUniqueDevices
        words("p", f"{number} device{'s'[: number != 1]} caused them.", "note q-mt-sm q-mb-none")
