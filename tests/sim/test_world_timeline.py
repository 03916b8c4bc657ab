"""The timeline: what it keeps, what it forgets, and what is told of it all the same."""

import asyncio
import tracemalloc

import pytest

from nce_sim.clock import LoopClock, VirtualClock
from nce_sim.record.timeline import Timeline
from nce_sim.settings import Settings
from nce_sim.world import World


def test_the_oldest_records_are_forgotten_first():
    timeline = Timeline(VirtualClock(), keep_bytes=10_000)
    for number in range(100):
        timeline.add("test", "datagram", number=number, payload=bytes(500))
    kept = [record.fields["number"] for record in timeline.records()]
    assert kept == list(range(100 - len(kept), 100))
    assert 5 < len(kept) < 20
    assert timeline.forgotten == 100 - len(kept)
    assert timeline.count == 100


def test_a_timeline_in_real_time_has_no_hash():
    loop = asyncio.new_event_loop()
    timeline = Timeline(LoopClock(loop))
    loop.close()
    timeline.add("test", "event", number=1)
    with pytest.raises(RuntimeError, match="virtual clock"):
        timeline.hash()


def test_the_hash_and_the_subscribers_see_what_is_forgotten():
    told = []
    short, long = (Timeline(VirtualClock(), keep_bytes=size) for size in (1_000, 10_000_000))
    short.subscribe(told.append)
    for number in range(50):
        for timeline in (short, long):
            timeline.add("test", "event", number=number)
    assert short.hash() == long.hash()
    assert [record.fields["number"] for record in told] == list(range(50))


def test_a_subscriber_of_kinds_hears_of_them_alone_until_it_ends():
    timeline, all_of_them, few = Timeline(VirtualClock()), [], []
    timeline.subscribe(lambda record: all_of_them.append(record.kind))
    end = timeline.subscribe(lambda record: few.append(record.kind), ("event", "usage"))
    for kind in ("datagram", "event", "uplink", "usage"):
        timeline.add("test", kind)
    assert few == ["event", "usage"]
    end()
    end()
    timeline.add("test", "event")
    assert few == ["event", "usage"]
    assert all_of_them == ["datagram", "event", "uplink", "usage", "event"]


def test_a_flood_takes_no_more_memory_than_was_allowed():
    timeline = Timeline(VirtualClock(), keep_bytes=1_000_000)
    tracemalloc.start()
    for number in range(20_000):
        source, size = f"10.160.0.{number % 250}:{number}", number % 1_000
        timeline.add("core", "datagram", source=source, size=size, payload=bytes(size))
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # An estimate bounds it, so the measure may be off by half.
    assert taken < 1_500_000
    assert timeline.forgotten > 15_000


def test_a_world_keeps_what_its_settings_allow():
    world = World(seed=1, settings=Settings(timeline_bytes=50_000))
    for _ in range(1_000):
        world.timeline.add("test", "event")
    assert 50 <= len(world.timeline.records()) <= 100
