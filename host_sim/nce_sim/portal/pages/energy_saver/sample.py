"""A sample sent through the world as a message of a SIM, and what 1NCE OS makes of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nicegui import ui

from nce_api.models.inspect import Message
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.energy_saver.templates import PROTOCOLS
from nce_sim.portal.pages.energy_saver.workbench import Workbench
from nce_sim.portal.parts.contents import content_of
from nce_sim.portal.parts.fields import Form, select, text
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD


class SampleCard:
    """The card; `sent` is called when 1NCE OS took a sample."""

    def __init__(
        self, frame: Frame, workbench: Workbench, sent: Callable[[], Awaitable[None]]
    ) -> None:
        self._visit, self._workbench, self._sent = frame.visit, workbench, sent

    async def build(self) -> None:
        """Show it."""
        control, reason = self._visit.control, self._visit.lacks("world.steer")
        if reason is None and control is None:
            reason = NO_WORLD
        with box("section", "panel w12", aria_label="Send a sample"):
            with box("header"):
                words("h2", "Send a sample")
            words(
                "p",
                "The payload goes through the simulated world as a message of a SIM, and the "
                "active template of its protocol translates it.",
                "note",
            )
            with box("div", "filters", role="form", aria_label="Send a sample"):
                sim = text("Device ID (ICCID)", most=20, value=await self._first())
                self._sim = sim.classes("grow")
                self._protocol = select("Protocol", PROTOCOLS, "COAP")
                self._topic = text("Topic", most=253)
                self._protocol.on_value_change(
                    lambda event: self._topic.set_visibility(event.value == "COAP")
                )
                permitted("Send it as the SIM", "send", self._send, reason)
            self._form = Form({"sim": self._sim, "topic": self._topic})
            self._body = box("div", "body", aria_live="polite")

    async def _first(self) -> str:
        async def ask() -> str:
            page = await self._visit.management.inspector.one_page(page_size=1, sort="iccid")
            return page.items[0].iccid if page.items else ""

        found, _ = await asked(ask)
        return found or ""

    async def _send(self) -> None:
        control, payload = self._visit.control, self._workbench.payload
        assert control is not None  # the button is disabled without it
        self._form.clear()
        iccid = (self._sim.value or "").strip()
        if not self._form.has_all("sim"):
            return
        if not payload:
            ui.notify("Give a payload above.", type="negative")
            return
        told = {"sim": iccid, "hex": payload.hex(), "protocol": self._protocol.value}
        if self._protocol.value == "COAP" and self._topic.value:
            told["topic"] = self._topic.value

        async def ask() -> Message | None:
            await control.verb("message", **told)
            history = self._visit.management.inspector.history_of_all(iccid=iccid, page_size=1)
            async for message in history:
                return message
            return None

        found, problem = await asked(ask)
        self._body.clear()
        with self._body:
            if problem is not None:
                words("p", problem, "bad-text", role="alert")
                return
            self._show(found)
        await self._sent()

    def _show(self, found: Message | None) -> None:
        if found is None:
            words("p", "1NCE OS took it, and keeps no history of it.", "note")
            return
        content = content_of(found.payload)
        is_translated = content.data is None
        state, tone = ("Translated", "good") if is_translated else ("Not translated", "warn")
        words("span", state, f"chip {tone}")
        words("pre", content.text or found.payload, "content q-my-sm")
        if not is_translated:
            words(
                "p",
                "No active template of this protocol fits, so the message is kept as it came; "
                "if one failed, the administration logs tell why.",
                "note",
            )
        words("a", "Look at it in the Device Inspector", href=f"{ROOT}/os/inspector")
