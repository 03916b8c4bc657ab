"""The makers' commands for positions, byte for byte: answers, errors, LTE beside them, memory."""

import dataclasses
import re
from decimal import Decimal

import pytest

from nce_sim.network.core import Address
from nce_sim.ports.typist import Typist
from nce_sim.settings import ModemSettings, Settings
from nce_sim.sky import Place, Point, Track
from nce_sim.world import World

ERROR, OK = "ERROR", "OK"
PLACE = Place(
    *map(Decimal, ("-33.86882012", "151.20929034", "42.5", "10", "277.5")),
)
COLD_MS, HOT_MS = 33_000, 3_000
ECHO = Address("10.60.2.239", 4445)
TO_UART = 'AT+QURCCFG="urcport","uart1"'


def typist_of(family, *, attached=False, settings=None):
    world = World(3, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    if attached:
        typist.attach()
    else:
        typist.switch_on()
        typist.ask("ATE0")
    typist.modem.receiver.follow(Track([Point(0, PLACE)]))
    return typist


def settled(typist, wait_ms):
    typist.world.advance(wait_ms)
    typist.take()
    return typist


# What is typed, the milliseconds that pass, and what is on the line then.
QUECTEL = [
    ("AT+QGPSLOC=2", 0, ["+CME ERROR: 505"]),
    ("AT+QGPSEND", 0, ["+CME ERROR: 505"]),
    ("AT+QGPS?", 0, ["+QGPS: 0", OK]),
    ("AT+QGPS=1", 0, [OK]),
    ("AT+QGPS=1", 0, ["+CME ERROR: 504"]),
    ("AT+QGPSLOC=2", COLD_MS, ["+CME ERROR: 516"]),
    ("AT+QGPSLOC=2", 0, [
        "+QGPSLOC: 0000ss.0,-33.86882,151.20929,1.1,42.5,3,277.30,36.0,19.4,010126,09", OK]),
    ("AT+QGPSLOC?", 0, [
        "+QGPSLOC: 0000ss.0,3352.1292S,15112.5574E,1.1,42.5,3,277.30,36.0,19.4,010126,09", OK]),
    ("AT+QGPSLOC=1", 0, [
        "+QGPSLOC: 0000ss.0,3352.129207,S,15112.557420,E,1.1,42.5,3,277.30,36.0,19.4,010126,09",
        OK]),
    ("AT+QGPSLOC=3", 0, ["+CME ERROR: 50"]),
    ('AT+QGPSCFG="nmeasrc"', 0, ['+QGPSCFG: "nmeasrc",0', OK]),
    ('AT+QGPSCFG="rubbish"', 0, ["+CME ERROR: 501"]),
    ("AT+CMEE=2;+QGPS=1", 0, ["+CME ERROR: session is ongoing"]),
    ("AT+QGPSEND", 0, [OK]),
]  # fmt: skip
SIM7000 = [
    ("AT+CGNSINF", 0, ["+CGNSINF: 0,,,,,,,,,,,,,,,,,,,,", OK]),
    ("AT+CGNSPWR?", 0, ["+CGNSPWR: 0", OK]),
    ("AT+CGNSPWR=1", 0, [OK]),
    ("AT+CGNSINF", COLD_MS, ["+CGNSINF: 1,0,202601010000ss.000,,,,0.00,0.0,0,,,,,,9,0,,,,,", OK]),
    ("AT+CGNSINF", 0, [
        "+CGNSINF: 1,1,202601010000ss.000,-33.868820,151.209290,42.500,36.00,277.5,1,,1.1,1.4,0.9"
        ",,9,9,0,,42,,", OK]),
    ("AT+CGNSCOLD", 0, [OK]),
    ("AT+CGNSINF", 0, ["+CGNSINF: 1,0,202601010000ss.000,,,,0.00,0.0,0,,,,,,9,0,,,,,", OK]),
    ("AT+CGNSPWR=0", 0, [OK]),
]  # fmt: skip
SIM7080 = [
    ("AT+CFUN=4", 2_000, [OK]),
    ("AT+CGNSPWR=1", COLD_MS, [OK]),
    ("AT+CGNSINF", 0, [
        "+CGNSINF: 1,1,202601010000ss.000,-33.868820,151.209290,42.500,36.00,277.5,1,,1.1,1.4,0.9"
        ",,9,,4.5,4.5", OK]),
    ("AT+CGNSPWR=0", 0, [OK]),
]  # fmt: skip
A7672 = [
    ("AT+CGNSSINFO", 0, [ERROR]),
    ("AT+CGNSSPWR=1", 11_000, [OK, "+CGNSSPWR: READY!"]),
    ("AT+CGNSSINFO", COLD_MS, ["+CGNSSINFO: ,,,,,,,,", OK]),
    ("AT+CGNSSINFO", 0, [
        "+CGNSSINFO: 3,09,00,00,3352.129207,S,15112.557420,E,010126,0000ss.0,42.5,19.438,277.5,"
        "1.4,1.1,0.9", OK]),
    ("AT+CGNSSPWR=0", 0, [OK]),
]  # fmt: skip
SIM7600 = [
    ("AT+CGPS=0", 0, [ERROR]),
    ("AT+CGPS=1", 0, [OK]),
    ("AT+CGPS=1", 0, [ERROR]),
    ("AT+CGPSINFO", COLD_MS, ["+CGPSINFO: ,,,,,,,,", OK]),
    ("AT+CGPSINFO", 0, [
        "+CGPSINFO: 3352.129207,S,15112.557420,E,010126,0000ss.0,42.5,19.438,277.5", OK]),
    ("AT+CGPS=0", 0, [OK]),
    ("AT+CGPS=1", 5_000, [ERROR, "+CGPS: 0"]),
    ("AT+CGPS=1", 0, [OK]),
]  # fmt: skip
FIX = '-33.868820,151.209290,42.500000,4.500000,10.000000,277.500000,"2026-01-01 00:00:ss"'
SLM = [
    ("AT#XGPS=1,0", 0, [ERROR]),
    ("AT%XSYSTEMMODE=1,0,1,0", 0, [OK]),
    ("AT#XGPS=1,0", 0, [ERROR]),
    ("AT+CFUN=31", 0, [OK]),
    ("AT#XGPS=1,5", 0, [ERROR]),
    ("AT#XGPS=1,0", COLD_MS, ["#XGPS: 1,1", OK, f"#XGPS: {FIX}", "#XGPS: 1,4"]),
    ("AT#XGPS?", 0, ["#XGPS: 1,4", OK]),
    ("AT#XGPSDEL=511", 0, [OK]),
    ("AT#XGPS=1,0,20", COLD_MS, ["#XGPS: 1,1", OK, "#XGPS: 1,3"]),
    ("AT#XGPS=0", 0, [ERROR]),
    ("AT+CFUN=30", 0, [OK]),
    ("AT#XGPS?", 0, ["#XGPS: 0,3", OK]),
]
SERIAL_MODEM = [
    ("AT%XSYSTEMMODE=1,0,1,0", 0, [OK]),
    ("AT+CFUN=31", 0, [OK]),
    ("AT#XGNSS=1,0,0,0", COLD_MS, ["#XGNSS: 1,1", OK, f"#XGNSSPOS: {FIX}", "#XGNSS: 1,4"]),
    ("AT#XGNSS=1,0,0,0", 1_000, ["#XGNSS: 1,1", OK]),
    ("AT#XGNSS=0", 0, [OK, "#XGNSS: 1,0"]),
]
SARA = [
    ("AT+ULOC=2,1,1,60,50", 0, ["+CME ERROR: 3"]),
    ("AT+UGPS=1,0,3", 0, [OK]),
    ("AT+ULOC=2,1,1,60,50", COLD_MS, [
        OK, "+UULOC: 01/01/2026,00:00:ss.000,-33.8688201,151.2092903,42,4,10,278,4,1,9,3,9"]),
    ("AT+ULOC=2,1,0,60,50", HOT_MS, [
        OK, "+UULOC: 01/01/2026,00:00:ss.000,-33.8688201,151.2092903,42,4"]),
    ("AT+UGPS=0", 0, [OK]),
    ("AT+UGPS?", 0, ["+UGPS: 0,0,3", OK]),
]  # fmt: skip
ANSWERS = {
    "bg95": QUECTEL,
    "sim7000": SIM7000,
    "sim7080": SIM7080,
    "a7672": A7672,
    "sim7600": SIM7600,
    "nrf91-slm2": SLM,
    "nrf91-sm": SERIAL_MODEM,
    "sara-r5": SARA,
}


@pytest.mark.parametrize("family", ANSWERS)
def test_positions_are_told_as_the_maker_does(family):
    typist = typist_of(family)
    typist.ask("AT+CMEE=1")
    if family == "bg95":
        typist.ask("AT+CFUN=4", 1_000)
    typist.take()
    for text, wait_ms, expected in ANSWERS[family]:
        said = typist.ask(text, wait_ms) if wait_ms else typist.ask(text)
        # The seconds depend on how long a boot takes.
        seconds = re.compile(
            r"(2026-01-01 00:00:|2026,00:00:|2026010100|010126,00|LOC: 00)(00)?.."
        )
        assert [seconds.sub(r"\1\2ss", line) for line in said] == expected, text


def fix_of_bg95(typist):
    return typist.ask("AT+QGPSLOC=2")[0].partition(":")[0] == "+QGPSLOC"


def test_a_bg95_has_no_fix_beside_lte_until_it_has_the_priority_and_lte_is_idle():
    typist = typist_of("bg95", attached=True)
    typist.ask("AT+CMEE=1")
    assert typist.ask('AT+QGPSCFG="priority"') == ['+QGPSCFG: "priority",1', OK]
    typist.ask("AT+QGPS=1")
    settled(typist, 4 * COLD_MS)
    assert not fix_of_bg95(typist)
    assert typist.ask('AT+QGPSCFG="priority",0') == [OK]
    settled(typist, COLD_MS)
    assert fix_of_bg95(typist)
    # A connection takes the radio; the fix comes back after it, soon.
    typist.modem.power_saving.activity()
    assert not fix_of_bg95(typist)
    settled(typist, 10_500)
    assert not fix_of_bg95(typist)
    settled(typist, HOT_MS)
    assert fix_of_bg95(typist)
    assert typist.modem.radio.is_registered
    # [I] A start brings the old priority back.
    typist.modem.cut_power()
    typist.switch_on()
    assert '+QGPSCFG: "priority",1' in typist.ask('AT+QGPSCFG="priority"')


def searching_bg95():
    """An attached BG95 with the receiver's priority in a search, an open socket, and its echo."""
    typist = typist_of("bg95", attached=True)
    heard = []
    typist.world.core.listen(ECHO, heard.append)
    for line in ("AT+QIACT=1", 'AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,1', "AT+QGPS=1"):
        assert typist.ask(line, 2_000)[-1] in (OK, "+QIOPEN: 0,0"), line
    assert typist.modem.power_saving.is_connected  # LTE comes first, as delivered
    typist.ask('AT+QGPSCFG="priority",0')
    return typist, heard


def test_a_bg95s_receiver_ends_a_connection_and_what_is_to_go_waits_for_its_fix():
    typist, heard = searching_bg95()
    assert not typist.modem.power_saving.is_connected
    for data in (b"first", b"second"):
        typist.ask("AT+QISEND=0,%d" % len(data), 100)
        assert typist.type(data, 1_000).endswith(b"\r\nSEND OK\r\n")
    settled(typist, COLD_MS - 6_000)
    assert not heard
    assert not fix_of_bg95(typist)
    settled(typist, 8_000)
    assert [datagram.payload for datagram in heard] == [b"first", b"second"]
    # Both take turns: the connection is LTE's, and a hot start follows it.
    assert typist.modem.power_saving.is_connected
    assert not fix_of_bg95(typist)
    settled(typist, 10_500 + HOT_MS)
    assert fix_of_bg95(typist)


@pytest.mark.parametrize("line", ["AT+QGPSEND", 'AT+QGPSCFG="priority",1'])
def test_what_waits_for_a_bg95s_receiver_goes_when_the_host_ends_that(line):
    typist, heard = searching_bg95()
    typist.ask("AT+QISEND=0,5", 100)
    typist.type(b"hello", 5_000)
    assert not heard
    typist.ask(line, 1_000)
    assert [datagram.payload for datagram in heard] == [b"hello"]


def test_a_bg95_without_a_session_forgets_what_waited_and_attaches_after_the_search():
    typist, heard = searching_bg95()
    typist.ask("AT+QISEND=0,5", 100)
    typist.type(b"hello", 1_000)
    typist.ask("AT+COPS=2", 1_000)
    typist.ask("AT+COPS=0", 1_000)
    settled(typist, COLD_MS // 2)
    assert not typist.modem.radio.is_registered
    typist.ask("AT+QGPSEND", 1_000)
    settled(typist, 10_000)
    assert typist.modem.radio.is_registered
    assert not heard


def test_a_bg95s_lte_with_its_priority_leaves_the_receiver_what_edrx_leaves():
    typist = typist_of("bg95", attached=True)
    typist.ask('AT+CEDRXS=1,4,"0101"')
    typist.ask("AT+QGPS=1")
    settled(typist, COLD_MS // 2)
    assert not fix_of_bg95(typist)
    settled(typist, COLD_MS)
    assert fix_of_bg95(typist)


def test_a_cat_1_modem_has_its_fix_beside_lte_and_no_priority():
    typist = typist_of("ec25", attached=True)
    typist.ask("AT+CMEE=1")
    assert typist.ask('AT+QGPSCFG="priority",0') == ["+CME ERROR: 501"]
    typist.ask("AT+QGPS=1")
    typist.modem.power_saving.activity()
    settled(typist, COLD_MS)
    assert fix_of_bg95(typist)


def test_a_sim7080_has_lte_or_the_receiver():
    typist = typist_of("sim7080", attached=True)
    typist.ask("AT+CGNSPWR=1")
    settled(typist, 3 * COLD_MS)
    assert typist.ask("AT+CGNSINF")[0].startswith("+CGNSINF: 1,0,")
    reasons = [each.fields["reason"] for each in typist.world.timeline.records(kind="mistake")]
    assert reasons == ["the receiver is on while LTE has the radio"]
    # Nor does it find a cell while the receiver is on.
    typist.ask("AT+CFUN=4", 1_000)
    typist.ask("AT+CFUN=1", 60_000)
    assert not typist.modem.radio.is_registered
    typist.ask("AT+CGNSPWR=0")
    settled(typist, 60_000)
    assert typist.modem.radio.is_registered


def gm02sp(**more):
    typist = typist_of("gm02sp", attached=True, **more)
    typist.ask("AT+CMEE=1")
    settled(typist, 1_000)
    return typist


SINGLE = 'AT+LPGNSSFIXPROG="single"'


def test_a_gm02sp_wants_a_clock_ephemerides_and_lte_off():
    never_attached = typist_of("gm02sp")
    assert never_attached.ask(SINGLE) == ['+LPGNSSFIXPROG: "NO_RTC"', ERROR]
    typist = gm02sp()
    assert typist.ask(SINGLE) == ['+LPGNSSFIXPROG: "LTE_CONCURRENCY"', ERROR]
    assert typist.ask("AT+LPGNSSASSISTANCE?")[1] == "+LPGNSSASSISTANCE: 1,0,0,0,0"
    typist.ask("AT+CFUN=4", 1_000)
    reason = "NO_VALID_EPHEMERIS_FOR_ON-DEVICE_NAVIGATION"
    assert typist.ask(SINGLE) == [f'+LPGNSSFIXPROG: "{reason}"', ERROR]
    assert typist.ask("AT+LPGNSSASSISTANCE=1")[-1] == ERROR  # comes by LTE
    typist.ask("AT+CFUN=1", 30_000)
    assert typist.ask("AT+LPGNSSASSISTANCE=1", 5_000) == [OK, "+LPGNSSASSISTANCE: 1"]
    typist.ask("AT+CFUN=4", 1_000)
    assert typist.ask("AT+LPGNSSCFG=0,2,1,,0,0") == [OK]
    said = typist.ask(SINGLE, COLD_MS)
    assert said[:2] == ['+LPGNSSFIXPROG: "single"', OK]
    place, motion = '"-33.868820","151.209290","42.500000"', '"1.305262","-9.914449","0.000000"'
    assert said[2].startswith('+LPGNSSFIXREADY: 0,"2026-01-01T')
    assert said[2].endswith(f',32000,"4.500000",{place},{motion}')


def test_a_gm02sp_tells_why_it_ended_without_a_fix():
    typist = gm02sp()
    typist.ask("AT+LPGNSSASSISTANCE=1", 5_000)
    typist.ask("AT+CFUN=4", 1_000)
    typist.modem.receiver.go_indoors()
    nothing = ",".join(['"20000000.000000"', *['"0.000000"'] * 6])
    # As delivered the notice is short.
    assert typist.ask(SINGLE, 70_000)[-1].endswith(f",66000,{nothing}")
    typist.ask("AT+LPGNSSTIMEOUT=20")
    assert typist.ask(SINGLE, 25_000)[-1] == "+LPGNSSFIXSTOP: TIMEOUT"
    typist.ask(SINGLE)
    assert typist.ask(SINGLE) == ['+LPGNSSFIXPROG: "FIX_IN_PROGRESS"', ERROR]
    assert "+LPGNSSFIXSTOP: USER_STOP" in typist.ask('AT+LPGNSSFIXPROG="stop"')
    typist.ask(SINGLE)
    assert "+LPGNSSFIXSTOP: LTE_CONCURRENCY" in typist.ask("AT+CFUN=1", 5_000)
    # The settings are kept over a restart (S).
    typist.ask("AT+LPGNSSCFG=0,3,2,,1,0")
    typist.modem.cut_power()
    typist.switch_on()
    assert "+LPGNSSCFG: 0,3,2,,1" in typist.ask("AT+LPGNSSCFG?")


def first_fix_s(typist):
    typist.modem.receiver.start()
    start_ms = typist.world.clock.now_ms()
    while typist.modem.receiver.position is None:
        typist.world.advance(1_000)
    typist.modem.receiver.stop()
    return (typist.world.clock.now_ms() - start_ms) // 1_000


def test_a_first_fix_takes_long_when_cold_and_is_there_at_once_when_hot():
    receiver = dataclasses.replace(ModemSettings().receiver, almanac_ms=4 * 3_600_000)
    typist = typist_of("sim7000", settings=Settings(modem=ModemSettings(receiver=receiver)))
    assert first_fix_s(typist) == 32
    assert first_fix_s(typist) == 2
    typist.modem.cut_power()
    typist.switch_on()
    assert first_fix_s(typist) == 2  # ephemerides survive
    typist.world.advance(3 * 3_600_000)
    assert first_fix_s(typist) == 28  # they are old
    typist.world.advance(5 * 3_600_000)
    assert first_fix_s(typist) == 32
    typist.modem.receiver.forget()
    assert first_fix_s(typist) == 32


def test_ephemerides_may_be_lost_with_the_power():
    receiver = dataclasses.replace(ModemSettings().receiver, ephemerides_survive_power_off=False)
    typist = typist_of("sim7000", settings=Settings(modem=ModemSettings(receiver=receiver)))
    assert (first_fix_s(typist), first_fix_s(typist)) == (32, 2)
    typist.modem.cut_power()
    typist.switch_on()
    assert first_fix_s(typist) == 32


def test_a_search_that_is_interrupted_begins_again_and_indoors_no_satellite_is_seen():
    typist = typist_of("sim7000")
    receiver = typist.modem.receiver
    receiver.start()
    typist.world.advance(31_000)
    receiver.go_indoors()
    typist.world.advance(120_000)
    assert (receiver.position, receiver.satellites_in_view) == (None, 0)
    receiver.go_outdoors()
    typist.world.advance(31_000)
    assert receiver.position is None
    typist.world.advance(1_000)
    assert receiver.position.place == PLACE
    receiver.go_indoors()
    assert receiver.position is None


def test_without_a_track_a_device_stays_where_the_settings_or_the_test_say():
    typist = typist_of("sim7000")
    receiver = World(1).add_modem(None).receiver
    assert str(receiver.place.latitude) == "50.941278"
    typist.modem.receiver.stay("1.5", "-2.5", "3")
    assert str(typist.modem.receiver.place.longitude) == "-2.5"
