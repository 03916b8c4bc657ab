"""The last lines between a modem and its host, to show after a failure.

    conversation = Conversation(clock)
    conversation.add("> AT+CSQ")
    conversation.lines()            # [(1200, "> AT+CSQ"), …]: milliseconds, line

`>` is from the host, `<` to it. A payload is kept as its length, and a command that holds a secret
as its name; subscriber numbers are as the modem told them.
"""

from __future__ import annotations

from collections import deque

from nce_sim.clock import Clock

LINES = 400


class Conversation:
    """A bounded record of lines."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lines: deque[tuple[int, str]] = deque(maxlen=LINES)

    def add(self, line: str) -> None:
        """A line, mark and all."""
        self._lines.append((self._clock.now_ms(), line))

    def add_payload(self, mark: str, data: bytes | None) -> None:
        """Bytes that are no line, of which the length is kept; None is a payload given up."""
        self.add(f"{mark} <{'nothing' if data is None else f'{len(data)} bytes'}>")

    def lines(self) -> list[tuple[int, str]]:
        """What is kept, the oldest first."""
        return list(self._lines)
