"""Message IDs that do not repeat within EXCHANGE_LIFETIME (RFC 7252, 4.4), nor after a reboot.

    from nce.coap.parameters import exchange_lifetime_ms

    mids = MessageIds(int.from_bytes(os.urandom(2), "big"), exchange_lifetime_ms(parameters))
    mid = mids.take(now_ms)

They count upwards. The 65536 IDs are watched in 16 blocks: a block is entered again only when its
last use is a lifetime ago. That costs 16 integers, not one per message.

A random start repeats an ID of the life before a reboot with the odds of the messages sent in one
lifetime to 65536; the peer would then answer from memory (under the old token, so that nothing
wrong is believed, but the request goes unheard). `nce.coap.mid_store` rules that out: IDs are
reserved on flash by the thousand before their use, and a new life begins behind the reserved.
"""

from nce.errors import UsageError


class MessageIds:
    """A source of message IDs, from `first` on; `next` is the one that is given out next."""

    def __init__(self, first: int, lifetime_ms: int) -> None:
        self.next = first & 0xFFFF
        self._lifetime_ms = lifetime_ms
        self._last_use_ms: "list[int | None]" = [None] * 16
        self._entered: "int | None" = None

    def take(self, now_ms: int) -> int:
        """The next message ID. Raises `UsageError` when all were used within a lifetime."""
        mid = self.next
        block = mid >> 12
        if block != self._entered:
            last_ms = self._last_use_ms[block]
            if last_ms is not None and now_ms - last_ms < self._lifetime_ms:
                raise UsageError("65536 messages in %d ms; send less often" % self._lifetime_ms)
            self._entered = block
        self._last_use_ms[block] = now_ms
        self.next = mid + 1 & 0xFFFF
        return mid
