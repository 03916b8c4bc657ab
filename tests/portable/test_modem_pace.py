"""The pace of attaching by a table of its own: every pause, and what a deep sleep keeps of it."""

import asyncio

from nce_modem import Modem, errors, progress
from nce_modem.kept_pace import restore, save
from nce_modem.pace import Pace
from test_modem_session import QUICK, ScriptedModem, play, raised

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000

# Failures since the last success -> the pause before the next try. The first two are free; the
# longest is an hour (GSMA TS.34: a refused device backs off; 1NCE: 24 attaches a day).
PAUSES = (
    (1, 0), (2, 0), (3, 10_000), (4, 30_000), (5, MINUTE_MS), (6, 5 * MINUTE_MS),
    (7, 15 * MINUTE_MS), (8, HOUR_MS), (9, HOUR_MS), (20, HOUR_MS),
)  # fmt: skip


def failed(count, now_ms=0):
    """A pace after so many attaches without success."""
    pace = Pace()
    for _ in range(count):
        pace.count(now_ms)
    return pace


def test_every_pause_is_that_of_the_table():
    for failures, pause_ms in PAUSES:
        pace = failed(failures, 1000)
        assert pace.delay_ms(1000) == pause_ms, failures
        for passed_ms in (1, pause_ms // 2, pause_ms - 1, pause_ms, pause_ms + 1):
            if passed_ms >= 0:
                found = pace.delay_ms(1000 + passed_ms)
                assert found == max(0, pause_ms - passed_ms), (failures, passed_ms)


def test_failures_of_the_bearer_pause_as_long_and_hold_up_a_registered_modem():
    for failures, pause_ms in PAUSES:
        pace = Pace()
        for _ in range(failures):
            pace.count_bearer_failure(1000)
        assert pace.delay_ms(1000) == pace.delay_ms(1000, is_registered=True) == pause_ms
        assert pace.bearer_failures == failures and not pace.is_spent(1000)
        pace.succeed()
        assert (pace.failures, pace.bearer_failures) == (0, 0)
        assert pace.delay_ms(1000) == 0
    # Without a bearer to blame, one that is registered is not held up at all.
    assert failed(9).delay_ms(0, is_registered=True) == 0
    assert Pace().delay_ms(5) == 0


def test_every_pause_is_kept_over_a_deep_sleep():
    for failures, pause_ms in PAUSES:
        for slept_ms in (0, 4000, pause_ms // 2, pause_ms, pause_ms + 5000):
            later = Pace()
            # The clock of the device begins again after its sleep.
            restore(later, save(failed(failures, 500_000), 502_000), 7000, slept_ms)
            left_ms = max(0, pause_ms - 2000 - slept_ms)
            assert later.failures == failures
            assert later.delay_ms(7000) == left_ms, (failures, slept_ms)
            # One more failure goes on in the table, and does not begin it again.
            later.count(7000)
            assert later.delay_ms(7000) == dict(PAUSES).get(failures + 1, HOUR_MS), failures


def test_the_saved_state_is_a_short_text_of_numbers():
    pace = Pace()
    assert save(pace, 99_000) == "0 0 0 0"
    pace.count(10_000)
    pace.count(20_000)
    pace.count_bearer_failure(30_000)
    assert save(pace, 99_000) == "3 1 0 69 89 79"
    pace.wakes_registered = True
    assert save(pace, 99_999) == "3 1 1 69 89 79"
    later = Pace()
    restore(later, "3 1 1 69 89 79", 5000, 60_000)
    assert (later.failures, later.bearer_failures, later.wakes_registered) == (3, 1, True)
    assert save(later, 5000) == "3 1 1 129 149 139"
    restore(later, "3 1 0 69 89 79", 5000, 0)
    assert later.wakes_registered is False


def test_a_day_holds_24_attaches_and_forgets_each_after_24_hours():
    pace = Pace()
    for number in range(24):
        now_ms = number * HOUR_MS // 2
        assert not pace.is_spent(now_ms) and pace.delay_ms(now_ms) == 0, number
        pace.count(now_ms)
        pace.succeed()
    now_ms = 12 * HOUR_MS
    assert pace.is_spent(now_ms)
    assert pace.delay_ms(now_ms) == DAY_MS - now_ms
    assert pace.delay_ms(now_ms, is_registered=True) == 0  # needs no attach
    assert pace.delay_ms(DAY_MS - 1) == 1 and pace.is_spent(DAY_MS - 1)
    assert pace.delay_ms(DAY_MS) == 0 and not pace.is_spent(DAY_MS)
    # The first is over; the one that takes its place fills the day again, until the second ends.
    pace.count(DAY_MS)
    pace.succeed()
    assert pace.delay_ms(DAY_MS) == HOUR_MS // 2
    # Counted beyond the limit, only the last 24 matter.
    for _ in range(30):
        pace.count(2 * DAY_MS)
    assert len(save(pace, 2 * DAY_MS).split(" ")) == 4 + 24


def test_up_to_a_minute_is_waited_and_more_is_the_callers():
    told = []

    async def scene():
        passed_ms = [0]
        modem = Modem(
            ScriptedModem(), family=QUICK, now_ms=lambda: passed_ms[0], on_event=told.append
        )
        pace = modem.pace
        for _ in range(5):
            pace.count(0)
        waiting = asyncio.create_task(pace.wait(modem))
        await asyncio.sleep(0.02)
        assert not waiting.done()
        waiting.cancel()
        await raised(asyncio.CancelledError, waiting)
        assert told == [progress.Waiting(60_000)]
        pace.count(0)
        passed_ms[0] = 5 * MINUTE_MS - 60_001
        error = await raised(errors.AttachError, pace.wait(modem))
        assert (error.step, error.retry_after_ms) == ("pace", 60_001)
        assert "try again in 61 s" in error.remedy and "6 failures" in error.evidence, error
        assert "6 attaches" in error.evidence and not error.is_permanent
        passed_ms[0] = 5 * MINUTE_MS
        await pace.wait(modem)  # at once, untold
        assert len(told) == 1

    asyncio.run(asyncio.wait_for(scene(), 20))


def test_a_modem_keeps_its_pace_through_its_own_saved_state():
    saved = []

    async def before(modem, script):
        for _ in range(7):
            modem.pace.count(modem.now_ms())
        saved.append(modem.save_state())

    async def after(modem, script):
        modem.restore_state(saved[0], 10 * MINUTE_MS)
        error = await raised(errors.AttachError, modem.attach())
        assert 4 * MINUTE_MS < error.retry_after_ms <= 5 * MINUTE_MS, error
        assert script.commands == []

    play(before)
    play(after)
