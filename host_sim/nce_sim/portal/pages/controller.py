"""Device Controller: send something to a device, and watch what becomes of it."""

from __future__ import annotations

from typing import Any

from fastapi import Request
from nicegui import ui
from pydantic import ValidationError

from nce_api.models.actions import AcceptedAction, Action, CoapAction, UdpAction
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.buttons import sign
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tags import box, words

_SHOWN = 50
_PAGE = 25  # the most that a call gives
_EVERY_S = 2.0
_OPEN = ("SCHEDULED", "IN_PROGRESS")
_TONES = {"SUCCEEDED": "good", "FAILED": "bad", "CANCELLED": "calm"}
_MODES = {"SEND_NOW": "Send now", "SEND_WHEN_ACTIVE": "When the device is active"}
_FORMATS = {"STRING": "Text", "BASE64": "Base64"}


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/controller", "Device Controller") as frame:
        await _Controller(frame).build()


class _Controller:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._devices = frame.visit.management.devices

    async def build(self) -> None:
        reason = self._frame.visit.lacks("os.change")
        with box("div", "grid"):
            with box("section", "panel w12", aria_label="Send"):
                with box("header"):
                    words("h2", "Send to a device")
                if reason is None:
                    self._form()
                else:
                    words("p", reason, "note")
            self._active = Panel(
                "Active", self._load_active, self._show, empty="Nothing waits.", width="w12"
            ).with_refresh()
            self._archived = Panel(
                "Archived",
                self._load_archived,
                self._show,
                empty="Nothing was sent in the last seven days.",
                width="w12",
            ).with_refresh()
        await self._active.load()
        await self._archived.load()
        ui.timer(_EVERY_S, self._look, immediate=False)

    def _form(self) -> None:
        with box("div", "filters", role="form", aria_label="Send to a device"):
            self._device = ui.input("ICCID").props("dense outlined maxlength=20").classes("grow")
            self._protocol = _select("Protocol", {"COAP": "CoAP", "UDP": "UDP"}, "COAP")
            self._port = ui.number("Port", value=5683, min=1, max=65535, format="%d")
            self._port.props("dense outlined")
            self._path = ui.input("Path", value="/").props("dense outlined maxlength=255")
            self._method = _select(
                "Request type", {one: one for one in ("GET", "POST", "PUT", "DELETE")}, "POST"
            )
            self._payload = ui.input("Data").props("dense outlined").classes("grow")
            self._format = _select("Format", _FORMATS, "STRING")
            self._mode = _select("Request mode", _MODES, "SEND_NOW")
            self._attempts = ui.number("Attempts", value=1, min=1, max=5, format="%d")
            self._attempts.props("dense outlined")
            self._protocol.on_value_change(self._turn)
            ui.button("Send", icon="send", on_click=self._send).props("no-caps")

    def _turn(self) -> None:
        is_coap = self._protocol.value == "COAP"
        for one in (self._path, self._method, self._attempts):
            one.set_visibility(is_coap)

    async def _send(self) -> None:
        iccid = (self._device.value or "").strip()
        try:
            action = self._action()
        except ValidationError as error:
            first = error.errors()[0]
            ui.notify(f"{first['loc'][0]}: {first['msg']}", type="negative")
            return

        async def ask() -> AcceptedAction:
            if isinstance(action, CoapAction):
                return await self._devices.send_coap(iccid, action)
            return await self._devices.send_udp(iccid, action)

        if not iccid:
            ui.notify("Give the ICCID of the device.", type="negative")
            return
        accepted, problem = await asked(ask)
        if accepted is None:
            ui.notify(problem or "no answer", type="negative")
            return
        ui.notify("Accepted. What becomes of it is below.", type="positive")
        await self._look()

    def _action(self) -> CoapAction | UdpAction:
        shared: dict[str, Any] = {
            "port": int(self._port.value or 0),
            "requestMode": self._mode.value,
        }
        payload = {"payload": self._payload.value or "", "payloadType": self._format.value}
        if self._protocol.value == "UDP":
            return UdpAction.model_validate({**shared, **payload})
        if not payload["payload"]:
            payload = {}
        return CoapAction.model_validate(
            {
                **shared,
                **payload,
                "path": self._path.value or "/",
                "requestType": self._method.value,
                "sendAttempts": int(self._attempts.value or 1),
            }
        )

    async def _look(self) -> None:
        await self._active.renew()
        await self._archived.renew()

    async def _load_active(self) -> list[Action] | None:
        return await _some(self._devices.active_actions(page_size=_PAGE))

    async def _load_archived(self) -> list[Action] | None:
        return await _some(self._devices.archived_actions(page_size=_PAGE))

    def _show(self, actions: list[Action]) -> None:
        may_cancel = self._frame.visit.may("os.change")
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            with box("thead"), box("tr"):
                for name in ("Created", "Device", "Protocol", "What", "State", "Result"):
                    words("th", name, scope="col")
                words("th", "", scope="col", aria_label="Actions")
            with box("tbody"):
                for action in actions:
                    with box("tr"):
                        words("td", self._frame.zone.text(action.created), "when")
                        words("td", action.deviceId, "mono")
                        words("td", str(action.protocol))
                        words("td", _told(action.requestData, _ASKED))
                        with box("td"):
                            state = str(action.status)
                            text = state.replace("_", " ").capitalize()
                            words("span", text, f"chip {_TONES.get(state, 'warn')}")
                        words("td", _told(action.resultData, _ANSWERED))
                        with box("td"):
                            if may_cancel and action.status in _OPEN:
                                self._cancel_button(action)

    def _cancel_button(self, action: Action) -> None:
        async def cancel() -> None:
            async def ask() -> None:
                await self._devices.cancel_action(action.id)

            _, problem = await asked(ask)
            if problem is not None:
                ui.notify(problem, type="negative")
            await self._look()

        sign("cancel", f"Cancel the request to {action.deviceId}", cancel)


# What is worth a line of a request's data and of a result's; the rest says again who and when.
_ASKED = (
    "requestType",
    "path",
    "port",
    "payload",
    "payloadType",
    "action",
    "resourceAddress",
    "data",
)
_ANSWERED = ("code", "status", "payload", "payloadType", "error", "message", "result")


def _told(data: Any, names: tuple[str, ...]) -> str:
    """Some fields of a request or a result on one line."""
    if not isinstance(data, dict):
        return "–"
    return ", ".join(f"{name} {data[name]}" for name in names if data.get(name) is not None) or "–"


async def _some(found: Any) -> list[Action] | None:
    items: list[Action] = []
    async for item in found:
        items.append(item)
        if len(items) == _SHOWN:
            break
    return items or None


def _select(label: str, options: dict[str, str], value: str) -> ui.select:
    made = ui.select(options, label=label, value=value)
    made.props("dense outlined options-dense")
    made.props["aria-label"] = label
    return made
