"""A form in a dialog, asked in steps; what is wrong is told as soon as its step ends.

    form = StepDialog("New organisation", "Add")
    with form.step("Contact", check=contact_is_right):
        name = form.field("name", ui.input("Company"))
    with form.step("Address"):
        ...
    made = await form.run(save)

`check()` raises `WrongField`. A refusal of the service leads back to the step of its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import box, words

Field = TypeVar("Field", bound=ValidationElement[Any])
Check = Callable[[], None]


def _nothing() -> None:
    """A step without a check."""


class StepDialog(FormDialog):
    """One dialog whose fields stand in steps."""

    def __init__(self, title: str, submit: str) -> None:
        super().__init__(title, submit)
        self._last = submit
        self._titles: list[str] = []
        self._boxes: list[ui.element] = []
        self._checks: list[Check] = []
        self._step_of: dict[str, int] = {}
        self._at = 0
        with self.body:
            self._where = words("p", "", "note q-mb-none", aria_live="polite")
        with self.foot:
            self._back = quiet("Back", on_click=lambda: self._show(self._at - 1), shape="flat")
        self._back.move(target_index=1)

    @contextmanager
    def step(self, title: str, check: Check = _nothing) -> Iterator[None]:
        """Another step; what is made inside stands in it."""
        self._titles.append(title)
        self._checks.append(check)
        with self.body, box("div", "fields") as made:
            self._boxes.append(made)
            yield
        self._show(0)

    def field(self, name: str, made: Field) -> Field:
        """A field of the step that is being built."""
        self._step_of[name] = len(self._boxes) - 1
        return super().field(name, made)

    def _show(self, number: int) -> None:
        self._at = number
        for place, one in enumerate(self._boxes):
            one.set_visibility(place == number)
        count = len(self._boxes)
        self._where.text = f"Step {number + 1} of {count}: {self._titles[number]}"
        self._back.set_visibility(number > 0)
        self._button.text = self._last if number == count - 1 else "Next"

    async def _submit(self) -> None:
        self._clear()
        try:
            self._checks[self._at]()
        except WrongField as wrong:
            self._mark(wrong.field, str(wrong))
            return
        if self._at < len(self._boxes) - 1:
            self._show(self._at + 1)
        else:
            await super()._submit()

    def _mark(self, name: str, text: str) -> None:
        self._show(self._step_of.get(name, self._at))
        super()._mark(name, text)
