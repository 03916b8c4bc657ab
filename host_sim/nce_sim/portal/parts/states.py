"""What a part of a page shows in place of its content: loading, nothing there, failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.drawing import Drawing, sign, tag
from nce_sim.portal.parts.tags import box, icon, words


def loading_state(what: str) -> None:
    """While the service is asked."""
    lines = (tag("span", style=f"width: {width}%") for width in (60, 90, 75))
    Drawing(tag("div", *lines, class_="load", role="status", aria_label=f"Loading: {what}"))


def empty_state(text: str, name: str = "inbox") -> None:
    """When there is nothing to show; the text says what would be here."""
    Drawing(tag("div", sign(name), tag("p", text), class_="state"))


def error_state(problem: str, again: Callable[[], Awaitable[None]]) -> None:
    """When the service did not answer, or said no."""
    with box("div", "state bad", role="alert"):
        icon("error_outline")
        words("p", problem)
        quiet("Try again", on_click=again)
