"""The sending half of a connection: SYN, bytes, FIN; what is under way, and when it goes again.

sender.take(data)                       # into the buffer
sender.pieces(now_ms)                   # -> [Piece(position, flags, payload)]: to send now
sender.acknowledge(position, now_ms)    # -> how many bytes the peer newly has
sender.time_out(now_ms)                 # the timer is due

Positions are unwrapped sequence numbers: the SYN is at `first`, the bytes follow, then the FIN.
There is no congestion control: the peer's window alone bounds what is under way.
"""

from __future__ import annotations

from typing import NamedTuple

from nce_sim.network.tcp.timer import RetransmissionTimer
from nce_sim.settings import TcpSettings
from nce_sim.wire.tcp import FIN, PSH, SYN

DEFAULT_SEGMENT_SIZE = 536  # of a peer that names none: RFC 9293, 3.7.1


class Piece(NamedTuple):
    """What one segment carries."""

    position: int
    flags: int
    payload: bytes


class Sender:
    """`unacknowledged` is SND.UNA, `next` SND.NXT and `window` SND.WND of RFC 9293, 3.3.1."""

    def __init__(self, first: int, settings: TcpSettings) -> None:
        self.unacknowledged = self.next = first
        self.window = 0
        self.segment_size = DEFAULT_SEGMENT_SIZE
        self.taken = 0
        self.acknowledged = 0
        self.timer = RetransmissionTimer(settings)
        self._first = first
        self._capacity = settings.send_buffer
        self._data = bytearray()  # taken and not acknowledged
        self._is_ending = False
        self._largest_window = 0
        self._recover = first  # after a time-out: what was under way then
        self._is_resend_due = False
        self._is_probe_due = False
        self._timed: tuple[int, int] | None = None  # the end of a segment, and when it left

    # -- what the user wants ---------------------------------------------------------------

    @property
    def free(self) -> int:
        """Room in the buffer."""
        return self._capacity - len(self._data)

    def take(self, data: bytes) -> int:
        """Take as many bytes as there is room for."""
        count = min(len(data), self.free)
        self._data += data[:count]
        self.taken += count
        return count

    def end(self) -> None:
        """A FIN follows the bytes taken."""
        self._is_ending = True

    # -- what the peer says ----------------------------------------------------------------

    @property
    def is_syn_acknowledged(self) -> bool:
        return self.unacknowledged > self._first

    @property
    def is_fin_acknowledged(self) -> bool:
        return self._is_ending and self.unacknowledged == self._end + 1

    def set_window(self, window: int) -> None:
        """The peer's window; when it opens, what it refused before goes again."""
        if self.window == 0 < window and self.is_syn_acknowledged:
            self._is_resend_due = self.unacknowledged < self.next
            self._timed = None
            self.timer.peer_has_room()
        self.window = window
        self._largest_window = max(self._largest_window, window)

    def acknowledge(self, position: int, now_ms: int) -> int:
        """The peer has everything before `position`; returns how many bytes are new to it."""
        if position <= self.unacknowledged:
            if self.window == 0:
                self.timer.repeats = 0  # it lives, and has no room (RFC 9293, 3.8.6.1)
            return 0
        count = min(position, self._end) - max(self.unacknowledged, self._first + 1)
        count = max(0, count)
        if not self.is_syn_acknowledged and self.timer.repeats:
            self.timer.handshake_was_repeated()
        self.unacknowledged = position
        del self._data[:count]
        self.acknowledged += count
        self.timer.repeats = 0
        if self._timed is not None and position >= self._timed[0]:
            self.timer.measure(now_ms - self._timed[1])
            self._timed = None
        self._is_resend_due = position < min(self._recover, self.next)
        if position < self.next:
            self.timer.restart(now_ms)
        else:
            self.timer.stop()
        return count

    # -- what leaves -----------------------------------------------------------------------

    def time_out(self, now_ms: int) -> None:
        """Send the oldest segment again, or probe a window that is closed."""
        self.timer.back_off(now_ms)
        self._timed = None
        if self.unacknowledged < self.next:
            self._recover = self.next
            self._is_resend_due = True
        else:
            self._is_probe_due = True

    def send_again(self) -> None:
        """Send the SYN once more, with another acknowledgement."""
        self._is_resend_due = True

    def pieces(self, now_ms: int) -> list[Piece]:
        """What is to be sent now: the SYN first, the rest after its acknowledgement."""
        pieces: list[Piece] = []
        if not self.is_syn_acknowledged:
            if self.next == self._first:
                self.next += 1
                self._timed = (self.next, now_ms)
                pieces.append(Piece(self._first, SYN, b""))
            elif self._is_resend_due:
                pieces.append(Piece(self._first, SYN, b""))
        else:
            if self._is_resend_due and self.unacknowledged < self.next:
                pieces.append(self._oldest())
            self._add_new(pieces, now_ms)
        self._is_resend_due = self._is_probe_due = False
        if pieces or (self.is_syn_acknowledged and self.next < self._end):
            self.timer.start(now_ms)
        return pieces

    @property
    def _end(self) -> int:
        """The position behind the last byte taken: the FIN's."""
        return self._first + 1 + self.taken

    def _oldest(self) -> Piece:
        size = min(self.segment_size, self.next - self.unacknowledged, max(self.window, 1))
        return self._piece(self.unacknowledged, size, self.next)

    def _add_new(self, pieces: list[Piece], now_ms: int) -> None:
        began = self.next
        while (size := self._next_size()) > 0:
            is_last = self._is_ending and self.next + size == self._end
            start, self.next = self.next, self.next + size + is_last
            pieces.append(self._piece(start, size, self.next))
        if self._is_ending and self.next == self._end:
            # Alone, and whatever the window is: the peer may have closed it for good.
            self.next += 1
            pieces.append(Piece(self._end, FIN, b""))
        is_timed = self._timed is not None or self.unacknowledged < self._recover
        if self.next > began and not is_timed:
            self._timed = (self.next, now_ms)

    def _next_size(self) -> int:
        unsent = self._end - self.next
        if unsent <= 0:
            return 0
        usable = self.unacknowledged + self.window - self.next
        if usable <= 0:
            return 1 if self._is_probe_due and self.next == self.unacknowledged else 0
        size = min(self.segment_size, unsent, usable)
        # No silly windows (RFC 9293, 3.8.6.2.1): wait for room, unless nothing is under way.
        is_silly = size < min(self.segment_size, unsent, self._largest_window // 2)
        return 0 if is_silly and self.next > self.unacknowledged else size

    def _piece(self, position: int, size: int, sent_up_to: int) -> Piece:
        begin = position - max(self.unacknowledged, self._first + 1)
        payload = bytes(self._data[begin : begin + size])
        end = position + len(payload)
        flags = PSH if payload and end == self._end else 0
        if self._is_ending and end == self._end and sent_up_to > self._end:
            flags |= FIN
        return Piece(position, flags, payload)
