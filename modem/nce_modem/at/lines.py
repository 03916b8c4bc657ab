"""A byte stream cut into lines, by one preallocated buffer and no allocation per byte.

Any run of CR and LF is one separator and NULs at a line's start are dropped: real modems send
`\\r\\r\\n`, lone LF, lone CR and boot noise. A line longer than the buffer is dropped and counted.

    lines = LineBuffer(512)
    taken = lines.append(memoryview(b"\\r\\nOK\\r\\n"), 0)
    lines.next_line()       # b"OK", then None
"""


class LineBuffer:
    """Holds received bytes until they are consumed; `size` bounds a line."""

    def __init__(self, size: int) -> None:
        self._buffer = bytearray(size)
        self._view = memoryview(self._buffer)
        self._size = size
        self._start = 0
        self._end = 0
        self._scanned = 0
        self._line_start = 0
        self._dropped = 0
        self.lost = 0

    def append(self, data: memoryview, offset: int) -> int:
        """Copy as much of `data` (a memoryview) from `offset` on as fits; return the count."""
        count = len(data) - offset
        if count > self._size - self._end:
            self._compact()
            count = min(count, self._size - self._end)
        self._view[self._end : self._end + count] = data[offset : offset + count]
        self._end += count
        return count

    def _compact(self) -> None:
        kept = self._end - self._start
        if self._start:
            self._view[:kept] = bytes(self._view[self._start : self._end])
            self._scanned -= self._start
            self._start, self._end = 0, kept

    def peek(self) -> int:
        """The next byte, or -1 when there is none."""
        return self._buffer[self._start] if self._start < self._end else -1

    def skip(self, count: int = 1) -> None:
        """Drop `count` bytes."""
        self._start += count
        self._scanned = max(self._scanned, self._start)

    def skip_separators(self) -> None:
        """Go to the start of the next line, unless an overlong one is still being dropped."""
        if self._dropped:
            return
        while self._start < self._end and self._buffer[self._start] in b"\r\n\0":
            self._start += 1
        self._scanned = max(self._scanned, self._start)

    def is_at_line_start(self) -> bool:
        """False while the tail of an overlong line is being dropped."""
        return not self._dropped

    def next_line(self) -> "bytes | None":
        """The next whole line without its separator; None when there is none yet.

        b"" stands for a line that was too long; `lost` then says how many bytes it had.
        """
        self.skip_separators()
        carriage_return = self._buffer.find(b"\r", self._scanned, self._end)
        stop = carriage_return if carriage_return >= 0 else self._end
        line_feed = self._buffer.find(b"\n", self._scanned, stop)
        end = line_feed if line_feed >= 0 else carriage_return
        if end < 0:
            if self._dropped:
                self.drop_partial()
            self._scanned = self._end
            return None
        if self._dropped:
            self.lost = self._dropped + end - self._start
            self._dropped = 0
            self._start = self._scanned = end + 1
            return b""
        self._line_start = self._start
        line = bytes(self._view[self._start : end])
        self._start = self._scanned = end + 1
        return line

    def reopen(self, length: int) -> None:
        """Give back all of the line just taken but its first `length` bytes."""
        self._start = self._scanned = self._line_start + length

    def partial(self) -> "bytes | None":
        """The line that has begun, when it fills the whole buffer; else None."""
        if self._start == 0 and self._end == self._size and not self._dropped:
            self._line_start = 0
            return bytes(self._view)
        return None

    def drop_partial(self) -> None:
        """Drop the line that fills the buffer; its tail goes as it comes."""
        self._dropped += self._end - self._start
        self._start = self._end = self._scanned = 0

    def move(self, target: bytearray, filled: int) -> int:
        """Move bytes into `target` from index `filled` on; return the new fill."""
        count = min(self._end - self._start, len(target) - filled)
        target[filled : filled + count] = self._view[self._start : self._start + count]
        self.skip(count)
        return filled + count
