"""Buttons that a role may not press: there, disabled, with the reason as their tooltip.

permitted("New user", "person_add", add, visit.lacks("users.manage_others"))
permitted_sign("delete", "Delete ada@example.com", delete, reason)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from nce_sim.portal.parts.buttons import quiet, sign
from nce_sim.portal.parts.tags import box


def permitted(
    text: str,
    icon: str | None,
    on_click: Callable[..., Any],
    reason: str | None,
    *,
    shape: str = "outline",
) -> ui.button:
    """A button with words; without a reason it can be pressed."""
    return _barred(lambda: quiet(text, icon, on_click, shape=shape), reason)


def permitted_sign(
    icon: str, label: str, on_click: Callable[..., Any], reason: str | None
) -> ui.button:
    """A button with a sign alone."""
    return _barred(lambda: sign(icon, label, on_click), reason)


def _barred(make: Callable[[], ui.button], reason: str | None) -> ui.button:
    if reason is None:
        return make()
    # The tooltip stands at the box: a disabled button gets no pointer.
    with box("span", tabindex="0"):
        button = make()
        button.disable()
        ui.tooltip(reason)
    return button
