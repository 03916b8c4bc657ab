"""Where associations are found: by number, by address, by connection ID; all bounded.

directory = Directory(settings, counters, random_bytes)
directory.add_candidate(association)       # a half-open handshake
directory.establish(association)           # its Finished was good
directory.at.get(peer); directory.by_cid.get(cid); directory.move(association, previous)

Others read the four maps and put the recently active last; only the methods here change what is in
them, and keep them in step.
"""

from __future__ import annotations

from collections import Counter, OrderedDict

from nce_sim.endpoints.dtls.association import Association
from nce_sim.endpoints.dtls.events import Peer
from nce_sim.endpoints.dtls.settings import DtlsSettings
from nce_sim.wire.dtls.suites import RandomBytes

# A chosen ID that is taken is chosen again; with short ones and many peers that may find none.
_ATTEMPTS = 16


class Directory:
    """The half-open and the established associations of one server."""

    def __init__(
        self, settings: DtlsSettings, counters: Counter[str], random_bytes: RandomBytes
    ) -> None:
        self._settings = settings
        self._counters = counters
        self._random_bytes = random_bytes
        # Half-open handshakes by the address that returned a cookie, oldest first.
        self.candidates: OrderedDict[Peer, Association] = OrderedDict()
        # Established ones by their number, least recently active first.
        self.established: OrderedDict[int, Association] = OrderedDict()
        # The established one that speaks from an address now; one that was pushed off it may live
        # on by its ID.
        self.at: dict[Peer, Association] = {}
        # Half-open and established ones by the ID that they were given.
        self.by_cid: dict[bytes, Association] = {}

    def new_connection_id(self) -> bytes | None:
        """An ID that no association has; None when none was found."""
        length = self._settings.connection_id_bytes
        if not length:
            return b""
        for _ in range(_ATTEMPTS):
            chosen = self._random_bytes(length)
            if chosen not in self.by_cid:
                return chosen
        self._counters["no connection ID left"] += 1
        return None

    def add_candidate(self, one: Association) -> None:
        """Keep a half-open handshake; it replaces another from the same address."""
        self._forget(self.candidates.pop(one.path.peer, None))
        while len(self.candidates) >= self._settings.max_half_open:
            self._forget(self.candidates.popitem(last=False)[1])
            self._counters["half-open handshake evicted"] += 1
        self.candidates[one.path.peer] = one
        if one.connection_id:
            self.by_cid[one.connection_id] = one

    def establish(self, one: Association) -> None:
        """Note that an association's handshake is complete."""
        self._withdraw(one)
        self._take_address(one)
        self.established[one.session] = one
        while len(self.established) > self._settings.max_associations:
            self.remove(next(iter(self.established.values())))
            self._counters["association evicted"] += 1

    def move(self, one: Association, previous: Peer) -> None:
        """Note that an association has left `previous` for its `peer` of now."""
        # A half-open handshake stays where it began: its new address may be anyone's.
        if self.at.get(previous) is one:
            del self.at[previous]
        if one.session in self.established:
            self._take_address(one)

    def prove(self, one: Association) -> None:
        """Note that an association's address of now is proven: it is its own."""
        if one.session in self.established:
            self._take_address(one)

    def remove(self, one: Association) -> None:
        """Forget an association wherever it is."""
        self._withdraw(one)
        self.established.pop(one.session, None)
        if self.at.get(one.path.peer) is one:
            del self.at[one.path.peer]
        self._forget(one)

    def _withdraw(self, one: Association) -> None:
        if self.candidates.get(one.path.proven) is one:
            del self.candidates[one.path.proven]

    def _take_address(self, one: Association) -> None:
        before = self.at.get(one.path.peer)
        # A record held back and sent from elsewhere must not push off who lives there.
        if before is not None and not one.path.is_proven:
            return
        self.at[one.path.peer] = one
        # The device itself with new keys, or one that nothing could reach from now on. Another
        # device with a connection ID lives on: it only lost its port to this one at some NAT.
        if before is None or before is one:
            return
        if before.identity == one.identity or not before.connection_id:
            self.established.pop(before.session, None)
            self._forget(before)

    def _forget(self, one: Association | None) -> None:
        if one is not None and self.by_cid.get(one.connection_id) is one:
            del self.by_cid[one.connection_id]
