"""A form in a dialog: it stays until the service took it, and says what is wrong where it is.

    form = FormDialog("New data stream", "Create")
    with form.body:
        name = form.field("name", ui.input("Name"))
    made = await form.run(save)           # None when the user gave up

`save()` asks the service, or raises `WrongField`. A refusal that begins with the name of a field,
as "url: …", is shown there, any other one below the fields. Nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.once import once
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

T = TypeVar("T")
Field = TypeVar("Field", bound=ValidationElement[Any])


class WrongField(Exception):
    """A value that cannot be sent: the field's name, "" for the whole form, and what to do."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field


class FormDialog:
    """One dialog with fields."""

    def __init__(self, title: str, submit: str, *, wide: bool = True, keeps: bool = False) -> None:
        self._fields: dict[str, ValidationElement[Any]] = {}
        self._save: Callable[[], Awaitable[object]] | None = None
        with window(title, wide=wide, keeps=keeps) as self._dialog:
            self._dialog.props("no-backdrop-dismiss")
            self.body = box("div", "fields")
            self._alert = words("p", "", "bad-text q-mb-none", role="alert")
            with box("div", "row justify-end q-gutter-sm full-width") as self.foot:
                quiet("Cancel", on_click=self._dialog.close, shape="flat")
                # One guard for the button and the key.
                self._send = once(self._submit)
                self._button = main(submit, self._send)
        self._alert.set_visibility(False)

    def field(self, name: str, made: Field) -> Field:
        """A field by the name that the service gives it."""
        made.props("outlined dense").classes("full-width")
        # What is wrong stays until the service is asked again: a line that went while somebody
        # types would move the button from under their pointer.
        made.without_auto_validation()
        if isinstance(made, ui.select):
            made.props["aria-label"] = made.props["label"]
        self._fields[name] = made
        return made

    async def run(self, save: Callable[[], Awaitable[T]]) -> T | None:
        """Show it until `save` succeeds or the user gives up."""
        result: list[T] = []

        async def keep() -> None:
            result.append(await save())

        self._save = keep
        await answer_of(self._dialog)
        return result[0] if result else None

    async def _submit(self) -> None:
        assert self._save is not None
        self._clear()
        self._button.props("loading")
        try:
            _, problem = await asked(self._save)
        except WrongField as wrong:
            self._mark(wrong.field, str(wrong))
        else:
            if problem is None:
                self._dialog.submit(True)
            else:
                self._tell(problem)
        finally:
            self._button.props(remove="loading")

    def _clear(self) -> None:
        """Forget what was wrong."""
        self._alert.set_visibility(False)
        for field in self._fields.values():
            field.error = None

    def _mark(self, name: str, text: str) -> None:
        """Say what is wrong with a field, or with the whole."""
        if name in self._fields:
            self._fields[name].error = text
        else:
            self._alert.text = text
            self._alert.set_visibility(True)

    def _tell(self, problem: str) -> None:
        name, colon, text = problem.removeprefix("body.").partition(": ")
        if colon and name in self._fields:
            self._mark(name, text)
        else:
            self._mark("", problem)
