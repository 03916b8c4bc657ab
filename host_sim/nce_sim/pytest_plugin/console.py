"""The console of a board: its lines, and waits for one of them.

    console = Console(loop.time)
    console.feed(b"boot\\r\\n")
    match = await console.wait_for(r"battery (\\d+)", timeout_s=30)
    await console.take()                    # what came since

A wait looks at what came after the line that ended the wait before it. Every wait has a limit.
"""

from __future__ import annotations

import asyncio
import codecs
import re
from collections import deque
from collections.abc import Callable

# Kept for reports and for waits; the oldest go first.
MOST_LINES = 10_000
# A line without an end is cut there.
LONGEST_LINE = 4_000
LAST_WORDS = 20


class NotSeen(AssertionError):
    """A line did not come in time, or the firmware ended before it came."""


class Console:
    """Lines as a board printed them. `now_s` is the clock of their times."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._lines: deque[tuple[int, str]] = deque(maxlen=MOST_LINES)
        self._count = 0  # of all lines
        self._taken = 0  # of those, by waits
        self._rest = ""
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._more = asyncio.Event()
        self.ended = ""  # why the firmware runs no longer

    @property
    def lines(self) -> list[tuple[int, str]]:
        """All lines that are kept, each with its time in milliseconds."""
        rest = [(self._now_ms(), self._rest)] if self._rest else []
        return [*self._lines, *rest]

    @property
    def text(self) -> str:
        """The same as one text, without times."""
        return "\n".join(text for _, text in self.lines)

    @property
    def rest(self) -> str:
        """The beginning of a line that has no end yet, such as a prompt."""
        return self._rest

    def feed(self, data: bytes | str) -> None:
        """Take what the board prints."""
        self._rest += data if isinstance(data, str) else self._decode(data)
        *whole, self._rest = re.split(r"\r*\n", self._rest)
        if len(self._rest) > LONGEST_LINE:
            whole.append(self._rest[:LONGEST_LINE])
            self._rest = self._rest[LONGEST_LINE:]
        for line in whole:
            self._lines.append((self._now_ms(), line))
            self._count += 1
        if whole or self._rest:
            self._more.set()

    def starts(self) -> None:
        """The firmware starts; what it printed before stays."""
        self.ended = ""

    def ends(self, why: str) -> None:
        """The firmware runs no longer: waits end."""
        if self._rest:
            self.feed("\n")
        self.ended = why
        self._more.set()

    async def wait_for(self, pattern: str, timeout_s: float) -> re.Match[str]:
        """The match in the next line that has one; NotSeen when none comes in time."""
        loop = asyncio.get_running_loop()
        deadline_s = loop.time() + timeout_s
        while True:
            for line in self._fresh():
                self._taken += 1
                found = re.search(pattern, line)
                if found is not None:
                    return found
            if self.ended:
                raise NotSeen(f"{self.ended} before {pattern!r} was seen; {self.last_words()}")
            left_s = deadline_s - loop.time()
            if left_s <= 0 or not await self.more(left_s):
                raise NotSeen(f"no {pattern!r} within {timeout_s:g} s; {self.last_words()}")

    async def take(self, timeout_s: float) -> list[str]:
        """The lines since the last wait; waits for one when there is none, [] at the limit."""
        if not self._fresh() and not self.ended:
            await self.more(timeout_s)
        lines = self._fresh()
        self._taken = self._count
        return lines

    def last_words(self) -> str:
        """The end of the console, for a message; secrets are masked."""
        from nce_modem.at.masking import mask_lines

        last = list(mask_lines(text for _, text in self.lines))[-LAST_WORDS:]
        return "its last lines:\n  " + "\n  ".join(last) if last else "it printed nothing"

    def _fresh(self) -> list[str]:
        count = min(self._count - self._taken, len(self._lines))
        self._taken = self._count - count
        return [text for _, text in list(self._lines)[len(self._lines) - count :]]

    async def more(self, timeout_s: float) -> bool:
        """Wait until the board prints; whether it did in time."""
        self._more.clear()
        try:
            await asyncio.wait_for(self._more.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    def _now_ms(self) -> int:
        return int(self._now_s() * 1000)
