"""The exports of SIMs: files of all SIMs or of those that the table shows (1nce_os_2.md, 3.2)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nicegui import ui

from nce_api.drivers import Awaited
from nce_api.groups.portal import Portal
from nce_api.models.portal_account import Export, NewExport
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main, quiet, sign
from nce_sim.portal.parts.figures import Zone, count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

_NAMES = {
    "text": "Search",
    "field": "in",
    "state": "State",
    "session": "Session",
    "data": "Data left",
    "sms": "SMS left",
    "imei_lock": "IMEI lock",
}


class ExportsDialog:
    """The list of files; `wanted` tells the filters of the table at the moment."""

    def __init__(
        self, portal: Portal[Awaited], zone: Zone, wanted: Callable[[], Mapping[str, str]]
    ) -> None:
        self._portal, self._zone, self._wanted = portal, zone, wanted

    async def show(self) -> None:
        """Open it, until the user closes it."""
        by = {name: value for name, value in self._wanted().items() if value}
        with window("Exports", wide=True) as dialog:
            self._panel = Panel(
                "Files",
                self._load,
                self._draw,
                empty="No file was made yet. It has all columns, with PIN and PUK.",
                width="flat full-width",
                icon="description",
            ).with_refresh()
            with box("div", "row q-gutter-sm full-width items-center"):
                main("Export all SIMs", partial(self._make, {}))
                if by.keys() - {"field"}:
                    make = partial(self._make, by)
                    quiet(f"Export what is found by: {_said(by)}", on_click=make)
                ui.space()
                quiet("Close", on_click=dialog.close, shape="flat")
        dialog.open()
        await self._panel.load()
        await answer_of(dialog)

    async def _load(self) -> list[Export] | None:
        return (await self._portal.exports()).items or None

    def _draw(self, found: list[Export]) -> None:
        with plain_table("Timestamp", "State", "User", "Filter", "SIMs", actions=True):
            for one in found:
                with box("tr"):
                    at = self._zone.text(one.created)
                    words("td", at, "when")
                    words("td", one.state.capitalize())
                    words("td", one.user)
                    words("td", _said(one.filters))
                    words("td", count_text(one.sims), "num")
                    with box("td"):
                        sign("download", f"Download the file of {at}", partial(self._get, one))

    async def _make(self, by: Mapping[str, str]) -> None:
        given: dict[str, Any] = dict(by)
        if "imei_lock" in given:
            given["imei_lock"] = given["imei_lock"] == "true"

        async def ask() -> Export:
            return await self._portal.start_export(NewExport(**given))

        made, problem = await asked(ask)
        if made is None:
            ui.notify(problem or "no answer", type="negative")
        else:
            ui.notify("The file is made.", type="positive")
        await self._panel.load()

    async def _get(self, one: Export) -> None:
        text, problem = await asked(lambda: self._portal.export_file(one.id))
        if text is None:
            ui.notify(problem or "no answer", type="negative")
        else:
            ui.download.content(text, f"sims-{one.created[:10]}.csv", "text/csv")


def _said(filters: Mapping[str, str]) -> str:
    """The filters in words."""
    return (
        ", ".join(f"{_NAMES.get(name, name)}: {value}" for name, value in filters.items()) or "–"
    )
