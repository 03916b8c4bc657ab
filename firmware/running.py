"""Runs a blueprint for ever: a round measures, then delivers; whatever fails, the next one comes.

    await Runner(rounds, 3600, console, board).run()    # interval in seconds

`rounds` has three coroutine functions. `measure()` is called each interval; what it raises is
told. `deliver()` is called after it. When that fails it is called again after a pause, which
doubles from a minute to an hour; measuring goes on meanwhile. `renew()` is called after failures
that a retry alone may not cure: it makes afresh what the others use. What fresh objects do not
cure either restarts the board, by its `restart`: see `back_off.Wear`. Each call has a limit, after
which it is cancelled. An interval that passes during a call is left out.

With a fourth, `pause(milliseconds)`, a blueprint does something between two rounds, such as
listen: it returns after so long at the latest, sooner where it likes; True when something is to be
delivered. It is called again until the next round is due.

Where `rounds` has a coroutine function `rest(pause_ms, notes)`, it may let the board sleep for the
pause, after which the program starts afresh; `recall()` then gives the notes of the runner, with
the length of the sleep in milliseconds behind them, and else None.

A board that has a `feed_watchdog` has it called every two seconds, and no longer when a call
outlives its limit: then the watchdog restarts the board. So it does when the program stands still.
Its `led` shows how a round went, and a press of its `button` starts one: see `signs`.
`on_good_run` is called after each delivery, once something was measured.
"""

import asyncio
import gc

from back_off import BackOff, Overdue, Wear
from nce.clock import now_ms
from signs import DELIVERED, FAILED, LOOK_EVERY_MS, WORKING, Signs

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
SHORTEST_PAUSE_MS = 50  # a pause that returns at once leaves the loop some time
PAUSE_AGAIN_MS = 60_000  # after a `pause` that raised
FAILURES_UNTIL_RENEWED = 4


class Runner:
    """See above. `board` may have `feed_watchdog`, `restart`, `led` and `button`."""

    def __init__(
        self, rounds: "Rounds", interval_s: int, console: "Console", board: "Any" = None
    ) -> None:
        self._rounds = rounds
        self._interval_ms = interval_s * 1000
        self._console = console
        self._feed: "Callable[[], object] | None" = getattr(board, "feed_watchdog", None)
        self._restart: "Callable[[], object] | None" = getattr(board, "restart", None)
        self._signs = Signs(board, console)
        self.on_good_run: "Callable[[], object] | None" = None
        self._has_measured = False
        self._is_running = False
        self._fed_until_ms = 0
        self._back_off = BackOff(FIRST_PAUSE_S, LONGEST_PAUSE_S)
        self._wear = Wear(now_ms())
        self._due_ms = 0  # the next round
        self._is_left = False  # something to deliver
        self._pressed = asyncio.Event()
        self._pause_due_ms = 0  # the blueprint's own pause raised: not before
        self._pause_error = ""
        self._rest: "Any" = getattr(rounds, "rest", None)

    async def run(self) -> None:
        """Go on until this task is cancelled."""
        self._console.say("a record every %d s" % (self._interval_ms // 1000))
        self._is_running = True
        beside = []
        if self._feed is not None:
            self._allow(LONGEST_SLEEP_MS // 1000)
            beside.append(asyncio.create_task(self._feed_on(self._feed)))
        if self._signs.has_button:
            beside.append(asyncio.create_task(self._watch_button()))
        self._due_ms = now_ms()
        self._recall(getattr(self._rounds, "recall", None))
        fault = None
        try:
            while True:
                try:
                    if fault is not None:
                        self._wear.failed("run", fault, now_ms())
                        self._console.trouble("the runner itself met %s" % told(fault))
                        fault = None
                        self._restart_if_due()
                    await self._go_on()
                except Exception as error:  # noqa: BLE001 - even telling may take too much heap
                    fault = error
                gc.collect()
                await asyncio.sleep(1)
        finally:
            self._is_running = False
            for task in beside:
                task.cancel()

    async def _go_on(self) -> None:
        while True:
            if self._pressed.is_set():
                self._pressed.clear()
                self._console.say("the button asks for a record")
                self._back_off.due_ms = 0
                await self._measure()
            late_ms = now_ms() - self._due_ms
            if late_ms >= 0:
                # An interval that passed meanwhile is left out.
                self._due_ms += self._interval_ms * (1 + late_ms // self._interval_ms)
                await self._measure()
            if self._is_left and now_ms() >= self._back_off.due_ms:
                self._is_left = not await self._deliver()
                await self._signs.show(FAILED if self._is_left else DELIVERED)
                self._restart_if_due()
            until_ms = self._due_ms
            if self._is_left:
                until_ms = min(until_ms, self._back_off.due_ms)
            if self._rest is not None:
                await self._rest(until_ms - now_ms(), self._notes())
            await self._pause(max(1, min(until_ms - now_ms(), LONGEST_SLEEP_MS)))

    async def _measure(self) -> None:
        await self._signs.show(WORKING)
        error = await self._call(self._rounds.measure, MEASURE_LIMIT_S)
        if error is None:
            self._wear.succeeded("measure")
            self._has_measured = True
        else:
            self._wear.failed("measure", error, now_ms())
            self._console.trouble("not measured: %s" % told(error))
        self._is_left = True

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
            self._wear.succeeded("deliver")
            failures = self._back_off.succeeded()
            if failures:
                self._console.trouble("delivered again, after %d failures" % failures)
            if self._has_measured and self.on_good_run is not None:
                self.on_good_run()
            return True
        least_ms = getattr(getattr(error, "cause", error), "retry_after_ms", 0)
        pause_ms = self._back_off.failed(now_ms(), least_ms)
        self._wear.failed("deliver", error, now_ms())
        self._console.trouble("not delivered: %s" % told(error))
        self._console.say("the next try is due in %d s" % (pause_ms // 1000))
        is_worn = self._back_off.failures % FAILURES_UNTIL_RENEWED == 0
        if is_worn or isinstance(error, Overdue) or not isinstance(error, OSError):
            error = await self._call(self._rounds.renew, RENEW_LIMIT_S)
            if error is None:
                self._wear.succeeded("renew")
            else:
                self._wear.failed("renew", error, now_ms())
                self._console.trouble("not made afresh: %s" % told(error))
        return False

    def _restart_if_due(self) -> None:
        reason = self._wear.restart_reason(now_ms())
        if not reason:
            return
        self._wear.restarted(now_ms())  # where it does not, it is not tried again at once
        if self._restart is None:
            self._console.trouble("%s, and this board cannot restart itself" % reason)
            return
        self._console.trouble("the board restarts: %s" % reason)
        try:
            self._restart()
        except Exception as error:  # noqa: BLE001 - the code of a board may raise anything
            self._console.trouble("the board did not restart: %s" % told(error))

    async def _pause(self, milliseconds: int) -> None:
        """Wait so long, or until the button is pressed or the blueprint has something to send."""
        step = getattr(self._rounds, "pause", None)
        until_ms = now_ms() + milliseconds
        while not self._pressed.is_set():
            left_ms = until_ms - now_ms()
            if left_ms <= 0:
                return
            if step is None:
                await self._sleep(left_ms)
            elif now_ms() < self._pause_due_ms:
                await self._sleep(min(left_ms, self._pause_due_ms - now_ms()))
            elif await self._blueprint_pauses(step, left_ms):
                return
            else:
                await asyncio.sleep(SHORTEST_PAUSE_MS / 1000)

    async def _sleep(self, milliseconds: int) -> None:
        self._allow(milliseconds // 1000)
        try:
            await asyncio.wait_for(_awaited(self._pressed.wait), milliseconds / 1000)
        except asyncio.TimeoutError:
            pass

    async def _blueprint_pauses(
        self, step: "Callable[[int], Awaitable[object]]", milliseconds: int
    ) -> bool:
        """Whether there is something to deliver."""

        async def pause() -> None:
            if await step(milliseconds) and not self._is_left:
                self._is_left = True
                self._back_off.due_ms = 0

        was_left = self._is_left
        error = await self._call(pause, milliseconds // 1000 + GRACE_S)
        if error is not None:
            self._pause_due_ms = now_ms() + PAUSE_AGAIN_MS
            text = told(error)
            if text != self._pause_error:
                self._console.trouble("between two rounds: %s" % text)
            self._pause_error = text
        return self._is_left and not was_left

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
            return Overdue("it took more than %d s" % limit_s)
        except MemoryError as error:
            gc.collect()
            return error
        except Exception as error:  # noqa: BLE001 - the user's code may raise anything
            return error
        return None

    def _allow(self, seconds: int) -> None:
        self._fed_until_ms = now_ms() + (seconds + GRACE_S) * 1000

    async def _feed_on(self, feed: "Callable[[], object]") -> None:
        while self._is_running and now_ms() < self._fed_until_ms:
            feed()
            await asyncio.sleep(FEED_EVERY_MS / 1000)

    async def _watch_button(self) -> None:
        while self._is_running and self._signs.has_button:
            if self._signs.is_pressed(now_ms()):
                self._pressed.set()
            await asyncio.sleep(LOOK_EVERY_MS / 1000)


async def _awaited(step: "Callable[[], Awaitable[object]]") -> None:
    await step()


def told(error: "Exception") -> str:
    """An error in one line: its kind, unless it is one of ours, which say all, and its text."""
    if isinstance(error, (OSError, Overdue)) and "%s" % error:
        return "%s" % error
    return "%s: %s" % (type(error).__name__, error)
