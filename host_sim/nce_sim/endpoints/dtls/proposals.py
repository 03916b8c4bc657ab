"""The key exchanges offered to one half-open handshake, until a Finished tells the true one.

Anyone who knows a peer's address can write a ClientKeyExchange: it is not protected. So none is
believed, and none ends the handshake: each of the last few keeps its keys here, and the one under
whose keys the Finished opens was the client's (RFC 6347, 4.1.2.7; RFC 5246, 7.4.9).

    proposals = Proposals(connection_id)
    proposals.add(body, exchanges)           # a ClientKeyExchange, and what follows from it
    found = proposals.open(received)         # Opening(exchange, reader, opened), or None
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import NamedTuple

from nce_sim.endpoints.dtls.flights import KeyExchange
from nce_sim.wire.dtls.reader import Opened, Reader
from nce_sim.wire.dtls.record import BadRecord, Record

_MAX_PROPOSALS = 4
# Records of epoch 1 that overtook the key exchange wait here for their keys (RFC 6347, 4.1).
_MAX_EARLY_RECORDS = 4


class Opening(NamedTuple):
    """The key exchange that is the client's own, and the record that proved it."""

    exchange: KeyExchange
    reader: Reader
    opened: Opened


class Proposals:
    """The last few key exchanges, and the last few records that none of them opened."""

    def __init__(self, connection_id: bytes) -> None:
        self._connection_id = connection_id
        # More than one for a ClientKeyExchange whose identity has more than one key.
        self._tried: OrderedDict[bytes, list[tuple[KeyExchange, Reader]]] = OrderedDict()
        self._early: list[Record] = []

    def __len__(self) -> int:
        return len(self._tried)

    def __contains__(self, body: bytes) -> bool:
        return body in self._tried

    def add(self, body: bytes, exchanges: Sequence[KeyExchange]) -> Opening | None:
        """Keep a key exchange, once for each key; what it opens of the records that came early."""
        while len(self._tried) >= _MAX_PROPOSALS:
            self._tried.popitem(last=False)
        tried = self._tried[body] = [(exchange, self._reader(exchange)) for exchange in exchanges]
        for received in self._early:
            found = _try(tried, received)
            if found is not None:
                return found
        return None

    def _reader(self, exchange: KeyExchange) -> Reader:
        reader = Reader()
        reader.connection_id = self._connection_id
        reader.protection = exchange.protections[0]
        return reader

    def open(self, received: Record) -> Opening | None:
        """Try the keys, the latest first; a record that none opens is kept."""
        for tried in reversed(self._tried.values()):
            found = _try(tried, received)
            if found is not None:
                return found
        if len(self._early) >= _MAX_EARLY_RECORDS:
            del self._early[0]
        self._early.append(received)
        return None

    def take_early(self) -> list[Record]:
        """The records that came before their keys, each once."""
        early, self._early = self._early, []
        return early


def _try(tried: Sequence[tuple[KeyExchange, Reader]], received: Record) -> Opening | None:
    for exchange, reader in tried:
        try:
            return Opening(exchange, reader, reader.open(received))
        except BadRecord:
            continue
    return None
