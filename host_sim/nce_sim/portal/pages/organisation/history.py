"""The SIM transfers that were made, and their SIMs as a file."""

from __future__ import annotations

from functools import partial

from nicegui import ui

from nce_api.calls import OnePage
from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_organisation import SimTransfer, TransferredSims
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.buttons import sign
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_PAGE = 10


class History:
    """A card with a page of them, the newest first."""

    def __init__(self, frame: Frame, portal: Portal[Awaited]) -> None:
        self._frame, self._portal = frame, portal
        self._page = 1
        self._panel = Panel(
            "Transfer history",
            self._load,
            self._show,
            empty="No SIM was transferred yet.",
            width="w12",
            icon="history",
        ).with_refresh()

    async def load(self) -> None:
        """Show the newest."""
        self._page = 1
        await self._panel.load()

    async def _load(self) -> OnePage[SimTransfer] | None:
        found = await self._portal.transfers(page=self._page, page_size=_PAGE)
        return found if found.items else None

    def _show(self, found: OnePage[SimTransfer]) -> None:
        zone = self._frame.zone
        with plain_table("Time", "From", "To", "SIMs", "User", numbers=("SIMs",), actions=True):
            for one in found.items:
                with box("tr"):
                    words("td", zone.text(one.at), "when")
                    words("td", one.source)
                    words("td", one.target)
                    words("td", count_text(one.sims), "num")
                    words("td", one.user or "–")
                    with box("td"):
                        label = f"SIMs of the transfer to {one.target} as CSV"
                        sign("download", label, partial(self._download, one.id))
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    async def _download(self, number: int) -> None:
        async def ask() -> TransferredSims:
            return await self._portal.transfer(number)

        found, problem = await asked(ask)
        if found is None:
            ui.notify(problem or "no answer", type="negative")
        else:
            text = "\r\n".join(["iccid", *found.iccids, ""])
            ui.download.content(text, f"transfer-{number}.csv", "text/csv")
