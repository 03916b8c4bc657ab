"""The reading half of a stream, for plain TCP and for TLS: what `asyncio.StreamReader` has.

line = await reader.readline()
"""

import asyncio

LINE_LIMIT = 65_536  # of `readline` and `readuntil`, as asyncio has it


class ByteReader:
    """Hands out what `_more` brings into `_incoming`."""

    def __init__(self) -> None:
        self._incoming = bytearray()
        self._is_ended = False  # and all bytes were read

    def at_eof(self) -> bool:
        """Whether the stream has ended and everything was taken."""
        return self._is_ended and not self._incoming

    async def read(self, n: int = -1) -> bytes:
        """1 to `n` bytes, or all up to the end; b"" at the end of the stream.

        Raises why the stream broke, once all that came before was taken. It waits as long as the
        connection lives: bound it by `asyncio.wait_for`, which loses no byte.
        """
        if n < 0:
            while await self._more(1 << 29):
                pass
            return self._take(len(self._incoming))
        while n and not self._incoming and await self._more(0):
            pass
        return self._take(n)

    async def readexactly(self, n: int) -> bytes:
        """`n` bytes; `asyncio.IncompleteReadError` (an EOFError) when the stream ends before."""
        while len(self._incoming) < n:
            if not await self._more(n):
                self._raise_incomplete(n)
        return self._take(n)

    async def readline(self) -> bytes:
        """A line with its LF, or what is left at the end of the stream."""
        found = await self._find(b"\n")
        return self._take(len(self._incoming) if found < 0 else found)

    async def readuntil(self, separator: bytes = b"\n") -> bytes:
        """All up to `separator`, with it; an `asyncio.IncompleteReadError` as `readexactly`."""
        found = await self._find(separator)
        if found < 0:
            self._raise_incomplete(None)
        return self._take(found)

    async def _find(self, separator: bytes) -> int:
        """How many bytes there are up to the end of `separator`; -1 when the stream ended."""
        start = 0
        while True:
            found = self._incoming.find(separator, start)
            if found >= 0:
                return found + len(separator)
            start = max(0, len(self._incoming) - len(separator) + 1)
            if len(self._incoming) >= LINE_LIMIT:
                raise ValueError("no line end within %d bytes" % LINE_LIMIT)
            if not await self._more(len(self._incoming) + 1):
                return -1

    def _raise_incomplete(self, wanted: "int | None") -> None:
        partial = self._take(len(self._incoming))
        if hasattr(asyncio, "IncompleteReadError"):
            raise asyncio.IncompleteReadError(partial, wanted)  # portable: CPython alone
        raise EOFError  # as MicroPython's streams do

    def _take(self, count: int) -> bytes:
        data = bytes(self._incoming[:count])
        self._incoming = self._incoming[count:]
        return data

    async def _more(self, wanted: int) -> bool:
        """Wait until there is more, perhaps; False at the end of the stream."""
        raise NotImplementedError
