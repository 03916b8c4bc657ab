"""Real time that a person may steer: faster, slower, or ahead by hours at once.

    clock = SteeredClock(speed=60)      # an hour in a minute
    clock.advance(4 * 3_600_000)        # every call that becomes due is made, in order
    clock.set_speed(1)

Scheduled calls are kept by the clock's own time, so a change of speed moves them all. Time passes
while they are made, too, and is caught up: who waits 50 ms by another clock has waited them by
this one. When the computer cannot keep up, the loop has turns for its other work and the world
lags behind its time: it is slower than asked for, and never goes back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from nce_sim.clock import LoopClock, ScheduledCall, VirtualClock

SPEEDS = (0.01, 10_000.0)  # the slowest and the fastest
PAUSED = 0.0  # time stands still; it jumps all the same
_SLICE_S = 0.02  # of calls in a row, before the loop has another turn
_MOST_BEHIND_S = 1.0  # of real time; what is more is never caught up


class SteeredClock:
    """A `Clock` on a running loop; it shows `start_ms` when it is made."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop | None = None,
        start_ms: int = 0,
        speed: float = 1.0,
    ) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._calls = VirtualClock(start_ms)
        self._timer: asyncio.TimerHandle | None = None
        self._is_moving = False
        self._is_stopped = False
        self._since_s, self._since_ms = self._loop.time(), start_ms
        self._shown_ms = start_ms
        self._speed = _checked(speed)

    @property
    def speed(self) -> float:
        """How many milliseconds of the world pass in one of real time."""
        return self._speed

    def now_ms(self) -> int:
        if self._is_moving:
            return self._calls.now_ms()
        self._shown_ms = max(self._shown_ms, self._real_ms())
        return self._shown_ms

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> ScheduledCall:
        now_ms = self.now_ms()
        handle = self._calls.call_later(max(0, now_ms - self._calls.now_ms()) + delay_ms, callback)
        self._arm()
        return handle

    def call_in_passing(self, delay_ms: int, callback: Callable[[], None]) -> ScheduledCall:
        """The same as `call_later`: real time always passes."""
        return self.call_later(delay_ms, callback)

    def unsteered(self) -> LoopClock:
        """Real time itself, which nobody makes faster, pauses or moves."""
        return LoopClock(self._loop)

    def set_speed(self, speed: float) -> None:
        """Let time pass at another speed from now on, or pause; ValueError outside `SPEEDS`."""
        wanted = _checked(speed)
        self._set(self.now_ms())
        self._speed = wanted
        self._arm()

    def advance(self, duration_ms: int) -> None:
        """Let `duration_ms` pass at once; ValueError for a negative one."""
        if duration_ms < 0:
            raise ValueError(f"time cannot go back by {-duration_ms} ms")
        self._set(self.now_ms() + duration_ms)
        self._move_to(self._since_ms, None)

    def stop(self) -> None:
        """Make no more calls: those that are scheduled are forgotten, and later ones too."""
        if self._is_moving:
            raise RuntimeError("a call of the clock may not stop the clock")
        self._is_stopped = True
        self._calls = VirtualClock(self._calls.now_ms())
        self._arm()

    # -- inside ----------------------------------------------------------------------------

    def _real_ms(self) -> int:
        passed_ms = (self._loop.time() - self._since_s) * 1000 * self._speed
        return self._since_ms + int(passed_ms)

    def _set(self, now_ms: int) -> None:
        self._since_s, self._since_ms = self._loop.time(), now_ms

    def _due(self) -> None:
        self._timer = None
        self._move_to(self.now_ms(), self._loop.time() + _SLICE_S)

    def _move_to(self, target_ms: int, until_s: float | None) -> None:
        """Make the calls that are due by `target_ms`; those after `until_s` wait for a turn."""
        if self._is_moving:
            raise RuntimeError("a call of the clock may not move the clock")
        self._is_moving = True
        calls = self._calls
        try:
            while (due_ms := calls.next_due_ms()) is not None and due_ms <= target_ms:
                calls.advance_to(due_ms)
                if until_s is not None and self._loop.time() >= until_s:
                    break
            else:
                calls.advance_to(target_ms)
        except BaseException:
            # A call that failed leaves the clock where it was made.
            self._set(calls.now_ms())
            raise
        finally:
            self._is_moving = False
            self._shown_ms = max(self._shown_ms, calls.now_ms())
            most_ms = calls.now_ms() + int(_MOST_BEHIND_S * 1000 * self._speed)
            if self._real_ms() > most_ms:
                self._set(most_ms)
            self._arm()

    def _arm(self) -> None:
        """One timer of the loop, for the next call."""
        if self._is_moving:
            return
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due_ms = self._calls.next_due_ms()
        if due_ms is not None and not self._is_stopped:
            wait_ms = max(0, due_ms - self.now_ms())
            if wait_ms and self._speed == PAUSED:
                return  # what is due at this very moment is done all the same
            wait_s = wait_ms / 1000 / self._speed if wait_ms else 0
            self._timer = self._loop.call_later(wait_s, self._due)


def _checked(speed: float) -> float:
    slowest, fastest = SPEEDS
    if speed != PAUSED and not slowest <= speed <= fastest:
        raise ValueError(f"the speed is {speed}; use {slowest} to {fastest:.0f}, or 0 to pause")
    return speed
