"""The world's clock: virtual by default, real when a real thing is attached.

Everything in the simulator asks a clock for the time and schedules its calls there, so the same
world can run as fast as the machine allows, or in real time.

    clock = VirtualClock()
    clock.call_later(70 * 3_600_000, wake)
    clock.advance(70 * 3_600_000)       # milliseconds of machine time

`VirtualLoop` runs asyncio on a virtual clock: when nothing is ready, time jumps to the next
deadline of the loop or the clock. When neither has one, the run can never proceed and ends with
an error. `Limits` end a run that never stops. Both errors name the tasks that wait, and the lines
they wait in.
"""

from __future__ import annotations

import asyncio
import gc
import heapq
import inspect
import itertools
import math
import selectors
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

Result = TypeVar("Result")


class Handle(Protocol):
    """A scheduled call that can be cancelled."""

    def cancel(self) -> None: ...


class Clock(Protocol):
    """The time, as the simulator sees it."""

    def now_ms(self) -> int: ...

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> Handle: ...

    def call_in_passing(self, delay_ms: int, callback: Callable[[], None]) -> Handle: ...


class ScheduledCall:
    """One call scheduled on a `VirtualClock`."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class VirtualClock:
    """Time that passes on command only; calls due together run in the order of scheduling."""

    def __init__(self, start_ms: int = 0) -> None:
        self._now_ms = start_ms
        self._heap: list[tuple[int, int, ScheduledCall]] = []
        self._in_passing: list[tuple[int, int, ScheduledCall]] = []
        self._order = itertools.count()

    def now_ms(self) -> int:
        return self._now_ms

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> ScheduledCall:
        return self._book(self._heap, delay_ms, callback)

    def call_in_passing(self, delay_ms: int, callback: Callable[[], None]) -> ScheduledCall:
        """Call when time passes that instant anyway; the call alone does not make time pass.

        For events that are years away, such as the end of a SIM's lifetime.
        """
        return self._book(self._in_passing, delay_ms, callback)

    def _book(
        self,
        heap: list[tuple[int, int, ScheduledCall]],
        delay_ms: int,
        callback: Callable[[], None],
    ) -> ScheduledCall:
        if delay_ms < 0:
            raise ValueError(f"a call cannot be scheduled {-delay_ms} ms in the past")
        scheduled = ScheduledCall(callback)
        heapq.heappush(heap, (self._now_ms + int(delay_ms), next(self._order), scheduled))
        return scheduled

    def next_due_ms(self) -> int | None:
        """When the next call is due; None when no call is scheduled except in passing."""
        first = _first(self._heap)
        return None if first is None else first[0]

    def advance(self, duration_ms: int) -> None:
        """Let `duration_ms` pass, making every call that becomes due, in order."""
        self.advance_to(self._now_ms + duration_ms)

    def advance_to(self, target_ms: int) -> None:
        """Let time pass until `target_ms`; a target in the past leaves the clock where it is."""
        while True:
            heap, first = self._heap, _first(self._heap)
            passing = _first(self._in_passing)
            if passing is not None and (first is None or passing < first):
                heap, first = self._in_passing, passing
            if first is None or first[0] > target_ms:
                break
            due_ms, _, scheduled = heapq.heappop(heap)
            self._now_ms = max(self._now_ms, due_ms)
            callback, scheduled.callback = scheduled.callback, None
            if callback is not None:
                callback()
        self._now_ms = max(self._now_ms, target_ms)


def _first(heap: list[tuple[int, int, ScheduledCall]]) -> tuple[int, int, ScheduledCall] | None:
    """The next call of a heap that is not cancelled."""
    while heap and heap[0][2].callback is None:
        heapq.heappop(heap)
    return heap[0] if heap else None


class LoopClock:
    """Real time, from the running asyncio loop; it shows `start_ms` when it is made."""

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None, start_ms: int = 0) -> None:
        self._loop = loop or asyncio.get_running_loop()
        self._time = self._loop.time
        self._start = self._time()
        self._start_ms = start_ms

    def now_ms(self) -> int:
        return self._start_ms + int((self._time() - self._start) * 1000)

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        return self._loop.call_later(delay_ms / 1000, callback)

    def call_in_passing(self, delay_ms: int, callback: Callable[[], None]) -> asyncio.TimerHandle:
        """The same as `call_later`: real time always passes."""
        return self.call_later(delay_ms, callback)


class NothingScheduled(RuntimeError):
    """Virtual time cannot proceed: no callback, no timer and no I/O will ever wake the loop."""


class TookTooLong(RuntimeError):
    """A run exceeded one of its `Limits`."""


@dataclass(frozen=True)
class Limits:
    """How long a run may take, in seconds of virtual and of real time; None is no limit."""

    virtual_s: float | None = None
    real_s: float | None = None


_TASKS_SHOWN = 8
_LINES_SHOWN = 12


def waiting_tasks(loop: asyncio.AbstractEventLoop) -> str:
    """The unfinished tasks of a loop, one a line, each with the lines it waits in."""
    tasks = sorted(asyncio.all_tasks(loop), key=lambda task: task.get_name())
    lines = [f"  {task.get_name()}: {_place_of(task)}" for task in tasks[:_TASKS_SHOWN]]
    if len(tasks) > _TASKS_SHOWN:
        lines.append(f"  and {len(tasks) - _TASKS_SHOWN} more")
    return "\n".join(lines)


def _place_of(task: asyncio.Task[Any]) -> str:
    places: list[str] = []
    waiting: Any = task.get_coro()
    while waiting is not None:
        # A coroutine, an asynchronous generator and a generator name these differently.
        for kind, next_name in (("cr", "cr_await"), ("ag", "ag_await"), ("gi", "gi_yieldfrom")):
            frame = getattr(waiting, f"{kind}_frame", None)
            if frame is not None:
                code = frame.f_code
                places.append(f"{Path(code.co_filename).name}:{frame.f_lineno} {code.co_name}")
                waiting = getattr(waiting, next_name)
                break
        else:
            # An await on the next value of an asynchronous generator does not name the generator.
            generators = filter(inspect.isasyncgen, gc.get_referents(waiting))
            waiting = next(generators, None)
    if len(places) > _LINES_SHOWN:
        half = _LINES_SHOWN // 2
        places[half:-half] = ["…"]
    return " > ".join(places) or "not started"


class _JumpingSelector(selectors.DefaultSelector):
    """Waits by moving the virtual clock instead of sleeping."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self._clock = clock
        self.pass_time: Callable[[int | None], None] | None = None
        self.waiting: Callable[[], str] = str
        self.limit: Callable[[], None] | None = None

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if self.limit is not None:
            self.limit()
        # Only the loop's own wake-up call: the loop already knows which tasks are ready.
        is_alone = len(self.get_map()) == 1
        if timeout == 0 and is_alone:
            return []
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        due_ms = self._clock.next_due_ms()
        if timeout is None and due_ms is None and self.pass_time is None:
            raise NothingScheduled(
                "virtual time cannot proceed: every task waits and nothing is scheduled; "
                f"look for a wait without a bound (threads do not count):\n{self.waiting()}"
            )
        if timeout is not None:
            # Round up, so that the loop's own timer is due when it looks again.
            wake_ms = self._clock.now_ms() + math.ceil(timeout * 1000)
            due_ms = wake_ms if due_ms is None else min(due_ms, wake_ms)
        if self.pass_time is not None:
            self.pass_time(due_ms)
        else:
            assert due_ms is not None
            self._clock.advance_to(due_ms)
        return [] if is_alone else super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio loop on a `VirtualClock`."""

    def __init__(self, clock: VirtualClock | None = None) -> None:
        self.clock = clock or VirtualClock()
        self._jumping = _JumpingSelector(self.clock)
        self._jumping.waiting = lambda: waiting_tasks(self)
        super().__init__(self._jumping)

    def time(self) -> float:
        return self.clock.now_ms() / 1000

    def pass_time_by(self, pass_time: Callable[[int | None], None] | None) -> None:
        """Let something else on the same clock pass the time, such as a board; None ends that.

        Whenever nothing is ready, it is called with the time of the next deadline, or None without
        one. It advances the clock to then at most, and returns earlier once something happened.
        """
        self._jumping.pass_time = pass_time

    def limit(self, limits: Limits | None) -> None:
        """Make the loop raise `TookTooLong` once it exceeds `limits`, counted from now."""
        if limits is None:
            self._jumping.limit = None
            return
        start_ms, start_s = self.clock.now_ms(), time.monotonic()
        virtual_s = math.inf if limits.virtual_s is None else limits.virtual_s
        real_s = math.inf if limits.real_s is None else limits.real_s

        def check() -> None:
            spent_s, took_s = (self.clock.now_ms() - start_ms) / 1000, time.monotonic() - start_s
            if spent_s > virtual_s or took_s > real_s:
                limit = f"{virtual_s:.0f} s of virtual time" if spent_s > virtual_s else ""
                raise TookTooLong(
                    f"the limit of {limit or f'{real_s:g} s'} is exceeded after {spent_s:.0f} s "
                    f"of virtual time in {took_s:.1f} s; still waiting:\n{waiting_tasks(self)}"
                )

        self._jumping.limit = check


def end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    """Cancel the tasks that a loop still runs, and let them end."""
    pending = asyncio.all_tasks(loop)
    for task in pending:
        task.cancel()
    if pending:
        loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())


def run_virtual(
    main: Callable[[VirtualClock], Coroutine[Any, Any, Result]],
    clock: VirtualClock | None = None,
    limits: Limits | None = None,
) -> Result:
    """Run `main(clock)` to its end in virtual time and return what it returned.

    Raises `NothingScheduled` when it waits for ever, `TookTooLong` when it exceeds `limits`.
    """
    loop = VirtualLoop(clock)
    loop.limit(limits)
    try:
        return loop.run_until_complete(main(loop.clock))
    finally:
        loop.limit(limits)  # cancelling the rest may take as long again
        try:
            end_tasks(loop)
        finally:
            loop.close()
