"""Buttons that a role may not press: shown, disabled, with the reason.

guarded(visit.lacks("os.change"), lambda: quiet("New geofence", "add", self._new))
"""

from __future__ import annotations

from collections.abc import Callable

from nicegui import ui

from nce_sim.portal.parts.tags import box


def guarded(reason: str | None, make: Callable[[], ui.button]) -> ui.button:
    """The button; a reason disables it, and is its tooltip."""
    # The tooltip stands at the box: a disabled button gets no pointer.
    with box("span", tabindex=None if reason is None else "0"):
        button = make()
        if reason is not None:
            button.disable()
            ui.tooltip(reason)
    return button
