"""A question before something that cannot be taken back.

if await is_sure("Delete this stream?", "What waits for it is lost.", "Delete"):
    ...
"""

from __future__ import annotations

from nicegui import ui

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words


async def is_sure(question: str, consequence: str, act: str) -> bool:
    """Ask, and tell whether the user wants it; `act` names the button that does it."""
    with ui.dialog() as dialog, ui.card():
        dialog.props["aria-label"] = question
        words("h2", question, "text-h6")
        words("p", consequence)
        with box("div", "row justify-end q-gutter-sm full-width"):
            quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
            ui.button(act, on_click=lambda: dialog.submit(True)).props("no-caps")
    answer = await dialog
    if not dialog.is_deleted:  # as it is when the page was left
        dialog.delete()
    return answer is True
