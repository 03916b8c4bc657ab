"""The modem's transmit line: chunks, pace, taps, noise, and silence.

By default each write reaches the host whole and at once. `chunker` cuts it, `baud` paces it,
`hold` keeps it back for a while, `is_silent` swallows it; taps may change what passes. Where the
port knows the host's rate, another one than the modem's (`AT+IPR`) makes gibberish both ways.

    uart.chunker = random_chunks(Random(1), largest=7)
    uart.baud = 115_200
    uart.hold(30_000)                   # what is written now comes half a minute late
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from random import Random

from nce_sim.clock import Clock

DEFAULT_RATE_BPS = 115_200

Chunker = Callable[[bytes], list[bytes]]
Tap = Callable[[bytes], bytes]


def random_chunks(random: Random, largest: int) -> Chunker:
    """A chunker that cuts into pieces of 1..largest bytes."""

    def cut(data: bytes) -> list[bytes]:
        pieces, start = [], 0
        while start < len(data):
            end = start + random.randint(1, largest)
            pieces.append(data[start:end])
            start = end
        return pieces

    return cut


def _to_nobody(data: bytes) -> None:
    """Where output goes while no port is attached: a real UART does not wait either."""


class Uart:
    """What the modem writes, on its way to the host."""

    def __init__(self, clock: Clock) -> None:
        self.send_to_host: Callable[[bytes], None] = _to_nobody
        self.chunker: Chunker | None = None
        self.chunk_gap_ms = 1
        self.baud: int | None = None
        # Bits a second: the modem's own, 0 follows the host; the host's, None when unknown.
        self.rate_bps = DEFAULT_RATE_BPS
        self.host_rate_bps: int | None = None
        self.on_rate: Callable[[int], None] | None = None  # for a port whose rate is a real one
        self.is_silent = False
        self.taps: list[Tap] = []
        self.distort: Tap | None = None  # what the rate makes of all that passes
        self.last_write_ms: int | None = None
        self._clock = clock
        self._queue: deque[bytes] = deque()
        self._is_sending = False
        self._held_until_ms = 0

    @property
    def is_at_another_rate(self) -> bool:
        """Whether modem and host do not understand each other."""
        return self.host_rate_bps is not None and self.rate_bps not in (0, self.host_rate_bps)

    def set_rate(self, rate_bps: int) -> None:
        """The modem's own rate from now on; 0 follows the host."""
        self.rate_bps = rate_bps
        if rate_bps and self.on_rate is not None:
            self.on_rate(rate_bps)

    def host_is_at(self, rate_bps: int) -> None:
        """The port tells the host's rate."""
        self.host_rate_bps = rate_bps

    def write(self, data: bytes) -> None:
        """Send `data`, in order behind what is still queued."""
        for tap in tuple(self.taps):
            data = tap(data)
        if self.distort is not None:
            data = self.distort(data)
        if self.is_silent or not data:
            return
        self.last_write_ms = self._clock.now_ms()
        is_held = self._held_until_ms > self._clock.now_ms()
        if self.chunker is None and self.baud is None and not self._queue and not is_held:
            self.send_to_host(data)
            return
        self._queue.extend(self.chunker(data) if self.chunker else [data])
        if not self._is_sending and not is_held:
            self._is_sending = True
            self._send_next()

    def hold(self, duration_ms: int) -> None:
        """Keep all output back for `duration_ms`."""
        self._held_until_ms = self._clock.now_ms() + duration_ms
        if not self._is_sending:
            self._is_sending = True
            self._clock.call_later(duration_ms, self._send_next)

    def clear(self) -> None:
        """Forget what is queued: the power is gone."""
        self._queue.clear()
        self._held_until_ms = 0

    def _send_next(self) -> None:
        waiting_ms = self._held_until_ms - self._clock.now_ms()
        if waiting_ms > 0:
            self._clock.call_later(waiting_ms, self._send_next)
            return
        if not self._queue:
            self._is_sending = False
            return
        piece = self._queue.popleft()
        if not self.is_silent:
            self.send_to_host(piece)
        gap_ms = self.chunk_gap_ms if self.chunker else 0
        if self.baud:
            gap_ms += -(-len(piece) * 10_000 // self.baud)  # 8N1: ten bits a byte, rounded up
        self._clock.call_later(gap_ms, self._send_next)
