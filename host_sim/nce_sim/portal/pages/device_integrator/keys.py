"""A device's pre-shared key: made by 1NCE when the device asks, or given here.

key_form(frame, iccid)                  # `iccid` is the field that names the device
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from nicegui import ui
from pydantic import ValidationError

from nce_api.errors import NotFound
from nce_api.models.integrate import NewPreSharedKey, PreSharedKey
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import main
from nce_sim.portal.parts.fields import Form, select
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words

_MOST_KEY = 256  # [D]
_MADE, _GIVEN = "made", "given"
_WAYS = {_MADE: "Made by 1NCE when the device asks", _GIVEN: "Input manually"}
_PROTOCOLS = {"COAP": "CoAP", "LWM2M": "LwM2M"}
_FORMATS = {"STRING": "Plain text", "HEX": "HEX"}
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


class _Known(NamedTuple):
    """What the service says of a key; None: the device has none yet."""

    key: PreSharedKey | None


def key_form(frame: Frame, iccid: ui.input) -> None:
    """The fields, and what is known of the device's key."""
    _Keys(frame, iccid).build()


class _Keys:
    def __init__(self, frame: Frame, iccid: ui.input) -> None:
        self._frame, self._iccid = frame, iccid
        self._devices = frame.visit.management.devices

    def build(self) -> None:
        with box("div", "filters", role="form", aria_label="Pre-shared key"):
            self._protocol = select("Protocol", _PROTOCOLS, "COAP")
            self._way = select("Pre-shared key", _WAYS, _MADE).classes("grow")
            with box("div", "filters q-mb-none grow") as self._own:
                self._key = ui.input("Key", password=True, password_toggle_button=True)
                self._key.props(f"outlined dense maxlength={_MOST_KEY} autocomplete=off")
                self._key.classes("grow")
                self._format = select("Format", _FORMATS, "STRING")
                with allowed(self._frame.visit.lacks("os.change")) as within:
                    within(main("Save the key", self._save, icon="key"))
            self._own.set_visibility(False)
        self._said = words("p", "", "note", role="status")
        self._form = Form({"deviceId": self._iccid, "secretKey": self._key})
        self._way.on_value_change(lambda event: self._own.set_visibility(event.value == _GIVEN))
        self._protocol.on_value_change(self._look)
        self._iccid.on_value_change(self._look)
        ui.timer(0, self._look, once=True)

    async def _look(self) -> None:
        iccid = (self._iccid.value or "").strip()
        if not iccid:
            self._said.text = "Name the device to see whether it has a key."
            return

        async def ask() -> _Known:
            try:
                return _Known(await self._devices.key(iccid, self._protocol.value))
            except NotFound:
                return _Known(None)

        found, problem = await asked(ask)
        name = _PROTOCOLS[self._protocol.value]
        if found is None:
            self._said.text = problem or ""
        elif found.key is None:
            self._said.text = f"This device has no key for {name} yet."
        else:
            format_ = _FORMATS.get(str(found.key.format), str(found.key.format))
            at = self._frame.zone.text(found.key.updatedAt)
            self._said.text = f"It has a key for {name}: {format_}, of {at}. Identity: {iccid}."

    async def _save(self) -> None:
        self._form.clear()
        if not self._form.has_all("deviceId", "secretKey"):
            return
        key, format_ = self._key.value or "", self._format.value
        if format_ == "HEX" and not _HEX.fullmatch(key):
            self._key.error = "Give pairs of hexadecimal digits, such as 00ff."
            return
        try:
            new = NewPreSharedKey.model_validate(
                {"secretKey": key, "protocol": self._protocol.value, "format": format_}
            )
        except ValidationError as error:
            self._form.refuse(error)
            return
        iccid = self._iccid.value.strip()

        async def ask() -> Any:
            return await self._devices.set_key(iccid, new)

        _, problem = await asked(ask)
        if problem is not None:
            self._form.tell(problem)
            return
        self._key.value = ""
        ui.notify("The key is set. Put the same one into the device.", type="positive")
        await self._look()
