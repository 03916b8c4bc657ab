"""Tab "Cell tower events": how devices were found by their cells, and one resolved with Plus."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from nicegui import ui

from nce_api.calls import OnePage
from nce_api.models.locate import CellTowerEvent
from nce_api.models.portal import CellEvent, CellEventDetails
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.figures import count_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning
from nce_sim.portal.parts.world_time import now_of
from nce_sim.portal.visit import NO_PORTAL

_PAGE = 10
_KEPT = timedelta(days=7)  # [D]
_MODES = {"BASIC": "Basic", "ADVANCED": "Plus"}
_STATES = {"SUCCEEDED": ("Resolved", "good"), "FAILED": ("Not resolved", "bad")}


class CellEvents:
    """The tab; `upgrade` leads to where Plus is switched on."""

    def __init__(self, frame: Frame, upgrade: Callable[[], object]) -> None:
        self._frame, self._upgrade = frame, upgrade
        self._iccid, self._page = "", 1

    async def build(self) -> None:
        """The cards of the tab."""
        with box("div", "filters w12", role="search", aria_label="Find cell tower events"):
            iccid = ui.input("Device ID (ICCID)")
            iccid.props("dense outlined clearable debounce=400 maxlength=20").classes("grow")
            iccid.on_value_change(lambda event: self._change(event.value or ""))
        has_all = self._frame.visit.portal is not None
        self._panel = Panel(
            "Cell tower events",
            self._load,
            self._show,
            empty="No cell tower event in the last seven days. With cell tower location switched "
            "on, a device makes one when it opens a data session, once an hour at most."
            if has_all
            else "Give the ICCID of a device: 1NCE's API tells of one at a time. There is nothing "
            "to see of one that was at no cell in the last seven days.",
            width="w8",
            icon="cell_tower",
        ).with_refresh()
        with box("section", "panel w4", aria_label="Cell tower event details"):
            with box("header"):
                words("h2", "Cell tower event details")
            self._details = box("div", "body", aria_live="polite")
        with self._details:
            words(
                "p", "Resolve a Basic event with Plus: it is free, and nothing is stored.", "note"
            )
        await self._panel.load()

    async def renew(self) -> None:
        """Show what changed."""
        await self._panel.renew()

    async def _change(self, iccid: str) -> None:
        self._iccid, self._page = iccid.strip(), 1
        await self._panel.load()

    async def _load(self) -> OnePage[CellEvent] | None:
        visit = self._frame.visit
        if visit.portal is not None:
            found = await visit.portal.cell_events(
                page=self._page, page_size=_PAGE, iccid=self._iccid or None
            )
            return found if found.items else None
        if not self._iccid:
            return None
        end = await now_of(visit)
        told = await visit.management.locator.activity(
            self._iccid, start=_instant(end - _KEPT), end=_instant(end)
        )
        all_of_device = told.items
        start = (self._page - 1) * _PAGE
        items = [_from_api(each) for each in all_of_device[start : start + _PAGE]]
        return OnePage(items, len(all_of_device)) if items else None

    def _show(self, found: OnePage[CellEvent]) -> None:
        names = ("Date Time created", "Access type", "Status", "Mode")
        with plain_table(*names, actions=True):
            for event in found.items:
                self._row(event)
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    def _row(self, event: CellEvent) -> None:
        with box("tr"):
            with box("td", "when"):
                words("div", self._frame.zone.text(event.time))
                words("a", event.iccid, "mono", href=f"{ROOT}/sims/{event.iccid}")
            words("td", event.access)
            with box("td"):
                text, tone = _STATES.get(event.status, (event.status, "calm"))
                words("span", text, f"chip {tone}")
            words("td", _MODES.get(event.mode, event.mode))
            with box("td", "when"):
                if event.mode == "BASIC":
                    reason = None if self._frame.visit.portal is not None else NO_PORTAL
                    button = permitted(
                        "Resolve with Plus",
                        None,
                        lambda: self._resolve(event),
                        reason,
                        shape="flat dense",
                    )
                    at = self._frame.zone.text(event.time)
                    button.props["aria-label"] = f"Resolve with Plus: {event.iccid}, {at}"

    async def _resolve(self, event: CellEvent) -> None:
        portal = self._frame.visit.portal
        assert portal is not None  # the button is disabled without it

        async def ask() -> CellEventDetails:
            return await portal.cell_event_by_plus(event.id)

        found, problem = await asked(ask)
        self._details.clear()
        with self._details:
            if found is None:
                words("p", problem or "There was no answer.", "bad-text", role="alert")
                return
            self._show_details(found)

    def _show_details(self, found: CellEventDetails) -> None:
        text, tone = _STATES.get(found.status, (found.status, "calm"))
        with box("dl", "facts"):
            words("dt", "Status")
            with box("dd"):
                words("span", text, f"chip {tone}")
            for name, value in (
                ("Mode", "Plus, for this once"),
                ("Date Time created", self._frame.zone.text(found.time)),
                ("Device", found.iccid),
                ("Access type", found.access),
                ("MCC, MNC", f"{found.mcc}, {found.mnc}"),
                ("LAC or TAC", str(found.area)),
                ("Cell", str(found.cell)),
                ("Place", _place(found)),
                ("Accuracy", _accuracy(found)),
            ):
                words("dt", name)
                words("dd", value, "number" if value == found.iccid else "")
        words("p", "It took no credit, and is not stored.", "note q-mt-md q-mb-sm")
        quiet("Upgrade to Plus", "upgrade", self._upgrade)


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _place(found: CellEventDetails) -> str:
    if found.latitude is None or found.longitude is None:
        return "unknown, with Plus too"
    return f"{found.latitude:.6f}°, {found.longitude:.6f}°"


def _accuracy(found: CellEventDetails) -> str:
    if found.accuracy_m is None:
        return "–"
    sure = "" if found.confidence is None else f", in {100 * found.confidence:.0f} % of cases"
    return f"within {count_text(found.accuracy_m)} m{sure}"


def _from_api(event: CellTowerEvent) -> CellEvent:
    place = event.towerLocation
    return CellEvent(
        id="",
        iccid=event.iccid,
        time=event.sampleTime,
        access=event.radioAccessType,
        status=event.locationResolutionStatus,
        mode=event.resolutionMode,
        longitude=None if place is None else place.longitude,
        latitude=None if place is None else place.latitude,
    )
