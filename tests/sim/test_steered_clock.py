"""Real time that is steered: speed, jumps, order, and calls that fail on the way."""

import asyncio

import pytest

from nce_sim.steered_clock import SteeredClock
from support.timer_loop import Loop


def test_time_passes_at_its_speed():
    loop = Loop()
    clock = SteeredClock(loop, start_ms=500, speed=60)
    seen = []
    clock.call_later(60_000, lambda: seen.append(loop.now_s))
    loop.run(2)
    assert seen == [1.0]
    assert clock.now_ms() == 120_500


def test_a_change_of_speed_moves_what_is_scheduled():
    loop = Loop()
    clock = SteeredClock(loop)
    seen = []
    clock.call_later(10_000, lambda: seen.append((loop.now_s, clock.now_ms())))
    loop.run(5)
    clock.set_speed(10)
    loop.run(5)
    assert seen == [(5.5, 10_000)]
    assert clock.now_ms() == 55_000


def test_an_advance_makes_every_call_in_order_at_its_own_instant():
    loop = Loop()
    clock = SteeredClock(loop)
    seen = []

    def first():
        seen.append(("first", clock.now_ms()))
        clock.call_later(1_000, lambda: seen.append(("its own", clock.now_ms())))

    clock.call_later(5_000, lambda: seen.append(("second", clock.now_ms())))
    clock.call_later(3_000, first)
    clock.call_later(3_600_001, lambda: seen.append(("later", clock.now_ms())))
    clock.call_later(4_500, lambda: seen.append(("never", 0))).cancel()
    clock.advance(3_600_000)
    assert seen == [("first", 3_000), ("its own", 4_000), ("second", 5_000)]
    assert clock.now_ms() == 3_600_000
    loop.run(0.001)
    assert seen[-1] == ("later", 3_600_001)


def test_a_call_that_fails_ends_the_advance_and_the_clock_goes_on():
    loop = Loop()
    clock = SteeredClock(loop)
    seen = []
    clock.call_later(1_000, lambda: 1 / 0)
    clock.call_later(2_000, lambda: seen.append(clock.now_ms()))
    with pytest.raises(ZeroDivisionError):
        clock.advance(10_000)
    assert clock.now_ms() == 1_000
    loop.run(1)
    assert seen == [2_000]


def test_a_pause_holds_time_and_what_is_due_until_it_ends():
    loop = Loop()
    clock, seen = SteeredClock(loop), []
    clock.call_later(1_000, lambda: seen.append(clock.now_ms()))
    clock.set_speed(0)
    loop.run(5)
    assert (clock.now_ms(), seen) == (0, [])
    clock.advance(400)
    assert clock.now_ms() == 400
    # What needs no time is done: a request is answered while the world stands still.
    clock.call_later(0, lambda: seen.append("now"))
    loop.run(0)
    assert seen.pop() == "now"
    clock.set_speed(1)
    loop.run(1)
    assert seen == [1_000]


@pytest.mark.parametrize("wrong", [0.001, -1, 1e9, float("nan")])
def test_a_wrong_speed_is_refused(wrong):
    with pytest.raises(ValueError, match="the speed is"):
        SteeredClock(Loop(), speed=wrong)
    clock = SteeredClock(Loop())
    with pytest.raises(ValueError, match="the speed is"):
        clock.set_speed(wrong)
    assert clock.speed == 1


def test_time_never_goes_back():
    clock = SteeredClock(Loop())
    with pytest.raises(ValueError, match="cannot go back by 5 ms"):
        clock.advance(-5)


def test_a_computer_that_is_too_slow_has_turns_for_its_other_work():
    loop = Loop()
    clock = SteeredClock(loop, speed=1000)
    turns, shown = [], []

    def busy():  # takes 5 ms for each 1 ms that it was given
        loop.now_s += 0.005
        shown.append(clock.now_ms())
        clock.call_later(1_000, busy)

    clock.call_later(1_000, busy)
    for _ in range(200):
        due = min((timer for timer in loop.timers if not timer.is_over), key=lambda t: t.due_s)
        loop.now_s, due.is_over = max(loop.now_s, due.due_s), True
        started_s = loop.now_s
        due.callback()
        turns.append(loop.now_s - started_s)
    assert max(turns) <= 0.025
    assert shown == sorted(shown)
    behind_ms = clock.now_ms() - shown[-1]
    assert behind_ms <= 1_000 * 1000 + 5_000


def test_the_time_that_a_call_takes_is_not_lost():
    loop = Loop()
    clock = SteeredClock(loop)
    seen = []

    def slow():
        loop.now_s += 0.04

    clock.call_later(1_000, slow)
    clock.call_later(1_200, lambda: seen.append(clock.now_ms()))
    loop.run(1.1)
    assert clock.now_ms() == 1_100
    loop.run(0.1)
    assert seen == [1_200]
    clock.call_later(500, slow)
    clock.advance(1_000)
    assert clock.now_ms() == 2_240


def test_it_wakes_a_real_loop():
    async def scene():
        clock, done = SteeredClock(speed=1000), asyncio.Event()
        clock.call_later(2_000, done.set)
        await asyncio.wait_for(done.wait(), 5)

    asyncio.run(scene())
