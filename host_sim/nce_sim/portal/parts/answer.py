"""What a dialog is answered with; afterwards it is gone from the page.

answer = await answer_of(dialog)        # what `dialog.submit(...)` was given, None when it is shut
"""

from __future__ import annotations

from typing import Any

from nicegui import ui


async def answer_of(dialog: ui.dialog) -> Any:
    """Open it and wait; None when the page is left meanwhile, which takes the dialog with it."""
    # Hidden first: the browser gives the focus back to the button that opened it then.
    dialog.on("hide", dialog.delete)
    answer = await dialog
    if not dialog.is_deleted:
        dialog.props["transition-duration"] = 0  # another may follow at once
    return answer
