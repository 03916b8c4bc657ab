"""What a button does, once at a time: a double click orders one thing, and opens one window.

button.on_click(once(send))
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from inspect import iscoroutine
from typing import Any


def once(act: Callable[[], Any]) -> Callable[[], Any]:
    """`act`, which is not begun again before it has ended."""
    is_running = False

    async def run(result: Coroutine[Any, Any, Any]) -> None:
        nonlocal is_running
        try:
            await result
        finally:
            is_running = False

    def begin() -> Any:
        nonlocal is_running
        if is_running:
            return None
        result = act()
        if not iscoroutine(result):
            return result  # a dialog can be awaited, too: that would open it again
        is_running = True
        return run(result)

    return begin
