"""The last state of a device: what came last by each protocol."""

from __future__ import annotations

import json
from typing import Any

from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.inspector.message_table import PROTOCOLS
from nce_sim.portal.parts.contents import content_of, hex_of
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tags import box, words


class State:
    """The tab."""

    def __init__(self, frame: Frame, device_id: str) -> None:
        self._inspector, self._device_id = frame.visit.management.inspector, device_id

    async def build(self) -> None:
        """Make it and fill it."""
        panel = Panel(
            "Last message of each protocol",
            self._load,
            _show,
            empty="The device has sent nothing yet. Let it send, and its state is kept here.",
            width="flat",
            icon="sensors_off",
        )
        await panel.with_refresh().load()

    async def _load(self) -> dict[str, Any] | None:
        found = await self._inspector.state(self._device_id)
        return dict(found.state) or None


def _show(state: dict[str, Any]) -> None:
    with box("div", "grid"):
        for protocol, value in state.items():
            name = PROTOCOLS.get(protocol, protocol)
            with box("section", "panel w4", aria_label=name):
                with box("header"):
                    words("h3", name)
                _show_value(value)


def _show_value(value: Any) -> None:
    """JSON as it is; a text is what was sent, in base64."""
    message = value.get("message", value) if isinstance(value, dict) else value
    if isinstance(value, dict) and value.get("topic"):
        words("p", f"Topic: {value['topic']}", "note q-my-none")
    if not isinstance(message, str):
        words("pre", json.dumps(message, indent=1, ensure_ascii=False), "content")
        return
    content = content_of(message)
    if content.text:
        words("pre", content.text, "content")
    if content.data is not None:
        words("code", hex_of(content.data), "mono")
