"""The form of a request: by UDP, CoAP or LwM2M, with the fields that 1NCE's portal has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui
from pydantic import ValidationError

from nce_api.models.actions import AcceptedAction, CoapAction, Lwm2mAction, UdpAction
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.fields import Form, select, text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box

PROTOCOLS = {"COAP": "CoAP", "UDP": "UDP", "LWM2M": "LwM2M"}
MODES = {"SEND_NOW": "Send now", "SEND_WHEN_ACTIVE": "Send when device is active"}
_FORMATS = {"STRING": "Text", "BASE64": "Base64"}
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH")
_VERBS = {
    "read": "Read",
    "write": "Write",
    "execute": "Execute",
    "observe-start": "Start observing",
    "observe-end": "End observing",
}
# The fields of each protocol, besides device, protocol and request mode.
_OF = {
    "COAP": ("port", "path", "requestType", "payload", "payloadType", "sendAttempts"),
    "UDP": ("port", "payload", "payloadType"),
    "LWM2M": ("action", "resourceAddress", "data", "sendAttempts"),
}
_NUMBERS = ("port", "sendAttempts")
# Left out where nothing is typed; an empty datagram is one.
_OPTIONAL = {"COAP": ("payload", "payloadType"), "UDP": (), "LWM2M": ("data",)}

Action = CoapAction | UdpAction | Lwm2mAction
_FORMS: dict[str, type[Action]] = {"COAP": CoapAction, "UDP": UdpAction, "LWM2M": Lwm2mAction}


class SendForm:
    """The form; `sent` hears the number of an accepted request."""

    def __init__(self, frame: Frame, iccid: str, sent: Callable[[str], Awaitable[None]]) -> None:
        self._devices = frame.visit.management.devices
        self._reason = frame.visit.lacks("os.change")
        self._iccid, self._sent = iccid, sent

    def build(self) -> None:
        """The fields and the button."""
        with box("div", "filters", role="form", aria_label="Send to a device"):
            device = text("Device ID (ICCID)", most=20, value=self._iccid).classes("grow")
            self._device = device.props("debounce=300")
            self._protocol = select("Protocol", PROTOCOLS, "COAP")
            self._protocol.on_value_change(self._turn)
            self._fields: dict[str, Any] = {
                "port": _number("Port", 5683, 65_535),
                "path": text("Path", most=255, value="/"),
                "requestType": select("Request type", {one: one for one in _METHODS}, "POST"),
                "action": select("Action", _VERBS, "read"),
                "resourceAddress": text("Resource address", most=24, value="/3/0/0").classes(
                    "grow"
                ),
                "payload": text("Data", most=4_096).classes("grow"),
                "payloadType": select("Data format", _FORMATS, "STRING"),
                "data": text("Value to write", most=4_096).classes("grow"),
                "sendAttempts": _number("Send attempts", 1, 5),
            }
            self._mode = select("Request mode", MODES, "SEND_NOW").classes("grow")
            self._fields["action"].on_value_change(self._turn)
            with allowed(self._reason) as within:
                within(main("Send", self._send, icon="send"))
        self._form = Form({"deviceId": self._device, **self._fields})
        self._turn()

    def on_device(self, hear: Callable[[str], Awaitable[None]]) -> None:
        """Who is told which device is written in the form."""

        async def changed() -> None:
            await hear((self._device.value or "").strip())

        self._device.on_value_change(changed)

    async def choose(self, iccid: str) -> None:
        """Write a device in the form."""
        self._device.value = iccid

    def take(self, path: str, verb: str) -> None:
        """Write an LwM2M action in the form."""
        self._protocol.value = "LWM2M"
        self._fields["resourceAddress"].value = path
        self._fields["action"].value = verb

    def _turn(self) -> None:
        shown = _OF[self._protocol.value]
        for name, field in self._fields.items():
            field.set_visibility(name in shown)
        is_write = self._protocol.value == "LWM2M" and self._fields["action"].value == "write"
        self._fields["data"].set_visibility(is_write)

    async def _send(self) -> None:
        self._form.clear()
        protocol, iccid = self._protocol.value, (self._device.value or "").strip()
        if not iccid:
            self._device.error = "Give the ICCID of a device."
            return
        try:
            action = _FORMS[protocol].model_validate(self._told(protocol))
        except ValidationError as error:
            self._form.refuse(error)
            return
        accepted, problem = await asked(lambda: self._ask(iccid, action))
        if accepted is None:
            # 1NCE's toast of a device that is not there is the service's own text [F].
            self._form.tell(problem or "There was no answer.")
            return
        ui.notify("Accepted: sending data to your device…", type="positive")
        await self._sent(accepted.id)

    def _told(self, protocol: str) -> dict[str, Any]:
        told: dict[str, Any] = {"requestMode": self._mode.value}
        for name in _OF[protocol]:
            value = self._fields[name].value
            if name in _NUMBERS:
                told[name] = int(value or 0)
            elif value or name not in _OPTIONAL[protocol]:
                told[name] = value or ""
        if protocol == "COAP" and "payload" not in told:
            told.pop("payloadType", None)
        if protocol == "LWM2M" and told["action"] != "write":
            told.pop("data", None)
        return told

    async def _ask(self, iccid: str, action: Action) -> AcceptedAction:
        if isinstance(action, CoapAction):
            return await self._devices.send_coap(iccid, action)
        if isinstance(action, UdpAction):
            return await self._devices.send_udp(iccid, action)
        return await self._devices.send_lwm2m(iccid, action)


def _number(label: str, value: int, most: int) -> ui.number:
    made = ui.number(label, value=value, min=1, max=most, format="%d")
    return made.props("dense outlined")
