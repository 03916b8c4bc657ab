"""Runs a blueprint for ever: a round measures, then delivers; whatever fails, the next one comes.

    await Runner(rounds, 3600, console, board).run()    # interval in seconds

`rounds` has three coroutine functions. `measure()` is called each interval; what it raises is
told. `deliver()` is called after it. When that fails it is called again after a pause, which
doubles from a minute to an hour; measuring goes on meanwhile. `renew()` is called after failures
that a retry alone may not cure: it makes afresh what the others use. Each call has a limit, after
which it is cancelled. An interval that passes during a call is left out.

Where `rounds` has a coroutine function `rest(pause_ms, notes)`, it may let the board sleep for the
pause, after which the program starts afresh; `recall()` then gives the notes of the runner, with
the length of the sleep in milliseconds behind them, and else None.

A board that has a `feed_watchdog` has it called every two seconds, and no longer when a call
outlives its limit: then the watchdog restarts the board. So it does when the program stands still.
"""

import asyncio
import gc

from nce.clock import now_ms

if 1 - 1:  # for type checkers alone
    from typing import Protocol  # portable: for type checkers alone

    from console import Console
    from nce_modem.seams import Any, Awaitable, Callable

    class Rounds(Protocol):
        """A blueprint that runs for ever."""

        async def measure(self) -> object: ...
        async def deliver(self) -> object: ...
        async def renew(self) -> object: ...


FIRST_PAUSE_S = 60
LONGEST_PAUSE_S = 3600
MEASURE_LIMIT_S = 900
DELIVER_LIMIT_S = 3600
RENEW_LIMIT_S = 120
# A call that is cancelled may still close sockets.
GRACE_S = 120
FEED_EVERY_MS = 2000  # the RP2040's watchdog has 8.3 s at most
LONGEST_SLEEP_MS = 3_600_000  # MicroPython's ticks count 6 days
FAILURES_UNTIL_RENEWED = 4


class BackOff:
    """When to try again: after `first_s`, and twice as long with each failure, to `longest_s`."""

    def __init__(self, first_s: int = FIRST_PAUSE_S, longest_s: int = LONGEST_PAUSE_S) -> None:
        self._first_ms = first_s * 1000
        self._longest_ms = longest_s * 1000
        self.failures = 0
        self.due_ms = 0

    def failed(self, at_ms: int, least_ms: int = 0) -> int:
        """Note a failure; the pause in milliseconds, not less than the network asked for."""
        pause_ms = self._first_ms
        for _ in range(min(self.failures, 20)):
            pause_ms = min(2 * pause_ms, self._longest_ms)
        self.failures += 1
        pause_ms = max(pause_ms, least_ms)
        self.due_ms = at_ms + pause_ms
        return pause_ms

    def succeeded(self) -> int:
        """Note a success; the failures before it."""
        failures, self.failures, self.due_ms = self.failures, 0, 0
        return failures


class Runner:
    """See above. `board` may have `feed_watchdog`."""

    def __init__(
        self, rounds: "Rounds", interval_s: int, console: "Console", board: "Any" = None
    ) -> None:
        self._rounds = rounds
        self._interval_ms = interval_s * 1000
        self._console = console
        self._feed: "Callable[[], object] | None" = getattr(board, "feed_watchdog", None)
        self._is_feeding = False
        self._fed_until_ms = 0
        self._back_off = BackOff()
        self._due_ms = 0  # the next round
        self._is_left = False  # something to deliver
        self._rest: "Any" = getattr(rounds, "rest", None)

    async def run(self) -> None:
        """Go on until this task is cancelled."""
        self._console.say("a record every %d s" % (self._interval_ms // 1000))
        feeder = None
        if self._feed is not None:
            self._allow(LONGEST_SLEEP_MS // 1000)
            self._is_feeding = True
            feeder = asyncio.create_task(self._feed_on(self._feed))
        self._due_ms = now_ms()
        self._recall(getattr(self._rounds, "recall", None))
        fault = None
        try:
            while True:
                try:
                    if fault is not None:
                        self._console.trouble("the runner itself met %s" % told(fault))
                        fault = None
                    await self._go_on()
                except Exception as error:  # noqa: BLE001 - even telling may take too much heap
                    fault = error
                gc.collect()
                await asyncio.sleep(1)
        finally:
            self._is_feeding = False
            if feeder is not None:
                feeder.cancel()

    async def _go_on(self) -> None:
        while True:
            late_ms = now_ms() - self._due_ms
            if late_ms >= 0:
                # An interval that passed meanwhile is left out.
                self._due_ms += self._interval_ms * (1 + late_ms // self._interval_ms)
                error = await self._call(self._rounds.measure, MEASURE_LIMIT_S)
                if error is not None:
                    self._console.trouble("not measured: %s" % told(error))
                self._is_left = True
            if self._is_left and now_ms() >= self._back_off.due_ms:
                self._is_left = not await self._deliver()
            until_ms = self._due_ms
            if self._is_left:
                until_ms = min(until_ms, self._back_off.due_ms)
            if self._rest is not None:
                await self._rest(until_ms - now_ms(), self._notes())
            pause_ms = max(1, min(until_ms - now_ms(), LONGEST_SLEEP_MS))
            self._allow(pause_ms // 1000)
            await asyncio.sleep(pause_ms / 1000)

    def _notes(self) -> "list[int]":
        """When to measure and to deliver, from now on in milliseconds; failures, what is left."""
        at_ms = now_ms()
        back_off = self._back_off
        return [self._due_ms - at_ms, back_off.due_ms - at_ms, back_off.failures, self._is_left]

    def _recall(self, recall: "Callable[[], list[int] | None] | None") -> None:
        notes = recall() if recall is not None else None
        if notes is not None:
            due_ms, retry_ms, failures, is_left, slept_ms = notes
            at_ms = now_ms() - slept_ms
            self._due_ms = at_ms + due_ms
            self._back_off.failures = failures
            self._back_off.due_ms = at_ms + retry_ms
            self._is_left = bool(is_left)

    async def _deliver(self) -> bool:
        """Whether all was delivered."""
        error = await self._call(self._rounds.deliver, DELIVER_LIMIT_S)
        if error is None:
            failures = self._back_off.succeeded()
            if failures:
                self._console.trouble("delivered again, after %d failures" % failures)
            return True
        least_ms = getattr(getattr(error, "cause", error), "retry_after_ms", 0)
        pause_ms = self._back_off.failed(now_ms(), least_ms)
        self._console.trouble("not delivered: %s" % told(error))
        self._console.say("the next try is due in %d s" % (pause_ms // 1000))
        is_worn = self._back_off.failures % FAILURES_UNTIL_RENEWED == 0
        if is_worn or isinstance(error, _Overdue) or not isinstance(error, OSError):
            error = await self._call(self._rounds.renew, RENEW_LIMIT_S)
            if error is not None:
                self._console.trouble("not made afresh: %s" % told(error))
        return False

    async def _call(
        self, step: "Callable[[], Awaitable[object]]", limit_s: int
    ) -> "Exception | None":
        """What `step()` raised; None when it ended well."""
        self._allow(limit_s)
        overdue_ms = now_ms() + limit_s * 1000
        try:
            # MicroPython's `wait_for` takes coroutines alone.
            await asyncio.wait_for(_awaited(step), limit_s)
        except asyncio.TimeoutError as error:
            if now_ms() < overdue_ms:
                return error  # of a limit within
            return _Overdue("it took more than %d s" % limit_s)
        except MemoryError as error:
            gc.collect()
            return error
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            return error
        return None

    def _allow(self, seconds: int) -> None:
        self._fed_until_ms = now_ms() + (seconds + GRACE_S) * 1000

    async def _feed_on(self, feed: "Callable[[], object]") -> None:
        while self._is_feeding and now_ms() < self._fed_until_ms:
            feed()
            await asyncio.sleep(FEED_EVERY_MS / 1000)


class _Overdue(Exception):
    """A call was cancelled at its limit."""


async def _awaited(step: "Callable[[], Awaitable[object]]") -> None:
    await step()


def told(error: "Exception") -> str:
    """An error in one line: its kind, unless it is one of ours, which say all, and its text."""
    if isinstance(error, (OSError, _Overdue)) and "%s" % error:
        return "%s" % error
    return "%s: %s" % (type(error).__name__, error)
