"""Buttons that a role may not press: there, disabled, with the reason as their tooltip.

permitted("New user", "person_add", add, visit.lacks("users.manage_others"))
permitted_sign("delete", "Delete ada@example.com", delete, reason)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nicegui import ui

from nce_sim.portal.parts.allowed import allowed
from nce_sim.portal.parts.buttons import quiet, sign


def permitted(
    text: str,
    icon: str | None,
    on_click: Callable[..., Any],
    reason: str | None,
    *,
    shape: str = "outline",
) -> ui.button:
    """A button with words; without a reason it can be pressed."""
    return _guarded(reason, lambda: quiet(text, icon, on_click, shape=shape))


def permitted_sign(
    icon: str, label: str, on_click: Callable[..., Any], reason: str | None
) -> ui.button:
    """A button with a sign alone."""
    return _guarded(reason, lambda: sign(icon, label, on_click))


def _guarded(reason: str | None, make: Callable[[], ui.button]) -> ui.button:
    """The button; a reason disables it."""
    with allowed(reason) as within:
        button = make()
        within(button)
    return button
