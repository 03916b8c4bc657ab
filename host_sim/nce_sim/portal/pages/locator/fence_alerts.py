"""Geofence events: who crossed which border last, as the administration logs tell it."""

from __future__ import annotations

from nce_api.models.logs import LogEntry
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words

_SHOWN = 8
_READ = 25  # of the logs on locations
_TOLD = {"Geofence[Enter]": ("Enter", "good"), "Geofence[Exit]": ("Exit", "warn")}


class FenceAlerts:
    """The card."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._logs = frame.visit.management.logs

    async def build(self) -> None:
        """Show it."""
        self._panel = Panel(
            "Geofence events",
            self._load,
            self._show,
            empty="No device crossed the border of a geofence in the last seven days.",
            width="w4",
            icon="notifications_none",
        ).with_refresh()
        await self._panel.load()

    async def renew(self) -> None:
        """Show what changed."""
        await self._panel.renew()

    async def _load(self) -> list[LogEntry] | None:
        found: list[LogEntry] = []
        read = 0
        async for entry in self._logs.list(page_size=_READ, q="type:location"):
            read += 1
            if entry.message in _TOLD:
                found.append(entry)
            if len(found) == _SHOWN or read == _READ:
                break
        return found or None

    def _show(self, found: list[LogEntry]) -> None:
        with box("ul", "entries"):
            for entry in found:
                name, tone = _TOLD[entry.message]
                with box("li"):
                    with box("div"):
                        words("span", name, f"chip {tone}")
                        words("span", f" · {self._frame.zone.text(entry.timestamp)}", "note")
                    words("div", entry.description or "")
