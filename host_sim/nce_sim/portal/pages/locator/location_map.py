"""Tab "Location map": the last position of each device, the track of one, and the geofences."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from nicegui import ui

from nce_api.models.locate import LatestPosition, PositionSource
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.locator.fence_alerts import FenceAlerts
from nce_sim.portal.pages.locator.fences import Fences
from nce_sim.portal.pages.locator.track import Track
from nce_sim.portal.parts.area_map import AreaMap, Item, device
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_MOST = 500  # devices that are drawn at once
_PAGE = 100  # the most that a call gives
_ROWS = 8
_SOURCES = {"": "Any", "GPS": "GPS", "CellTower": "Cell tower"}
TONES = {"GPS": "var(--bar)", "CellTower": "var(--warn)"}


class _Found(NamedTuple):
    positions: list[LatestPosition]
    are_all: bool


class LocationMap:
    """The tab."""

    def __init__(self, frame: Frame, iccid: str) -> None:
        self._frame = frame
        self._locator = frame.visit.management.locator
        self._fences = Fences(frame)
        self._iccid = iccid
        self._source: PositionSource | Literal[""] = ""  # any
        self._box: dict[str, Any] = {}  # what is in sight, where more are than are drawn
        self._are_all, self._page = True, 1
        self._has_fitted = False

    async def build(self) -> None:
        """The cards of the tab."""
        with box("section", "panel w8", aria_label="Location map"):
            with box("header"):
                words("h2", "Location map")
                bar = box("div", "more")
            with box("div", "filters", role="search", aria_label="Find devices"):
                iccid = ui.input("Device ID (ICCID)", value=self._iccid)
                iccid.props("dense outlined clearable debounce=400 maxlength=20").classes("grow")
                iccid.on_value_change(lambda event: self._change(iccid=event.value or ""))
                source = ui.select(_SOURCES, label="Source", value="")
                source.props("dense outlined options-dense").props["aria-label"] = "Source"
                source.on_value_change(lambda event: self._change(source=event.value))
            self._area = AreaMap(
                "Map of devices and geofences",
                tiles=self._frame.tiles,
                on_drawn=self._fences.drawn,
                on_stopped=self._fences.stopped,
                on_chosen=self._choose_on_map,
                on_moved=self._move,
            )
            self._told = words("p", "", "note q-mt-sm q-mb-none", aria_live="polite")
        with box("div", "w4 stack"):
            self._panel = Panel(
                "Latest positions",
                self._load,
                self._show,
                empty="No device has a position yet. A device tells it by the Energy Saver or "
                "LwM2M object 6; cell tower location finds those that do not.",
                icon="location_off",
                width="",
            ).with_refresh()
            self._track = Track(self._frame, self._area, self._close_track)
        with bar:
            self._fences.build_buttons(self._area)
        await self._fences.build()
        self._alerts = FenceAlerts(self._frame)
        await self._alerts.build()
        await self._panel.load()

    async def renew(self) -> None:
        """Show what changed."""
        await self._panel.renew()
        await self._track.renew()
        await self._alerts.renew()

    async def _change(
        self, iccid: str | None = None, source: PositionSource | Literal[""] | None = None
    ) -> None:
        self._iccid = self._iccid if iccid is None else iccid.strip()
        self._source = self._source if source is None else source
        self._page, self._has_fitted, self._box = 1, False, {}
        await self._panel.load()

    async def _move(self, told: dict[str, Any]) -> None:
        if self._are_all or not self._has_fitted:
            return
        self._box = {
            "longitude_from": max(-180.0, told["west"]),
            "longitude_to": min(180.0, told["east"]),
            "latitude_from": max(-90.0, told["south"]),
            "latitude_to": min(90.0, told["north"]),
        }
        await self._panel.renew()

    async def _load(self) -> _Found | None:
        latest = self._locator.latest(
            device_id=self._iccid or None,
            source=self._source or None,
            page_size=_PAGE,
            **self._box,
        )
        found: list[LatestPosition] = []
        async for position in latest:
            if len(found) == _MOST:
                break
            found.append(position)
        else:
            self._draw(found, are_all=True)
            # Where others are out of sight, an empty sight is no reason to hide the table.
            return _Found(found, True) if found or self._box else None
        self._draw(found, are_all=False)
        return _Found(found, False)

    def _draw(self, found: list[LatestPosition], *, are_all: bool) -> None:
        self._are_all = are_all and not self._box
        dots: list[Item] = [
            device(
                each.coordinate,
                f"{each.deviceId} · {self._frame.zone.text(each.sampleTime)}",
                TONES.get(each.source, "var(--calm)"),
                each.deviceId,
            )
            for each in found
        ]
        self._area.show("devices", dots)
        if not self._has_fitted and (found or self._fences.has_some):
            self._has_fitted = True
            self._area.fit("devices", "fences")
        count = f"{len(found)} device{'' if len(found) == 1 else 's'}"
        where = "in sight" if self._box else "with a position"
        self._told.text = (
            f"{count} {where}. Blue dots are positions by GPS, amber ones by cell tower."
            if are_all
            else f"The first {_MOST} devices in sight: zoom in, or search, to see the others."
        )

    def _show(self, found: _Found) -> None:
        pages = max(1, -(-len(found.positions) // _ROWS))
        self._page = min(self._page, pages)
        start = (self._page - 1) * _ROWS
        with box("ul", "entries"):
            for each in found.positions[start : start + _ROWS]:
                self._row(each)
        turning(self._page, pages, self._turn)

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    def _row(self, position: LatestPosition) -> None:
        iccid = position.deviceId
        source = _SOURCES.get(position.source, position.source)
        with box("li"):
            button = quiet(iccid, on_click=lambda: self._track.open(iccid), shape="flat dense")
            button.classes("mono as-link").props["aria-label"] = f"Track of {iccid}"
            words("div", f"{source} · {self._frame.zone.text(position.sampleTime)}", "note")

    async def _choose_on_map(self, told: dict[str, Any]) -> None:
        if told["layer"] == "devices":
            await self._track.open(str(told["id"]))
        elif told["layer"] == "fences":
            await self._fences.edit(str(told["id"]))

    async def _close_track(self) -> None:
        self._area.fit("devices", "fences")
