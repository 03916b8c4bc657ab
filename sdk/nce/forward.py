"""The outbox of a `Device`: what it keeps is delivered in turn, one flush at a time.

forwarder = Forwarder(outbox, b"".join, 1024)
forwarder.put(payload, priority)
count = await forwarder.flush(deliver)  # deliver(payload) raises what keeps a batch here
"""

import asyncio

from nce.const import const

_MOST_JOINED = const(32)  # records in one datagram


class Forwarder:
    """An `Outbox`, how its records are joined (None: not at all), the most bytes of a payload."""

    def __init__(self, outbox, join, limit):
        self._outbox = outbox
        self._join = join or b"".join
        self._most = _MOST_JOINED if join else 1
        self._limit = limit
        self._turn = asyncio.Lock()
        self.put = outbox.put

    async def flush(self, deliver):
        """Deliver what is there; the number of records that went."""
        outbox = self._outbox
        count = 0
        async with self._turn:
            most = len(outbox)  # what is stored meanwhile is for the next time
            while count < most:
                batch = outbox.peek_batch(self._limit, self._join, self._most)
                if batch is None:
                    break  # pushed out meanwhile, by more urgent ones
                await deliver(batch.payload)
                outbox.acknowledge(batch)
                count += len(batch.numbers)
        return count
