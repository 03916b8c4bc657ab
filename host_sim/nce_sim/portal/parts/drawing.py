"""What is looked at alone, drawn as a whole: nested tags that are one element of the page.

    Drawing(tag("ul", tag("li", "one"), tag("li", "two"), class_="lines"))

An element of NiceGUI costs the server and the browser far more than a tag. What holds a control or
hears of events is made of elements: `tags.box`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nicegui import ui

from nce_sim.portal.parts.tables import heading_style

# The tag's name, its attributes, what is inside. NiceGUI watches lists for changes, no tuples.
Part = str | tuple[Any, ...]


class Drawing(ui.element, component="drawing.js"):
    """The tags below one root."""

    def __init__(self, root: Part) -> None:
        super().__init__()
        self.props["root"] = root

    def show(self, root: Part) -> None:
        """Draw something else; nothing is sent when it is the same."""
        if self.props["root"] != root:
            self.props["root"] = root


def tag(name: str, *inside: Part, **attributes: object) -> Part:
    """A tag, without the attributes that are None; a text is shown as text whatever is in it."""
    given = {
        key.rstrip("_").replace("_", "-"): value
        for key, value in attributes.items()
        if value is not None
    }
    return (name, given, *inside)


def sign(name: str) -> Part:
    """An icon, hidden from who cannot see it."""
    look = "q-icon notranslate material-icons"
    return tag("i", name, class_=look, aria_hidden="true")


def table(
    headings: Sequence[str],
    rows: Sequence[Part],
    numbers: Sequence[str] = (),
    *,
    is_tall: bool = False,
) -> Part:
    """A plain table, as `tables.plain_table`; `numbers` are the headings above numbers."""
    head = (
        tag("th", one, class_="num" if one in numbers else None, scope="col") for one in headings
    )
    return tag(
        "div",
        tag(
            "table",
            tag("thead", tag("tr", *head)),
            tag("tbody", *rows),
            class_="plain stacks",
            style=heading_style(headings),
        ),
        class_="scroll tall" if is_tall else "scroll",
        tabindex="0",  # a part that scrolls is reached by keyboard
    )
