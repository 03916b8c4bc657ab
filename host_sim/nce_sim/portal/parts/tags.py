"""HTML elements by their tags; attributes are set as values, never as parsed text.

with box("section", "panel", aria_label=title):
    words("h2", title)
"""

from __future__ import annotations

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement


def box(tag: str, classes: str = "", **attributes: object) -> ui.element:
    """An element that holds others."""
    return _set(ui.element(tag), classes, attributes)


def words(tag: str, text: str, classes: str = "", **attributes: object) -> TextElement:
    """An element with a text, which the browser shows as text whatever is in it."""
    made = TextElement(tag=tag, text=text)
    _set(made, classes, attributes)
    return made


def icon(name: str, label: str = "") -> ui.icon:
    """A sign; without a label it is hidden from who cannot see it."""
    made = ui.icon(name)
    made.props["aria-hidden" if not label else "aria-label"] = label or "true"
    if label:
        made.props["role"] = "img"
    return made


def _set(element: ui.element, classes: str, attributes: dict[str, object]) -> ui.element:
    if classes:
        element.classes(classes)
    for name, value in attributes.items():
        if value is not None:
            element.props[name.rstrip("_").replace("_", "-")] = value
    return element
