"""The address of a peer, and how much may be sent there until it is proven (RFC 9146, 6).

A record from another address moves its peer there on three conditions, all of that section:

1. The record is authentic.
2. It is newer, by epoch and number, than every record before: a replayed or a late one moves
   nothing.
3. The new address is used with care until it is proven. RFC 9146 leaves the strategy open; this is
   the one of RFC 9000, 8.1 and 9.3: at most three times the bytes that authentic records brought
   from there. More waits, and is sent once the layer above has seen the peer answer something that
   was sent to that address alone (`prove`). The last proven address needs no proof when the peer
   returns to it.

The third is needed because an address is not authenticated: an attacker on the way can hold a
record back and send it from the address of a victim, which would then get all the answers.

    path = Path(peer)
    path.move(source); path.received(39)
    ready = path.admit([b"datagram", ...])
    ready = path.prove()
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from nce_sim.endpoints.dtls.events import Peer

_FACTOR = 3  # RFC 9000, 8.1
# A peer that waits for more than these asks again: CoAP repeats a request without an answer.
_MAX_HELD = 4


class Path:
    """The address of one peer, the one that is proven, and the datagrams that wait for a proof."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.proven = peer  # where it was reached last, at first by its cookie
        self.is_proven = True
        self.held: deque[bytes] = deque()  # what waits until the address is proven
        self._dropped = 0
        self._allowance_bytes = 0

    def move(self, source: Peer) -> None:
        """Note that the newest authentic record came from this other address."""
        self.peer = source
        self.is_proven = source == self.proven
        self._allowance_bytes = 0

    def received(self, record_bytes: int) -> None:
        """Note an authentic record from the present address."""
        if not self.is_proven:
            self._allowance_bytes += _FACTOR * record_bytes

    def prove(self) -> list[bytes]:
        """Note that the peer answers there; return the datagrams that waited, oldest first."""
        self.proven, self.is_proven = self.peer, True
        return self.admit(())

    def take_dropped(self) -> int:
        """The number of datagrams dropped since the last call."""
        taken, self._dropped = self._dropped, 0
        return taken

    def admit(self, datagrams: Iterable[bytes], *, may_wait: bool = True) -> list[bytes]:
        """The datagrams that may be sent now; the others wait, in a short line."""
        if self.is_proven:
            ready = [*self.held, *datagrams]
            self.held.clear()
            return ready
        ready = []
        for datagram in datagrams:
            if len(datagram) <= self._allowance_bytes:
                self._allowance_bytes -= len(datagram)
                ready.append(datagram)
                continue
            if may_wait:
                self.held.append(datagram)
            else:
                self._dropped += 1
        while len(self.held) > _MAX_HELD:
            self.held.popleft()
            self._dropped += 1
        return ready
