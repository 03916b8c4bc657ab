"""Messages that came, by endpoint and message ID, so that a duplicate is known (RFC 7252, 4.2).

class Server(Exchanges): ...

known = self._known((peer.endpoint, message.mid), now_ms)      # an Exchange, or None
exchange = self._remember(key, CON, now_ms)
self._forget(key, exchange)
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass

from nce.coap.message import CON, NON
from nce_sim.endpoints.coap.request import CoapPeer

# RFC 7252, 4.8.2; 1NCE documents the first for its endpoint.
EXCHANGE_LIFETIME_MS = 247_000
NON_LIFETIME_MS = 145_000
_LIFETIME_MS = {CON: EXCHANGE_LIFETIME_MS, NON: NON_LIFETIME_MS}

Key = tuple[CoapPeer, int]


@dataclass(slots=True)
class Exchange:
    """A message by its endpoint and MID, until its lifetime is over."""

    until_ms: int
    reply: bytes | None = None  # as it was sent; None while there is none


class Exchanges:
    """The last `most` of them, oldest first; what makes room for a new one is counted."""

    def __init__(self, most: int) -> None:
        self.counters: Counter[str] = Counter()
        self._most = most
        self._exchanges: OrderedDict[Key, Exchange] = OrderedDict()

    @property
    def exchange_count(self) -> int:
        return len(self._exchanges)

    def _known(self, key: Key, now_ms: int) -> Exchange | None:
        """The exchange of a message that came before, while its lifetime lasts."""
        known = self._exchanges.get(key)
        return known if known is not None and now_ms < known.until_ms else None

    def _remember(self, key: Key, message_type: int, now_ms: int) -> Exchange:
        """Remember a confirmable or non-confirmable message."""
        exchange = Exchange(now_ms + _LIFETIME_MS[message_type])
        self._exchanges.pop(key, None)
        while len(self._exchanges) >= self._most:
            self._exchanges.popitem(last=False)
            self.counters["exchange evicted"] += 1
        self._exchanges[key] = exchange
        return exchange

    def _forget(self, key: Key, exchange: Exchange) -> None:
        """Let the message be a new one when it comes again."""
        if self._exchanges.get(key) is exchange:
            del self._exchanges[key]

    def _oldest_is_over_ms(self) -> int | None:
        return next(iter(self._exchanges.values())).until_ms if self._exchanges else None

    def _expire(self, now_ms: int) -> None:
        while self._exchanges:
            key, exchange = next(iter(self._exchanges.items()))
            if now_ms < exchange.until_ms:
                return
            del self._exchanges[key]
