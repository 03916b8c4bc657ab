"""The page of all devices: their messages, live, and a list of the devices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from fastapi import Request
from nicegui import ui

from nce_api.models.actions import Protocol
from nce_api.models.inspect import Message
from nce_sim.control.answers import JournalRecord
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.pages.inspector.device_list import DeviceList
from nce_sim.portal.pages.inspector.message_table import PROTOCOLS, message_table
from nce_sim.portal.pages.inspector.seen_bytes import SeenBytes
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.follower import LIVE, Follower
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.world_time import now_of

_SHOWN = 50
_PAGE = 25  # the most that a call gives
_AGAIN_S = 5.0  # between two looks, where nothing tells that a message came
DAYS = {1: "Last day", 7: "Last 7 days"}  # [D]


async def build(request: Request) -> None:
    """The page; the address may name a device."""
    with page_frame(request, "/os/inspector", "Device Inspector") as frame:
        iccid = request.query_params.get("iccid", "")
        await _Inspector(frame, iccid if iccid.isdecimal() else "").build()


class _Inspector:
    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame = frame
        self._iccid, self._days = iccid, 1
        self._protocol: Protocol | Literal[""] = ""  # any
        self._seen = SeenBytes(10 * _SHOWN)

    async def build(self) -> None:
        control = self._frame.visit.control
        with box("div", "filters", role="search", aria_label="Find messages"):
            iccid = ui.input("ICCID of a device", value=self._iccid)
            iccid.props("dense outlined clearable debounce=400 maxlength=20").classes("grow")
            iccid.on_value_change(lambda event: self._change(iccid=event.value or ""))
            protocol = select("Protocol", {"": "Any", **PROTOCOLS}, "")
            protocol.on_value_change(lambda event: self._change(protocol=event.value))
            period = select("Time", DAYS, 1)
            period.on_value_change(lambda event: self._change(days=event.value))
        self._panel = Panel(
            "Messages",
            self._load,
            self._show,
            empty="No device sent a message like that. Let one send, and it appears here.",
            width="w12",
            icon="forum",
        ).with_refresh()
        with self._panel.more:
            self._sign = words("span", LIVE, "chip good")
        if control is None:
            await self._panel.load()
            ui.timer(_AGAIN_S, self._panel.renew, immediate=False)
        else:
            follower = Follower(control, self._came, self._tell, kinds=("uplink",), newest=_SHOWN)
            await follower.start()
            await self._panel.load()
        self._list = DeviceList(self._frame)
        await self._list.find(self._iccid)

    async def _change(
        self,
        iccid: str | None = None,
        protocol: Protocol | Literal[""] | None = None,
        days: int | None = None,
    ) -> None:
        self._iccid = self._iccid if iccid is None else iccid.strip()
        self._protocol = self._protocol if protocol is None else protocol
        self._days = self._days if days is None else days
        await self._panel.load()
        if iccid is not None:
            await self._list.find(self._iccid)

    def _tell(self, state: str) -> None:
        self._sign.text = state

    def _came(self, records: Sequence[JournalRecord]) -> None:
        self._seen.take(records)
        self._panel.renew_soon()

    async def _load(self) -> list[Message] | None:
        start = await now_of(self._frame.visit) - timedelta(days=self._days)
        messages = self._frame.visit.management.inspector.history_of_all(
            iccid=self._iccid or None,
            start=f"{start:%Y-%m-%dT%H:%M:%S}.000Z",
            page_size=_PAGE,
            protocol=self._protocol or None,
        )
        found: list[Message] = []
        async for message in messages:
            found.append(message)
            if len(found) == _SHOWN:
                break
        return found or None

    def _show(self, messages: list[Message]) -> None:
        message_table(messages, self._frame.zone, self._seen.of(messages))
