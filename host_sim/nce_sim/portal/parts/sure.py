"""The question before what cannot be undone.

if await is_sure("Delete the geofence depot?", "Its alerts end.", "Delete"):
"""

from __future__ import annotations

from nicegui import ui

from nce_sim.portal.parts.buttons import quiet
from nce_sim.portal.parts.tags import box, words


async def is_sure(question: str, what_follows: str, verb: str) -> bool:
    """Whether the user says yes; the button says what is done."""
    with ui.dialog() as dialog, ui.card():
        words("h2", question, "text-h6")
        words("p", what_follows)
        with box("div", "row justify-end q-gutter-sm full-width"):
            quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
            ui.button(verb, on_click=lambda: dialog.submit(True))
    answer = await dialog
    dialog.delete()
    return answer is True
