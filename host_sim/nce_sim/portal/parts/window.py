"""A window over the page, with its name for those who do not see it.

with window("New webhook", wide=True) as dialog:
    ...                                 # afterwards `nce_sim.portal.parts.answer` asks it
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from nicegui import ui

from nce_sim.portal.parts.buttons import main, quiet
from nce_sim.portal.parts.tags import box, words


@contextmanager
def window(title: str, *, wide: bool = False, keeps: bool = False) -> Iterator[ui.dialog]:
    """One that `keeps` what was typed is not shut by a click beside it."""
    # It belongs to the page as a whole: a card that is drawn again meanwhile takes none away.
    with (
        ui.context.client.content,
        ui.dialog() as dialog,
        ui.card().classes("wide" if wide else ""),
    ):
        dialog.props["aria-label"] = title
        if keeps:
            dialog.props("persistent")
        words("h2", title, "text-h6")
        yield dialog


def buttons(dialog: ui.dialog, yes: str, act: Callable[..., Any] | None = None) -> None:
    """Cancel, and the one that does it: `act`, or the answer True."""
    with box("div", "row justify-end q-gutter-sm full-width"):
        quiet("Cancel", on_click=lambda: dialog.submit(None), shape="flat")
        main(yes, act or (lambda: dialog.submit(True)))
