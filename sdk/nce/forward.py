"""The outbox of a `Device`: what it keeps is delivered in turn, one flush at a time.

forwarder = Forwarder(outbox, b"".join, 1024, tell)
forwarder.put(payload, priority)
count = await forwarder.flush(deliver)  # `Device._deliver`: raises what keeps a batch here
"""

import asyncio
from collections import namedtuple

from nce.const import const
from nce.errors import PeerError
from nce.watched import StoreFailed

if 1 - 1:
    from nce.outbox import Outbox
    from nce.seams import Awaitable, Callable, NamedTuple, Tell

    # A record that the server will not take: its number, and the `nce.refusals.Refused`.
    class RecordRefused(NamedTuple):
        number: int
        error: "PeerError"

else:
    RecordRefused = namedtuple("RecordRefused", ("number", "error"))  # type: ignore[no-redef]

_MOST_JOINED = const(32)  # records in one datagram

# RFC 7252, 5.9.2; RFC 8516: the SIM is not active or not allowed, the path is not served, a block
# was missed, too many requests. None of them is the record's fault, nor is any 5.xx.
_NOT_OF_THE_RECORD = (0x81, 0x83, 0x84, 0x85, 0x88, 0x9D)
_SERVER_ERROR = const(0xA0)


class Forwarder:
    """An `Outbox`, how its records are joined (None: not at all), the most bytes of a payload.

    tell: called with `RecordRefused` and `nce.watched.StoreFailed`.
    """

    def __init__(
        self,
        outbox: "Outbox",
        join: "Callable[[list[bytes]], bytes] | None",
        limit: int,
        tell: "Tell",
    ) -> None:
        self._outbox = outbox
        self._join = join or b"".join
        self._most = _MOST_JOINED if join else 1
        self._limit = limit
        self._tell = tell
        self._is_fault_told = False
        self._turn = asyncio.Lock()

    def put(self, payload: bytes, priority: int) -> int:
        """`Outbox.put`."""
        number = self._outbox.put(payload, priority)
        self._tell_fault()
        return number

    async def flush(
        self, deliver: "Callable[[bytes, None, bool, bool], Awaitable[object]]"
    ) -> int:
        """Deliver what is there; the number of records that went."""
        outbox = self._outbox
        count = 0
        alone = 0  # records to be sent without others: one of them was refused
        async with self._turn:
            left = len(outbox)  # what is stored meanwhile is for the next time
            while left > 0:
                most = 1 if alone else self._most
                batch = outbox.peek_batch(self._limit, self._join, min(most, left))
                if batch is None:
                    break  # pushed out meanwhile, by more urgent ones
                alone = max(0, alone - 1)
                size = len(batch.numbers)
                try:
                    # No topic of its own, confirmable; whether it is the last of this flush.
                    await deliver(batch.payload, None, True, left <= size)
                except PeerError as error:
                    if not _is_of_the_record(error):
                        raise
                    if size > 1:
                        alone = size
                        continue
                    outbox.refuse(batch, error.code)  # type: ignore[attr-defined]
                    self._tell(RecordRefused(batch.numbers[0], error))
                else:
                    outbox.acknowledge(batch)
                    count += size
                left -= size
                self._tell_fault()
        return count

    def _tell_fault(self) -> None:
        fault = self._outbox.fault
        if fault is not None and not self._is_fault_told:
            self._tell(StoreFailed("outbox", fault))
        self._is_fault_told = fault is not None


def _is_of_the_record(error: "PeerError") -> bool:
    from nce.refusals import Refused

    return (
        isinstance(error, Refused)
        and error.code < _SERVER_ERROR
        and error.code not in _NOT_OF_THE_RECORD
    )
