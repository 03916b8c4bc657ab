"""What the second reading of the manuals corrected: docs/modem_corrections.md, 2.

Each vector is literal: (family, command line, lines that come).
"""

import dataclasses

import pytest

from nce_sim.modem import Power
from nce_sim.modem.personalities import PERSONALITIES, SIM7080
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, ModemSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
OK, ERROR = b"\r\nOK\r\n", b"\r\nERROR\r\n"
SIMCOM, QUECTEL = ("sim7000", "sim7070", "sim7080"), ("bg95", "bg96", "bg77")
ASK = 'AT+CPSMS=1,,,"00000001","00000010"'  # T3412 ten minutes, T3324 four seconds


def attached(family, settings=None, *, apn="iot.1nce.net", prepare=()):
    world = World(1, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    typist.quieten()
    for line in prepare:
        assert typist.ask(line)[-1] == "OK", line
    typist.ask(f'AT+CGDCONT={typist.modem.personality.attach_cid},"IP","{apn}"')
    typist.wait(20_000)
    return typist


def echoing(typist):
    world = typist.world
    world.core.listen(
        SERVICE,
        lambda came: world.core.send(Datagram(came.destination, came.source, came.payload)),
    )
    return typist


def asks(typist, vectors):
    for line, answer in vectors:
        assert typist.ask(line, 1_000) == answer, line


# -- 2.1 -----------------------------------------------------------------------------------------

CNMI = [
    ("AT+CNMI=2,1,0,1,0", ["+CMS ERROR: 303"]),
    ("AT+CNMI=2,1,0,2,0", ["OK"]),
    ("AT+CNMI?", ["+CNMI: 2,1,0,2,0", "OK"]),
    ("AT+CNMI=2,2,0,0,0", ["+CMS ERROR: 303"]),
    ("AT+CNMI=2,3,0,0,0", ["+CMS ERROR: 303"]),
    ("AT+CNMI?", ["+CNMI: 2,1,0,2,0", "OK"]),
    ("AT+CNMI=1,2,0,1,0", ["OK"]),
    ("AT+CNMI?", ["+CNMI: 1,2,0,1,0", "OK"]),
]


@pytest.mark.parametrize("family", SIMCOM)
def test_2_1_simcom_pushes_messages_and_reports_under_mode_1_alone(family):
    asks(attached(family), CNMI)


@pytest.mark.parametrize("family", SIMCOM)
def test_2_1_a_report_is_kept_and_told_by_cdsi(family):
    typist = attached(family)
    typist.world.operator.sms.set_forwarder(lambda method, body, done: done(200), "https://x")
    assert typist.ask("AT+CMGF=1;+CSMP=49,167,0,0;+CNMI=2,1,0,2,0") == ["OK"]
    typist.type(b'AT+CMGS="+4917"\r')
    assert b'\r\n+CDSI: "SM",0\r\n' in typist.type(b"report\x1a", 60_000)


# -- 2.2 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", SIMCOM)
def test_2_2_simcom_shows_network_time_after_clts_which_is_kept(family):
    typist = attached(family)
    assert typist.ask("AT+CLTS?") == ["+CLTS: 0", "OK"]
    assert typist.ask("AT+CTZU?") == ["ERROR"]
    assert typist.ask("AT+CCLK?")[0].startswith('+CCLK: "04/01/01,')
    assert typist.ask("AT+CLTS=1") == ["OK"]
    assert typist.ask("AT+CCLK?")[0].startswith('+CCLK: "26/01/01,')
    typist.modem.cut_power()
    typist.switch_on()
    typist.wait(20_000)
    assert typist.ask("AT+CLTS?")[-2:] == ["+CLTS: 1", "OK"]
    assert typist.ask("AT+CCLK?")[-2].startswith('+CCLK: "26/01/01,')


@pytest.mark.parametrize("family", QUECTEL)
def test_2_2_quectel_takes_network_time_as_delivered(family):
    typist = attached(family)
    assert typist.ask("AT+CTZU?") == ["+CTZU: 1", "OK"]
    assert typist.ask("AT+CCLK?")[0].startswith('+CCLK: "26/01/01,')


def test_2_2_without_ctzu_a_bg95_does_not_take_it():
    typist = attached("bg95", prepare=["AT+CTZU=0"])
    assert typist.ask("AT+CCLK?")[0].startswith('+CCLK: "80/01/06,')


# -- 2.3 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sinr_db", "shown"), [(14, 17), (8, 14), (-20, 0)])
def test_2_3_cpsi_ends_with_rssnr(sinr_db, shown):
    typist = attached("sim7080", Settings(cell=CellSettings(sinr_db=sinr_db)))
    assert typist.ask("AT+CPSI?")[0].endswith(f",-9,-94,-67,{shown}")


# -- 2.4 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", SIMCOM)
@pytest.mark.parametrize("creg", [0, 2, 3])
def test_2_4_the_older_domains_of_a_guest_as_the_field_shows_them(family, creg):
    personality = dataclasses.replace(PERSONALITIES[family], creg_on_lte=creg)
    typist = attached(personality)
    typist.ask("AT+CREG=1")
    expected = [f"+CREG: 1,{creg}", "+CGREG: 0,5", "+CEREG: 0,5", "OK"]
    assert typist.ask("AT+CREG?;+CGREG?;+CEREG?") == expected


def test_2_4_creg_says_0_unless_told_otherwise():
    assert SIM7080.creg_on_lte == 0
    assert attached("sim7000").ask("AT+CREG?;+CGREG?") == ["+CREG: 0,0", "+CGREG: 0,5", "OK"]


# -- 2.5 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", SIMCOM + QUECTEL)
@pytest.mark.parametrize("line", ["AT+CEER", "AT+CESQ", "AT+CSCON?", "AT+CGCONTRDP", "AT+CLAC"])
def test_2_5_what_the_manuals_have_not_is_an_error(family, line):
    assert attached(family).ask(line) == ["ERROR"]


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_2_5_a_bg95s_cereg_answer_carries_the_cause(mode):
    typist = attached("bg95", apn="internet")
    typist.ask(f"AT+CEREG={mode}")
    while typist.modem.radio.stat != 3:
        typist.wait(500)
    assert typist.ask("AT+CEREG?")[-2:] == [f"+CEREG: {mode},3,,,,0,19", "OK"]


def test_2_5_its_rrc_urc_is_qcscon_and_simcoms_crrcstate():
    for family, name in (("bg95", "+QCSCON"), ("sim7000", "+CRRCSTATE")):
        typist = attached(family)
        assert typist.ask(f"AT{name}=1") == ["OK"]
        typist.modem.power_saving.activity()
        assert typist.wait(15_000).endswith(f"\r\n{name}: 0\r\n".encode())


# -- 2.6 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", SIMCOM)
def test_2_6_simcom_boots_after_psm_which_its_key_or_t3412_ends(family):
    typist = attached(family, prepare=["AT+CPSMSTATUS=1", ASK])
    if family == "sim7000":  # the request takes effect after a reboot
        assert typist.modem.power_saving.granted_psm is None
        typist.ask("AT+CFUN=1,1")
        typist.wait(20_000)
        typist.quieten()
    typist.wait(30_000)
    assert typist.modem.power is Power.ASLEEP
    assert typist.type(b"AT\r", 5_000) == b""
    boots = typist.modem.boots
    typist.press(1_100)
    told = typist.wait(20_000)
    assert told.startswith(b"\r\nRDY\r\n")
    assert b'\r\n+CPSMSTATUS: "EXIT PSM"\r\n' in told
    assert typist.modem.boots == boots + 1


def test_2_6_cpsms_1_again_makes_no_request():
    typist = attached("sim7080", prepare=['AT+CPSMS=1,,,"00000001","00100010"'])
    granted = typist.modem.power_saving.granted_psm
    assert granted == ("00000001", "00100010")
    typist.ask('AT+CPSMS=1,,,"00000011","00100010"')
    assert typist.modem.power_saving.granted_psm == granted
    typist.ask("AT+CPSMS=0")
    assert typist.modem.power_saving.granted_psm is None
    typist.ask('AT+CPSMS=1,,,"00000011","00100010"')
    assert typist.modem.power_saving.granted_psm == ("00000011", "00100010")


# -- 2.7 -----------------------------------------------------------------------------------------


def opened(settings=None):
    typist = echoing(attached("sim7080", settings))
    typist.ask("AT+CNACT=0,1", 1_000)
    typist.ask('AT+CAOPEN=0,0,"UDP","10.60.2.239",4445', 1_000)
    return typist


def test_2_7_carecv_tells_the_peer_with_casrip_alone_and_never_the_id():
    typist = opened()
    for casrip, expected in (
        (0, b"\r\n+CARECV: 3,abc\r\n"),
        (1, b"\r\n+CARECV: 10.60.2.239,4445,3,abc\r\n"),
    ):
        typist.ask(f"AT+CASRIP={casrip}")
        typist.type(b"AT+CASEND=0,3\r")
        typist.type(b"abc", 1_000)
        assert typist.type(b"AT+CARECV=0,1460\r") == expected + OK


def test_2_7_the_limit_is_1460():
    typist = opened()
    assert typist.ask("AT+CASEND=0") == ["+CASEND: 1460", "OK"]
    assert typist.ask("AT+CASEND=0,1461") == ["ERROR"]
    assert typist.ask("AT+CARECV=0,1461") == ["ERROR"]
    assert typist.type(b"AT+CASEND=0,1460\r") == b"\r\n>"


@pytest.mark.parametrize("freezes", [False, True])
def test_2_7_a_sim7000_may_freeze_when_more_is_asked_for_than_there_is(freezes):
    settings = Settings(modem=ModemSettings(sim7000_long_read_freezes=freezes))
    typist = echoing(attached("sim7000", settings))
    for line in ('AT+CSTT="iot.1nce.net"', "AT+CIICR", "AT+CIFSR;E0", "AT+CIPRXGET=1"):
        typist.ask(line, 1_000)
    typist.ask('AT+CIPSTART="UDP","10.60.2.239",4445', 1_000)
    typist.type(b"AT+CIPSEND=3\r")
    typist.type(b"abc", 1_000)
    typist.ask("AT+CIPRXGET=2,1460")
    assert (typist.ask("AT") == []) is freezes


# -- 2.8 -----------------------------------------------------------------------------------------

STORES = [
    *(
        (
            family,
            [
                ("AT+CPMS?", ['+CPMS: "SM",0,50,"SM",0,50,"SM",0,50', "OK"]),
                ('AT+CPMS="ME","ME","ME"', ["+CMS ERROR: 302"]),
            ],
        )
        for family in SIMCOM
    ),
    *(
        (
            family,
            [
                ("AT+CPMS?", ['+CPMS: "ME",0,23,"ME",0,23,"ME",0,23', "OK"]),
                ('AT+CPMS="SM","MT","SM"', ["+CPMS: 0,50,0,23,0,50", "OK"]),
                ('AT+CPMS="SR"', ["+CPMS: 0,5,0,23,0,50", "OK"]),
            ],
        )
        for family in QUECTEL
    ),
]


@pytest.mark.parametrize(("family", "vectors"), STORES)
def test_2_8_stores_and_their_sizes(family, vectors):
    asks(attached(family), vectors)


def test_2_8_mt_is_me_by_another_name():
    typist = attached("bg95")
    typist.ask('AT+CPMS="MT","MT","MT"')
    typist.world.operator.sms.send_mt(typist.modem.sim, "Hello")
    assert typist.wait(5_000) == b'\r\n+CMTI: "MT",0\r\n'
    assert typist.ask('AT+CPMS="ME","ME","ME"') == ["+CPMS: 1,23,1,23,1,23", "OK"]


# -- 2.9 -----------------------------------------------------------------------------------------

NAMES = [
    ("bg95", "LTE-M", "eMTC"),
    ("bg77", "NB-IoT", "NBIoT"),
    ("bg96", "LTE-M", "CAT-M1"),
    ("bg96", "NB-IoT", "CAT-NB1"),
]


@pytest.mark.parametrize(("family", "rat", "name"), NAMES)
def test_2_9_access_technologies_as_the_model_names_them(family, rat, name):
    typist = attached(family, Settings(cell=CellSettings(rat=rat)))
    assert typist.ask("AT+QNWINFO")[0] == f'+QNWINFO: "{name}","26201","LTE BAND 20",6400'
    assert typist.ask("AT+QCSQ")[0] == f'+QCSQ: "{name}",-67,-94,170,-9'
    assert f'"NOCONN","{name}"' in typist.ask('AT+QENG="servingcell"')[0]


# -- 2.10 ----------------------------------------------------------------------------------------

BAD = ["+CME ERROR: 50"]
RANGES = [
    ("bg95", "AT+CREG=?", ["+CREG: (0-2)", "OK"]),
    ("bg95", "AT+CREG=3", BAD),
    ("bg95", "AT+CEREG=?", ["+CEREG: (0,1,2,4)", "OK"]),
    ("bg95", "AT+CEREG=3", BAD),
    ("bg95", "AT+CEREG=5", BAD),
    ("bg95", "AT+CGREG=3", BAD),
    ("bg95", "AT+CGREG=4", ["OK"]),
    ("bg95", "AT+CPSMS=2", BAD),
    ("bg95", "AT+QPSMS=2", BAD),
    ("bg95", "AT+QSCLK=2", BAD),
    ("bg95", "AT+IPR=0", BAD),
    ("sim7080", "AT+CSCLK=2", ["ERROR"]),
    ("sim7080", "AT+CSCLK=1", ["OK"]),
    ("sim7080", "AT+IPR?", ["+IPR: 0", "OK"]),
]


@pytest.mark.parametrize(("family", "line", "answer"), RANGES)
def test_2_10_bounds_and_defaults(family, line, answer):
    assert attached(family).ask(line) == answer


@pytest.mark.parametrize(("stores", "rate_bps"), [(False, 115_200), (True, 9_600)])
def test_2_10_a_bg95_keeps_its_rate_by_its_profile(stores, rate_bps):
    typist = attached("bg95")
    typist.ask("AT+IPR=9600")
    assert typist.modem.uart.rate_bps == 9_600
    if stores:
        typist.ask("AT&W")
    typist.modem.cut_power()
    typist.switch_on()
    assert typist.modem.uart.rate_bps == rate_bps


# -- 2.11 ----------------------------------------------------------------------------------------


def test_2_11_qisendex_is_not_for_a_udp_service_which_shows_its_own_address():
    typist = attached("bg95")
    typist.ask('AT+QIACT=1;+QIOPEN=1,2,"UDP SERVICE","127.0.0.1",0,5000,0')
    answer = typist.ask('AT+QISENDEX=2,"4142","10.60.2.239",4445')
    assert answer == ["ERROR"]
    assert typist.ask("AT+QIGETERROR") == ["+QIGETERROR: 555,Operation not supported", "OK"]
    assert typist.ask("AT+QISTATE=1,2")[0] == (
        '+QISTATE: 2,"UDP SERVICE","10.160.0.1",0,5000,2,1,2,0,"uart1"'
    )


@pytest.mark.parametrize(("rat", "is_connected"), [("NB-IoT", False), ("LTE-M", True)])
def test_2_11_release_assistance_of_qisendex_is_for_nb_iot(rat, is_connected):
    typist = attached("bg95", Settings(cell=CellSettings(rat=rat)))
    typist.ask('AT+QIACT=1;+QIOPEN=1,0,"UDP","10.60.2.239",4445')
    assert typist.ask('AT+QISENDEX=0,"4142",1') == ["SEND OK"]
    assert typist.modem.power_saving.is_connected is is_connected


CA_OPEN = 'AT+CNCFG=0,1,"iot.1nce.net";+CNACT=0,1', 'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445'
CIP_OPEN = ('AT+CSTT="iot.1nce.net"', "AT+CIICR", "AT+CIFSR",
            'AT+CIPSTART="UDP","10.60.2.239",4445')  # fmt: skip
ASSISTED = [
    ("sim7080", CA_OPEN, b"AT+CASEND=0,2\r"),
    ("sim7000", CIP_OPEN, b"AT+CIPSEND=2\r"),
]


@pytest.mark.parametrize(("family", "opening", "send"), ASSISTED)
@pytest.mark.parametrize(
    ("rat", "assistance", "expected"),
    [
        ("NB-IoT", "1", [False, True]),
        ("NB-IoT", "1,1", [False, False]),
        ("NB-IoT", "0", [True, True]),
        ("LTE-M", "1", [True, True]),
    ],
)
def test_2_11_crai_speaks_of_the_next_datagram_on_nb_iot(
    family, opening, send, rat, assistance, expected
):
    typist = attached(family, Settings(cell=CellSettings(rat=rat)))
    for line in opening:
        assert "ERROR" not in typist.ask(line, 3_000), line
    assert typist.ask(f"AT+CRAI={assistance}") == ["OK"]
    found = []
    for _ in expected:
        typist.type(send)
        typist.type(b"ab", 1_000)
        found.append(typist.modem.power_saving.is_connected)
    assert found == expected


@pytest.mark.parametrize("line", ["AT+CRAI=3", "AT+CRAI=1,2", "AT+CRAI"])
def test_2_11_crai_has_its_bounds(line):
    assert attached("sim7080").ask(line) == ["ERROR"]


@pytest.mark.parametrize(("recvind", "told"), [(0, b'"recv",0\r\n'), (1, b'"recv",0,3\r\n')])
def test_2_11_recvind_is_what_tells_the_length(recvind, told):
    typist = echoing(attached("bg95"))
    assert typist.ask('AT+QICFG="recvind"') == ['+QICFG: "recvind",0', "OK"]
    typist.ask(f'AT+QICFG="recvind",{recvind}')
    typist.ask('AT+QISDE=0;+QIACT=1;+QIOPEN=1,0,"UDP","10.60.2.239",4445')
    typist.type(b"AT+QISEND=0,3\r")
    assert typist.type(b"abc", 1_000) == b"\r\nSEND OK\r\n\r\n+QIURC: " + told


# -- 2.12 ----------------------------------------------------------------------------------------

DNS = [
    ("AT+CNACT=0,1", ["OK", "+APP PDP: 0,ACTIVE"]),
    ("AT+CDNSPDPID?", ["+CDNSPDPID: 4", "OK"]),
    ('AT+CDNSGIP="udp.os.1nce.com",1,3000', ["ERROR"]),
    ("AT+CDNSPDPID=0", ["OK"]),
    ('AT+CDNSGIP="udp.os.1nce.com"', ["ERROR"]),
    (
        'AT+CDNSGIP="udp.os.1nce.com",1,3000',
        ["OK", '+CDNSGIP: 1,"udp.os.1nce.com","10.60.2.239"'],
    ),
]


def test_2_12_a_sim7080_asks_for_names_over_the_bearer_it_was_told():
    asks(attached("sim7080"), DNS)


@pytest.mark.parametrize(("takes", "opened_by"), [(True, "+CAOPEN: 0,0"), (False, "ERROR")])
def test_2_12_a_receive_mode_pushes_data(takes, opened_by):
    settings = Settings(modem=ModemSettings(simcom_open_takes_receive_mode=takes))
    typist = echoing(attached("sim7080", settings))
    typist.ask("AT+CNACT=0,1", 1_000)
    answer = typist.ask('AT+CAOPEN=0,0,"UDP","10.60.2.239",4445,1', 1_000)
    assert answer[0] == opened_by
    if takes:
        typist.type(b"AT+CASEND=0,3\r")
        assert typist.type(b"abc", 1_000) == OK + b'\r\n+CAURC: "recv",0,3\r\nabc\r\n'
        typist.ask("AT+CASRIP=1")
        typist.type(b"AT+CASEND=0,3\r")
        told = b'\r\n+CAURC: "recv",0,3,10.60.2.239,4445\r\nabc\r\n'
        assert typist.type(b"abc", 1_000) == OK + told


@pytest.mark.parametrize(("stays", "states"), [(True, ["+CASTATE: 0,0", "OK"]), (False, ["OK"])])
def test_2_12_a_dead_id_stays_until_it_is_closed(stays, states):
    typist = opened(Settings(modem=ModemSettings(simcom_dead_id_stays=stays)))
    typist.modem.faults.drop_pdp()
    assert typist.wait(100) == b"\r\n+CASTATE: 0,0\r\n\r\n+APP PDP: 0,DEACTIVE\r\n"
    assert typist.ask("AT+CASTATE?") == states
    assert typist.ask("AT+CASEND=0,1")[0] in (">", "ERROR")
    if stays:
        typist.type(b"x")
        assert typist.ask("AT+CACLOSE=0") == ["OK"]
        assert typist.ask("AT+CASTATE?") == ["OK"]


CFUN_0 = [
    ("bg95", ["OK"], ["+CME ERROR: 13"]),
    ("sim7080", ["+CPIN: NOT READY", "OK"], ["+CME ERROR: 13"]),
]


@pytest.mark.parametrize(("family", "said", "asked"), CFUN_0)
def test_2_12_cpin_without_a_radio(family, said, asked):
    typist = attached(family)
    assert typist.ask("AT+CFUN=0", 1_000) == said
    assert typist.ask("AT+CPIN?") == asked
