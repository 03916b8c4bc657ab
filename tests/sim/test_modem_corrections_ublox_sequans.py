"""What the second reading corrected of u-blox and Sequans: docs/modem_corrections.md, 3.

Each vector is literal: (family, command line, lines that come).
"""

import pytest

from nce_sim.modem import Power
from nce_sim.modem.power_saving import edrx_cycle_ms
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, ModemSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
OK, ERROR = b"\r\nOK\r\n", b"\r\nERROR\r\n"
ASK = 'AT+CPSMS=1,,,"00000001","00000010"'  # T3412 ten minutes, T3324 four seconds


def attached(family, settings=None, *, prepare=(), apn="iot.1nce.net"):
    world = World(1, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    typist.quieten()
    for line in prepare:
        assert typist.ask(line)[-1] == "OK", line
    typist.ask(f'AT+CGDCONT=1,"IP","{apn}";+CFUN=1')
    typist.wait(20_000)
    return typist


# -- 3.1 -----------------------------------------------------------------------------------------

NB_IOT = Settings(cell=CellSettings(rat="NB-IoT"))
CHOICES = [
    ("gm02s", "AT+SQNMODEACTIVE=2", "AT+SQNMODEACTIVE?", "+SQNMODEACTIVE: 2", "AT^RESET"),
    ("sara-r4", "AT+URAT=8", "AT+URAT?", "+URAT: 8", "AT+CFUN=15"),
    ("sara-r5", "AT+URAT=8", "AT+URAT?", "+URAT: 8", "AT+CFUN=16"),
]


@pytest.mark.parametrize(("family", "choice", "question", "answer", "restart"), CHOICES)
def test_3_1_a_choice_of_technology_waits_for_a_restart(family, choice, question, answer, restart):
    other = "AT+SQNMODEACTIVE=1" if family == "gm02s" else "AT+URAT=7"
    typist = attached(family, NB_IOT, prepare=["AT+CFUN=0", other])
    typist.ask("AT+CFUN=0")
    typist.ask(restart)
    typist.wait(20_000)
    typist.quieten()
    typist.ask("AT+CFUN=0", 1_000)
    assert typist.ask(choice) == ["OK"]
    assert typist.ask(question) == [answer, "OK"]  # read back, and not in effect
    typist.ask("AT+CFUN=1")
    typist.wait(60_000)
    assert not typist.modem.radio.is_registered
    typist.ask(restart)
    typist.wait(10_000)
    typist.ask("AT+CFUN=1")
    typist.wait(60_000)
    assert typist.modem.radio.is_registered


def test_3_1_an_operator_profile_waits_for_a_restart():
    typist = attached("sara-r5", prepare=["AT+CFUN=0", "AT+UMNOPROF=0"])
    typist.ask("AT+CFUN=0;+CMEE=1")
    assert typist.ask("AT+UMNOPROF?") == ["+UMNOPROF: 0", "OK"]
    assert typist.ask("AT+URAT?") == [
        "+URAT: 7,8",
        "OK",
    ]  # still of the old profile
    typist.ask("AT+CFUN=16")
    typist.wait(20_000)
    typist.ask("ATE0+CFUN=0;+CMEE=1")
    assert typist.ask("AT+URAT?") == ["+CME ERROR: 3"]
    assert typist.ask("AT+UMNOPROF=100") == ["OK"]
    assert typist.ask("AT+URAT?") == ["+CME ERROR: 3"]


# -- 3.2 -----------------------------------------------------------------------------------------


def listening(*, prepare=()):
    typist = attached("gm02s", prepare=prepare)
    assert typist.ask('AT+SQNSD=1,1,4445,"10.60.2.239",0,8888,1') == ["OK"]
    return typist, Address(typist.modem.radio.host, 8888)


def test_3_2_an_inactive_socket_is_closed_after_90_s():
    typist, device = listening()
    assert typist.wait(80_000) == b""
    typist.world.core.send(Datagram(SERVICE, device, b"x"))
    assert typist.wait(89_000) == b"\r\n+SQNSRING: 1\r\n"  # it begins again with each datagram
    assert typist.wait(2_000) == b"\r\n+SQNSH: 1\r\n"
    assert typist.ask("AT+SQNSS=1") == ["+SQNSS: 1,0", "OK"]


def test_3_2_a_limit_of_0_is_none():
    typist, _ = listening(prepare=["AT+SQNSCFG=1,1,300,0"])
    assert typist.wait(600_000) == b""
    assert typist.ask("AT+SQNSI=1")[0].startswith("+SQNSI: 1,")


# -- 3.3 -----------------------------------------------------------------------------------------


def test_3_3_with_rts_low_a_gm02s_is_answered_throughout_psm():
    typist = attached("gm02s", prepare=[ASK])
    assert typist.wait(60_000) == b""  # nothing is announced
    assert typist.modem.power_saving.is_asleep
    assert typist.type(b"AT\r") == OK
    assert typist.modem.power_saving.is_asleep


def test_3_3_with_rts_high_its_line_sleeps_and_rts_low_wakes_it_without_a_word():
    typist = attached("gm02s", prepare=[ASK])
    typist.modem.set_rts(False)
    assert typist.wait(60_000) == b""
    assert typist.type(b"AT\r", 2_000) == b""
    typist.modem.set_rts(True)
    assert typist.wait(2_000) == b""  # no +SYSSTART
    assert typist.type(b"AT\r") == OK
    assert typist.modem.boots == 1


def test_3_3_without_sqnipscfg_the_line_does_not_sleep():
    typist = attached("gm02s", prepare=["AT+SQNIPSCFG=0,0", ASK])
    typist.modem.set_rts(False)
    typist.wait(60_000)
    assert typist.modem.power_saving.is_asleep
    assert typist.type(b"AT\r") == OK


def test_3_3_urcs_wait_while_rts_is_off():
    typist = attached("gm02s", prepare=["AT+CEREG=1"])
    typist.modem.set_rts(False)
    typist.modem.urc("+CEREG: 2")
    assert typist.wait(10_000) == b""
    typist.modem.set_rts(True)
    assert typist.wait(10) == b"\r\n+CEREG: 2\r\n"


# -- 3.4 -----------------------------------------------------------------------------------------


def test_3_4_at_uupsmr_1_the_stack_sleeps_and_at_is_still_answered():
    wanted = 'AT+CPSMS=1,,,"00000001","00100001"'  # a minute of listening
    typist = attached("sara-r5", prepare=["AT+UPSMR=1", wanted])
    while not typist.modem.power_saving.is_asleep:
        typist.world.advance(100)
    assert typist.take().endswith(b"\r\n+UUPSMR: 1\r\n")
    assert typist.type(b"AT\r") == OK
    typist.press(1_600)
    assert typist.take() == b"\r\n+UUPSMR: 0\r\n"
    assert typist.modem.boots == 1
    typist.wait(80_000)
    assert typist.modem.power is Power.ASLEEP


@pytest.mark.parametrize(
    ("before", "expected"), [("AT+UPSMR=1", b"\r\n+UUPSMR: 2,3\r\n"), ("AT", b"")]
)
def test_3_4_an_application_puts_the_sleep_off(before, expected):
    settings = Settings(modem=ModemSettings(sara_sleep_is_blocked_by=3))
    wanted = 'AT+CPSMS=1,,,"00000001","00000101"'  # 10 s of listening
    typist = attached("sara-r5", settings, prepare=[before, wanted])
    assert typist.wait(60_000) == expected
    assert typist.modem.power is Power.ON
    assert not typist.modem.power_saving.is_asleep


def test_3_4_an_r410_knows_of_no_application():
    settings = Settings(modem=ModemSettings(sara_sleep_is_blocked_by=3))
    typist = attached("sara-r4", settings, prepare=[ASK])
    typist.wait(60_000)
    assert typist.modem.power_saving.is_asleep


def test_3_4_an_r410_has_no_upsmr():
    assert attached("sara-r4").ask("AT+UPSMR=1") == ["ERROR"]


# -- 3.5 -----------------------------------------------------------------------------------------

NOT_ALLOWED = ["+CME ERROR: 3"]
SUITES = [
    ("sara-r5", 'AT+USECPRF=0,2,100,"c0","a8",0', ["OK"]),
    ("sara-r5", 'AT+USECPRF=0,2,99,"C0","A8"', NOT_ALLOWED),
    ("sara-r5", 'AT+USECPRF=0,2,100,"c0","a8"', NOT_ALLOWED),
    ("sara-r422", 'AT+USECPRF=0,2,99,"C0","A8"', ["OK"]),
    ("sara-r422", 'AT+USECPRF=0,2,99,"C0","A8",0', NOT_ALLOWED),
    ("sara-r422", 'AT+USECPRF=0,2,100,"c0","a8",0', NOT_ALLOWED),
    ("sara-r4", "AT+USECPRF=0,2,33", ["OK"]),
    ("sara-r4", "AT+USECPRF=0,2,34", NOT_ALLOWED),
    ("sara-r4", 'AT+USECPRF=0,2,100,"c0","a8",0', NOT_ALLOWED),
]


@pytest.mark.parametrize(("family", "line", "answer"), SUITES)
def test_3_5_suites_as_each_model_names_them(family, line, answer):
    assert attached(family, prepare=["AT+CMEE=1"]).ask(line) == answer


# -- 3.6 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rat", "mode", "stays"), [("NB-IoT", 2, False), ("LTE-M", 1, True)])
def test_3_6_release_assistance_of_sequans_is_for_nb_iot(rat, mode, stays):
    settings = Settings(cell=CellSettings(rat=rat))
    typist = attached("gm02s", settings, prepare=[f"AT+SQNMODEACTIVE={mode}", "AT^RESET"])
    typist.quieten()
    typist.ask('AT+CGDCONT=1,"IP","iot.1nce.net";+CFUN=1')
    typist.wait(30_000)
    assert typist.ask('AT+SQNSD=1,1,4445,"10.60.2.239",0,8888,1') == ["OK"]
    typist.type(b"AT+SQNSSENDEXT=1,2,1\r")
    assert typist.type(b"up") == OK
    assert typist.modem.power_saving.is_connected is stays


# -- 3.7 -----------------------------------------------------------------------------------------


def test_3_7_a_gm02s_tells_causes_in_words_and_numbers_by_cereg():
    assert attached("gm02s").ask("AT+CEER") == ["+CEER: NO CAUSE RECEIVED", "OK"]
    typist = attached("gm02s", apn="internet", prepare=["AT+CEREG=5"])
    words = "lastEmmCause: ESM_FAILURE, lastEsmCause: OPERATOR_DETERMINED_BARRING"
    assert typist.ask("AT+CEER")[-2:] == [f"+CEER: {words}", "OK"]
    while typist.modem.radio.stat != 3:
        typist.wait(500)
    assert typist.ask("AT+CEREG?")[-2:] == ["+CEREG: 5,3,,,,0,19", "OK"]


# -- 3.8 -----------------------------------------------------------------------------------------

VALUES = [
    ("sara-r4", "AT+USOCR=17,5683", NOT_ALLOWED),
    ("sara-r5", "AT+UPSD=0,100,1;+UPSDA=0,3", ["OK", '+UUPSDA: 0,"10.160.0.1"']),
    ("sara-r4", "AT+UPSV=?", ["+UPSV: (0,4)", "OK"]),
    ("sara-r4", "AT+UPSV=1", NOT_ALLOWED),
    ("sara-r4", "AT+UPSV=3", NOT_ALLOWED),
    ("sara-r4", "AT+UPSV=4", ["OK"]),
    ("sara-r5", "AT+UPSV=1,1300", ["OK"]),
    ("sara-r5", "AT+UPSV=3", ["OK"]),
]


@pytest.mark.parametrize(("family", "line", "answer"), VALUES)
def test_3_8_what_each_model_takes(family, line, answer):
    assert attached(family, prepare=["AT+CMEE=1"]).ask(line, 1_000) == answer


@pytest.mark.parametrize(
    ("family", "line", "idle_ms"),
    [
        ("sara-r4", "AT+UPSV=4", 6_000),
        ("sara-r5", "AT+UPSV=1,1300", 5_999),
        ("sara-r5", "AT+UPSV=1", 9_230),
    ],
)
def test_3_8_how_long_the_line_may_be_idle(family, line, idle_ms):
    typist = attached(family)
    typist.ask(line, 0)
    assert typist.wait(idle_ms - 100) == OK
    assert typist.type(b"AT\r", 0) == b""
    assert typist.wait(idle_ms + 1) == OK
    assert typist.type(b"AT\r", 400) == b""  # what woke it is lost


def test_3_8_an_r422_wants_its_context_activated_though_it_shows_active():
    typist = attached("sara-r422", prepare=["AT+CMEE=1", "AT+UPSD=0,100,1"])
    assert "+CGACT: 1,1" in typist.ask("AT+CGACT?")
    assert typist.ask("AT+UPSDA=0,3") == NOT_ALLOWED
    assert typist.ask("AT+CGACT=1,1") == ["OK"]
    assert typist.ask("AT+UPSDA=0,3", 1_000) == ["OK", '+UUPSDA: 0,"10.160.0.1"']


# -- 3.9 -----------------------------------------------------------------------------------------

WB_S1, NB_S1 = 4, 5
CYCLES = [
    *((NB_S1, bits, 20_480) for bits in ("0000", "0001", "0010", "0100")),
    *((NB_S1, bits, 20_480) for bits in ("0110", "0111", "1000")),
    (NB_S1, "0011", 40_960),
    (NB_S1, "0101", 81_920),
    (NB_S1, "1001", 163_840),
    (NB_S1, "1111", 10_485_760),
    (WB_S1, "0000", 5_120),
    (WB_S1, "1101", 2_621_440),
    (WB_S1, "1110", 2_621_440),
    (WB_S1, "1111", 2_621_440),
]


@pytest.mark.parametrize(("technology", "bits", "cycle_ms"), CYCLES)
def test_3_9_edrx_values_that_others_take_the_place_of(technology, bits, cycle_ms):
    assert edrx_cycle_ms(technology, bits) == cycle_ms


def test_3_9_cpin_without_a_radio_is_cme_10_on_gm02s():
    typist = attached("gm02s", prepare=["AT+CMEE=1"])
    typist.ask("AT+CFUN=0", 1_000)
    assert typist.ask("AT+CPIN?") == ["+CME ERROR: 10"]


@pytest.mark.parametrize(
    ("family", "words"),
    [("bg95", "invalid command line"), ("gm02s", "language or alphabet not supported")],
)
def test_3_9_error_58_is_the_standards_and_quectels_own(family, words):
    typist = attached(family, prepare=["AT+CMEE=2"])
    typist.modem.faults.fail_command(58)
    assert typist.ask("AT+CGMM")[-1] == f"+CME ERROR: {words}"


# -- 3.10 ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["gm02s", "sara-r5"])
def test_3_10_a_sim_of_platform_2_registers_with_sensor_net_alone(family):
    typist = attached(family, Settings.platform_2(), apn="sensor.net")
    assert typist.ask("AT+CEREG?")[0] == "+CEREG: 0,5"
    refused = attached(family, Settings.platform_2(), prepare=["AT+CEREG=3"])
    assert not refused.modem.radio.is_registered
    assert refused.modem.radio.reject == (0, 19)
    assert refused.modem.radio.reject_esm == 8  # operator determined barring


@pytest.mark.parametrize("family", ["bg95", "gm02s", "sara-r5", "sim7080"])
def test_3_10_cgauth_without_authentication_is_accepted(family):
    typist = attached(family)
    assert typist.ask("AT+CGAUTH=1,0") == ["OK"]
    assert typist.ask("AT+CGAUTH?") == ["+CGAUTH: 1,0", "OK"]
