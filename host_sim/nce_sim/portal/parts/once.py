"""What a button does, once at a time: a double click orders one thing, and opens one window.

button.on_click(once(send))
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from inspect import isawaitable
from typing import Any


def once(act: Callable[[], Any]) -> Callable[[], Any]:
    """`act`, which is not begun again before it has ended."""
    is_running = False

    async def run(result: Awaitable[Any]) -> None:
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
        if not isawaitable(result):
            return result
        is_running = True
        return run(result)

    return begin
