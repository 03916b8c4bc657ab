"""Tab "Requests": those that are active, and those of the last seven days, with their filters."""

from __future__ import annotations

from typing import Any

from nicegui import ui

from nce_api.calls import OnePage
from nce_api.errors import NotFound
from nce_api.models.actions import Action
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.controller.fate import ENDED
from nce_sim.portal.pages.controller.send_form import MODES, PROTOCOLS
from nce_sim.portal.pages.controller.told import told_request, told_result
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.permitted import permitted_sign
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_PAGE = 10
_EVERY_S = 3.0
_TONES = {"SUCCEEDED": "good", "FAILED": "bad", "CANCELLED": "calm"}
_STATES = {"SCHEDULED": "Scheduled", "IN_PROGRESS": "In progress", "SUCCEEDED": "Succeeded"}
_STATES |= {"FAILED": "Failed", "CANCELLED": "Cancelled"}
_ANY = {"": "Any"}


class Requests:
    """The tab."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._devices = frame.visit.management.devices
        self._reason = frame.visit.lacks("os.change")
        self._wanted: dict[str, Any] = {}
        self._request_id = ""
        self._lists: list[_List] = []

    async def build(self) -> None:
        """The filters, and the two cards."""
        with box("div", "filters", role="search", aria_label="Find requests"):
            number = ui.input("Request ID").props("dense outlined clearable debounce=400")
            number.props("maxlength=40").classes("grow")
            number.on_value_change(lambda event: self._find(request_id=event.value or ""))
            device = ui.input("Device ID (ICCID)").props("dense outlined clearable debounce=400")
            device.props("maxlength=20").classes("grow")
            device.on_value_change(lambda event: self._find(device_id=event.value or ""))
            status = select("Status", _ANY | _STATES, "")
            status.on_value_change(lambda event: self._find(status=event.value))
            protocol = select("Protocol", _ANY | PROTOCOLS, "")
            protocol.on_value_change(lambda event: self._find(protocol=event.value))
        with box("div", "grid"):
            active = "No request waits or is under way. An active one is kept for a day."
            archived = "No request ended in the last seven days."
            self._lists = [
                _List("Active", active, self._active, self._show),
                _List("Archived", archived, self._archived, self._show),
            ]
            for each in self._lists:
                await each.panel.load()
        ui.timer(_EVERY_S, self.renew, immediate=False)

    async def renew(self) -> None:
        """Show what changed."""
        for each in self._lists:
            await each.panel.renew()

    async def _find(self, request_id: str | None = None, **wanted: str) -> None:
        self._request_id = self._request_id if request_id is None else request_id.strip()
        self._wanted |= {name: value.strip() or None for name, value in wanted.items()}
        for each in self._lists:
            each.page = 1
            await each.panel.load()

    # -- what the service has ----------------------------------------------------------------

    async def _active(self, page: int) -> OnePage[Action]:
        if self._request_id:
            return await self._one(has_ended=False)
        if self._wanted.get("status") in ENDED:
            return OnePage([], 0)
        return await self._devices.active_page(page=page, page_size=_PAGE, **self._wanted)

    async def _archived(self, page: int) -> OnePage[Action]:
        if self._request_id:
            return await self._one(has_ended=True)
        if self._wanted.get("status") in ("SCHEDULED", "IN_PROGRESS"):
            return OnePage([], 0)
        return await self._devices.archived_page(page=page, page_size=_PAGE, **self._wanted)

    async def _one(self, *, has_ended: bool) -> OnePage[Action]:
        try:
            found = await self._devices.action(self._request_id)
        except NotFound:
            return OnePage([], 0)
        return OnePage([found] if (found.status in ENDED) is has_ended else [], 1)

    # -- the tables ----------------------------------------------------------------------------

    def _show(self, found: OnePage[Action]) -> None:
        names = ("Date Time created", "Request", "Device ID (ICCID)", "Protocol", "Status")
        with plain_table(*names, actions=True):
            for action in found.items:
                with box("tr"):
                    words("td", self._frame.zone.text(action.created), "when")
                    with box("td"):
                        words("div", told_request(action))
                        words("div", action.id, "note mono")
                    words("td", action.deviceId, "mono")
                    words("td", PROTOCOLS.get(str(action.protocol), str(action.protocol)))
                    with box("td"):
                        state = str(action.status)
                        tone = _TONES.get(state, "warn")
                        words("span", _STATES.get(state, state), f"chip {tone}")
                        if action.status in ENDED and action.resultData:
                            words("pre", told_result(action), "content note")
                        elif action.status not in ENDED:
                            words("div", MODES.get(str(action.mode), ""), "note")
                    with box("td"):
                        if action.status not in ENDED:
                            self._cancel_button(action)

    def _cancel_button(self, action: Action) -> None:
        async def cancel() -> None:
            async def ask() -> None:
                await self._devices.cancel_action(action.id)

            _, problem = await asked(ask)
            if problem is None:
                ui.notify("The request is cancelled.", type="positive")
            else:
                ui.notify(problem, type="negative")
            await self.renew()

        label = f"Cancel the request to {action.deviceId}"
        permitted_sign("cancel", label, cancel, self._reason)


class _List:
    """One of the cards with its page."""

    def __init__(self, title: str, empty: str, ask: Any, show: Any) -> None:
        self.page = 1
        self._ask, self._show = ask, show
        self.panel = Panel(
            title, self._load, self._draw, empty=empty, width="w12", icon="outbox"
        ).with_refresh()

    async def _load(self) -> OnePage[Action] | None:
        found: OnePage[Action] = await self._ask(self.page)
        return found if found.items else None

    def _draw(self, found: OnePage[Action]) -> None:
        self._show(found)
        turning(self.page, found.pages or 1, self._turn)

    async def _turn(self, page: int) -> None:
        self.page = page
        await self.panel.load()
