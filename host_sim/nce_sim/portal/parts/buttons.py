"""Buttons of the portal: the one that does it, and quiet ones in the colour of links.

main("Send", send, icon="send")
quiet("Columns", "view_column", on_click=show)
sign("refresh", "Refresh: SIMs", on_click=load)         # a sign alone, with its name
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from nce_sim.portal.parts.once import once

# NiceGUI's own colour would win over the sheet of the page, and is too dark for the dark.
_NONE = None


def main(text: str, on_click: Callable[[], Any], icon: str | None = None) -> ui.button:
    """The first button of a page or a window."""
    return ui.button(text, icon=icon, on_click=once(on_click)).props("no-caps")


def quiet(
    text: str,
    icon: str | None = None,
    on_click: Callable[[], Any] | None = None,
    *,
    shape: str = "outline",
) -> ui.button:
    """A button that is not the page's first; `shape` is outline or flat."""
    made = ui.button(text, icon=icon, on_click=_once(on_click), color=_NONE)
    made.props(f"{shape} no-caps").classes("act")
    return made


def sign(icon: str, label: str, on_click: Callable[[], Any] | None = None) -> ui.button:
    """A button with a sign alone; `label` is what it is called, and its tooltip."""
    made = ui.button(icon=icon, on_click=_once(on_click), color=_NONE).props("flat round dense")
    return named(made.classes("act"), label)


def named(button: ui.button, label: str) -> ui.button:
    """A button that is called `label`, for those who hear it and for those who point at it."""
    button.props["aria-label"] = button.props["title"] = label
    return button


def choices(items: Mapping[str, Callable[[], Any]]) -> None:
    """A menu below the button that it stands in, with the roles that a screen reader knows."""
    with ui.menu().props("role=menu"):
        for name, choose in items.items():
            ui.menu_item(name, choose).props("role=menuitem")


def _once(act: Callable[[], Any] | None) -> Callable[[], Any] | None:
    return None if act is None else once(act)
