"""Power, SIM and registration of the BG95, in virtual time."""

import dataclasses
from itertools import pairwise
from types import SimpleNamespace

import pytest

from nce_sim.modem.personalities import BG95
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, NetworkSettings, Settings
from nce_sim.world import World


@pytest.fixture
def typist() -> Typist:
    world = World(seed=3)
    return Typist(world, world.add_modem(world.add_sim()))


def test_a_modem_that_is_off_says_nothing(typist):
    assert typist.type(b"AT\r", wait_ms=60_000) == b""


@pytest.mark.parametrize(("pulse_ms", "boots"), [(499, False), (500, True), (900, True)])
def test_the_power_key_must_be_held_long_enough(typist, pulse_ms, boots):
    typist.press(pulse_ms)
    assert (b"\r\nRDY\r\n" in typist.wait(10_000)) is boots


def test_the_boot_banner_comes_after_the_boot_time_and_in_order(typist):
    typist.press(600)
    assert typist.wait(2_499) == b""
    assert typist.wait(1) == b"\r\nRDY\r\n"
    assert typist.wait(2_000) == (
        b"\r\nAPP RDY\r\n\r\n+CFUN: 1\r\n\r\n+CPIN: READY\r\n\r\n+QUSIM: 1\r\n"
        b"\r\n+QIND: SMS DONE\r\n"
    )


def test_the_power_key_switches_off_as_well(typist):
    typist.switch_on()
    typist.press(700)
    assert typist.wait(5_000) == b"\r\nPOWERED DOWN\r\n"
    assert typist.type(b"AT\r") == b""


def test_qpowd_answers_before_it_goes(typist):
    typist.switch_on()
    assert typist.ask("AT+QPOWD=1", wait_ms=5_000) == ["OK", "POWERED DOWN"]


def test_the_sim_is_busy_at_first_and_then_ready(typist):
    typist.press(600)
    typist.wait(2_600)
    assert typist.ask("AT+CPIN?", wait_ms=50) == ["+CME ERROR: 14"]
    typist.wait(1_000)
    assert typist.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]


def test_without_a_sim_the_modem_says_so():
    world = World(seed=1)
    typist = Typist(world, world.add_modem(None))
    assert b"+CPIN: NOT INSERTED" in typist.switch_on()
    assert typist.ask("AT+CIMI") == ["+CME ERROR: 10"]


def test_the_sims_numbers_are_read_in_their_own_forms(typist):
    typist.switch_on()
    sim = typist.modem.sim
    assert typist.ask("AT+QCCID") == [f"+QCCID: {sim.iccid_with_luhn}", "OK"]
    assert typist.ask("AT+CIMI") == [sim.imsi, "OK"]
    assert typist.ask("AT+CGSN") == [typist.modem.imei, "OK"]


def test_a_roamer_searches_and_is_let_in(typist):
    typist.switch_on()
    typist.ask('ATE0+CEREG=2;+CGDCONT=1,"IP","iot.1nce.net"')
    assert typist.ask("AT+CEREG?") == ["+CEREG: 2,2", "OK"]
    assert typist.wait(10_000) == b'\r\n+CEREG: 5,"2B0F","1A2D003",8\r\n'
    assert typist.ask("AT+CEREG?") == ['+CEREG: 2,5,"2B0F","1A2D003",8', "OK"]
    # 1NCE's own log of a BG95 shows this very trio.
    assert typist.ask("AT+CREG?;+CGREG?") == ["+CREG: 0,5", "+CGREG: 0,4", "OK"]
    assert typist.ask("AT+COPS?") == ['+COPS: 0,0,"Telekom.de 1nce.net",8', "OK"]
    assert typist.ask("AT+CGPADDR=1") == ['+CGPADDR: 1,"10.160.0.1"', "OK"]


# <stat> of +CGREG for a guest, by family and radio access: BG95's is from 1NCE's own log, that of
# SIMCom from the field and its manuals, where <AcT> 7 and 9 belong to +CGREG as well.
GPRS_STATES = [
    ("bg95", "LTE-M", 4),
    ("bg95", "NB-IoT", 4),
    ("bg95", "2G", 5),
    ("sim7000", "LTE-M", 5),
    ("sim7000", "NB-IoT", 5),
    ("sim7000", "2G", 5),
    ("sim7070", "LTE-M", 5),
    ("sim7080", "LTE-M", 5),
]


@pytest.mark.parametrize(("family", "rat", "stat"), GPRS_STATES)
def test_the_gprs_domain_registers_as_the_family_has_it(family, rat, stat):
    world = World(1, settings=Settings(cell=CellSettings(rat=rat)))
    typist = Typist(world, world.add_modem(world.add_sim(), personality=family))
    typist.attach()
    assert typist.ask("AT+CGREG?") == [f"+CGREG: 0,{stat}", "OK"]


@pytest.mark.parametrize("apn", ["", "internet"])
def test_a_wrong_apn_is_refused_with_the_cause_seen_in_the_field(typist, apn):
    typist.switch_on()
    typist.ask(f'ATE0+CEREG=1;+CGDCONT=1,"IP","{apn}"')
    assert b"+CEREG: 3\r\n" in typist.wait(9_000)
    assert typist.ask("AT+CEREG?")[0] == "+CEREG: 1,3,,,,0,19"
    rejected = typist.world.timeline.records(kind="attach_rejected")[0].fields
    assert (rejected["emm_cause"], rejected["esm_cause"]) == (19, 8)


def test_a_refused_modem_tries_again_with_the_apn_it_is_given(typist):
    typist.switch_on()
    typist.wait(9_000)
    assert typist.ask("AT+CEREG?")[1] == "+CEREG: 0,3" or typist.modem.radio.stat == 3
    typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net"')
    typist.wait(30_000)
    assert typist.modem.radio.stat == 5


def test_a_modem_that_is_refused_five_times_waits_twelve_minutes(typist):
    # TS 24.301, 5.5.1.2.6: T3411 (10 s) until the counter is at five, then T3402 (12 minutes).
    refused_ms = []

    def watch(record):
        if record.kind == "attach_rejected":
            refused_ms.append(record.at_ms)

    typist.world.timeline.subscribe(watch)
    typist.switch_on()
    typist.world.advance(30 * 60_000)
    gaps_s = [(after - before) / 1000 for before, after in pairwise(refused_ms)]
    assert [10 < gap < 20 for gap in gaps_s[:4]] == [True] * 4
    assert 720 < gaps_s[4] < 740
    assert [10 < gap < 20 for gap in gaps_s[5:9]] == [True] * 4
    # A new APN is tried at once.
    typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net"')
    typist.world.advance(20_000)
    assert typist.modem.radio.is_registered


def test_an_empty_apn_is_a_setting():
    settings = Settings(network=NetworkSettings(an_empty_apn_is_accepted=True))
    world = World(seed=1, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.switch_on()
    typist.wait(10_000)
    assert typist.modem.radio.is_registered


def test_the_context_in_use_cannot_be_redefined(typist):
    typist.attach()
    assert typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net"') == ["OK"]
    assert typist.ask('AT+CGDCONT=1,"IP","other"') == ["+CME ERROR: 3"]
    assert typist.ask("AT+CFUN=4") == ["OK"]
    assert typist.ask('AT+CGDCONT=1,"IP","other"') == ["OK"]


def test_flight_mode_detaches_and_full_function_comes_back(typist):
    typist.attach()
    typist.ask("AT+CEREG=1")
    assert typist.ask("AT+CFUN=4") == ["+CEREG: 0", "OK"] or not typist.modem.radio.is_registered
    assert typist.ask("AT+CSQ") == ["+CSQ: 99,99", "OK"]
    typist.ask("AT+CFUN=1")
    assert b"+CEREG: 5" in typist.wait(10_000)


@pytest.mark.parametrize(
    ("family", "said", "asked"),
    [
        ("bg95", ["OK"], "+CME ERROR: 13"),
        ("sim7080", ["+CPIN: NOT READY", "OK"], "+CME ERROR: 13"),
        ("gm02s", ["OK"], "+CME ERROR: 10"),
    ],
)
def test_minimum_function_switches_the_sim_off(family, said, asked):
    world = World(seed=3)
    typist = Typist(world, world.add_modem(world.add_sim(), personality=family))
    typist.attach()
    typist.ask("AT+CMEE=1")
    assert typist.ask("AT+CFUN=0", 1_000) == said
    assert typist.ask("AT+CPIN?") == [asked]
    typist.ask("AT+CFUN=1")
    typist.wait(10_000)
    assert typist.modem.radio.is_registered


def test_a_hole_in_coverage_keeps_the_modem_searching(typist):
    typist.world.operator.cells[0].is_in_coverage = False
    typist.switch_on()
    typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net"')
    typist.wait(300_000)
    assert typist.modem.radio.stat == 2
    typist.world.operator.cells[0].is_in_coverage = True
    typist.wait(20_000)
    assert typist.modem.radio.stat == 5


def test_a_modem_told_to_use_nb_iot_alone_does_not_find_an_lte_m_cell(typist):
    typist.switch_on()
    typist.ask('AT+QCFG="iotopmode",1,1;+CGDCONT=1,"IP","iot.1nce.net"')
    typist.wait(60_000)
    assert typist.modem.radio.stat == 2
    assert typist.ask('ATE0+QCFG="iotopmode"')[0] == '+QCFG: "iotopmode",1'


def test_a_disabled_sim_is_thrown_out_and_not_let_in_again(typist):
    typist.attach()
    typist.world.set_sim_enabled(typist.modem.sim, False)
    typist.wait(30_000)
    assert typist.ask("AT+CEREG?")[0] == "+CEREG: 0,3,,,,0,8"
    typist.world.set_sim_enabled(typist.modem.sim, True)
    typist.wait(120_000)
    assert typist.modem.radio.stat == 3  # the USIM counts as invalid until it is powered again
    typist.ask("AT+CFUN=0")
    typist.ask("AT+CFUN=1")
    typist.wait(20_000)
    assert typist.modem.radio.stat == 5


def test_manual_selection_of_an_absent_operator_finds_nothing(typist):
    typist.attach()
    typist.ask('AT+COPS=1,2,"26202"')
    typist.wait(60_000)
    assert typist.modem.radio.stat == 2
    typist.ask("AT+COPS=0")
    typist.wait(20_000)
    assert typist.modem.radio.stat == 5


def test_the_clock_is_unset_until_registered(typist):
    typist.switch_on()
    assert typist.ask("ATE0+CCLK?")[0].startswith('+CCLK: "80/01/06,')
    typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net"')
    typist.wait(10_000)
    assert typist.ask("AT+CCLK?")[0].startswith('+CCLK: "26/01/01,')


def test_a_family_can_be_changed_by_its_data():
    world = World(seed=1)
    slow = dataclasses.replace(BG95, boot_ms=9_000)
    typist = Typist(world, world.add_modem(world.add_sim(), slow))
    typist.press(600)
    assert typist.wait(8_999) == b""
    assert typist.wait(1) == b"\r\nRDY\r\n"


# TS 27.007, 8.69: RSRP in dBm, RSRQ in dB -> the answer's <rsrq> and <rsrp>. 0 is below -140 and
# -19.5; 97 is -44 and more, 34 is -3 and more; n covers a step of 1 dB and of half a dB.
CESQ = (
    (-150, -25.0, 0, 0),
    (-141, -20.0, 0, 0),
    (-140, -19.5, 1, 1),
    (-139, -19.0, 2, 2),
    (-101, -10.5, 19, 40),
    (-94, -9.0, 22, 47),
    (-45, -3.5, 33, 96),
    (-44, -3.0, 34, 97),
    (-30, 0.0, 34, 97),
)


@pytest.mark.parametrize(("rsrp_dbm", "rsrq_db", "rsrq", "rsrp"), CESQ)
def test_the_extended_signal_quality_is_coded_as_the_standard_says(rsrp_dbm, rsrq_db, rsrq, rsrp):
    world = World(seed=3)
    typist = Typist(world, world.add_modem(world.add_sim(), personality="sara-r5"))
    typist.switch_on()
    typist.attach()
    typist.modem.radio.cell = SimpleNamespace(rsrp_dbm=rsrp_dbm, rsrq_db=rsrq_db)
    assert typist.ask("AT+CESQ") == [f"+CESQ: 99,99,255,255,{rsrq},{rsrp}", "OK"]


def test_the_extended_signal_quality_is_unknown_without_a_cell():
    world = World(seed=3)
    typist = Typist(world, world.add_modem(world.add_sim(), personality="sara-r5"))
    typist.switch_on()
    typist.ask("ATE0")
    assert typist.ask("AT+CESQ") == ["+CESQ: 99,99,255,255,255,255", "OK"]
    assert typist.ask("AT+CESQ=?")[-1] == "OK"


def test_the_signal_quality_is_in_steps_of_two_db(typist):
    typist.switch_on()
    typist.ask("ATE0")
    assert typist.ask("AT+CSQ") == ["+CSQ: 99,99", "OK"]
    typist.attach()
    assert typist.ask("AT+CSQ") == ["+CSQ: 23,99", "OK"]  # -67 dBm (TS 27.007, 8.5)
