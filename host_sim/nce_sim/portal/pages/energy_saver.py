"""Energy Saver: the templates, and a workbench that judges one as it is written."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from fastapi import Request
from nicegui import ui

from nce_api.models.optimize import (
    NewTemplate,
    Savings,
    Template,
    TemplateTest,
    TemplateTestResult,
    TemplateUpdate,
)
from nce_bcl import BclError
from nce_bcl import Template as Codec
from nce_bcl.compile import compile_template
from nce_bcl.explain import explain
from nce_bcl.lint import lint
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.byte_view import show_bytes
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words

_EXAMPLE = """{
  "sense": [
    {"asset": "level", "value": {"byte": 0, "bytelength": 2, "type": "uint"}},
    {"asset": "temperature", "value": {"byte": 2, "bytelength": 4, "type": "float"}},
    {"asset": "open", "value": {"byte": 6, "type": "boolean"}}
  ]
}"""
_EXAMPLE_PAYLOAD = "012c41ac000001"
_TONES = {"error": "bad", "warning": "warn", "info": "calm"}
_FINDINGS = 20
_MOST_BYTES = 2_048
_PROTOCOLS = {"COAP": "CoAP", "UDP": "UDP"}


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/os/energy-saver", "Energy Saver") as frame:
        await _EnergySaver(frame).build()


def bytes_of(text: str) -> bytes | None:
    """A payload in hexadecimal digits or in base64; None for neither."""
    compact = "".join(text.split()).removeprefix("0x")
    try:
        return bytes.fromhex(compact)
    except ValueError:
        pass
    try:
        return base64.b64decode(compact, validate=True)
    except binascii.Error:
        return None


class _EnergySaver:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._templates = frame.visit.management.templates

    async def build(self) -> None:
        with box("div", "grid"):
            self._list = Panel(
                "Templates",
                self._load,
                self._show_list,
                empty="There are no templates yet. Write one below, and save it.",
                width="w8",
                icon="description",
            ).with_refresh()
            self._savings = Panel(
                "Saved in the last 7 days",
                self._load_savings,
                self._show_savings,
                empty="Nothing was translated yet.",
                width="w4",
            ).with_refresh()
            with box("section", "panel w6", aria_label="Template"):
                with box("header"):
                    words("h2", "Template")
                    with box("div", "more"):
                        quiet("Codec for MicroPython", "download", self._download)
                # NiceGUI's editor has no name for a screen reader, and too little contrast.
                self._source = ui.textarea("Template in JSON", value=_EXAMPLE)
                self._source.props("outlined debounce=200 spellcheck=false")
                self._source.classes("source").on_value_change(self._judge)
                self._findings = box("div", "q-mt-sm", aria_live="polite")
                self._save_form()
            with box("section", "panel w6", aria_label="Payload"):
                with box("header"):
                    words("h2", "Payload")
                self._payload = ui.input("Bytes in hexadecimal, or base64", value=_EXAMPLE_PAYLOAD)
                self._payload.props("dense outlined debounce=200").on_value_change(self._judge)
                self._bytes = box("div", "q-mt-md", aria_live="polite")
                with box("div", "row items-center q-gutter-sm q-mt-md"):
                    quiet("Test it at 1NCE OS", "science", self._test)
                self._tested = box("div", "q-mt-sm", aria_live="polite")
        self._judge()
        await self._list.load()
        await self._savings.load()

    # -- templates of the account ----------------------------------------------------------

    async def _load(self) -> list[Template] | None:
        return [one async for one in self._templates.list()] or None

    async def _load_savings(self) -> Savings | None:
        found = await self._templates.savings(days=7)
        return found if found.messagesTranslated.value else None

    def _show_list(self, templates: list[Template]) -> None:
        may_change = self._frame.visit.may("os.change")
        with box("div", "scroll", tabindex="0"), box("table", "plain"):
            with box("thead"), box("tr"):
                for name in ("Name", "Protocols", "State"):
                    words("th", name, scope="col")
                words("th", "", scope="col", aria_label="Actions")
            with box("tbody"):
                for template in templates:
                    is_active = template.status == "ACTIVE"
                    with box("tr"):
                        words("td", template.name)
                        names = (_PROTOCOLS.get(one, one) for one in template.protocolFilter)
                        words("td", ", ".join(names))
                        with box("td"):
                            text, tone = ("Active", "good") if is_active else ("Inactive", "calm")
                            words("span", text, f"chip {tone}")
                        with box("td", "when"):
                            self._row_buttons(template, is_active, may_change)

    def _row_buttons(self, template: Template, is_active: bool, may_change: bool) -> None:
        def open_it() -> None:
            self._source.value = _pretty(template.template)

        async def turn() -> None:
            status = "INACTIVE" if is_active else "ACTIVE"
            await self._do(
                lambda: self._templates.update(
                    template.id, TemplateUpdate.model_validate({"status": status})
                )
            )

        async def delete() -> None:
            await self._do(lambda: self._templates.delete(template.id))

        sign("edit", f"Open {template.name} below", open_it)
        if may_change:
            name = "Deactivate" if is_active else "Activate"
            sign("pause" if is_active else "play_arrow", f"{name} {template.name}", turn)
            sign("delete", f"Delete {template.name}", delete)

    def _show_savings(self, found: Savings) -> None:
        with box("dl", "facts"):
            for name, value in (
                ("Messages translated", f"{found.messagesTranslated.value:g}"),
                ("Saved in each", f"{found.averageBytesReducedPerMessage.value:.1f} B"),
                ("Saved together", f"{found.bytesSaved.value:g} B"),
            ):
                words("dt", name)
                words("dd", value)

    def _save_form(self) -> None:
        reason = self._frame.visit.lacks("os.change")
        if reason is not None:
            words("p", reason, "note q-mt-md")
            return
        with box("div", "filters q-mt-md", role="form", aria_label="Save the template"):
            name = ui.input("Name").props("dense outlined maxlength=64").classes("grow")
            protocols = ui.select(_PROTOCOLS, label="Protocols", value=["COAP"], multiple=True)
            protocols.props("dense outlined options-dense")
            protocols.props["aria-label"] = "Protocols"

            async def save() -> None:
                if not name.value or not protocols.value:
                    ui.notify("Give a name, and a protocol.", type="negative")
                    return
                new = NewTemplate.model_validate(
                    {
                        "name": name.value,
                        "template": self._source.value or "",
                        "protocolFilter": list(protocols.value),
                        "status": "ACTIVE",
                    }
                )
                if await self._do(lambda: self._templates.create(new)):
                    ui.notify(f"Saved and active: {new.name}.", type="positive")

            quiet("Save as active", "save", save)

    async def _do(self, call: Any) -> bool:
        async def ask() -> None:
            await call()

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
        await self._list.load()
        return problem is None

    # -- the workbench ---------------------------------------------------------------------

    def _judge(self) -> None:
        source = self._source.value or ""
        findings = lint(source, protocols=("udp", "coap"))
        self._findings.clear()
        with self._findings:
            if not findings:
                words("span", "No findings", "chip good")
            for finding in findings[:_FINDINGS]:
                with box("div", "finding"):
                    words(
                        "span", finding.severity.capitalize(), f"chip {_TONES[finding.severity]}"
                    )
                    words("span", f"{finding.place}: {finding.message}")
            if len(findings) > _FINDINGS:
                words("p", f"and {len(findings) - _FINDINGS} more", "note")
        self._bytes.clear()
        with self._bytes:
            self._explain(source)

    def _explain(self, source: str) -> None:
        payload = bytes_of(self._payload.value or "")
        if payload is None or len(payload) > _MOST_BYTES:
            words("p", "Give bytes as 012c41 or in base64, 2048 at most.", "note")
            return
        try:
            explanation = explain(source, payload)
        except (BclError, ValueError):
            empty_state("The bytes are shown when the template has no errors.", "data_array")
            return
        show_bytes(explanation)
        if explanation.error is not None:
            words("p", str(explanation.error), "bad-text q-mt-sm")
        else:
            words("pre", _pretty(json.dumps(explanation.record)), "content q-mt-sm")

    async def _test(self) -> None:
        payload = bytes_of(self._payload.value or "")
        if not payload or not self._source.value:
            ui.notify("Give a template and a payload.", type="negative")
            return
        test = TemplateTest(
            template=self._source.value, payload=base64.b64encode(payload).decode()
        )

        async def ask() -> TemplateTestResult:
            return await self._templates.test(test)

        found, problem = await asked(ask)
        self._tested.clear()
        with self._tested:
            if found is None:
                words("p", problem or "no answer", "bad-text", role="alert")
                return
            words("span", "Template works!", "chip good")
            with box("dl", "facts q-mt-sm"):
                words("dt", "Reduced by")
                words("dd", f"{found.reducedBytes} B against JSON")
                words("dt", "Energy saved")
                words("dd", f"{found.energyUsageReduction:.2f} %")

    def _download(self) -> None:
        try:
            code = compile_template(Codec(self._source.value or ""), "template.json")
        except (BclError, ValueError) as error:
            ui.notify(str(error), type="negative")
            return
        ui.download.content(code, "codec.py", "text/x-python")


def _pretty(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text
