"""The table of what a world can be told: typed values, and what each verb does."""

import asyncio
import json

import pytest

from nce_sim.clock import run_virtual
from nce_sim.control.parameters import BadRequest, Choice, Integer, Text, taken
from nce_sim.control.verbs import VERBS, Refused
from nce_sim.modem.power import Power
from nce_sim.world import World

PARAMETERS = {
    "name": Text(most=5),
    "count": Integer(1, 9, default=None),
    "way": Choice(("in", "out"), default="in"),
}

FITTING = (
    ({"name": "a"}, {"name": "a", "count": None, "way": "in"}),
    ({"name": "é" * 5, "count": 9, "way": "out"}, {"name": "é" * 5, "count": 9, "way": "out"}),
    ({"name": "a", "count": None}, {"name": "a", "count": None, "way": "in"}),
)


@pytest.mark.parametrize(("given", "expected"), FITTING)
def test_what_fits_is_taken_and_defaults_fill_the_rest(given, expected):
    assert taken(PARAMETERS, given) == expected


UNFIT = (
    ([], "the arguments are list, not an object"),
    (None, "the arguments are None, not an object"),
    ({}, "name is missing"),
    ({"name": None}, "name is None, not a text"),
    ({"name": 1}, "name is 1, not a text"),
    ({"name": ""}, "name has 0 characters; 1 to 5"),
    ({"name": "a" * 6}, "name has 6 characters; 1 to 5"),
    ({"name": "a", "count": 0}, "count is 0; 1 to 9"),
    ({"name": "a", "count": 10}, "count is 10; 1 to 9"),
    ({"name": "a", "count": True}, "count is True, not a whole number"),
    ({"name": "a", "count": 1.5}, "count is 1.5, not a whole number"),
    ({"name": "a", "count": "1"}, "count is '1', not a whole number"),
    ({"name": "a", "count": 10**5000}, "count is a number that is too large"),
    ({"name": "a", "count": -(10**5000)}, "count is a number that is too large"),
    ({"name": "a", "way": "up"}, "way is 'up', not one of in, out"),
    ({"name": "a", "way": ["in"]}, "way is list, not one of in, out"),
    ({"name": "a", "x" * 99: 1}, "unknown parameter 'xxxx"),
)


@pytest.mark.parametrize(("given", "words"), UNFIT)
def test_what_does_not_fit_is_named_shortly(given, words):
    with pytest.raises(BadRequest, match=words) as caught:
        taken(PARAMETERS, given)
    assert len(str(caught.value)) < 120


def told(world, name, **arguments):
    """What a virtual world answers; time passes as far as the verb needs."""

    async def main(clock):
        verb = VERBS[name]
        return await verb.run(world, taken(verb.parameters, arguments))

    result = run_virtual(main, world.clock)
    assert json.loads(json.dumps(result)) == result
    return result


@pytest.fixture
def world():
    world = World(1)
    for _ in range(2):
        world.add_modem(world.add_sim())
    return world


def test_status_tells_numbers_masked(world):
    world.modems[0].power_on()
    result = told(world, "status")
    assert [sim["address"] for sim in result["sims"]] == ["10.160.0.1", "10.160.0.2"]
    assert [modem["power"] for modem in result["modems"]] == ["booting", "off"]
    assert [modem["sim"] for modem in result["modems"]] == [1, 2]
    assert result["cells"][0]["is_in_coverage"] is True
    assert result["time"] == "2026-01-01T00:00:00.000+00:00"
    text = json.dumps(result)
    for sim in world.sims:
        assert sim.masked in text
        for number in (sim.iccid, sim.imsi, sim.msisdn):
            assert number not in text


def test_a_modem_without_a_sim_has_none_in_its_status(world):
    world.add_modem(None)
    assert told(world, "status")["modems"][2]["sim"] is None


def names_of(world, number):
    sim = world.sims[number - 1]
    address = world.core.address_of(sim)
    return [
        *(str(number), sim.iccid, sim.iccid_with_luhn, address, address.replace("10.", "127.", 1))
    ]


def test_a_sim_has_five_names(world):
    for name in names_of(world, 2):
        told(world, "disable", sim=name)
        assert [sim.is_enabled for sim in world.sims] == [True, False]
        told(world, "enable", sim=name)
        assert [sim.is_enabled for sim in world.sims] == [True, True]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("0", "there is no SIM 0; the world has 2"),
        ("3", "there is no SIM 3; the world has 2"),
        ("8988228066600000000", "no SIM of this world"),
        ("10.160.0.3", "no SIM of this world"),
        ("", "1 to 20"),
    ],
)
def test_a_sim_that_is_not_there_is_refused(world, name, words):
    with pytest.raises((Refused, BadRequest), match=words):
        told(world, "enable", sim=name)


SMS = (
    ("hello", 0),
    ("Grüße @ 5 €", 0),
    ("зима", 8),
)


@pytest.mark.parametrize(("text", "dcs"), SMS)
def test_an_sms_takes_the_alphabet_that_it_needs(world, text, dcs):
    result = told(world, "sms", sim="1", text=text, source="+49170")
    [message] = world.operator.sms.messages(world.sims[0])
    assert result == {"sim": world.sims[0].masked, "id": message.id, "status": "buffered"}
    assert message.user_data.dcs == dcs
    assert message.source == "49170"


REFUSED_SMS = (
    ({"text": "x" * 161}, BadRequest, "text has 161 characters"),
    ({"text": "я" * 71}, Refused, "142 octets, 140 fit"),
    ({"text": "\ud800"}, Refused, "surrogates"),
    ({"text": "x", "source": "nobody"}, Refused, "'nobody' is not a sender"),
)


@pytest.mark.parametrize(("arguments", "kind", "words"), REFUSED_SMS)
def test_an_sms_that_cannot_be_is_refused(world, arguments, kind, words):
    with pytest.raises(kind, match=words):
        told(world, "sms", sim="1", **arguments)
    assert world.operator.sms.messages(world.sims[0]) == []


def test_an_sms_without_volume_left_is_refused(world):
    world.account.subscription(world.sims[0]).sms.take(10**9, 0)
    with pytest.raises(Refused, match="SMS volume"):
        told(world, "sms", sim="1", text="x")


FAMILIES = ("bg95", "bg96", "sim7000", "sim7080", "sara-r4", "sara-r5", "nrf91-sm", "gm02s")


@pytest.mark.parametrize("family", FAMILIES)
def test_the_key_switches_every_family_on_without_being_told_how_long(family):
    world = World(1)
    modem = world.add_modem(world.add_sim(), family)
    result = told(world, "key")
    assert result["power"] in ("booting", "on")
    assert result["hold_ms"] >= modem.personality.power_on_pulse_ms
    assert world.clock.now_ms() >= result["hold_ms"]
    world.advance(modem.personality.boot_ms)
    assert modem.power is Power.ON


def test_a_key_held_longer_switches_off_and_a_short_touch_does_nothing(world):
    modem = world.modems[1]
    told(world, "power", modem=2, state="on")
    world.advance(10_000)
    told(world, "key", modem=2, hold_ms=10)
    assert modem.power is Power.ON
    told(world, "key", modem=2, hold_ms=700)
    assert modem.power is Power.SHUTTING_DOWN
    assert world.modems[0].power is Power.OFF


def test_a_key_press_that_is_broken_off_releases_the_key(world):
    async def main(clock):
        verb = VERBS["key"]
        press = asyncio.create_task(verb.run(world, taken(verb.parameters, {"hold_ms": 60_000})))
        await asyncio.sleep(0.6)
        press.cancel()
        await asyncio.gather(press, return_exceptions=True)

    run_virtual(main, world.clock)
    assert [record.kind for record in world.timeline.records(kind="power_key")] == ["power_key"]


@pytest.mark.parametrize(
    ("state", "power", "later"),
    [
        ("off", "shutting down", "off"),
        ("cut", "off", "off"),
        ("kill", "off", "on"),
        ("on", "on", "on"),
    ],
)
def test_power_states(world, state, power, later):
    modem = world.modems[0]
    modem.power_on()
    world.advance(10_000)
    result = told(world, "power", modem=1, state=state)
    assert result["power"] in (power, "booting" if state == "kill" else power)
    world.advance(60_000)
    assert modem.power.value == later


def test_a_modem_that_is_not_there_is_refused(world):
    with pytest.raises(Refused, match="there is no modem 3; the world has 2"):
        told(world, "key", modem=3)


def test_coverage_goes_and_comes(world):
    cells = world.operator.cells
    assert told(world, "coverage", state="off") == {"cells": 1, "is_in_coverage": False}
    assert not cells[0].is_in_coverage
    told(world, "coverage", state="on", cell=1)
    assert cells[0].is_in_coverage
    with pytest.raises(Refused, match="there is no cell 2"):
        told(world, "coverage", state="on", cell=2)
