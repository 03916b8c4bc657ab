"""Pings as a modem sends them: so many requests to one host, each with its answer or its silence.

    pings = Pings(modem, "8.8.8.8", Plan(tries=4, size=32, timeout_ms=4_000, ttl=64))
    pings.start(told=lambda result: modem.urc(…), ended=lambda: modem.urc(…))
    pings = yield from pinged(modem, "8.8.8.8", plan, told)     # within a command that waits

How a family names the results is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from nce_sim.modem.line.steps import Pause, Step

if TYPE_CHECKING:
    from nce_sim.modem.core import Modem
    from nce_sim.wire.echo import Echo

STEP_MS = 10


class Plan(NamedTuple):
    """What the host asked for; `interval_ms` passes between an answer and the next request."""

    tries: int
    size: int
    timeout_ms: int
    ttl: int
    interval_ms: int = 1_000


class Result(NamedTuple):
    """One request: its number from 1 on, and the answer's time and TTL, None without one."""

    number: int
    time_ms: int | None
    ttl: int | None


class Pings:
    """One run of requests to an address."""

    def __init__(self, modem: Modem, address: str, plan: Plan) -> None:
        self.address = address
        self.plan = plan
        self.results: list[Result] = []
        self.is_over = False
        self._modem = modem
        self._told: Callable[[Result], None] = _ignore
        self._ended: Callable[[], None] = _nothing
        self._sent_at_ms = 0
        self._stop_waiting: Callable[[], None] = _nothing

    @property
    def times_ms(self) -> list[int]:
        """The times of those that were answered."""
        return [result.time_ms for result in self.results if result.time_ms is not None]

    @property
    def summary(self) -> str:
        """Sent, answered, lost; then the shortest time, the longest and the mean."""
        times, sent = self.times_ms, len(self.results)
        shown = (min(times), max(times), sum(times) // len(times)) if times else (0, 0, 0)
        return ",".join(map(str, (sent, len(times), sent - len(times), *shown)))

    def start(
        self,
        told: Callable[[Result], None],
        ended: Callable[[], None],
    ) -> None:
        """Send the first request; `told(result)` after each, `ended()` after the last."""
        self._told, self._ended = told, ended
        self._send()

    def _send(self) -> None:
        modem = self._modem
        session = modem.radio.session
        if session is None:
            self._finish()
            return
        number = len(self.results) + 1
        modem.power_saving.wake("uplink")
        self._sent_at_ms = modem.clock.now_ms()
        self._stop_waiting = _nothing
        if not modem.faults.takes_uplink() and not modem.radio.is_taken:
            modem.power_saving.activity()
            plan = self.plan
            self._stop_waiting = session.ping(self.address, plan.size, plan.ttl, self._heard)
        modem.later(self.plan.timeout_ms, lambda: self._missed(number))

    def _heard(self, answer: Echo) -> None:
        self._modem.power_saving.heard()
        # A router that tells of a request's end is no answer: the request times out.
        if answer.is_reply and not self.is_over:
            time_ms = self._modem.clock.now_ms() - self._sent_at_ms
            self._add(Result(len(self.results) + 1, time_ms, answer.ttl))

    def _missed(self, number: int) -> None:
        if not self.is_over and len(self.results) < number:
            self._stop_waiting()
            self._add(Result(number, None, None))

    def _add(self, result: Result) -> None:
        self.results.append(result)
        self._told(result)
        if result.number == self.plan.tries:
            self._finish()
        elif result.time_ms is None:
            self._send()
        else:
            self._modem.later(self.plan.interval_ms, self._send)

    def _finish(self) -> None:
        self.is_over = True
        self._ended()


def pinged(
    modem: Modem, address: str, plan: Plan, told: Callable[[Result], None]
) -> Generator[Step, Any, Pings]:
    """Run within a command, which ends when the last request has."""
    pings = Pings(modem, address, plan)
    pings.start(told, _nothing)
    while not pings.is_over:
        yield Pause(STEP_MS, abortable=True)
    return pings


def _ignore(result: Result) -> None:
    """Before the start nobody is told."""


def _nothing() -> None:
    """There is nothing to stop or to tell."""
