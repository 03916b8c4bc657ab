"""Wait for a message of a device, and show what comes in.

Waiting(frame, iccid).build()           # `iccid` is the field that names the device

It asks the history again and again, which any service has; so it needs no clock that agrees.
"""

from __future__ import annotations

import asyncio
import time

from nicegui import background_tasks, ui

from nce_api.models.actions import Protocol
from nce_api.models.inspect import Message
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.device_integrator.endpoints import PROTOCOLS
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.contents import content_of, hex_of
from nce_sim.portal.parts.fields import select
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words

_WAIT_S = 30.0  # [D] "up to 30 s"
_EVERY_S = 1.0
_LONGEST = 600  # characters of a content


class Waiting:
    """The button, and what it leads to."""

    def __init__(self, frame: Frame, iccid: ui.input) -> None:
        self._frame, self._iccid = frame, iccid
        self._inspector = frame.visit.management.inspector
        self._task: asyncio.Task[None] | None = None

    def build(self) -> None:
        """Make it."""
        with box("div", "filters", role="form", aria_label="Wait for a message"):
            self._protocol = select("Endpoint", PROTOCOLS, "COAP")
            self._button = main("Wait for message", self._begin, icon="hourglass_empty")
            self._cancel = quiet("Stop waiting", "close", self._stop)
            self._cancel.set_visibility(False)
        self._body = box("div", "body", aria_live="polite")
        ui.context.client.on_delete(self._stop)

    async def _begin(self) -> None:
        iccid = (self._iccid.value or "").strip()
        self._iccid.error = None if iccid else "Give a value."
        if not iccid or self._task is not None:
            return
        protocol = self._protocol.value
        last, problem = await asked(lambda: self._latest(iccid, protocol))
        if last is None:
            self._say(problem or "no answer", "bad-text")
            return
        self._wait(True)
        self._task = background_tasks.create(
            self._look(iccid, protocol, last), name="portal: waits for a message"
        )

    def _stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None
            self._wait(False)
            self._say("Nothing is waited for any more.", "note")

    def _wait(self, is_waiting: bool) -> None:
        if self._body.is_deleted:
            return
        self._button.set_enabled(not is_waiting)
        self._cancel.set_visibility(is_waiting)
        if is_waiting:
            self._body.clear()
            with self._body, box("div", "line-up", role="status"):
                ui.spinner(size="sm").props["aria-hidden"] = "true"
                words("span", f"Waiting up to {_WAIT_S:.0f} s for a message …")

    async def _latest(self, iccid: str, protocol: Protocol) -> tuple[Message, ...]:
        """The newest message, or none."""
        found = self._inspector.history(
            iccid,
            page_size=1,
            protocol=protocol,
        )
        async for message in found:
            return (message,)
        return ()

    async def _look(self, iccid: str, protocol: Protocol, last: tuple[Message, ...]) -> None:
        end_s = time.monotonic() + _WAIT_S
        problem: str | None = None
        while time.monotonic() < end_s:
            await asyncio.sleep(_EVERY_S)
            found, problem = await asked(lambda: self._latest(iccid, protocol))
            if found and found != last:
                break
        else:
            found = ()
        self._task = None
        self._wait(False)
        if found:
            self._show(found[0])
        else:
            self._say(problem or f"No message came within {_WAIT_S:.0f} s. {_HINT}", "bad-text")

    def _say(self, text: str, classes: str) -> None:
        if self._body.is_deleted:
            return
        self._body.clear()
        with self._body:
            words("p", text, classes)

    def _show(self, message: Message) -> None:
        if self._body.is_deleted:
            return
        at = self._frame.zone.text(message.time)
        content = content_of(message.payload)
        self._body.clear()
        with self._body, box("div", "received"):
            words("span", "Received", "chip good")
            words(
                "p",
                f"Message received from device {message.iccid} via the {message.protocol} "
                f"endpoint on {at}",
            )
            if message.topic:
                words("p", f"Topic: {message.topic}", "note")
            if content.text:
                words("pre", content.text[:_LONGEST], "content")
            if content.data is not None:
                words("code", hex_of(content.data)[:_LONGEST], "mono")
            address = f"{ROOT}/os/inspector/{message.iccid}"
            words("a", "Open it in the Device Inspector", href=address)


_HINT = "Look whether the endpoint is on, the SIM is active, and the device has a session."
