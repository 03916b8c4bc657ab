"""Message IDs that do not repeat after a reboot: the state that `nce.coap.mid` keeps.

    mids = stored_mids(Slots("coap-mid"), parameters)
    client = CoapClient(port, parameters=parameters, mids=mids)

A store has `load()` and `save(data)`: `nce.slots.Slots` on flash, RTC memory, NVS. It is written
once in 1024 messages: the ID at which the next life begins, before an ID from there on is used.
An empty store means a random start. Needed where the peer still remembers the messages of a life
before the reboot under the same address and port: plain CoAP. A DTLS handshake begins a new
association, and with it new IDs.
"""

import os

from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms

if 1 - 1:
    from nce.coap.parameters import Parameters
    from nce.seams import RandomBytes, Store


class _StoredIds(MessageIds):
    def __init__(self, first: int, lifetime_ms: int, store: "Store") -> None:
        super().__init__(first, lifetime_ms)
        self._store = store
        self._reserved = 0

    def take(self, now_ms: int) -> int:
        if not self._reserved:
            self._store.save((self.next + 1024 & 0xFFFF).to_bytes(2, "big"))
            self._reserved = 1024
        self._reserved -= 1
        return super().take(now_ms)


def stored_mids(
    store: "Store", parameters: "Parameters" = DEFAULT, random_bytes: "RandomBytes | None" = None
) -> "MessageIds":
    """`MessageIds` that begin where the store says, and keep it true."""
    first = store.load()
    if first is None or len(first) != 2:
        first = (random_bytes or os.urandom)(2)
    return _StoredIds(int.from_bytes(first, "big"), exchange_lifetime_ms(parameters), store)
