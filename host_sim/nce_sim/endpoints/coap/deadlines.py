"""Times by their key, the earliest at hand: thousands of peers wait at the same time.

deadlines.put(key, due_ms)
deadlines.next_ms()                       # or None
for key in deadlines.take_due(now_ms): ...
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)

# Entries that were dropped stay in the heap until they come up, but for a multiple of the others.
_FEW = 64


class Deadlines(Generic[Key]):
    """One time for each key; those due at the same time come in the order that they were put."""

    def __init__(self) -> None:
        self._due_ms: dict[Key, tuple[int, int]] = {}  # with its number, which makes it unique
        self._heap: list[tuple[int, int, Key]] = []
        self._number = 0

    def __len__(self) -> int:
        return len(self._due_ms)

    def put(self, key: Key, due_ms: int) -> None:
        """Set the time of a key, in the place of the one that it had."""
        self._number += 1
        self._due_ms[key] = due_ms, self._number
        if len(self._heap) > 2 * len(self._due_ms) + _FEW:
            self._heap = [(*due, one) for one, due in self._due_ms.items()]
            heapq.heapify(self._heap)
        else:
            heapq.heappush(self._heap, (due_ms, self._number, key))

    def drop(self, key: Key) -> bool:
        """Forget a key; False when it had no time."""
        return self._due_ms.pop(key, None) is not None

    def next_ms(self) -> int | None:
        """The earliest time, or None."""
        heap = self._heap
        while heap and self._due_ms.get(heap[0][2]) != heap[0][:2]:
            heapq.heappop(heap)
        return heap[0][0] if heap else None

    def take_due(self, now_ms: int) -> list[Key]:
        """The keys whose time has come; they have none any more."""
        taken = []
        while (due_ms := self.next_ms()) is not None and due_ms <= now_ms:
            key = heapq.heappop(self._heap)[2]
            del self._due_ms[key]
            taken.append(key)
        return taken
