"""The whole body of a request: so many bytes at most, and not for ever.

body = await whole_body(receive, most_bytes=4_096, patience_s=30)
"""

from __future__ import annotations

import asyncio

from starlette.types import Receive


class TooLarge(Exception):
    """A body has more bytes than the door takes."""


class TooSlow(Exception):
    """A body did not come in time."""


class CutShort(Exception):
    """The client left in the middle of it: nobody waits for an answer, and nothing is done."""


async def whole_body(receive: Receive, most_bytes: int, patience_s: float) -> bytes:
    """The bytes; TooLarge, TooSlow or CutShort."""
    chunks, size, more = [], 0, True
    try:
        async with asyncio.timeout(patience_s):
            while more:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise CutShort
                chunk = message.get("body", b"")
                size += len(chunk)
                if size > most_bytes:
                    raise TooLarge
                chunks.append(chunk)
                more = message.get("more_body", False)
    except TimeoutError:
        raise TooSlow from None
    return b"".join(chunks)
