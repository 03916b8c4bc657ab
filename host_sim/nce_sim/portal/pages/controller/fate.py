"""What becomes of the request that was sent last, until it has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from nce_api.models.actions import Action
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.controller.told import told_result
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words

_EVERY_S = 1.0
# The texts are 1NCE's for what is under way and for success [F]; the others are ours.
_TOLD = {
    "SCHEDULED": ("Waits until the device is active.", "warn"),
    "IN_PROGRESS": ("Sending data to your device…", "warn"),
    "SUCCEEDED": ("Data delivery successful", "good"),
    "FAILED": ("Data delivery failed", "bad"),
    "CANCELLED": ("Cancelled: nothing is sent.", "calm"),
}
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")


class Fate:
    """A line below the form; `ended` is called when the request has its result."""

    def __init__(self, frame: Frame, ended: Callable[[], Awaitable[None]]) -> None:
        self._devices = frame.visit.management.devices
        self._ended = ended
        self._request_id = ""
        self._shown: Action | None = None
        self._body = box("div", "q-mt-sm", role="status", aria_label="The last request")
        self._timer = ui.timer(_EVERY_S, self._look, active=False, immediate=False)

    async def follow(self, request_id: str) -> None:
        """Show a request in the place of the one before it."""
        self._request_id, self._shown = request_id, None
        await self._look()

    async def _look(self) -> None:
        request_id = self._request_id

        async def ask() -> Action:
            return await self._devices.action(request_id)

        found, problem = await asked(ask)
        if request_id != self._request_id or self._body.is_deleted:
            return  # another one was sent meanwhile, or the page was left
        has_ended = found is not None and found.status in ENDED
        self._timer.active = not has_ended
        if found != self._shown or problem:
            self._shown = found
            self._draw(found, problem)
        if has_ended:
            await self._ended()

    def _draw(self, found: Action | None, problem: str | None) -> None:
        self._body.clear()
        with self._body:
            if found is None:
                words("p", problem or "There was no answer.", "bad-text")
                return
            text, tone = _TOLD.get(str(found.status), (str(found.status), "calm"))
            words("span", text, f"chip {tone}")
            if found.status in ENDED and found.resultData:
                words("pre", told_result(found), "content q-mt-sm")
