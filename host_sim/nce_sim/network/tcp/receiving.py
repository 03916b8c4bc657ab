"""The receiving half of a connection: puts bytes in order and bounds them by its window.

receiver.begin(initial_sequence)                # the peer's SYN
receiver.take(position, payload, is_last=False) # -> how many bytes came in order
receiver.read(1_500)
receiver.window()                               # to advertise

Positions are unwrapped sequence numbers. Bytes that come early are kept, within the window and
within MOST_PIECES; what does not fit is dropped, and the peer sends it again.
"""

from __future__ import annotations

import bisect

MOST_PIECES = 64


class Receiver:
    """`next` is RCV.NXT; `ready` bytes may be read."""

    def __init__(self, capacity: int) -> None:
        self.next = 0
        self.total = 0
        self.read_bytes = 0
        self.is_ended = False
        self._capacity = capacity
        self._ready = bytearray()
        self._early: list[tuple[int, bytes]] = []
        self._end: int | None = None  # the position of the peer's FIN, once it is known
        self._edge = 0  # the end of the window that was advertised

    def begin(self, initial_sequence: int) -> None:
        """The peer's first byte follows its SYN."""
        self.next = initial_sequence + 1
        self._edge = self.next + self._capacity

    @property
    def pending(self) -> int:
        """Bytes that may be read."""
        return len(self._ready)

    def window(self, segment_size: int) -> int:
        """The window to advertise: it grows by steps that are worth it (RFC 9293, 3.8.6.2.2)."""
        edge = self.next + self._capacity - len(self._ready)
        if edge - self._edge >= min(segment_size, self._capacity // 2):
            self._edge = edge
        return self.open_window

    @property
    def open_window(self) -> int:
        """The window as the peer knows it."""
        return max(0, self._edge - self.next)

    def wants_to_tell(self, segment_size: int) -> bool:
        """Whether the window grew so much that the peer must hear of it at once."""
        growth = self.next + self._capacity - len(self._ready) - self._edge
        was_small = self.open_window < segment_size
        least = min(segment_size, self._capacity // 2)
        return growth >= (least if was_small else self._capacity // 2)

    def is_acceptable(self, position: int, length: int) -> bool:
        """The four cases of RFC 9293, 3.10.7.4."""
        window = self.open_window
        end = self.next + window
        if length == 0:
            return position == self.next if window == 0 else self.next <= position < end
        if window == 0:
            return False
        return position < end and position + length > self.next

    def take(self, position: int, payload: bytes, is_last: bool) -> int:
        """Keep what fits into the window; returns how many bytes became ready."""
        end = position + len(payload)
        if is_last and end <= self._edge and self._end is None:
            self._end = end
        limit = self._edge if self._end is None else min(self._edge, self._end)
        if end > limit:
            payload = payload[: max(0, limit - position)]
        if position > self.next:
            if payload and len(self._early) < MOST_PIECES:
                bisect.insort(self._early, (position, payload))
            return 0
        count = self._append(position, payload)
        while self._early and self._early[0][0] <= self.next:
            count += self._append(*self._early.pop(0))
        if self.next == self._end and not self.is_ended:
            self.is_ended = True
            self.next += 1  # a FIN takes one number
        self.total += count
        return count

    def _append(self, position: int, payload: bytes) -> int:
        fresh = payload[self.next - position :]
        self._ready += fresh
        self.next += len(fresh)
        return len(fresh)

    def read(self, limit: int) -> bytes:
        """At most `limit` ready bytes."""
        data = bytes(self._ready[:limit])
        del self._ready[: len(data)]
        self.read_bytes += len(data)
        return data
