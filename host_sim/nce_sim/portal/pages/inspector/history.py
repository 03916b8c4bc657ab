"""The history of a device: how many messages came by each protocol, and the messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any

from nicegui import ui

from nce_api.models.inspect import Insights, Message
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.inspector.message_table import PROTOCOLS, message_table
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.stacks import Stack, stacks
from nce_sim.portal.parts.tags import box
from nce_sim.portal.parts.world_time import now_of

_PAGE = 25  # the most that a call gives
_PERIODS = {1: "Last 1 day", 7: "Last 7 days"}  # [D]
_INTERVALS = {1: ("1h", timedelta(hours=1)), 7: ("1d", timedelta(days=1))}


class History:
    """The tab."""

    def __init__(self, frame: Frame, device_id: str) -> None:
        self._frame, self._device_id = frame, device_id
        self._inspector = frame.visit.management.inspector
        self._asked: dict[str, Any] = {"days": 1, "protocol": ""}
        self._rest: AsyncIterator[Message] | None = None
        self._messages: list[Message] = []

    async def build(self) -> None:
        """Make it and fill it."""
        with box("div", "filters", role="search", aria_label="Find messages of the device"):
            period = select("Time", _PERIODS, 1)
            period.on_value_change(self._changing("days"))
            protocol = select("Protocol", {"": "Any", **PROTOCOLS}, "")
            protocol.on_value_change(self._changing("protocol"))
        self._chart = Panel(
            "Messages by protocol",
            self._load_insights,
            self._show_insights,
            empty="No message came in this time.",
            width="flat",
            icon="bar_chart",
        )
        self._panel = Panel(
            "Messages",
            self._load,
            self._show,
            empty="No message came in this time.",
            width="flat q-mt-md",
            icon="forum",
        ).with_refresh()
        await self._chart.load()
        await self._panel.load()

    def _changing(self, name: str) -> Callable[[Any], Any]:
        async def change(event: Any) -> None:
            self._asked[name] = event.value
            await self._chart.load()
            await self._panel.load()

        return change

    async def _start(self) -> datetime:
        return await now_of(self._frame.visit) - timedelta(days=self._asked["days"])

    # -- messages --------------------------------------------------------------------------

    async def _load(self) -> list[Message] | None:
        start = await self._start()
        self._messages = []
        self._rest = self._inspector.history(
            self._device_id,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            page_size=_PAGE,
            protocol=self._asked["protocol"] or None,
        )
        await self._read_on()
        return list(self._messages) or None

    async def _read_on(self) -> None:
        """Some more messages, as far as there are any; the server has a token for the next."""
        for _ in range(_PAGE):
            if self._rest is None:
                return
            try:
                self._messages.append(await anext(self._rest))
            except StopAsyncIteration:
                self._rest = None

    def _show(self, messages: list[Message]) -> None:
        message_table(messages, self._frame.zone, of_one=True)
        if self._rest is not None:
            with box("div", "turning"):
                quiet("Older messages", "expand_more", self._more, shape="flat dense")

    async def _more(self) -> None:
        _, problem = await asked(self._read_on)
        if problem is not None:
            ui.notify(problem, type="negative")
        self._panel.show(list(self._messages))

    # -- figures ---------------------------------------------------------------------------

    async def _load_insights(self) -> Insights | None:
        start = await self._start()
        found = await self._inspector.insights(
            self._device_id,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            protocol=self._asked["protocol"] or None,
            interval=_INTERVALS[self._asked["days"]][0],
        )
        return found if found.items else None

    def _show_insights(self, found: Insights) -> None:
        step = _INTERVALS[self._asked["days"]][1]
        amounts: dict[datetime, dict[str, int]] = {}
        for item in found.items:
            at = datetime.fromisoformat(item.time)
            amounts.setdefault(at, {})[item.protocol] = item.amount
        last = max(amounts)
        count = timedelta(days=self._asked["days"]) // step
        times = [last - step * ago for ago in reversed(range(count))]
        stacks(
            "Messages by protocol",
            [Stack(self._named(time), amounts.get(time, {})) for time in times],
            PROTOCOLS,
        )

    def _named(self, time: datetime) -> str:
        if self._asked["days"] == 1:
            return self._frame.zone.clock(time)[:5]
        return f"{time:%-d %b}"  # the days of the service are those of UTC
