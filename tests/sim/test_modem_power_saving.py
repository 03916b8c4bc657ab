"""PSM and eDRX: granted by the cell, slept through as each family does."""

import pytest

from nce_sim.modem import Power
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, NetworkSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
# Ten minutes between updates, four seconds of listening: T3412 extended, T3324.
ASK = 'AT+CPSMS=1,,,"00000001","00000010"'


def registered(family="bg95", *, prepare=(), **cell) -> Typist:
    settings = Settings(network=NetworkSettings(buffered_in_psm=4), cell=CellSettings(**cell))
    world = World(seed=4, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    cid = typist.modem.personality.attach_cid
    typist.ask(f'AT+CGDCONT={cid},"IP","iot.1nce.net"')
    typist.quieten()
    for line in prepare:
        typist.ask(line)
    typist.ask("AT+CFUN=1")
    for _ in range(60):
        if typist.modem.radio.is_registered:
            break
        world.advance(500)
    typist.take()
    return typist


def test_a_bg95_sleeps_boots_at_its_key_and_keeps_its_registration():
    typist = registered(prepare=[ASK, 'AT+QCFG="psm/urc",1', "AT+CEREG=4"])
    assert typist.ask("AT+CEREG?")[0].endswith(',8,,,"00000010","00000001"')
    told = typist.wait(30_000)
    assert told.endswith(b"\r\n+QPSMTIMER: 600,4\r\n\r\nPSM POWER DOWN\r\n")
    assert typist.modem.power is Power.ASLEEP
    assert typist.type(b"AT\r", 5_000) == b""
    sessions = len(typist.world.timeline.records(kind="attach_rejected"))
    address = typist.modem.radio.host
    typist.press(600)
    assert b"RDY" in typist.wait(8_000)
    assert typist.modem.radio.is_registered
    assert typist.modem.radio.host == address
    assert len(typist.world.timeline.records(kind="attach_rejected")) == sessions
    typist.ask("ATE0")
    assert typist.ask("AT+QIACT?") == ["OK"]  # sockets and context did not outlive the sleep


def test_the_periodic_update_wakes_by_itself_and_the_modem_sleeps_again():
    typist = registered(prepare=[ASK])
    typist.wait(30_000)
    assert typist.modem.power is Power.ASLEEP
    typist.wait(575_000)
    assert typist.modem.boots == 2
    typist.wait(60_000)
    assert typist.modem.power is Power.ASLEEP
    reasons = [r.fields.get("reason") for r in typist.world.timeline.records(kind="psm")]
    assert reasons == [None, "T3412", None]


@pytest.mark.parametrize(
    ("cell", "granted"),
    [
        ({}, ("00000001", "00000010")),
        ({"psm_t3412": "00100001", "psm_t3324": "00000101"}, ("00100001", "00000101")),
        ({"psm_is_granted": False}, None),
    ],
)
def test_the_cell_grants_overrides_or_refuses(cell, granted):
    typist = registered(prepare=[ASK], **cell)
    assert typist.modem.power_saving.granted_psm == granted
    typist.wait(120_000)
    assert (typist.modem.power is Power.ASLEEP) is (granted is not None)


def test_a_sim7080_wakes_with_its_address_and_without_its_bearer():
    typist = registered("sim7080", prepare=[ASK, "AT+CPSMSTATUS=1"])
    typist.ask("AT+CNACT=0,1", 1_000)
    assert b'+CPSMSTATUS: "ENTER PSM"' in typist.wait(60_000)
    typist.press(1_100)
    assert b"\r\nRDY\r\n" in (told := typist.wait(10_000))
    assert told.count(b'\r\n+CPSMSTATUS: "EXIT PSM"\r\n') == 1
    assert typist.modem.boots == 2
    typist.ask("ATE0")
    assert typist.ask("AT+CGPADDR=1")[0] == '+CGPADDR: 1,"10.160.0.1"'
    assert typist.ask("AT+CGATT?")[0] == "+CGATT: 1"
    assert typist.ask("AT+CNACT?")[0] == '+CNACT: 0,0,"0.0.0.0"'
    answer = typist.ask('AT+CAOPEN=0,0,"UDP","10.60.2.239",4445', 1_000)
    assert answer == ["+CAOPEN: 0,1", "OK"]


def test_a_sara_says_so_and_boots_in_silence():
    typist = registered("sara-r5", prepare=[ASK, "AT+UPSMR=1"])
    assert typist.wait(60_000).endswith(b"\r\n+UUPSMR: 1\r\n")
    typist.press(1_600)
    typist.wait(20_000)
    assert typist.modem.boots == 2


def test_an_nrf91_sleeps_by_its_radio_only_and_sending_wakes_it():
    typist = registered("nrf91-sm", prepare=[ASK, "AT%XMODEMSLEEP=1,500,10240"])
    typist.ask("AT#XSOCKET=1,2,0")
    # T3412 runs from the attach on; the connection and T3324 take 14 s of it.
    assert typist.wait(60_000).endswith(b"\r\n%XMODEMSLEEP: 1,586000\r\n")
    assert typist.type(b"AT\r") == b"\r\nOK\r\n"
    heard = []
    typist.world.core.listen(SERVICE, heard.append)
    answer = typist.type(b'AT#XSENDTO=0,0,0,"10.60.2.239",4445,"up"\r', 3_000)
    assert b"#XSENDTO: 0,0,2" in answer
    assert [datagram.payload for datagram in heard] == [b"up"]


def test_what_comes_down_during_sleep_is_kept_as_the_network_is_set():
    typist = registered("nrf91-sm", prepare=[ASK])
    typist.ask("AT#XSOCKET=1,2,0")
    typist.ask("AT#XBIND=0,5000")
    typist.wait(60_000)
    for number in range(6):
        payload = bytes([number])
        host = typist.modem.radio.host
        typist.world.core.send(Datagram(SERVICE, Address(host, 5_000), payload))
    typist.wait(2_000)
    assert typist.modem.sockets.by_id[0].pending == 0
    typist.ask('AT#XSENDTO=0,0,0,"10.60.2.239",4445,"up"', 5_000)
    assert typist.modem.sockets.by_id[0].pending == 4


def test_edrx_makes_the_downlink_wait_for_the_paging_cycle():
    typist = registered("nrf91-sm", prepare=['AT+CEDRXS=2,4,"0010"'])
    assert typist.ask("AT+CEDRXRDP")[0] == '+CEDRXRDP: 4,"0010","0010","0011"'
    typist.ask("AT#XSOCKET=1,2,0")
    typist.ask("AT#XBIND=0,5000")
    typist.wait(15_000)  # the RRC connection is released
    typist.wait(20_480 - typist.world.clock.now_ms() % 20_480 + 1_000)
    address = Address(typist.modem.radio.host, 5_000)
    typist.world.core.send(Datagram(SERVICE, address, b"x"))
    typist.wait(15_000)
    assert typist.modem.sockets.by_id[0].pending == 0
    typist.wait(10_000)
    assert typist.modem.sockets.by_id[0].pending == 1


@pytest.mark.parametrize(
    ("family", "name"),
    [
        ("bg95", "+QCSCON"),
        ("sim7000", "+CRRCSTATE"),
        ("sim7080", "+CRRCSTATE"),
        ("gm02s", "+CSCON"),
    ],
)
def test_a_urc_of_the_family_tells_of_the_rrc_connection(family, name):
    typist = registered(family)
    assert typist.ask(f"AT{name}=1") == ["OK"]
    assert f"\r\n{name}: 0\r\n".encode() in typist.wait(15_000)


def test_thirty_days_of_sleep_are_the_same_twice():
    def run() -> str:
        typist = registered(prepare=['AT+CPSMS=1,,,"00100001","00000001"'])
        for _ in range(30 * 24):
            typist.world.advance(3_600_000)
        assert typist.modem.boots >= 700
        return typist.world.timeline.hash()

    assert run() == run()


def test_the_first_character_after_a_pause_is_lost_when_the_uart_sleeps():
    typist = registered("sara-r4")
    typist.ask("AT+UPSV=4")
    typist.wait(20_000)
    assert typist.type(b"AT\r") == b""  # "T" is no command line
    assert typist.type(b"AT\r") == b"\r\nOK\r\n"
