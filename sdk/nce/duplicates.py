"""Knows a repetition: a window over numbers that grow, for the receiver of an `Outbox`.

    window = DuplicateWindow()
    if window.is_new(number):
        ...  # the first time that this record comes

Numbers below the window count as repetitions: an outbox gives out the oldest first, so that what
is new lies above, or within as many records as wait with other priorities.
"""


class DuplicateWindow:
    """Remembers the `size` numbers below the greatest one seen."""

    def __init__(self, size: int = 1024) -> None:
        self._size = size
        self._greatest = -1
        self._seen = 0  # bit n: the number n below the greatest was seen

    def is_new(self, number: int) -> bool:
        """True the first time a number comes; False after that, and below the window."""
        ahead = number - self._greatest
        if ahead > 0:
            kept = 0 if ahead >= self._size else self._seen << ahead
            self._seen = (kept | 1) & ((1 << self._size) - 1)
            self._greatest = number
            return True
        if -ahead >= self._size or self._seen >> -ahead & 1:
            return False
        self._seen |= 1 << -ahead
        return True
