"""The keys of the SIM's device: of a simulated world alone, masked until they are asked for."""

from __future__ import annotations

from typing import Any

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from nce_sim.control.http import AsyncControl
from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.permitted import permitted
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.visit import NO_WORLD

_MASK = "•" * 16
_SHOWN_S = 30.0  # then they are masked again
# What the answer has, and what it is for.
_KEYS = (
    ("COAP", "Pre-shared key, CoAP", "DTLS with the identity that is the ICCID; hexadecimal"),
    ("LWM2M", "Pre-shared key, LwM2M", "of the bootstrap server; hexadecimal"),
    ("pin", "PIN", "1NCE's SIMs have none"),
    ("puk", "PUK", "1NCE's SIMs have none"),
)


async def show(frame: Frame, iccid: str) -> None:
    """The tab "Keys"."""
    visit = frame.visit
    reason = visit.lacks("world.steer") or (NO_WORLD if visit.control is None else None)
    with box("section", "panel flat", aria_label="Keys"):
        with box("header"):
            words("h2", "Keys")
        card = _Keys(visit.control, iccid)
        card.build(reason)


class _Keys:
    def __init__(self, control: AsyncControl | None, iccid: str) -> None:
        self._control, self._iccid = control, iccid
        self._texts: dict[str, TextElement] = {}
        self._are_shown = False

    def build(self, reason: str | None) -> None:
        with box("dl", "facts"):
            for name, title, meaning in _KEYS:
                words("dt", title, title=meaning)
                self._texts[name] = words("dd", _MASK, "mono")
        with box("div", "q-mt-md"):
            self._button = permitted("Reveal", "visibility", self._turn, reason)
        words(
            "p",
            "The service never shows keys again; a simulated world does, to those who steer it. "
            "They are asked for at the click and masked again after 30 seconds.",
            "note q-mt-md q-mb-none",
        )

    async def _turn(self) -> None:
        if self._are_shown:
            self._mask()
            return
        control = self._control
        assert control is not None  # the button is disabled without it

        async def ask() -> dict[str, Any]:
            return await control.verb("keys", sim=self._iccid)

        found, problem = await asked(ask)
        if found is None:
            ui.notify(problem or "no answer", type="negative")
            return
        told = {**found["keys"], "pin": found["pin"], "puk": found["puk"]}
        for name, element in self._texts.items():
            element.text = told.get(name) or "none"
        self._are_shown = True
        self._button.text = "Mask"
        ui.timer(_SHOWN_S, self._mask, once=True)

    def _mask(self) -> None:
        for element in self._texts.values():
            element.text = _MASK
        self._are_shown = False
        self._button.text = "Reveal"
