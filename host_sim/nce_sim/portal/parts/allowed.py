"""A control that the role may not use: it is shown, disabled, with the reason as a tooltip.

`allowed(reason)` is a box for controls, entered by `with`; what it gives is called
with each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nicegui import ui
from nicegui.elements.mixins.disableable_element import DisableableElement

from nce_sim.portal.parts.tags import box


@contextmanager
def allowed(reason: str | None) -> Iterator[Callable[[DisableableElement], None]]:
    """A box for controls, which `within` disables where there is a reason."""

    def within(control: DisableableElement) -> None:
        if reason is not None:
            control.disable()

    # The tooltip stands at the box: a disabled control gets no pointer.
    with box("span", "allowed", tabindex=None if reason is None else "0"):
        yield within
        if reason is not None:
            ui.tooltip(reason)
