"""A question before something that cannot be taken back.

if await is_sure("Delete fleet?", "It gets no more events.", "Delete"):
    ...
"""

from __future__ import annotations

from nicegui import ui

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words


async def is_sure(question: str, text: str, yes: str) -> bool:
    """Whether the user says yes; closing it is a no."""
    with ui.dialog() as dialog, ui.card():
        words("h2", question, "text-h6")
        words("p", text)
        with box("div", "row justify-end q-gutter-sm full-width"):
            quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
            ui.button(yes, on_click=lambda: dialog.submit(True)).props("no-caps")
    answer = await dialog
    dialog.delete()
    return answer is True
