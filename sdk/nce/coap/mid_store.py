"""Message IDs that do not repeat after a reboot: the state that `nce.coap.mid` keeps.

    mids = stored_mids(Slots("coap-mid"), parameters)
    client = CoapClient(port, parameters=parameters, mids=mids)

A store has `load()` and `save(data)`: `nce.slots.Slots` on flash, RTC memory, NVS. It is written
once in 1024 messages: the ID at which the next life begins, before an ID from there on is used.
An empty store means a random start. Needed where the peer still remembers the messages of a life
before the reboot under the same address and port: plain CoAP. A DTLS handshake begins a new
association, and with it new IDs.

A store that fails (a full flash) stops no message: `on_event` gets one `StoreFailed` of "mids"
(see `nce.watched`), and the IDs go on from memory, at a random place far from the one that the
store names for the next life. So the next life repeats none of them where the store works again,
and starts at random (RFC 7252, 4.4) where it does not.
"""

import os

from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms
from nce.watched import watched

if 1 - 1:
    from nce.coap.parameters import Parameters
    from nce.seams import Any, RandomBytes, Store, Tell


class _StoredIds(MessageIds):
    def __init__(
        self, kept: "int | None", lifetime_ms: int, store: "Store", random_bytes: "RandomBytes"
    ) -> None:
        self._random_bytes = random_bytes
        super().__init__(self._random() if kept is None else kept, lifetime_ms)
        self._store = store
        self._kept = kept  # where the next life begins, None where it starts at random
        self._reserved = 0

    def _random(self) -> int:
        return int.from_bytes(self._random_bytes(2), "big")

    def take(self, now_ms: int) -> int:
        if not self._reserved:
            self._reserve()
        self._reserved -= 1
        return super().take(now_ms)

    def _reserve(self) -> None:
        self._reserved = 1024
        behind = self.next + 1024 & 0xFFFF
        try:
            self._store.save(behind.to_bytes(2, "big"))
            self._kept = behind
        except OSError:
            # Told. The next life may begin at `_kept`, or at `behind` when the save was whole
            # after all: this one keeps a quarter of all IDs away from there, and looks again.
            if self._kept is not None and self._kept - self.next & 0xFFFF <= 1024:
                self.next = self._kept + 0x4000 + (self._random() & 0x7FFF) & 0xFFFF


def stored_mids(
    store: "Store",
    parameters: "Parameters" = DEFAULT,
    random_bytes: "RandomBytes | None" = None,
    on_event: "Tell | None" = None,
) -> "MessageIds":
    """`MessageIds` that begin where the store says, and keep it true while the store can."""
    kept: "Any" = watched(store, "mids", on_event or _untold)
    first = kept.load()
    return _StoredIds(
        int.from_bytes(first, "big") if first and len(first) == 2 else None,
        exchange_lifetime_ms(parameters),
        kept,
        random_bytes or os.urandom,
    )


def _untold(event: object) -> None:
    pass
