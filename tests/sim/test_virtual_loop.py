"""asyncio on a virtual clock: it jumps, it stops at a limit, and it says what waits."""

import asyncio

import pytest

from nce_sim.clock import Limits, NothingScheduled, TookTooLong, VirtualClock, run_virtual


async def never(event):
    await event.wait()


async def steps(event):
    await event.wait()
    yield 1


async def read_on(event):
    async for _ in steps(event):
        pass


def test_a_day_passes_at_once():
    async def main(clock):
        await asyncio.sleep(86_400)
        return clock.now_ms()

    assert run_virtual(main, VirtualClock(5)) == 86_400_005


@pytest.mark.parametrize(
    ("waiting", "place"), [(never, "never"), (read_on, "read_on > test_virtual_loop.py:15 steps")]
)
def test_a_wait_that_nothing_ends_names_every_task_and_line(waiting, place):
    async def main(clock):
        keep = asyncio.create_task(waiting(asyncio.Event()), name="reader")
        await asyncio.sleep(1)
        await asyncio.gather(keep, never(asyncio.Event()))

    with pytest.raises(NothingScheduled) as caught:
        run_virtual(main)
    lines = str(caught.value).splitlines()
    assert "look for a wait without a bound" in lines[0]
    assert len(lines) == 4
    (reader,) = (line for line in lines if line.startswith("  reader: "))
    assert f"test_virtual_loop.py:{waiting.__code__.co_firstlineno + 1} {place}" in reader
    assert reader.endswith(" wait")
    assert sum(" main" in line for line in lines) == 1


def test_what_is_named_is_bounded():
    async def deep(left):
        await (deep(left - 1) if left else asyncio.Event().wait())

    async def main(clock):
        await asyncio.gather(*(deep(50) for _ in range(30)))

    with pytest.raises(NothingScheduled) as caught:
        run_virtual(main)
    lines = str(caught.value).splitlines()
    assert len(lines) == 1 + 8 + 1
    assert lines[-1] == "  and 23 more"
    assert max(map(len, lines)) < 700


@pytest.mark.parametrize(
    ("limits", "pause_s", "told"),
    [
        (Limits(virtual_s=3600), 10, "3600 s of virtual time"),
        (Limits(real_s=0.05), 0, "the limit of 0.05 s"),
        (Limits(real_s=0.05), 10, "the limit of 0.05 s"),
    ],
)
def test_a_run_that_goes_on_for_ever_stops_at_its_limit(limits, pause_s, told):
    async def main(clock):
        while True:
            await asyncio.sleep(pause_s)

    with pytest.raises(TookTooLong) as caught:
        run_virtual(main, limits=limits)
    assert told in str(caught.value)
    assert " main > " in str(caught.value)


def test_a_task_that_refuses_to_end_cannot_hold_up_the_end():
    async def main(clock):
        while True:
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                pass

    with pytest.raises(TookTooLong):
        run_virtual(main, limits=Limits(virtual_s=60))


def test_a_run_within_its_limits_is_not_disturbed():
    async def main(clock):
        await asyncio.sleep(59)
        return "done"

    assert run_virtual(main, limits=Limits(virtual_s=60, real_s=60)) == "done"
