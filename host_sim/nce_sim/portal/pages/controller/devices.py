"""Tab "Devices": choose one, send it something, see what came of it and what it has registered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from nce_api.calls import OnePage
from nce_api.models.inspect import Device
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.controller.client_card import ClientCard
from nce_sim.portal.pages.controller.fate import Fate
from nce_sim.portal.pages.controller.send_form import SendForm
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_PAGE = 10


class Devices:
    """The tab; `changed` is told that there is another request."""

    def __init__(self, frame: Frame, iccid: str, changed: Callable[[], Awaitable[None]]) -> None:
        self._frame, self._iccid, self._changed = frame, iccid, changed
        self._reason = frame.visit.lacks("os.change")
        self._wanted, self._page = "", 1

    async def build(self) -> None:
        """The cards of the tab."""
        with box("div", "filters w12", role="search", aria_label="Find devices"):
            search = ui.input("Find a device by its ICCID")
            search.props("dense outlined clearable debounce=400 maxlength=20").classes("grow")
            search.on_value_change(lambda event: self._find(event.value or ""))
        self._panel = Panel(
            "Devices",
            self._load,
            self._show,
            empty="There is no device with this ICCID. Give all of its 19 digits.",
            width="w4",
            icon="sim_card",
        ).with_refresh()
        with box("div", "stack w8"):
            with box("section", "panel", aria_label="Send to a device"):
                with box("header"):
                    words("h2", "Send to a device")
                self._form = SendForm(self._frame, self._iccid, self._sent)
                self._form.build()
                self._fate = Fate(self._frame, self._ended)
            self._client = ClientCard(self._frame, self._form.take)
        self._form.on_device(self._client.open)
        await self._panel.load()
        await self._client.open(self._iccid)

    async def _sent(self, request_id: str) -> None:
        await self._fate.follow(request_id)
        await self._changed()

    async def _ended(self) -> None:
        await self._client.renew()
        await self._changed()

    async def _find(self, iccid: str) -> None:
        self._wanted, self._page = iccid.strip(), 1
        await self._panel.load()

    async def _load(self) -> OnePage[Device] | None:
        found = await self._frame.visit.management.inspector.one_page(
            page=self._page,
            page_size=_PAGE,
            sort="iccid",
            q=f"iccid:{self._wanted}" if self._wanted else None,
        )
        return found if found.items else None

    def _show(self, found: OnePage[Device]) -> None:
        with plain_table("Device ID (ICCID)", actions=True):
            for device in found.items:
                self._row(device)
        turning(self._page, found.pages or 1, self._turn)

    def _row(self, device: Device) -> None:
        async def choose() -> None:
            await self._form.choose(device.iccid)

        with box("tr"):
            with box("td"):
                words("div", device.iccid, "mono")
                words("div", device.ip or "no address", "note")
            with box("td"):
                button = permitted("Choose", None, choose, self._reason, shape="flat dense")
                button.props["aria-label"] = f"Choose {device.iccid}"

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()
