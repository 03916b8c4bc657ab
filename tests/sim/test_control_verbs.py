"""The table of what a world can be told: typed values, and what each verb does."""

import asyncio
import json

import pytest

from nce_sim.clock import run_virtual
from nce_sim.control.parameters import (
    BadRequest,
    Choice,
    Integer,
    Number,
    Switch,
    Text,
    taken,
)
from nce_sim.control.verb import Reach, Refused
from nce_sim.control.verbs import VERBS
from nce_sim.firmware.tree import SOURCE_ROOT
from nce_sim.modem.power import Power
from nce_sim.scenarios.first_light import TRACK
from nce_sim.world import World

PARAMETERS = {
    "name": Text(most=5),
    "count": Integer(1, 9, default=None),
    "way": Choice(("in", "out"), default="in"),
    "north": Number(-90, 90, default=0),
    "loop": Switch(),
}
DEFAULTS = {"count": None, "way": "in", "north": 0, "loop": False}

FITTING = (
    {"name": "a"},
    {"name": "é" * 5, "count": 9, "way": "out", "north": -90, "loop": True},
    {"name": "a", "north": 89.9},
)


@pytest.mark.parametrize("given", FITTING)
def test_what_fits_is_taken_and_defaults_fill_the_rest(given):
    assert taken(PARAMETERS, given) == {**DEFAULTS, **given}
    assert taken(PARAMETERS, {**given, "count": None})["count"] is None


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
    ({"name": "a", "north": 90.1}, "north is 90.1; -90 to 90 are allowed"),
    ({"name": "a", "north": float("nan")}, "north is nan; -90 to 90"),
    ({"name": "a", "north": 10**5000}, "north is a number that is too large"),
    ({"name": "a", "north": "1"}, "north is '1', not a number"),
    ({"name": "a", "north": True}, "north is True, not a number"),
    ({"name": "a", "loop": 1}, "loop is 1, not true or false"),
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
        return await verb.run(Reach(world), taken(verb.parameters, arguments))

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
        press = asyncio.create_task(
            verb.run(Reach(world), taken(verb.parameters, {"hold_ms": 60_000}))
        )
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


def where(modem):
    place = modem.receiver.place
    return str(place.latitude), str(place.longitude), str(place.altitude_m)


def test_a_modem_moves_along_a_track_and_stays_at_its_end_or_begins_again(world):
    file = SOURCE_ROOT / TRACK
    stays, loops = world.modems
    expected = {"modem": 1, "points": 114, "duration_s": 199.999, "loop": False}
    assert told(world, "track", file=str(file)) == expected
    told(world, "track", file=str(file), loop=True, modem=2)
    first = where(stays)
    assert first[:2] == ("56.92137111", "24.09641595")
    world.advance(199_999)
    assert where(loops) == first != where(stays)
    last = where(stays)
    world.advance(60_000)
    assert where(stays) == last


def test_a_modem_stays_where_it_is_put(world):
    told(world, "track", file=str(SOURCE_ROOT / TRACK), modem=2)
    result = told(world, "stay", latitude=-33.86882012, longitude=1e-7, altitude_m=42.5, modem=2)
    assert result == {
        "modem": 2, "latitude": -33.86882012, "longitude": 1e-7, "altitude_m": 42.5
    }  # fmt: skip
    assert where(world.modems[1]) == ("-33.86882012", "1E-7", "42.5")
    assert where(world.modems[0]) != where(world.modems[1])


def test_indoors_no_satellite_is_heard(world):
    assert told(world, "sky", state="indoors") == {"modem": 1, "is_outdoors": False}
    assert [modem.receiver.is_outdoors for modem in world.modems] == [False, True]
    assert told(world, "sky", state="outdoors", modem=1)["is_outdoors"]
    assert world.modems[0].receiver.is_outdoors


HEADER = b"date_time,latitude,longitude\n"
BROKEN_TRACKS = (
    ("none.csv", None, "none.csv' is no file; give the whole path of a .gpx or .csv file"),
    ("walk.kml", b"", "a track is a .gpx or a .csv file"),
    ("walk.csv", HEADER + b"2020-07-31,95,24\n", "line 2: 95, 24 is no place on the earth"),
    ("far.csv", HEADER.replace(b"\n", b",altitude_m\n") + b"2020-07-31,9,2,1e9\n", "no altitude"),
    ("empty.csv", HEADER, "a track has 1 to 200000 points, not 0"),
    ("bytes.csv", b"\xff\xfe", "is no CSV file: 'utf-8' codec"),
    ("wide.csv", HEADER + b"x" * 200_000, "is no CSV file: field larger"),
    ("walk.gpx", b"<gpx>", "walk.gpx: no element found"),
)


@pytest.mark.parametrize(("name", "content", "words"), BROKEN_TRACKS)
def test_a_track_that_cannot_be_read_is_refused_and_the_modem_stays(
    world, tmp_path, name, content, words
):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    before = where(world.modems[0])
    with pytest.raises(Refused, match=words):
        told(world, "track", file=str(tmp_path / name))
    assert where(world.modems[0]) == before


def test_the_path_of_a_track_is_a_whole_one(world):
    with pytest.raises(Refused, match=r"'walk\.gpx' is no file; give the whole path"):
        told(world, "track", file="walk.gpx")
