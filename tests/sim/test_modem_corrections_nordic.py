"""What the second reading of the manuals corrected of the nRF91: docs/modem_corrections.md, 1.

Each vector is literal: (family, commands before, bytes of the host, bytes of the modem).
"""

import dataclasses

import pytest

from nce_sim.modem import Power
from nce_sim.modem.line.editor import LineRules
from nce_sim.modem.personalities import NRF91_SLM1, PERSONALITIES
from nce_sim.ports.typist import Typist
from nce_sim.settings import CellSettings, NetworkSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.wire.sms.tpdu import parse_downlink
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
OK, ERROR = b"\r\nOK\r\n", b"\r\nERROR\r\n"
SLMS = ("nrf91-slm1", "nrf91-slm2")
FAMILIES = (*SLMS, "nrf91-sm")


def attached(family, settings=None, seed=1):
    world = World(seed, settings=settings)
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    typist.attach()
    typist.wait(1_000)
    return typist


def plays(family, before, lines):
    typist = attached(family)
    for line in before:
        assert typist.ask(line, 1_000)[-1] == "OK", line
    for sent, expected in lines:
        answer = typist.type(sent, 1_000)
        assert answer == expected, (sent, answer)
    return typist


# -- 1.1: the end of a line ----------------------------------------------------------------------

ENDS = [
    # A CR alone is part of the line; the CR+LF to come makes a line that is no command.
    *((family, [(b"AT\r", b""), (b"AT\r", b""), (b"AT\r\n", ERROR)]) for family in SLMS),
    *((family, [(b"AT\r\n", OK), (b"AT", b""), (b"\r", b""), (b"\n", OK)]) for family in SLMS),
    *((family, [(b"AT\n", b""), (b"\r\n", ERROR), (b"\r\n\r\n", b"")]) for family in SLMS),
    ("nrf91-sm", [(b"AT\r", OK), (b"AT\r\n", OK), (b"AT", b""), (b"\r", OK), (b"\n", b"")]),
]


@pytest.mark.parametrize(("family", "lines"), ENDS)
def test_1_1_slm_wants_cr_and_lf_and_serial_modem_cr(family, lines):
    plays(family, [], lines)


def test_1_1_a_build_with_cr_alone_is_a_value_of_the_family():
    by_cr = dataclasses.replace(NRF91_SLM1, line_rules=LineRules(b"\r", "([+%#].*)?", True))
    assert attached(by_cr).type(b"AT\r\n") == OK


@pytest.mark.parametrize(("is_payload", "left"), [(True, b"\nhello"), (False, b"hello")])
def test_1_1_a_line_feed_behind_a_data_mode_command_is_payload_on_serial_modem(is_payload, left):
    family = dataclasses.replace(PERSONALITIES["nrf91-sm"], line_feed_enters_data_mode=is_payload)
    typist = attached(family)
    heard = []
    typist.world.core.listen(SERVICE, heard.append)
    typist.ask("AT#XSOCKET=1,2,0")
    assert typist.type(b'AT#XSENDTO=0,2,0,"10.60.2.239",4445\r\n') == OK
    assert typist.type(b"hello+++") == b"\r\n#XDATAMODE: 0\r\n"
    assert [datagram.payload for datagram in heard] == [left]


# -- data mode, where `+++` ends it (slm_at_host.c: raw_rx_handler, raw_send_scheduled) ----------

PLUSSES = [
    ([(b"a+++", 500)], [b"a"]),
    ([(b"a+", 20), (b"++", 500)], [b"a"]),
    # After a silence a `+` is data, and what came is a datagram of its own.
    ([(b"a++", 100), (b"+++", 500)], [b"a++"]),
    ([(b"a+", 100), (b"+b", 100), (b"+++", 500)], [b"a+", b"+b"]),
    # ... unless there is nothing else.
    ([(b"++", 100), (b"+", 500)], []),
    ([(b"++", 100), (b"a", 100), (b"+++", 500)], [b"++a"]),
]


@pytest.mark.parametrize(("typed", "left"), PLUSSES)
def test_a_silence_in_data_mode_sends_what_there_is(typed, left):
    typist = attached("nrf91-slm2")
    heard = []
    typist.world.core.listen(SERVICE, heard.append)
    typist.ask("AT#XSOCKET=1,2,0")
    assert typist.type(b'AT#XSENDTO="10.60.2.239",4445\r\n') == OK
    seen = b"".join(typist.type(data, wait_ms) for data, wait_ms in typed)
    assert seen == b"\r\n#XDATAMODE: 0\r\n"
    assert [datagram.payload for datagram in heard] == left


def test_quotes_hold_every_byte_but_four():
    typist = attached("nrf91-slm2")
    heard = []
    typist.world.core.listen(SERVICE, heard.append)
    typist.ask("AT#XSOCKET=1,2,0")
    data = bytes(byte for byte in range(1, 256) if byte not in b'\x08"\x7f') + b"+++"
    answer = typist.type(b'AT#XSENDTO="10.60.2.239",4445,"' + data + b'"\r\n')
    assert answer == b"\r\n#XSENDTO: 255\r\n" + OK
    assert [datagram.payload for datagram in heard] == [data]


# -- 1.2: short messages -------------------------------------------------------------------------

CNMI = [
    ("AT+CNMI?", ["+CNMI: 0,0,0,0,1", "OK"]),
    ("AT+CNMI=2,1,0,0,0", ["ERROR"]),
    ("AT+CNMI=3,2,0,0", ["ERROR"]),
    ("AT+CNMI=3,0,0,1", ["ERROR"]),
    ("AT+CMGF=0", ["ERROR"]),  # only for a registered client
    ("AT+CNMI=3,2,0,1", ["OK"]),
    ("AT+CNMI?", ["+CNMI: 3,2,0,1,1", "OK"]),
    ("AT+CMGF=0", ["OK"]),
    ("AT+CMGF?", ["+CMGF: 0", "OK"]),
    ("AT+CMGF=1", ["ERROR"]),
    ("AT+CNMI=3,2,0,1", ["ERROR"]),  # one client: a host that restarts gives it up first
    ("AT+CNMI=0,0,0,0", ["OK"]),
    ("AT+CNMI=3,2,0,1", ["OK"]),
    ("AT+CPMS?", ['+CPMS: "MT",0,0,"MT",0,0,"MT",0,0', "OK"]),
    ('AT+CPMS="ME","ME","ME"', ["+CMS ERROR: 302"]),
]
MISSING = (
    *("AT+CMGL=4", "AT+CMGR=0", "AT+CMGD=0", "AT+CMGW=1", "AT+CMSS=0", "AT+CSMP?"),
    *("AT+CSCS?", "AT+CSDH=1", "AT+CSCA?", "AT+CSMS?", "AT+CMMS?"),
)


@pytest.mark.parametrize("family", FAMILIES)
def test_1_2_the_modem_has_one_client_and_no_memory(family):
    typist = attached(family)
    for line, answer in CNMI:
        assert typist.ask(line) == answer, line
    for line in MISSING:
        assert typist.ask(line) == ["ERROR"], line


PDU = b"0011000C919471325476980000FF05C8329BFD06"


@pytest.mark.parametrize("family", SLMS)
def test_1_2_cmgs_and_its_pdu_are_one_command(family):
    typist = attached(family)
    assert typist.type(b"AT+CMGS=19\r" + PDU + b"\x1a\r\n", 2_000) == b"\r\n+CMGS: 0\r\n" + OK
    assert typist.type(b"AT+CMGS=19\r" + PDU + b"\r\n", 2_000) == ERROR
    assert typist.type(b"AT+CMGS=18\r" + PDU + b"\x1a\r\n") == b"\r\n+CMS ERROR: 304\r\n"


def test_1_2_with_cr_for_its_end_it_cannot_be_entered():
    typist = attached("nrf91-sm")
    assert typist.type(b"AT+CMGS=19\r" + PDU + b"\x1a\r", 2_000) == ERROR
    assert typist.world.operator.sms.messages(typist.modem.sim) == []


def message(typist, text="Hello", **more):
    return typist.world.operator.sms.send_mt(typist.modem.sim, text, **more)


def pushed(data):
    """The header and the PDU of `+CMT` or `+CDS`, and what is behind the service centre."""
    _, header, pdu, rest = data.split(b"\r\n")
    assert rest == b""
    octets = bytes.fromhex(pdu.decode())
    return header.decode(), octets[octets[0] + 1 :]


@pytest.mark.parametrize("family", FAMILIES)
def test_1_2_each_message_is_pushed_and_acknowledged_before_the_next(family):
    typist = attached(family)
    sent = [message(typist, text, source_address="4915112345678") for text in ("one", "two")]
    assert typist.wait(10_000) == b""  # nobody is registered: the network keeps them
    assert typist.type(b"AT+CNMI=3,2,0,1" + typist.line_end, 0) == b""
    _, _, rest = typist.wait(5_000).partition(OK)
    header, tpdu = pushed(rest)
    assert header == f'+CMT: "+4915112345678",{len(tpdu)}'
    assert parse_downlink(tpdu).user_data.text == "one"
    assert [each.status.name for each in sent] == ["BUFFERED", "BUFFERED"]
    assert typist.ask("AT+CNMA=1", 0) == []
    _, _, rest = typist.wait(5_000).partition(OK)
    assert parse_downlink(pushed(rest)[1]).user_data.text == "two"
    assert [each.status.name for each in sent] == ["DELIVERED", "BUFFERED"]
    assert typist.ask("AT+CNMA") == ["OK"]
    assert sent[1].status.name == "DELIVERED"
    assert typist.ask("AT+CNMA=1") == ["+CMS ERROR: 340"]


@pytest.mark.parametrize("family", FAMILIES)
def test_1_2_a_client_that_does_not_acknowledge_is_unregistered_by_a_urc(family):
    typist = attached(family)
    typist.ask("AT+CNMI=3,2,0,1")
    sent = message(typist)
    pushed(typist.wait(5_000))
    assert typist.wait(14_000) == b"\r\n+CMS ERROR: 524\r\n"
    assert typist.ask("AT+CNMI?")[0] == "+CNMI: 0,0,0,0,1"
    assert sent.status.name == "BUFFERED"  # and it comes again to the next client
    typist.ask("AT+CNMI=3,2,0,1", 0)
    assert b"+CMT: " in typist.wait(5_000)


@pytest.mark.parametrize("family", SLMS)
def test_1_2_a_full_host_refuses_with_a_cause_and_asks_again_later(family):
    typist = attached(family)
    typist.ask("AT+CNMI=3,2,0,1")
    sent = message(typist)
    assert b"+CMT: " in typist.wait(5_000)
    assert typist.type(b"AT+CNMA=2,3\r001600\x1a\r\n") == OK  # TP-FCS 22: memory is full
    assert typist.wait(60_000) == b""
    assert typist.type(b"AT%XSMMA\r\n", 5_000).startswith(OK + b"\r\n+CMT: ")
    assert typist.ask("AT+CNMA=1") == ["OK"]
    assert sent.status.name == "DELIVERED"


@pytest.mark.parametrize("family", SLMS)
def test_1_2_a_status_report_is_pushed_as_cds(family):
    typist = attached(family)
    typist.world.operator.sms.set_forwarder(lambda method, body, done: done(200), "https://x")
    typist.ask("AT+CNMI=3,2,0,1")
    with_report = PDU.replace(b"0011", b"0031", 1)
    typist.type(b"AT+CMGS=19\r" + with_report + b"\x1a\r\n", 600)
    header, tpdu = pushed(typist.wait(10_000))
    assert header == f"+CDS: {len(tpdu)}"
    assert parse_downlink(tpdu).reference == 0


def test_1_2_xsms_is_the_applications_own_client():
    typist = attached("nrf91-sm")
    typist.ask("AT+CNMI=3,2,0,1")
    assert typist.ask("AT#XSMS=1") == ["ERROR"]
    typist.ask("AT+CNMI=0,0,0,0")
    assert typist.ask('AT#XSMS=2,"+4917","hi"', 2_000) == ["ERROR"]  # not started
    assert typist.ask("AT#XSMS=1") == ["OK"]
    assert typist.ask("AT+CNMI=3,2,0,1") == ["ERROR"]
    assert typist.ask('AT#XSMS=2,"+4917","hi"', 2_000) == ["OK"]
    assert typist.ask('AT#XSMS=2,"+4917","日"'.encode().decode("latin-1")) != ["OK"]
    sent = typist.world.operator.sms.messages(typist.modem.sim)
    assert [each.user_data.text for each in sent] == ["hi"]
    typist.wait(2_000)
    delivered = message(typist, "Hello", source_address="4915112345678")
    told = typist.wait(5_000).decode()
    assert told.startswith('\r\n#XSMS: "26-01-01 00:')
    assert told.endswith(' UTC+00:00","+4915112345678","Hello"\r\n')
    assert delivered.status.name == "DELIVERED"  # the application acknowledges by itself
    assert typist.ask("AT#XSMS=0") == ["OK"]


def test_1_2_xsms_puts_the_parts_of_a_long_message_together_and_takes_long_ones_apart():
    typist = attached("nrf91-sm")
    typist.ask("AT#XSMS=1")
    message(typist, "two", udh="050003070202")
    assert typist.wait(5_000) == b""
    message(typist, "one ", udh="050003070201")
    assert typist.wait(5_000).endswith(b'"one two"\r\n')
    assert typist.ask(f'AT#XSMS=2,"+4917","{"a" * 200}"', 3_000) == ["OK"]
    parts = [each.user_data for each in typist.world.operator.sms.messages(typist.modem.sim)][-2:]
    assert [(part.part[1:], len(part.text)) for part in parts] == [((2, 1), 153), ((2, 2), 47)]


def test_1_2_the_first_slm_has_no_xsms():
    assert attached("nrf91-slm1").ask("AT#XSMS=1") == ["ERROR"]


# -- 1.3 and 1.4: sleep --------------------------------------------------------------------------

ASK = 'AT+CPSMS=1,,,"00000001","00000010"'  # T3412 ten minutes, T3324 four seconds


@pytest.mark.parametrize("line", ["AT%XMODEMSLEEP=1", "AT%XMODEMSLEEP=1,500,10239"])
def test_1_3_xmodemsleep_wants_a_warning_and_a_threshold(line):
    assert attached("nrf91-sm").ask(line) == ["ERROR"]


def test_1_3_a_sleep_is_told_again_before_its_end_and_0_is_its_end():
    typist = attached("nrf91-sm")
    assert typist.ask("AT%XMODEMSLEEP=1,2000,10240") == ["OK"]
    typist.ask(ASK)
    assert typist.ask("AT#XSOCKET=1,2,0")[-1] == "OK"
    told = typist.wait(20_000)
    assert told.startswith(b"\r\n%XMODEMSLEEP: 1,58")
    assert typist.type(b"AT\r", 5) == OK  # the API works as usual
    assert typist.wait(590_000) == b"\r\n%XMODEMSLEEP: 1,2000\r\n\r\n%XMODEMSLEEP: 1,0\r\n"
    assert typist.ask("AT#XSOCKET?")[0] == "#XSOCKET: 0,1,0,2,0"  # it outlived the sleep


def test_1_3_a_sleep_below_the_threshold_is_not_told():
    typist = attached("nrf91-sm")
    typist.ask("AT%XMODEMSLEEP=1,2000,600001")
    typist.ask(ASK)
    assert typist.wait(60_000) == b""
    assert typist.modem.power_saving.is_asleep


@pytest.mark.parametrize("family", FAMILIES)
def test_1_4_ready_comes_again_when_the_line_resumes_and_lte_stays(family):
    typist = attached(family)
    session, boots = typist.modem.radio.session, typist.modem.boots
    assert typist.ask("AT#XSLEEP=2") == ["OK"]
    assert typist.modem.power is Power.LINE_OFF
    assert typist.type(b"AT" + typist.line_end) == b""
    typist.press(100)
    assert typist.take() == b"Ready\r\n"
    assert typist.ask("AT") == ["OK"]
    assert (typist.modem.radio.session, typist.modem.boots) == (session, boots)


# -- 1.5 to 1.7: sockets -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("family", "opening", "behind"),
    [
        ("nrf91-slm2", b'AT#XSENDTO="10.60.2.239",4445\r\n', b""),
        ("nrf91-sm", b'AT#XSENDTO=0,2,0,"10.60.2.239",4445\r', b"\r\n+CGEV: TEST\r\n"),
    ],
)
def test_1_5_notifications_of_data_mode_are_lost_on_slm_and_late_on_serial_modem(
    family, opening, behind
):
    typist = attached(family)
    typist.ask("AT#XSOCKET=1,2,0")
    assert typist.type(opening) == OK
    typist.modem.urc("+CGEV: TEST")
    assert typist.wait(1_000) == b""
    assert typist.type(b"data+++") == b"\r\n#XDATAMODE: 0\r\n" + behind


SELECTED = [
    (b"AT#XSOCKET=0\r\n", OK),
    (b"AT#XSOCKET?\r\n", OK),
    (b"AT#XSOCKET=1,2,0\r\n", b"\r\n#XSOCKET: 1,2,17\r\n" + OK),
    (b"AT#XSOCKET=1,2,0\r\n", b"\r\n#XSOCKET: 2,2,17\r\n" + OK),
    (b"AT#XSOCKET?\r\n", b"\r\n#XSOCKET: 2,1,0,2,0\r\n" + OK),
    (b"AT#XSOCKETSELECT=1\r\n", b"\r\n#XSOCKETSELECT: 1\r\n" + OK),
    (b"AT#XSOCKET?\r\n", b"\r\n#XSOCKET: 1,1,0,2,0\r\n" + OK),
    (
        b"AT#XSOCKETSELECT?\r\n",
        b"\r\n#XSOCKETSELECT: 1,1,0,2,-1,1,0\r\n#XSOCKETSELECT: 2,1,0,2,-1,2,0\r\n"
        b"#XSOCKETSELECT: 1\r\n" + OK,
    ),
]


def test_1_6_slm_shows_the_selected_socket_and_xsocketselect_all():
    plays("nrf91-slm2", [], SELECTED)


def polled(events):
    typist = attached("nrf91-sm")
    typist.ask("AT#XSOCKET=1,2,0")
    typist.ask("AT#XBIND=0,5000")
    said = typist.type(b"AT#XAPOLL=0,1,%d\r" % events)
    device = Address(typist.modem.radio.host, 5_000)

    def push(data):
        typist.world.core.send(Datagram(SERVICE, device, data))
        return typist.wait(1_000)

    return typist, push, said


def test_1_7_pollin_is_armed_again_by_a_receive_alone():
    typist, push, _ = polled(1)
    assert push(b"one") == b"\r\n#XAPOLL: 0,1\r\n"
    assert push(b"two") == b""
    sent = typist.type(b'AT#XSENDTO=0,0,0,"10.60.2.239",4445,"up"\r', 1_000)
    assert sent == b"\r\n#XSENDTO: 0,0,2\r\n" + OK  # no new #XAPOLL, though two are pending
    read = typist.type(b"AT#XRECVFROM=0,0,0,1\r")
    assert read.endswith(b"one" + OK + b"\r\n#XAPOLL: 0,1\r\n")


def test_1_7_a_datagram_of_no_bytes_answers_ok_alone_and_arms_nothing():
    typist, push, _ = polled(1)
    assert push(b"") == b"\r\n#XAPOLL: 0,1\r\n"
    assert typist.type(b"AT#XRECVFROM=0,0,0,1\r") == OK
    assert push(b"more") == b""


def test_1_7_pollout_is_armed_again_by_a_send_alone():
    typist, push, said = polled(5)
    assert said == OK + b"\r\n#XAPOLL: 0,4\r\n"
    assert push(b"in") == b"\r\n#XAPOLL: 0,1\r\n"
    assert b"#XAPOLL: 0,4" not in typist.type(b"AT#XRECVFROM=0,0,0,1\r")
    sent = typist.type(b'AT#XSENDTO=0,0,0,"10.60.2.239",4445,"up"\r', 1_000)
    assert sent == b"\r\n#XSENDTO: 0,0,2\r\n" + OK + b"\r\n#XAPOLL: 0,4\r\n"


def test_1_7_the_end_of_a_socket_is_told_once():
    typist, _, _ = polled(1)
    typist.modem.faults.drop_pdp()
    typist.modem.sockets.lose_bearer()
    assert typist.wait(100) == b"\r\n#XAPOLL: 0,24\r\n"


# -- 1.8: grammar --------------------------------------------------------------------------------

REFUSED = ("ATI", "ATZ", "ATQ0V1", "AT&F", "ATS0?", "ATE0V1")


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("line", REFUSED)
def test_1_8_what_is_no_extended_command_is_an_error(family, line):
    assert attached(family).ask(line) == ["ERROR"]


GRAMMAR = [
    *((family, b"ATE0\r\n", ERROR) for family in SLMS),
    ("nrf91-sm", b"ATE0\r", OK),
    *((family, b"HELLO\r\n", ERROR) for family in SLMS),
    ("nrf91-sm", b"HELLO\r", b""),
    *((family, b" AT\r\n", ERROR) for family in SLMS),
    *((family, b"A/\r\n", ERROR) for family in SLMS),
    ("nrf91-sm", b"A/\r", b""),
    *((family, b"AT+CFUN?\r\n", b"\r\n+CFUN: 1\r\n" + OK) for family in SLMS),
    ("nrf91-sm", b"at+cfun?\r", b"\r\n+CFUN: 1\r\n" + OK),
]


@pytest.mark.parametrize(("family", "sent", "expected"), GRAMMAR)
def test_1_8_lines_are_taken_as_each_application_does(family, sent, expected):
    assert attached(family).type(sent) == expected


@pytest.mark.parametrize("family", FAMILIES)
def test_1_8_an_odd_quote_swallows_all_up_to_the_next(family):
    typist = attached(family)
    assert typist.ask('AT+CGDCONT=0,"IP') == []
    assert typist.ask("AT") == []
    assert typist.ask('"') == ["ERROR"]
    assert typist.ask("AT") == ["OK"]


# -- 1.9 to 1.12 ---------------------------------------------------------------------------------

ANSWERS = [
    ("AT+CMEE?", ["+CMEE: 0", "OK"]),
    ("AT+CMEE=2", ["ERROR"]),
    ("AT+CMEE=1", ["OK"]),
    ("AT+CEER", ['+CEER: "OTHER 0"', "OK"]),
    ("AT+COPS=2", ["ERROR"]),
    ('AT+COPS=1,2,"26201",7', ["ERROR"]),
    ("AT+COPS=3,2", ["OK"]),
    ("AT+COPS?", ['+COPS: 0,2,"26201",7', "OK"]),
    ("AT+CREG?", ["ERROR"]),
    ("AT+CGREG?", ["ERROR"]),
    ("AT+CSQ", ["ERROR"]),
    # -94 dBm and -9 dB: 46 - 140, and 21 / 2 - 19.5
    ("AT+CESQ", ["+CESQ: 99,99,255,255,21,46", "OK"]),
    (
        "AT%XMONITOR",
        [
            '%XMONITOR: 5,"Telekom.de 1nce.net","TDG 1nce.net","26201","2B0F",7,20,"01A2D003",211,'
            '6400,46,38,"", "11100000","11100000","00011110"',
            "OK",
        ],
    ),
]


@pytest.mark.parametrize("family", FAMILIES)
def test_1_9_and_1_10_the_modems_own_answers(family):
    typist = attached(family)
    for line, answer in ANSWERS:
        assert typist.ask(line) == answer, line


@pytest.mark.parametrize("family", FAMILIES)
def test_1_9_a_scan_lists_operators_alone(family):
    scan = attached(family).ask("AT+COPS=?", 30_000)
    assert scan == ['+COPS: (2,"Telekom.de 1nce.net","TDG 1nce.net","26201",7)', "OK"]


def test_1_9_and_1_12_the_cause_of_a_refusal():
    world = World(1)
    typist = Typist(world, world.add_modem(world.add_sim(), "nrf91-sm"))
    typist.switch_on()
    typist.ask('AT+CNEC=8;+CEREG=5;+CGDCONT=0,"IP","internet"')
    typist.ask("AT+CFUN=1", 0)
    told = typist.wait(9_000)
    assert b"\r\n+CEREG: 3,,,,0,19\r\n\r\n+CNEC_EMM: 19\r\n" in told
    assert typist.ask("AT+CEER") == ['+CEER: "EMM 19"', "OK"]
    assert typist.ask("AT%XMONITOR")[0] in ("%XMONITOR: 3", "%XMONITOR: 2")


def test_1_9_a_message_that_is_refused_is_told_of_by_its_number():
    typist = attached("nrf91-slm2", Settings(cell=CellSettings(rat="LTE-M")))
    typist.world.operator.sms.settings = dataclasses.replace(typist.world.operator.sms.settings)
    typist.world.set_sim_enabled(typist.modem.sim, True)
    typist.ask("AT+CFUN=4")
    typist.type(b"AT+CMGS=19\r" + PDU + b"\x1a\r\n", 2_000)
    assert typist.ask("AT+CEER") == ['+CEER: "SMS 331"', "OK"]


def test_1_11_the_line_of_serial_modem_holds_8192_characters():
    typist = attached("nrf91-sm")
    typist.ask("AT#XSOCKET=1,2,0")
    digits = b"41" * 1_400  # 2800 of them
    sent = b'AT#XSENDTO=0,1,0,"10.60.2.239",4445,"%b"\r' % digits
    assert typist.type(sent, 1_000) == b"\r\n#XSENDTO: 0,0,1400\r\n" + OK
    assert typist.type(b"AT+X=" + b"1" * 8_186 + b"\r") == ERROR
    mistakes = [r.fields["reason"] for r in typist.world.timeline.records(kind="mistake")]
    assert "command line too long" not in mistakes
    assert typist.type(b"AT+X=" + b"1" * 8_188 + b"\r") == ERROR
    mistakes = [r.fields["reason"] for r in typist.world.timeline.records(kind="mistake")]
    assert mistakes.count("command line too long") == 1


FUTURE = [
    (b"AT#XAPOLL=,1,1\r", OK),
    (b"AT#XRECVCFG=,1,1\r", OK),
    (b"AT#XSOCKET=1,2,0\r", b"\r\n#XSOCKET: 0,2,17\r\n" + OK),
    (b"AT#XSOCKETOPT=0,0,21\r", b"\r\n#XSOCKETOPT: 0,30\r\n" + OK),  # SO_SNDTIMEO
    (b"AT#XAPOLL?\r", b"\r\n#XAPOLL: 0,1\r\n" + OK),
]


def test_1_11_settings_without_a_handle_are_of_future_sockets_too():
    typist = plays("nrf91-sm", [], FUTURE)
    assert typist.modem.sockets.by_id[0].push == 1


@pytest.mark.parametrize("family", FAMILIES)
def test_1_11_all_addresses_of_a_name_stand_in_one_string(family):
    names = {"pair.example": ("192.0.2.1", "192.0.2.2")}
    typist = attached(family, Settings(network=NetworkSettings(more_names=names)))
    answer = typist.ask('AT#XGETADDRINFO="pair.example"', 1_000)
    assert answer == ['#XGETADDRINFO: "192.0.2.1 192.0.2.2"', "OK"]


OLD = [
    (b"AT#XSOCKET=1,2,0\r\n", b"\r\n#XSOCKET: 1, 2, 0, 17\r\n" + OK),
    (b'AT#XCONNECT="10.60.2.239",4445\r\n', b"\r\n#XCONNECT: 1\r\n" + OK),
    (b'AT#XSEND="text"\r\n', ERROR),
    (b'AT#XSEND=1,"text"\r\n', b"\r\n#XSEND: 4\r\n" + OK),
    (b"AT#XSOCKETOPT=1,20,0\r\n", OK),
    (b"AT#XRECV\r\n", b"\r\n#XSOCKET: -11\r\n" + ERROR),
]


def test_1_11_the_first_slm_wants_a_datatype_and_tells_why_nothing_was_received():
    typist = plays("nrf91-slm1", [], OLD)
    typist.modem.faults.drop_pdp()
    typist.wait(100)
    answer = typist.type(b"AT#XRECV\r\n")
    assert answer == b'\r\n#XSOCKET: -128, "closed"\r\n' + ERROR


def test_1_11_an_error_of_the_modem_below_keeps_its_number():
    typist = attached("nrf91-sm")
    typist.ask("AT+CMEE=1")
    typist.ask("AT#XSMS=1")
    typist.ask("AT+CFUN=4")
    assert typist.ask('AT#XSMS=2,"+4917","hi"', 2_000) == ["+CMS ERROR: 331"]


# -- a paging time window: nRF9160 AT commands, 5.37 ---------------------------------------------

WINDOWS = [
    ([], '%XPTW: 4,"0011"', '%XPTW: 5,"0011"', "0011"),
    (['AT%XPTW=4,"0110"'], '%XPTW: 4,"0110"', '%XPTW: 5,"0011"', "0110"),
    (['AT%XPTW=5,"1111"'], '%XPTW: 4,"0011"', '%XPTW: 5,"1111"', "0011"),
    (['AT%XPTW=4,"0110"', "AT%XPTW=4"], '%XPTW: 4,"0011"', '%XPTW: 5,"0011"', "0011"),
    (['AT%XPTW=4,"0110"', 'AT+CEDRXS=2,4,"0010"'], '%XPTW: 4,"0011"', '%XPTW: 5,"0011"', "0011"),
]


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(("lines", "lte_m", "nb_iot", "granted"), WINDOWS)
def test_a_paging_window_is_asked_for_until_edrx_is_set_again(
    family, lines, lte_m, nb_iot, granted
):
    typist = attached(family)
    for line in ('AT+CEDRXS=2,4,"0010"', *lines):
        assert "ERROR" not in typist.ask(line, 1_000), line
    assert typist.ask("AT%XPTW?", 1_000) == [lte_m, nb_iot, "OK"]
    assert typist.ask("AT+CEDRXRDP") == [f'+CEDRXRDP: 4,"0010","0010","{granted}"', "OK"]


@pytest.mark.parametrize("line", ['AT%XPTW=3,"0110"', 'AT%XPTW=4,"01100"', "AT%XPTW=?", "AT%XPTW"])
def test_a_paging_window_is_four_bits_of_a_known_access(line):
    assert attached("nrf91-sm").ask(line, 1_000) == ["ERROR"]
