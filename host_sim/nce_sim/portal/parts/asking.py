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

from nce_sim.portal.parts.form import FormDialog, WrongField
from nce_sim.portal.parts.tags import words

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
    form = _Form(title, action, fields, note)

    async def send() -> bool:
        values = form.values()
        form.refuse_wrong(values)
        await save(values)
        return True

    is_saved = await form.run(send) is True
    if is_saved and done:
        ui.notify(done, type="positive")
    return is_saved


class _Form(FormDialog):
    """A dialog whose fields are a table."""

    def __init__(self, title: str, action: str, asked_for: Sequence[Field], note: str) -> None:
        super().__init__(title, action, wide=False, keeps=True)
        self._asked_for = asked_for
        with self.body:
            if note:
                words("p", note, "note q-mb-none")
            for field in asked_for:
                made = self.field(field.name, _made(field))
                if field.kind != "area":
                    made.on("keydown.enter", self._send)

    def values(self) -> Values:
        """What was typed, without spaces around it."""
        return {name: str(one.value or "").strip() for name, one in self._fields.items()}

    def refuse_wrong(self, values: Values) -> None:
        """Say of each field what is wrong with it; WrongField where one is."""
        wrong = {field.name: _wrong(field, values[field.name]) for field in self._asked_for}
        found = [(name, text) for name, text in wrong.items() if text is not None]
        for name, text in found:
            self._mark(name, text)
        if found:
            raise WrongField(*found[0])

    def _tell(self, problem: str) -> None:
        self._mark(_named(problem, self._asked_for), problem)


def _made(field: Field) -> ValidationElement[Any]:
    element: Any
    if field.options is not None:
        value = field.value if field.value in field.options else next(iter(field.options))
        element = ui.select(dict(field.options), label=field.label, value=value)
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
    # The service's word stands until the next try, or the field's next change.
    element.on_value_change(lambda _: setattr(element, "error", None))
    found: ValidationElement[Any] = element
    return found


def _wrong(field: Field, text: str) -> str | None:
    if field.is_needed and not text:
        return "This is needed."
    is_number = text.isascii() and text.isdecimal()
    return "Use digits alone." if text and field.kind == "number" and not is_number else None


def _named(problem: str, fields: Sequence[Field]) -> str:
    """The field that a refusal is about: the first whose name it has as a word; "" for none."""
    for field in fields:
        names = [field.name, field.name.replace("_", " ")]
        if field.kind == "email":
            names.append("e-mail address")
        for name in names:
            if re.search(rf"(?<![\w]){re.escape(name)}(?![\w])", problem, re.IGNORECASE):
                return field.name
    return ""
