"""Message IDs that do not repeat within EXCHANGE_LIFETIME (RFC 7252, 4.4).

They count upwards from a random start. The 65536 IDs are watched in 16 blocks: a block is entered
again only when its last use is a lifetime ago. That costs 16 integers, not one per message.
"""

from nce.errors import UsageError

_BLOCKS = 16
_BLOCK_SIZE = 65536 // _BLOCKS


class MessageIds:
    """A source of message IDs."""

    def __init__(self, first, lifetime_ms):
        self._next = first & 0xFFFF
        self._lifetime_ms = lifetime_ms
        self._last_use_ms = [None] * _BLOCKS
        self._entered = None

    def take(self, now_ms):
        """The next message ID. Raises `UsageError` when all were used within a lifetime."""
        block = self._next // _BLOCK_SIZE
        if block != self._entered:
            last_ms = self._last_use_ms[block]
            if last_ms is not None and now_ms - last_ms < self._lifetime_ms:
                raise UsageError(
                    "all message IDs were used within %d ms; send less often" % self._lifetime_ms
                )
            self._entered = block
        self._last_use_ms[block] = now_ms
        mid = self._next
        self._next = (mid + 1) & 0xFFFF
        return mid
