"""The retransmission timer of one connection (RFC 6298), with times in ms.

timer.start(now_ms); timer.due_ms       # when the oldest segment is sent again
timer.back_off(now_ms)                  # it is due: wait twice as long
timer.measure(round_trip_ms)            # of a segment that was sent once (Karn's rule)
"""

from __future__ import annotations

from nce_sim.settings import TcpSettings

_GRANULARITY_MS = 1
_RTO_AFTER_LOST_SYN_MS = 3_000  # RFC 6298, 5.7


class RetransmissionTimer:
    """`due_ms` is None while it does not run; `repeats` counts time-outs without an answer."""

    def __init__(self, settings: TcpSettings) -> None:
        self.due_ms: int | None = None
        self.repeats = 0
        self.rto_ms = settings.first_rto_ms
        self._least_ms = settings.least_rto_ms
        self._most_ms = settings.most_rto_ms
        self._smoothed_ms: float | None = None
        self._variation_ms = 0.0

    def start(self, now_ms: int) -> None:
        """Start unless it runs (5.1)."""
        if self.due_ms is None:
            self.due_ms = now_ms + self.rto_ms

    def restart(self, now_ms: int) -> None:
        """Start again from now (5.3)."""
        self.due_ms = now_ms + self.rto_ms

    def stop(self) -> None:
        """Nothing is under way (5.2)."""
        self.due_ms = None

    def back_off(self, now_ms: int) -> None:
        """Count a time-out, double the time and start again (5.5, 5.6)."""
        self.repeats += 1
        self.rto_ms = min(self.rto_ms * 2, self._most_ms)
        self.restart(now_ms)

    def measure(self, round_trip_ms: int) -> None:
        """Take a round trip into account (2.2, 2.3)."""
        if self._smoothed_ms is None:
            self._smoothed_ms = float(round_trip_ms)
            self._variation_ms = round_trip_ms / 2
        else:
            deviation_ms = abs(self._smoothed_ms - round_trip_ms)
            self._variation_ms += (deviation_ms - self._variation_ms) / 4
            self._smoothed_ms += (round_trip_ms - self._smoothed_ms) / 8
        self._set_rto(self._smoothed_ms)

    def peer_has_room(self) -> None:
        """The time-outs were probes of a closed window, which are no sign of loss."""
        self.stop()
        self.repeats = 0
        if self._smoothed_ms is not None:
            self._set_rto(self._smoothed_ms)

    def _set_rto(self, smoothed_ms: float) -> None:
        rto_ms = smoothed_ms + max(_GRANULARITY_MS, 4 * self._variation_ms)
        self.rto_ms = min(max(round(rto_ms), self._least_ms), self._most_ms)

    def handshake_was_repeated(self) -> None:
        """The handshake is complete, but its SYN timed out: 3 s until a round trip is known."""
        if self._smoothed_ms is None:
            self.rto_ms = _RTO_AFTER_LOST_SYN_MS
