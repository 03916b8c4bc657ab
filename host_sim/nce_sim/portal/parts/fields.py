"""Fields of a form, and what is wrong with one of them told where it stands.

form = Form({"name": text("Name", most=128), "url": text("URL")})
form.tell("url: the URL must begin with https://")      # at the field of that name
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement
from pydantic import ValidationError

_REQUIRED = "Give a value."


def text(label: str, *, most: int, value: str = "", hint: str = "") -> ui.input:
    """A line of text."""
    made = ui.input(label, value=value).props(f"outlined dense maxlength={most}")
    if hint:
        made.props["hint"] = hint
    return made.classes("full-width")


def select(label: str, options: Any, value: Any, **more: Any) -> ui.select:
    """A choice of some."""
    made = ui.select(options, label=label, value=value, **more)
    made.props("outlined dense options-dense")
    made.props["aria-label"] = label
    return made


class Form:
    """Fields by the names that the API gives them."""

    def __init__(self, fields: Mapping[str, ValidationElement[Any]]) -> None:
        self._fields = dict(fields)
        for field in self._fields.values():
            field.without_auto_validation()  # as in `FormDialog.field`

    def clear(self) -> None:
        """Forget what was wrong."""
        for field in self._fields.values():
            field.error = None

    def has_all(self, *names: str) -> bool:
        """Whether each of these fields has a value; an empty one says so."""
        for name in names:
            if not self._fields[name].value:
                self._fields[name].error = _REQUIRED
        return not any(field.error for field in self._fields.values())

    def tell(self, problem: str) -> None:
        """Say what is wrong: at the field that the text begins with, or as a message."""
        name, _, _ = problem.partition(" ")
        field = self._fields.get(name.removesuffix(":"))
        if field is None:
            ui.notify(problem, type="negative")
        else:
            field.error = problem.removeprefix(f"{name} ") if name[-1:] == ":" else problem

    def refuse(self, error: ValidationError) -> None:
        """The same for values that the API's document does not allow."""
        first = error.errors(include_input=False, include_url=False)[0]
        field = self._fields.get(str(first["loc"][0]) if first["loc"] else "")
        if field is None:
            ui.notify(first["msg"], type="negative")
        else:
            field.error = first["msg"]
