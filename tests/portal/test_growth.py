"""A timeline that a page has grown from what was new is the whole one of that moment."""

import asyncio
from datetime import timedelta

import pytest

pytest.importorskip("nicegui")

from nce_sim.control.answers import timeline_of
from nce_sim.control.parameters import taken
from nce_sim.control.verb import Reach
from nce_sim.control.verbs import VERBS
from nce_sim.portal.pages.lab.growth import grown, has_news
from nce_sim.ports.typist import Typist
from nce_sim.world import World

SPAN_S = 60
SLICES = 20


def told(world, name, **arguments):
    verb = VERBS[name]
    return asyncio.run(verb.run(Reach(world), taken(verb.parameters, arguments)))


def timeline(world, after=None):
    answer = told(world, "timeline", last_s=SPAN_S, slices=SLICES, after=after)
    return timeline_of(answer)


def life(world, typist):
    """What a device goes through, step by step."""
    typist.attach()
    yield
    typist.ask('AT+QICSGP=1,1,"iot.1nce.net"')
    typist.ask("AT+QIACT=1", 2_000)
    typist.ask('AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,1', 2_000)
    for number in range(20):
        typist.type(b"AT+QISEND=0,3\r")
        typist.type(b"one", 500)
        yield
        world.advance(1_700 + 61 * number)
        yield
    told(world, "coverage", state="off")
    yield
    world.advance(20_000)
    told(world, "coverage", state="on")
    yield
    for _ in range(10):
        world.advance(9_000)
        yield
    told(world, "card", state="out")
    yield
    world.advance(5_000)
    told(world, "card", state="in")
    world.advance(20_000)
    yield
    typist.modem.cut_power()
    yield
    world.advance(1_000_000)  # longer than what is looked at
    yield
    typist.modem.power_on()
    world.advance(3_000)
    yield


def test_a_timeline_that_has_grown_is_the_whole_one():
    world = World(7)
    typist = Typist(world, world.add_modem(world.add_sim()))
    known, looks, quiet = timeline(world), 0, 0
    for _ in life(world, typist):
        news, whole = timeline(world, known.next), timeline(world)
        known = grown(known, news, timedelta(seconds=SPAN_S))
        # The oldest slice goes as a whole, so its bytes may have gone before.
        begin = whole.start + timedelta(milliseconds=whole.slice_ms)
        assert known.states == whole.states
        assert known.signal == whole.signal
        assert known.moments == whole.moments
        assert [one for one in known.volumes if one.time >= begin] == [
            one for one in whole.volumes if one.time >= begin
        ]
        assert (known.start, known.end, known.next) == (whole.start, whole.end, whole.next)
        looks, quiet = looks + 1, quiet + (not has_news(news))
    assert (looks, quiet > 10) == (58, True)


def test_a_timeline_that_grows_keeps_the_newest_events_and_says_that_some_are_left_out():
    world = World(7)
    world.add_modem(world.add_sim())
    known = timeline(world)
    for number in range(3):
        for _ in range(300):
            world.timeline.add("control", "control", verb=f"stay {number}")
        world.advance(5_000)
        known = grown(known, timeline(world, known.next), timedelta(seconds=SPAN_S))
    assert (len(known.moments), known.left_out) == (500, timeline(world).left_out)
    assert known.moments == timeline(world).moments
    world.advance(1_000 * SPAN_S)
    known = grown(known, timeline(world, known.next), timedelta(seconds=SPAN_S))
    assert (known.moments, known.left_out) == ((), 0)
