"""V.250 and what every modem answers, family by family; what one has not is an ERROR there."""

import pytest

from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, Settings
from nce_sim.sim_card import PinLock
from nce_sim.world import World

OK, ERROR, NO_CARRIER = ["OK"], ["ERROR"], ["NO CARRIER"]
QUECTEL = ("bg95", "bg96", "bg77", "ec21", "ec25", "eg91", "eg95")
SIMCOM = ("sim7000", "sim7070", "sim7080")
SIMCOM_CAT_1 = ("a7672", "sim7600")
UBLOX = ("sara-r4", "sara-r422", "sara-r5")
NORDIC = ("nrf91-slm1", "nrf91-slm2", "nrf91-sm")
SEQUANS = ("gm02s",)
PHONES = QUECTEL + SIMCOM + SIMCOM_CAT_1 + UBLOX + SEQUANS  # that know of calls
ALL = PHONES + NORDIC
CIND_NAMES = (
    '+CIND: ("battchg",(0-5)),("signal",(0-5)),("service",(0,1)),("message",(0,1)),'
    '("call",(0,1)),("roam",(0,1)),("smsfull",(0,1))'
)

# Command, families that have it, their answer; all others answer ERROR. For EC2x, EG9x, A76XX and
# SIM7600 nobody has read of +GCAP, +CIND and +CLAC, nor of SIMCom's +CBC: there they are not
# simulated. That A76XX has +FCLASS its ATI tells.
ANSWERS = [
    ("ATH", PHONES, OK),
    ("ATH0", PHONES, OK),
    ("AT+CHUP", PHONES, OK),
    ("ATA", PHONES, NO_CARRIER),
    ("ATO", PHONES, NO_CARRIER),
    ("ATD*99#", PHONES, NO_CARRIER),
    ("ATDT*99***1#", PHONES, NO_CARRIER),
    ("ATD+4915112345678;", PHONES, NO_CARRIER),
    ("AT+CLCC", PHONES, OK),
    ("AT+CPAS", ALL, ["+CPAS: 0", "OK"]),
    ("AT+CPAS=?", ALL, ["+CPAS: (0,3,4)", "OK"]),
    ("AT+GCAP", SIMCOM + SEQUANS, ["+GCAP: +CGSM", "OK"]),
    ("AT+CBC", QUECTEL + SIMCOM, ["+CBC: 0,80,3800", "OK"]),
    ("AT+CIND=?", UBLOX + SEQUANS, [CIND_NAMES, "OK"]),
    ("AT+CIND?", UBLOX + SEQUANS, ["+CIND: 5,3,1,0,0,1,0", "OK"]),
    ("AT+WS46=?", SEQUANS, ["+WS46: (28)", "OK"]),
    ("AT+WS46?", SEQUANS, ["+WS46: 28", "OK"]),
    ("AT+FCLASS=0", PHONES, OK),
    ("ATQ0 V1 E1 S0=0 &C1 &D2 +FCLASS=0", PHONES, OK),  # wvdial
    ("AT+CSIM=10,\"0020000100\"", ALL, ['+CSIM: 4,"63C3"', "OK"]),
    ("AT+CSIM=10,\"002C000100\"", ALL, ['+CSIM: 4,"63CA"', "OK"]),
    ("AT+CRSM=176,28589,0,0,4", ALL, ['+CRSM: 144,0,"00000002"', "OK"]),
    ("AT+CRSM=176,28478,0,0,0", ALL, ["+CRSM: 106,130", "OK"]),
    ("AT+CEMODE?", NORDIC, ["+CEMODE: 0", "OK"]),
    ("AT+QGMR", ("bg96",), ["BG96MAR02A07M1G_01.012.01.012", "OK"]),
]  # fmt: skip


def attached(family, **cell):
    world = World(seed=2, settings=Settings(cell=CellSettings(**cell)))
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    typist.ask("ATE0" if family not in NORDIC else "AT")
    typist.ask("AT+CMEE=0")
    return typist


def test_the_table_knows_every_family():
    assert sorted(ALL) == sorted(PERSONALITIES)


@pytest.mark.parametrize("family", ALL)
def test_each_family_answers_what_it_has_and_refuses_the_rest(family):
    typist = attached(family)
    wrong = {}
    for command, having, answer in ANSWERS:
        expected = answer if family in having else ERROR
        if family in NORDIC and command == "AT+CIND?":
            expected = ["+CIND: 0,0,0", "OK"]
        elif family in NORDIC and command == "AT+CIND=?":
            expected = ["+CIND: (0-1),(0-1),(0-1)", "OK"]
        answered = typist.ask(command, 1_000)
        if "E1" in command:
            typist.ask("ATE0")
        if answered != expected:
            wrong[command] = answered
    assert wrong == {}


@pytest.mark.parametrize("family", ALL)
def test_a_list_of_commands_is_there_where_a_manual_has_it(family):
    typist = attached(family)
    lines = typist.type(b"AT+CLAC" + typist.line_end, 2_000).decode().split("\r\n")
    shown = [line for line in lines if line]
    if family in UBLOX + SEQUANS + NORDIC:
        assert shown == [f"AT{name}" for name in sorted(PERSONALITIES[family].commands)] + OK
    else:
        assert shown == ERROR


@pytest.mark.parametrize("family", [name for name in ALL if name not in NORDIC])
def test_the_subscribers_number_is_the_msisdn(family):
    typist = attached(family)
    assert typist.ask("AT+CNUM") == [f'+CNUM: ,"+{typist.modem.sim.msisdn}",145', "OK"]


def test_dialling_can_be_aborted_and_is_noted():
    typist = attached("bg95")
    typist.modem.receive_from_host(b"ATD*99#\r")
    typist.wait(50)
    assert b"OK" in typist.type(b"\r")
    typist.ask("ATD*99#")
    reasons = [each.fields["reason"] for each in typist.world.timeline.records(kind="mistake")]
    assert reasons[-1] == "dialled a modem without a data channel"


def test_numeric_results_name_the_missing_carrier():
    typist = attached("sim7080")
    typist.ask("ATV0")
    assert typist.type(b"ATD*99#\r") == b"3\r"


# -- the card ------------------------------------------------------------------------------


def test_the_card_tells_its_tries_and_costs_none():
    typist = attached("sim7080")
    sim = typist.modem.sim
    sim.lock = PinLock("1234", puk="12345678", is_verified=True)
    sim.lock.pin_tries_left = 1
    for _ in range(3):
        assert typist.ask('AT+CSIM=10,"0020000100"') == ['+CSIM: 4,"63C1"', "OK"]
    sim.lock.pin_tries_left = 0
    sim.lock.puk_tries_left = 7
    assert typist.ask('AT+CSIM=10,"002C000100"') != ['+CSIM: 4,"63CA"', "OK"]
    assert sim.lock.puk_tries_left == 7


def test_files_are_read_by_the_cards_own_commands_as_by_crsm():
    typist = attached("sim7080")
    assert typist.ask('AT+CSIM=10,"00B0000000"') == ['+CSIM: 4,"6986"', "OK"]
    assert typist.ask('AT+CSIM=14,"00A4000C022FE2"') == ['+CSIM: 4,"9000"', "OK"]
    (read, _) = typist.ask('AT+CSIM=10,"00B000000A"')
    digits = typist.modem.sim.iccid_with_luhn
    swapped = "".join(digits[i + 1] + digits[i] for i in range(0, 20, 2))
    assert read == f'+CSIM: 24,"{swapped}9000"'
    assert typist.ask("AT+CRSM=176,12258,0,0,10")[0] == f'+CRSM: 144,0,"{swapped}"'
    assert typist.ask("AT+CRSM=176,12258,0,2,3")[0] == f'+CRSM: 144,0,"{swapped[4:10]}"'
    assert typist.ask('AT+CSIM=14,"00A4000C026F3E"') == ['+CSIM: 4,"6A82"', "OK"]
    # The IMSI of 901405…: length 8, parity 9.
    imsi = typist.ask("AT+CRSM=176,28423,0,0,9")[0]
    assert imsi.startswith('+CRSM: 144,0,"0899100415')


@pytest.mark.parametrize(
    "command",
    ['AT+CSIM=8,"0020000100"', 'AT+CSIM=10,"002000010X"', 'AT+CSIM=6,"002000"', "AT+CSIM"],
)
def test_a_card_command_of_another_length_is_refused(command):
    assert attached("sim7080").ask(command) == ERROR


# -- indicators ----------------------------------------------------------------------------


def test_changes_of_indicators_are_told_once_asked_for():
    typist = attached("sara-r5")
    typist.ask("AT+CFUN=4", 2_000)
    assert typist.ask("AT+CIND?")[0] == "+CIND: 5,0,0,0,0,0,0"
    typist.ask("AT+CMER=1,0,0,2")
    heard = typist.ask("AT+CFUN=1", 60_000)
    assert {"+CIEV: 2,3", "+CIEV: 3,1", "+CIEV: 6,1"} <= set(heard)
    assert sum(line.startswith("+CIEV: 3") for line in heard) == 1
    typist.ask("AT+CMER=0")
    assert not [line for line in typist.ask("AT+CFUN=4", 2_000) if "+CIEV" in line]


# -- registration by bearer ----------------------------------------------------------------

BEARERS = [
    ("bg95", "LTE-M", ("+CREG: 0,5", "+CGREG: 0,4", "+CEREG: 0,5")),
    ("sim7000", "LTE-M", ("+CREG: 0,0", "+CGREG: 0,5", "+CEREG: 0,5")),
    ("sim7000", "2G", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,0")),
    ("ec25", "LTE", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,5")),
    ("ec25", "3G", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,4")),
    ("a7672", "LTE", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,5")),
    ("sim7600", "2G", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,4")),
    ("bg95", "2G", ("+CREG: 0,5", "+CGREG: 0,5", "+CEREG: 0,0")),
]


@pytest.mark.parametrize(("family", "bearer", "expected"), BEARERS)
def test_each_domain_tells_of_its_own_bearer(family, bearer, expected):
    world = World(seed=2, settings=Settings(cell=CellSettings(rat=bearer)))
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach(limit_ms=200_000)
    shown = [typist.ask(f"AT{name}?")[0] for name in ("+CREG", "+CGREG", "+CEREG")]
    assert tuple(shown) == expected
    typist.ask("AT+CEREG=2")
    if expected[2].endswith(",0"):
        assert typist.ask("AT+CEREG?")[0] == "+CEREG: 2,0"
