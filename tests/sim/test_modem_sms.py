"""SMS on the modem's side: 3GPP TS 27.005 to the host, TS 23.040 to the network."""

import pytest

from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.settings import Settings, SmsSettings
from nce_sim.sim_card import PinLock
from nce_sim.wire.sms import gsm7
from nce_sim.wire.sms.address import PhoneNumber
from nce_sim.wire.sms.gsm7 import TpduMistake
from nce_sim.wire.sms.tpdu import Deliver, Submit, parse_downlink
from nce_sim.wire.sms.user_data import UserData
from nce_sim.world import World

# From modems' logs, without the service centre in front.
CAPTURED = [
    ("040C9153486507895500006090608164138004D4F29C0E", "+358456709855", "Test"),
]


@pytest.fixture
def typist():
    world = World(seed=2)
    typist = Typist(world, world.add_modem(world.add_sim()))
    typist.attach()
    return typist


def test_the_service_centre_is_1nces_until_another_is_set(typist):
    assert typist.ask("AT+CSCA?") == ['+CSCA: "+882285000016868",145', "OK"]
    assert typist.ask('AT+CSCA="+491760000443"') == ["OK"]
    assert typist.ask("AT+CSCA?") == ['+CSCA: "+491760000443",145', "OK"]


def test_the_service_centre_of_a_card_is_that_of_the_settings():
    world = World(1, settings=Settings(sms=SmsSettings(centre_address="+4912345")))
    typist = Typist(world, world.add_modem(world.add_sim(), "sim7080"))
    typist.attach()
    assert typist.ask("AT+CSCA?") == ['+CSCA: "+4912345",145', "OK"]


@pytest.mark.parametrize(("tpdu", "number", "text"), CAPTURED)
def test_a_captured_delivery_is_read(tpdu, number, text):
    message = parse_downlink(bytes.fromhex(tpdu))
    assert isinstance(message, Deliver)
    assert (message.originator.text, message.user_data.text) == (number, text)


def test_a_captured_submission_is_read():
    submit = Submit.parse(bytes.fromhex("11000C919471325476980000FF05C8329BFD06"))
    assert (submit.destination.text, submit.user_data.text) == ("+491723456789", "Hello")
    assert submit.encode().hex().upper() == "11000C919471325476980000FF05C8329BFD06"


def test_gsm_7_bit_packs_as_ts_23_038_shows():
    # 6.1.2.1.1: "hellohello" is E8 32 9B FD 46 97 D9 EC 37.
    assert gsm7.pack(gsm7.encode("hellohello")).hex() == "e8329bfd4697d9ec37"
    assert gsm7.decode(gsm7.unpack(bytes.fromhex("e8329bfd4697d9ec37"), 10)) == "hellohello"
    assert gsm7.encode("€{") == b"\x1b\x65\x1b\x28"
    with pytest.raises(TpduMistake, match="UCS2"):
        gsm7.encode("日")


@pytest.mark.parametrize("text", ["", "@£$", "a" * 160, "[€]" * 20])
def test_what_is_written_can_be_read(text):
    submit = Submit(PhoneNumber("+4917"), UserData.of_text(text))
    assert Submit.parse(submit.encode()).user_data.text == text


@pytest.mark.parametrize(
    "octets", [b"", b"\x04", bytes(7), bytes.fromhex("01000C9194"), b"\x03\x01"]
)
def test_broken_tpdus_are_refused(octets):
    for decode in (Submit.parse, parse_downlink):
        with pytest.raises(TpduMistake):
            decode(octets)


def text_of(message):
    user_data = message.user_data
    return (
        user_data.body.decode("utf-16-be") if user_data.dcs == 8 else gsm7.decode(user_data.body)
    )


def sent(typist):
    return typist.world.operator.sms.messages(typist.modem.sim)


def test_text_mode_sends_line_by_line_up_to_ctrl_z(typist):
    typist.ask("AT+CMGF=1")
    assert typist.type(b'AT+CMGS="+4915112345678"\r') == b"\r\n> "
    assert typist.type(b"one\rtwo") == b"\r\n> "
    assert typist.type(b"\x1a", 2_000) == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"
    assert text_of(sent(typist)[0]) == "one\rtwo"


def test_pdu_mode_checks_the_length_and_echoes_when_echo_is_on(typist):
    typist.ask("ATE1")
    assert typist.type(b"AT+CMGS=18\r") == b"AT+CMGS=18\r\r\n> "
    pdu = b"0011000C919471325476980000FF05C8329BFD06"
    assert typist.type(pdu + b"\x1a", 2_000) == pdu + b"\r\n+CMS ERROR: 304\r\n"
    typist.ask("ATE0")
    typist.type(b"AT+CMGS=19\r")
    answer = typist.type(pdu + b"\x1a", 2_000)
    assert answer == b"\r\n+CMGS: 0\r\n\r\nOK\r\n"


def test_escape_sends_nothing(typist):
    typist.type(b"AT+CMGS=19\r")
    assert typist.type(b"00\x1b", 2_000) == b"\r\nOK\r\n"
    assert sent(typist) == []


def test_without_a_network_nothing_is_sent(typist):
    typist.ask("AT+COPS=2")
    typist.type(b"AT+CMGS=19\r")
    pdu = b"0011000C919471325476980000FF05C8329BFD06\x1a"
    assert typist.type(pdu, 2_000) == b"\r\n+CMS ERROR: 331\r\n"


def receive(typist, text="Hello", dcs=0):
    typist.world.operator.sms.send_mt(typist.modem.sim, text, dcs=dcs)
    return typist.wait(5_000)


def test_a_message_is_stored_told_listed_read_and_deleted(typist):
    assert receive(typist) == b'\r\n+CMTI: "ME",0\r\n'
    typist.ask("AT+CMGF=1")
    lines = typist.ask('AT+CMGL="REC UNREAD"')
    assert lines[0].startswith('+CMGL: 0,"REC UNREAD","')
    assert lines[1:] == ["Hello", "OK"]
    assert typist.ask('AT+CMGL="REC UNREAD"') == ["OK"]
    assert typist.ask("AT+CMGR=0")[0].startswith('+CMGR: "REC READ","')
    assert typist.ask("AT+CMGD=0") == ["OK"]
    assert typist.ask("AT+CMGR=0") == ["+CMS ERROR: 321"]


def test_pdu_mode_shows_the_tpdu_behind_the_service_centre(typist):
    receive(typist)
    header, body, final = typist.ask("AT+CMGR=0")
    assert header.startswith("+CMGR: 0,,")
    octets = bytes.fromhex(body)
    assert len(octets) - octets[0] - 1 == int(header.split(",")[2])
    assert parse_downlink(octets[octets[0] + 1 :]).user_data.text == "Hello"
    assert final == "OK"


@pytest.mark.parametrize(("text_mode", "start"), [(1, b'\r\n+CMT: "'), (0, b"\r\n+CMT: ,")])
def test_messages_can_be_pushed(typist, text_mode, start):
    typist.ask(f"AT+CMGF={text_mode};+CNMI=2,2,0,1,0")
    assert receive(typist).startswith(start)
    assert typist.ask("AT+CPMS?")[0].startswith('+CPMS: "ME",0,23')


def test_a_full_memory_keeps_the_rest_waiting_at_the_service_centre(typist):
    for _ in range(24):
        receive(typist)
    assert typist.ask("AT+CPMS?")[0] == '+CPMS: "ME",23,23,"ME",23,23,"ME",23,23'
    assert typist.world.timeline.records(kind="sms_store_full")
    assert typist.type(b"AT+CMGD=7\r", 5_000) == b'\r\nOK\r\n\r\n+CMTI: "ME",7\r\n'


def test_a_message_waits_while_the_modem_is_detached(typist):
    typist.ask("AT+CFUN=4")
    assert b"CMTI" not in receive(typist)
    typist.ask("AT+CFUN=1")
    assert b'+CMTI: "ME",0' in typist.wait(30_000)


def test_messages_are_written_and_sent_from_the_memory(typist):
    typist.ask("AT+CMGF=1")
    typist.type(b'AT+CMGW="+4917"\r')
    assert typist.type(b"later\x1a") == b"\r\n+CMGW: 0\r\n\r\nOK\r\n"
    assert typist.ask("AT+CMGR=0")[:2] == ['+CMGR: "STO UNSENT","+4917",,', "later"]
    assert typist.ask("AT+CMSS=0", 2_000) == ["+CMSS: 0", "OK"]
    assert text_of(sent(typist)[0]) == "later"


def test_ucs2_carries_what_gsm_7_bit_cannot(typist):
    typist.ask('AT+CMGF=1;+CSCS="UCS2";+CSMP=17,167,0,8')
    typist.type(b'AT+CMGS="002B00340039"\r')
    typist.type("日本".encode("utf-16-be").hex().encode() + b"\x1a", 2_000)
    assert text_of(sent(typist)[0]) == "日本"


def test_a_status_report_comes_when_it_was_asked_for(typist):
    typist.world.operator.sms.set_forwarder(lambda method, body, done: done(200), "https://x")
    typist.ask("AT+CMGF=1;+CSMP=49,167,0,0;+CNMI=2,1,0,1,0")
    typist.type(b'AT+CMGS="+4917"\r')
    assert b"\r\n+CDS: 6,0," in typist.type(b"report\x1a", 60_000)


WITH_A_MEMORY = [name for name in PERSONALITIES if not name.startswith("nrf91")]


@pytest.mark.parametrize("family", WITH_A_MEMORY)
def test_every_family_with_a_memory_sends_and_receives(family):
    world = World(seed=3)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.switch_on()
    cid = typist.modem.personality.attach_cid
    typist.ask(f'ATE0+CGDCONT={cid},"IP","iot.1nce.net"')
    if "+QURCCFG" in typist.modem.personality.commands:
        typist.ask('AT+QURCCFG="urcport","uart1"')  # EC2x: the USB port as delivered
    typist.ask("AT+CFUN=1;+CMGF=1")
    typist.wait(30_000)
    typist.type(b'AT+CMGS="+4917"\r')
    assert typist.type(b"hi\x1a", 2_000).endswith(b"+CMGS: 0\r\n\r\nOK\r\n")
    assert b"+CMTI: " in receive(typist)


def test_a_pin_is_asked_for_and_a_puk_after_three_mistakes():
    world = World(seed=1)
    sim = world.add_sim()
    sim.lock = PinLock("1234", puk="87654321")
    typist = Typist(world, world.add_modem(sim))
    assert b"+CPIN: SIM PIN" in typist.switch_on()
    typist.ask("ATE0")
    assert typist.ask("AT+CIMI") == ["+CME ERROR: 11"]
    for _ in range(2):
        assert typist.ask('AT+CPIN="0000"') == ["+CME ERROR: 16"]
    assert typist.ask('AT+CPIN="0000"') == ["+CME ERROR: 12"]
    assert typist.ask("AT+CPIN?") == ["+CPIN: SIM PUK", "OK"]
    assert typist.ask('AT+CPIN="87654321","4321"')[0] == "OK"
    assert typist.ask("AT+CPIN?") == ["+CPIN: READY", "OK"]
    assert typist.ask('AT+CLCK="SC",2') == ["+CLCK: 1", "OK"]
    assert typist.ask('AT+CPWD="SC","4321","1111";+CLCK="SC",0,"1111"') == ["OK"]
    assert typist.ask('AT+CLCK="SC",2') == ["+CLCK: 0", "OK"]
    assert "1111" not in "".join(map(str, world.timeline.records(kind="command")))


def test_the_list_of_forbidden_operators_is_read_and_cleared(typist):
    typist.modem.sim.forbid_plmn("26201")
    assert typist.ask("AT+CRSM=176,28539,0,0,12")[0].startswith('+CRSM: 144,0,"62F210FFFFFF')
    assert typist.ask('AT+CRSM=214,28539,0,0,12,"' + "FF" * 12 + '"')[0] == "+CRSM: 144,0"
    assert typist.modem.sim.forbidden_plmns == []
