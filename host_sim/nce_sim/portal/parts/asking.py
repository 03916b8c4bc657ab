"""A form in a dialog, whose input an error leaves alone.

    fields = (Field("email", "E-mail", "ada@example.com", is_needed=True),)
    is_saved = await filled_in("New address", fields, save, done="The address is in the list.")

`save(values)` asks the service. What it refuses is told in the form, at the field that the refusal
names, and the form stays open.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, NamedTuple

from nicegui import ui
from nicegui.elements.mixins.validation_element import ValidationElement

from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.panel import asked
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.window import window

Values = dict[str, str]


class Field(NamedTuple):
    """One field; `name` is that of the service.

    `kind` is text, email, tel, number, password or area.
    """

    name: str
    label: str
    value: str = ""
    kind: str = "text"
    most: int = 254
    is_needed: bool = False
    options: Mapping[str, str] | None = None
    hint: str = ""
    fills: str = "off"  # what the browser may fill in


async def filled_in(
    title: str,
    fields: Sequence[Field],
    save: Callable[[Values], Awaitable[object]],
    *,
    action: str = "Save",
    done: str = "",
    note: str = "",
) -> bool:
    """Whether it is saved, and not cancelled; `done` is told to the user then."""
    with window(title, keeps=True) as dialog:
        if note:
            words("p", note, "note q-mb-none")
        with box("div", "form"):
            made = {field.name: _made(field) for field in fields}
        problem_text = words("p", "", "bad-text q-mb-none", role="alert")
        problem_text.set_visibility(False)

        async def submit() -> None:
            problem_text.set_visibility(False)
            values = {name: str(one.value or "").strip() for name, one in made.items()}
            for field in fields:
                made[field.name].error = _wrong(field, values[field.name])
            if any(one.error for one in made.values()):
                return
            button.disable()
            _, problem = await asked(lambda: _waited(save, values))
            button.enable()
            if problem is None:
                dialog.submit(True)
                return
            guilty = _named(problem, fields)
            if guilty is not None:
                made[guilty].error = problem
            else:
                problem_text.text = problem
                problem_text.set_visibility(True)

        with box("div", "row justify-end q-gutter-sm full-width"):
            quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
            button = ui.button(action, on_click=submit)
    for one, field in zip(made.values(), fields, strict=True):
        if field.kind != "area":
            one.on("keydown.enter", submit)
    is_saved = await answer_of(dialog) is True
    if is_saved and done:
        ui.notify(done, type="positive")
    return is_saved


async def _waited(save: Callable[[Values], Awaitable[object]], values: Values) -> None:
    await save(values)


def _made(field: Field) -> ValidationElement[Any]:
    element: Any
    if field.options is not None:
        value = field.value if field.value in field.options else next(iter(field.options))
        element = ui.select(dict(field.options), label=field.label, value=value)
        element.props["aria-label"] = field.label
    elif field.kind == "area":
        element = ui.textarea(field.label, value=field.value)
        element.props(f"maxlength={field.most} rows=5")
    else:
        element = ui.input(field.label, value=field.value, password=field.kind == "password")
        element.props(f"maxlength={field.most}")
        if field.kind == "number":
            element.props["inputmode"] = "numeric"
        elif field.kind != "password":
            element.props["type"] = field.kind
        element.props["autocomplete"] = field.fills
    if field.hint:
        element.props["hint"] = field.hint
    element.props("outlined dense").classes("full-width")
    # The service's word stands until the next try, or the field's next change.
    element.on_value_change(lambda _: setattr(element, "error", None))
    found: ValidationElement[Any] = element
    return found


def _wrong(field: Field, text: str) -> str | None:
    if field.is_needed and not text:
        return "This is needed."
    is_number = text.isascii() and text.isdecimal()
    return "Use digits alone." if text and field.kind == "number" and not is_number else None


def _named(problem: str, fields: Sequence[Field]) -> str | None:
    """The field that a refusal is about: the first whose name it has as a word."""
    for field in fields:
        names = [field.name, field.name.replace("_", " ")]
        if field.kind == "email":
            names.append("e-mail address")
        for name in names:
            if re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", problem, re.IGNORECASE):
                return field.name
    return None
