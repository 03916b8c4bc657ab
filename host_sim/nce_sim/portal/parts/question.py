"""A question before something that cannot be taken back.

if await is_sure("Delete fleet?", "It gets no more events.", "Delete"):
    ...
"""

from __future__ import annotations

from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.tags import words
from nce_sim.portal.parts.window import buttons, window


async def is_sure(question: str, text: str, yes: str) -> bool:
    """Whether the user says yes; closing it is a no."""
    with window(question) as dialog:
        words("p", text)
        buttons(dialog, yes)
    return await answer_of(dialog) is True
