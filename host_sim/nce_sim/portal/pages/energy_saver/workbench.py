"""The workbench: a template is judged as it is written, and names the bytes of a payload."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from nicegui import ui

from nce_api.models.optimize import TemplateTest, TemplateTestResult
from nce_bcl import BclError
from nce_bcl import Template as Codec
from nce_bcl.compile import compile_template
from nce_bcl.explain import explain
from nce_bcl.lint import lint
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.energy_saver.examples import EXAMPLES
from nce_sim.portal.pages.energy_saver.proposal import ask_for_proposal
from nce_sim.portal.pages.energy_saver.savings import explain_energy
from nce_sim.portal.parts.buttons import choices, quiet, sign
from nce_sim.portal.parts.byte_view import show_bytes
from nce_sim.portal.parts.facts import facts
from nce_sim.portal.parts.panel import asked
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


def bytes_of(text: str) -> bytes | None:
    """A payload in hexadecimal digits or in base64; None for neither."""
    compact = "".join(text.split()).removeprefix("0x")
    try:
        return bytes.fromhex(compact)
    except ValueError:
        pass
    try:
        return base64.b64decode(compact, validate=True)
    except ValueError:
        return None


class Workbench:
    """Two cards: the template and the payload."""

    def __init__(self, frame: Frame) -> None:
        self._templates = frame.visit.management.templates

    @property
    def payload(self) -> bytes | None:
        """What is written as payload; None when it is none."""
        return bytes_of(self._payload.value or "")

    def build(self, build_form: Callable[[Callable[[], str]], None]) -> None:
        """The cards; `build_form` saves the template."""
        with box("section", "panel w6", aria_label="Template"):
            with box("header"):
                words("h2", "Template")
                with box("div", "more"):
                    with quiet("Examples", "lightbulb"):
                        choices({name: self._example_of(name) for name in EXAMPLES})
                    quiet("Propose", "auto_fix_high", self._propose)
                    sign("download", "Codec for MicroPython", self._download)
            # NiceGUI's editor has no name for a screen reader, and too little contrast.
            self._source = ui.textarea("Template in JSON", value=_EXAMPLE)
            self._source.props("outlined debounce=200 spellcheck=false")
            self._source.classes("source").on_value_change(self._judge)
            self._findings = box("div", "q-mt-sm", aria_live="polite")
            build_form(lambda: self._source.value or "")
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

    def open(self, template: str, payload: str | None = None) -> None:
        """Put a template on the bench, and a payload with it."""
        self._source.value = _pretty(template) if payload is None else template
        if payload is not None:
            self._payload.value = payload
        self._tested.clear()

    def _example_of(self, name: str) -> Callable[[], None]:
        return lambda: self.open(*EXAMPLES[name])

    async def _propose(self) -> None:
        found = await ask_for_proposal()
        if found is not None:
            self.open(found.template, found.payload)
            ui.notify(found.told, type="positive", multi_line=True)

    # -- as it is written ---------------------------------------------------------------------

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
        payload = self.payload
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

    # -- at the service -----------------------------------------------------------------------

    async def _test(self) -> None:
        payload = self.payload
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
                words("p", problem or "There was no answer.", "bad-text", role="alert")
                return
            words("span", "Template works!", "chip good")
            facts(
                ("Reduced Bytes", f"{found.reducedBytes} B against JSON"),
                ("Energy Saved", f"{found.energyUsageReduction:.2f} %"),
            )
            explain_energy(found.reducedBytes + len(payload), len(payload))

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
