"""Lines of a log that grows: what comes is sent alone, and no line is an element of the page.

lines = Lines(most=300, label="Lines between modem and host")
lines.add([Line("→ AT", "to")])
lines.show([])                          # in place of what is there
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nicegui import ui


class Line(NamedTuple):
    """A text, shown as text whatever is in it, and its class."""

    text: str
    tone: str


class Lines(ui.element, component="lines.js"):
    """The newest `most` of them; those of the first call are in the page's first answer."""

    def __init__(self, most: int, label: str) -> None:
        super().__init__()
        self.props.update(most=most, lines=(), tabindex="0", role="log")
        self.props["aria-label"] = label
        self._most, self._is_empty = most, True

    def add(self, lines: Sequence[Line]) -> None:
        """Add lines below."""
        newest = self._newest(lines)
        if self._is_empty:
            self.props["lines"] = newest
        elif newest:
            self.run_method("add", newest)
        self._is_empty = False

    def show(self, lines: Sequence[Line]) -> None:
        """Show these alone."""
        self.run_method("show", self._newest(lines))

    def _newest(self, lines: Sequence[Line]) -> tuple[tuple[str, str], ...]:
        return tuple((line.text, line.tone) for line in lines[-self._most :])
