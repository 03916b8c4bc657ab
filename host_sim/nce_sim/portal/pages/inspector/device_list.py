"""The devices of the account, by pages of the server.

devices = DeviceList(frame)
await devices.find("")                  # all; an ICCID finds that one
"""

from __future__ import annotations

from nce_api.calls import OnePage
from nce_api.models.inspect import Device
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.drawing import Drawing, table, tag
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.turning import OS_PAGES, turning

_PAGE = 10


class DeviceList:
    """A card with the devices."""

    def __init__(self, frame: Frame) -> None:
        self._inspector = frame.visit.management.inspector
        self._iccid, self._page = "", 1
        self._panel = Panel(
            "Devices",
            self._load,
            self._show,
            empty="There is no device with this ICCID. Give all of its 19 digits.",
            width="w12 q-mt-md",
            icon="sim_card",
        ).with_refresh()

    async def find(self, iccid: str) -> None:
        """Show all devices, or the one."""
        self._iccid, self._page = iccid, 1
        await self._panel.load()

    async def _load(self) -> OnePage[Device] | None:
        found = await self._inspector.one_page(
            page=self._page,
            page_size=_PAGE,
            sort="iccid",
            q=f"iccid:{self._iccid}" if self._iccid else None,
        )
        return found if found.items else None

    def _show(self, found: OnePage[Device]) -> None:
        rows = [
            tag(
                "tr",
                tag(
                    "td",
                    tag("a", device.iccid, href=f"{ROOT}/os/inspector/{device.id}"),
                    class_="mono",
                ),
                tag("td", device.imsi1, class_="mono"),
                tag("td", device.ip or "–", class_="mono"),
            )
            for device in found.items
        ]
        Drawing(table(("Device ID (ICCID)", "IMSI", "IP Address"), rows))
        turning(self._page, found.pages or 1, self._turn, OS_PAGES)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()
