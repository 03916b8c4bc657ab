"""Positions of every family that has a receiver: each in front of its simulated modem, on a track.

One world for each family goes through a cold start, hot starts, a stay indoors and the way back to
LTE; the makers' own answers, as literals, are read in `tests/portable/test_gnss.py`.
"""

import asyncio
from decimal import Decimal

import pytest

from nce_modem import Modem
from nce_modem.errors import PdpLost, UsageError
from nce_modem.families.named import family_named
from nce_modem.gnss import NoFix, locate
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities.quectel.memory import QuectelRam
from nce_sim.sky import Place, Point, Track
from support.driver_bench import ROWS, Bench

# Personality -> places behind the point of a degree that its answers keep.
PLACES = {
    "bg95": 5,
    "bg77": 5,
    "bg96": 5,
    "ec25": 5,
    "sim7000": 6,
    "sim7080": 6,
    "a7672": 8,  # a millionth of a minute
    "sim7600": 8,
    "sara-r4": 7,
    "sara-r5": 7,
    "nrf91-slm1": 6,
    "nrf91-slm2": 6,
    "nrf91-sm": 6,
    "gm02sp": 6,
}
LTE_GOES = ("sim7080", "nrf91-slm1", "nrf91-slm2", "nrf91-sm", "gm02sp")
TELLS_SATELLITES = ("sim7000", "sim7080", "sara-r4", "sara-r5")  # without a fix
FIRST = Place(Decimal("-33.86882012"), Decimal("-151.20929034"), Decimal("42.5"), Decimal("10"))
LAST = Place(Decimal("-33.96882012"), Decimal("-151.10929034"), Decimal("42.5"), Decimal("10"))
TRACK = Track([Point(0, FIRST), Point(3_600_000, LAST)])


def drive(scene, personality):
    """Run `scene(bench, modem)` with a modem that is attached and follows the track."""

    async def within(clock):
        is_gm02sp = personality == "gm02sp"  # which is asked for its name
        bench = Bench(clock, personality, is_chopped=False)
        family = None if is_gm02sp else ROWS.get(personality) or family_named(personality)
        modem = Modem(bench, family=family, now_ms=clock.now_ms)
        bench.knobs.receiver.follow(TRACK)
        try:
            await modem.attach()
            return await asyncio.wait_for(scene(bench, modem), 7_200)
        finally:
            await modem.close()

    return run_virtual(within)


def took_s(bench, since_ms):
    return (bench.world.clock.now_ms() - since_ms) / 1_000


def check(fix, bench, places):
    """The fix is where the track was within the last two seconds."""
    now = bench.knobs.receiver.place
    # A degree takes ten hours on this track: 28 millionths a second.
    slack = Decimal("0.00006") + Decimal(1).scaleb(-places)
    assert abs(Decimal(fix.latitude) - now.latitude) <= slack, fix
    assert abs(Decimal(fix.longitude) - now.longitude) <= slack, fix
    assert abs(Decimal(fix.speed_mps) - 10) <= Decimal("0.1")
    assert abs(Decimal(fix.altitude_m) - Decimal("42.5")) <= Decimal("0.5")
    assert fix.utc.startswith("2026-01-01 00:")


@pytest.mark.parametrize("personality", PLACES)
def test_a_device_knows_where_it_is_outdoors_and_goes_on_with_lte(personality):
    async def scene(bench, modem):
        clock, knobs = bench.world.clock, bench.knobs
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        start_ms = clock.now_ms()
        check(await locate(modem), bench, PLACES[personality])
        cold_s = took_s(bench, start_ms)
        assert not knobs.receiver.is_on
        # Hot: the ephemerides are minutes old. A BG95 waits for the end of the RRC connection.
        start_ms = clock.now_ms()
        check(await locate(modem), bench, PLACES[personality])
        assert 28 < cold_s < 75
        assert took_s(bench, start_ms) < 16
        # Indoors nothing is heard, and that is told in time.
        knobs.receiver.go_indoors()
        start_ms = clock.now_ms()
        with pytest.raises(NoFix) as failed:
            await locate(modem, timeout_s=50)
        assert took_s(bench, start_ms) < 75
        expected = 0 if personality in TELLS_SATELLITES else None
        assert failed.value.satellites == expected
        assert not knobs.receiver.is_on
        assert knobs.radio.function == 1
        # LTE is there again, or was all the time.
        if personality in LTE_GOES:
            with pytest.raises(PdpLost):
                await port.send(b"ping")
            await modem.attach()
            port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.send(b"ping")
        assert await port.receive(60_000) == b"ping"
        mistakes = [each.fields for each in bench.world.timeline.records(kind="mistake")]
        assert not [each for each in mistakes if "receiver" in each["reason"]]

    drive(scene, personality)


@pytest.mark.parametrize("personality", ["bg95", "sim7080", "nrf91-sm"])
def test_a_cancelled_search_gives_the_radio_back(personality):
    async def scene(bench, modem):
        search = asyncio.ensure_future(locate(modem))
        await asyncio.sleep(12)
        assert bench.knobs.receiver.is_on
        search.cancel()
        with pytest.raises(asyncio.CancelledError):
            await search
        assert not bench.knobs.receiver.is_on
        assert bench.knobs.radio.function == 1
        if personality == "bg95":
            assert bench.knobs.ram.of(QuectelRam).receiver_priority == 1
        await modem.attach()
        assert modem.address

    drive(scene, personality)


@pytest.mark.parametrize("personality", ["bg95", "bg77"])
def test_what_is_sent_during_a_search_leaves_with_its_end(personality):
    async def scene(bench, modem):
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        await port.send(b"before")
        assert await port.receive(10_000) == b"before"
        search = asyncio.ensure_future(locate(modem))
        await asyncio.sleep(2)
        # The receiver has ended the connection. The modem takes the datagram, the air does not.
        assert not bench.knobs.power_saving.is_connected
        await port.send(b"ping")
        assert await port.receive(20_000) is None
        assert bench.arrived == [b"before"]
        check(await search, bench, PLACES[personality])
        assert await port.receive(10_000) == b"ping"
        # ... and so it is when there is no fix.
        bench.knobs.receiver.go_indoors()
        search = asyncio.ensure_future(locate(modem, timeout_s=30))
        await asyncio.sleep(2)
        await port.send(b"pong")
        with pytest.raises(NoFix):
            await search
        assert await port.receive(10_000) == b"pong"
        assert bench.knobs.radio.is_registered

    drive(scene, personality)


def test_who_attaches_meanwhile_waits_for_the_fix():
    async def scene(bench, modem):
        search = asyncio.ensure_future(locate(modem))
        await asyncio.sleep(12)
        await modem.attach()
        assert search.done()
        assert (await search).latitude.startswith("-33.8")
        assert modem.address

    drive(scene, "sim7080")


def test_lte_that_stays_on_leaves_a_shared_radio_nothing_and_that_is_said():
    async def scene(bench, modem):
        with pytest.raises(NoFix, match="keeps_lte"):
            await locate(modem, timeout_s=60, keeps_lte=True)
        assert modem.address
        assert bench.knobs.radio.is_registered

    drive(scene, "sim7080")


@pytest.mark.parametrize("personality", ["nrf91-sm", "gm02sp"])
def test_a_receiver_that_cannot_start_beside_lte_says_so(personality):
    async def scene(bench, modem):
        with pytest.raises(NoFix, match="LTE is on"):
            await locate(modem, timeout_s=60, keeps_lte=True)
        assert bench.knobs.radio.is_registered

    drive(scene, personality)


def test_a_modem_that_sleeps_keeps_its_registration_for_a_fix():
    async def scene(bench, modem):
        await locate(modem)  # writes the system mode, once
        await modem.family.ask(modem.link, 'AT+CPSMS=1,,,"00100001","00000001"')
        await modem.attach()
        while not bench.knobs.power_saving.is_asleep:
            await asyncio.sleep(1)
        check(await locate(modem, keeps_lte=True), bench, 6)
        assert bench.knobs.power_saving.is_asleep
        assert bench.knobs.radio.is_registered

    drive(scene, "nrf91-sm")


def test_a_sara_without_its_receiver_says_that_it_did_not_start():
    async def scene(bench, modem):
        bench.knobs.receiver.is_fitted = False
        with pytest.raises(NoFix, match="did not start"):
            await locate(modem, timeout_s=60)

    drive(scene, "sara-r5")


def test_a_family_without_a_receiver_names_itself_and_what_to_do():
    async def scene(bench, modem):
        with pytest.raises(UsageError, match=r"GM02S has no satellite receiver; connect one"):
            await locate(modem)

    drive(scene, "gm02s")


def test_a_modem_that_dies_in_the_middle_of_a_search_comes_back():
    async def scene(bench, modem):
        bench.world.clock.call_later(15_000, bench.knobs.cut_power)
        bench.world.clock.call_later(17_000, bench.knobs.power_on)
        with pytest.raises(OSError):
            await locate(modem)
        assert not bench.knobs.receiver.is_on
        # The restart has undone everything: nothing is typed into the boot.
        records = bench.world.timeline.records(kind="command")
        assert records[-1].fields["text"] == "+CGNSINF"
        await modem.attach()
        assert (await locate(modem)).latitude.startswith("-33.8")

    drive(scene, "sim7080")


# What a broken line, another program or a hostile far end could put on the line: no position.
RUBBISH = {
    "nrf91-sm": (
        "#XGNSSPOS: 1,2",
        '#XGNSSPOS: 91.0,0.0,0,0,0,0,"2026-01-01 00:00:00"',
        '#XGNSSPOS: nan,nan,nan,nan,nan,nan,"never"',
        "#XGNSS: ,,,",
        "#XGNSSPOS: $GPGGA,092220.000,2234.2803,N,11353.2519,E,1,4,2.00,25.2,M,-2.9,M,,*00",
        "#XGNSSPOS: " + "9" * 3_000,
    ),
    "nrf91-slm2": ("#XGPS: $GPGGA,,,,,,0*00", "#XGPS: 1,9", "#XGPS: \x7f\xff"),
    "bg95": ("+QGPSLOC: 1,2,3", "+QGPSLOC: " + "x," * 900),
}


@pytest.mark.parametrize("personality", RUBBISH)
def test_rubbish_on_the_line_neither_ends_a_search_nor_passes_for_a_position(personality):
    async def scene(bench, modem):
        search = asyncio.ensure_future(locate(modem))
        for _ in range(3):
            await asyncio.sleep(9)
            for line in RUBBISH[personality]:
                bench.knobs.urc(line)
        check(await search, bench, PLACES[personality])

    drive(scene, personality)
