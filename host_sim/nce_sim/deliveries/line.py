"""The deliveries before one target, as memory keeps them: numbers, and what is on its way."""

from __future__ import annotations

from collections import deque

from nce_sim.clock import Handle
from nce_sim.deliveries.rows import Key


class Line:
    """One target's deliveries in order; at most one request of them is on its way."""

    __slots__ = ("coming", "due_ms", "is_shut", "key", "numbers", "sending", "timer")

    def __init__(self, key: Key) -> None:
        self.key = key
        self.numbers: deque[int] = deque()
        self.coming = 0  # added, and not committed yet
        self.due_ms = 0  # of the first, since 1970
        self.is_shut = False  # its owner makes no request
        self.timer: Handle | None = None
        self.sending: Handle | None = None  # the request, then the writing of its outcome

    @property
    def count(self) -> int:
        return len(self.numbers) + self.coming

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to send, on its way, or to come."""
        return self.count == 0 and self.timer is None and self.sending is None

    def passed(self, last: int) -> None:
        """All up to number `last` are over."""
        while self.numbers and self.numbers[0] <= last:
            self.numbers.popleft()

    def drop(self, last: int) -> None:
        """The target wants none of those up to number `last`."""
        self.passed(last)
        self.stop()

    def stop(self) -> None:
        """Cancel what is on its way, and the timer."""
        for handle in (self.timer, self.sending):
            if handle is not None:
                handle.cancel()
        self.timer = self.sending = None
