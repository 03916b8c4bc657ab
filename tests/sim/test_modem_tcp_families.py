"""What single families do with TCP, and others do not: pushing, single mode, states, polling."""

import pytest

from support.tcp_bench import BEARERS, OK, Bench
from support.tcp_programs import PROGRAMS

SIM7000, SIM7080, R4, R5 = "sim7000", "sim7080", "sara-r4", "sara-r5"
SLM1, SLM2, SM, GM02S = "nrf91-slm1", "nrf91-slm2", "nrf91-sm", "gm02s"


def opened(family: str, *, is_echo: bool = False) -> Bench:
    bench = Bench(family, is_echo=is_echo)
    bench.program = PROGRAMS[family](bench.typist)
    bench.program.open()
    bench.typist.wait(500)
    return bench


def sim7000(monkeypatch, *lines: str) -> Bench:
    bearer = ['AT+CSTT="iot.1nce.net"', "AT+CIICR", "AT+CIFSR"]
    monkeypatch.setitem(BEARERS, SIM7000, [*lines, *bearer])
    return Bench(SIM7000)


# -- SIM7000: one socket, and data that comes by itself ------------------------------------


def test_sim7000_with_one_socket_has_no_numbers(monkeypatch):
    bench = sim7000(monkeypatch, "AT+CIPHEAD=1")
    started = bench.type(b'AT+CIPSTART="TCP","203.0.113.7",80\r')
    assert started == OK + b"\r\nCONNECT OK\r\n"
    again = bench.type(b'AT+CIPSTART="TCP","203.0.113.7",80\r')
    assert again == OK + b"\r\nALREADY CONNECT\r\n"
    assert bench.type(b"AT+CIPSEND=5\r") == b"\r\n> "
    assert bench.type(b"hello") == b"\r\nSEND OK\r\n\r\n+IPD,5:hello"
    assert bench.type(b"AT+CIPACK\r") == b"\r\n+CIPACK: 5,5,0\r\n" + OK
    bench.host.connection.close()
    assert bench.type(b"") == b"\r\nCLOSED\r\n"
    assert bench.typist.ask("AT+CIPCLOSE") == ["+CME ERROR: 3"]
    assert bench.type(b'AT+CIPSTART="TCP","203.0.113.7",80\r') == started


def test_sim7000_with_many_sockets_tells_whose_bytes_come(monkeypatch):
    bench = sim7000(monkeypatch, "AT+CIPMUX=1")
    bench.type(b'AT+CIPSTART=3,"TCP","203.0.113.7",80\r')
    bench.type(b"AT+CIPSEND=3,5\r")
    assert bench.type(b"hello") == b"\r\n3, SEND OK\r\n\r\n+RECEIVE,3,5:\r\nhello\r\n"


def test_sim7000_serves_with_many_sockets_alone(monkeypatch):
    bench = sim7000(monkeypatch)
    assert bench.typist.ask("AT+CIPSERVER=1,2020") == ["+CME ERROR: 3"]


def test_cipshut_ends_the_connections():
    bench = opened(SIM7000)
    assert bench.type(b"AT+CIPSHUT\r") == b"\r\nSHUT OK\r\n"
    assert [type(event).__name__ for event in bench.host.events] == ["Reset"]
    assert bench.typist.ask("AT+CIPSTATUS")[1] == "STATE: IP INITIAL"


# -- the others ----------------------------------------------------------------------------


# What a secure socket lacks; the command that would connect it; its answer; the mistake.
UNPREPARED = (
    (
        SIM7080,
        ('AT+CACID=0;+CASSLCFG=0,"SSL",1', 'AT+CASSLCFG=0,"CACERT","none.pem"'),
        b'AT+CAOPEN=0,0,"TCP","203.0.113.7",80\r',
        b"\r\n+CAOPEN: 0,4\r\n" + OK,
        "CAOPEN with a certificate that was not converted",
    ),
    (
        SIM7080,
        ('AT+CACID=0;+CASSLCFG=0,"SSL",1', 'AT+CSSLCFG="sslversion",0,5'),
        b'AT+CAOPEN=0,0,"TCP","203.0.113.7",80\r',
        b"\r\n+CAOPEN: 0,7\r\n" + OK,
        "CAOPEN of TCP with the version or protocol of DTLS",
    ),
    (
        "sara-r5",
        ("AT+USECPRF=0,0,1", "AT+USOCR=6", "AT+USOSEC=0,1,0"),
        b'AT+USOCO=0,"203.0.113.7",80\r',
        b"\r\n+CME ERROR: 3\r\n",
        "a security profile without its CA or name",
    ),
    (
        "nrf91-sm",
        ("AT#XSSOCKET=1,1,0,7",),
        b'AT#XCONNECT=0,"203.0.113.7",80\r',
        b"\r\nERROR\r\n",
        "XCONNECT without the CA that is to verify",
    ),
    (
        GM02S,
        ("AT+SQNSSCFG=1,1,1",),
        b'AT+SQNSD=1,0,80,"203.0.113.7",0,0,1\r',
        b"\r\nERROR\r\n",
        "SQNSD of a TCP socket whose security profile is not set",
    ),
    (
        GM02S,
        ("AT+SQNSSCFG=1,1,1", 'AT+SQNSPCFG=1,2,"",1,3'),
        b'AT+SQNSD=1,0,80,"203.0.113.7",0,0,1\r',
        b"\r\nERROR\r\n",
        "SQNSD with a profile that names no CA that is there",
    ),
)


@pytest.mark.parametrize(("family", "before", "connects", "expected", "mistake"), UNPREPARED)
def test_a_secure_socket_without_what_it_needs_does_not_speak_in_the_clear(
    family, before, connects, expected, mistake
):
    bench = Bench(family)
    for command in before:
        assert bench.typist.ask(command)[-1] == "OK"
    assert bench.type(connects).endswith(expected)
    assert bench.host.connections == []
    reasons = [each.fields["reason"] for each in bench.world.timeline.records(kind="mistake")]
    assert mistake in reasons


@pytest.mark.parametrize(
    ("family", "stores", "then"),
    [
        (SIM7080, 'AT+CFSWFILE=3,"x",0,9,1000', 'AT+CSSLCFG="CONVERT",2,"x"'),
        ("sara-r5", 'AT+USECMNG=0,0,"x",9', ""),
    ],
)
def test_what_is_no_certificate_is_refused_as_one(family, stores, then):
    bench = Bench(family)
    bench.typist.ask("AT+CFSINIT")
    bench.type(stores.encode() + b"\r", 500)
    answer = bench.type(b"no secret", 500)
    assert b"ERROR" in (bench.type(then.encode() + b"\r") if then else answer)


def test_sim7080_pushes_what_comes_when_the_open_asked_for_it():
    bench = Bench(SIM7080)
    opened_by = b"\r\n+CAOPEN: 0,0\r\n" + OK
    assert bench.type(b'AT+CAOPEN=0,0,"TCP","203.0.113.7",80,1\r') == opened_by
    bench.type(b"AT+CASEND=0,5\r", 100)
    assert bench.type(b"hello") == OK + b'\r\n+CAURC: "recv",0,5\r\nhello\r\n'
    assert bench.typist.ask("AT+CARECV?") == ["+CARECV: 0,0", "OK"]
    bench.typist.ask("AT+CASRIP=1")
    bench.type(b"AT+CASEND=0,2\r", 100)
    told = b'\r\n+CAURC: "recv",0,2,203.0.113.7,80\r\nok\r\n'
    assert bench.type(b"ok") == OK + told


def test_sim7080_shares_ids_between_udp_and_tcp():
    bench = opened(SIM7080)
    udp = b'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445\r'
    assert bench.type(udp) == b"\r\n+CAOPEN: 0,4\r\n" + OK
    assert bench.type(udp.replace(b"=0,0,", b"=1,0,")) == b"\r\n+CAOPEN: 1,0\r\n" + OK
    states = b"\r\n+CASTATE: 1,1\r\n+CASTATE: 0,1\r\n"
    assert bench.type(b"AT+CASTATE?\r") == states + OK


def test_u_blox_gives_the_numbers_of_udp_and_tcp_together():
    bench = Bench(R4)
    for number, kind in enumerate((6, 17, 6, 17, 6, 17, 6)):
        answer = bench.type(b"AT+USOCR=%d\r" % kind)
        assert answer == b"\r\n+USOCR: %d\r\n" % number + OK
    assert bench.type(b"AT+USOCR=6\r") == b"\r\n+CME ERROR: 3\r\n"
    assert bench.typist.ask("AT+USOCTL=0,0") == ["+USOCTL: 0,0,6", "OK"]
    assert bench.typist.ask("AT+USOCTL=0,10") == ["+USOCTL: 0,10,0", "OK"]
    assert bench.typist.ask("AT+USOCTL=1,0") == ["+USOCTL: 1,0,17", "OK"]
    assert bench.typist.ask("AT+USOWR=0,5") == ["+CME ERROR: 3"]


def test_u_blox_in_hexadecimal():
    bench = opened(R4, is_echo=True)
    bench.typist.ask("AT+UDCONF=1,1")
    bench.typist.wait(100)
    written = bench.type(b'AT+USOWR=0,2,"00FF"\r')
    assert written == b"\r\n+USOWR: 0,2\r\n" + OK + b"\r\n+UUSORD: 0,2\r\n"
    assert bench.type(b"AT+USORD=0,2\r") == b'\r\n+USORD: 0,2,"00FF"\r\n' + OK


def test_sara_r5_closes_by_waiting_alone():
    assert opened(R5).type(b"AT+USOCL=0,1\r") == b"\r\n+CME ERROR: 3\r\n"


@pytest.mark.parametrize("family", [R4, SLM2, SM])
def test_a_half_closed_peer_still_hears(family):
    bench = opened(family)
    bench.host.say(b"bye")
    bench.host.connection.shut_down()
    bench.type(b"")
    assert bench.program.send(b"hello") == 5
    bench.type(b"")
    assert bench.host.heard == b"hello"


def test_slm_2_selects_among_udp_and_tcp():
    bench = opened(SLM2, is_echo=True)
    assert bench.type(b"AT#XSOCKET=1,2,0\r") == b"\r\n#XSOCKET: 2,2,17\r\n" + OK
    assert bench.typist.ask('AT#XSEND="hello"') == ["ERROR"]  # the UDP socket has no peer
    assert bench.type(b"AT#XSOCKETSELECT=1\r") == b"\r\n#XSOCKETSELECT: 1\r\n" + OK
    assert bench.typist.ask('AT#XSEND="hello"') == ["#XSEND: 5", "OK"]
    rows = bench.typist.ask("AT#XSOCKETSELECT?")
    assert "#XSOCKETSELECT: 1,1,0,1,-1,1,0" in rows
    assert rows[-2:] == ["#XSOCKETSELECT: 1", "OK"]
    bench.type(b"AT#XSOCKET=0\r")
    assert bench.type(b"AT#XSOCKETSELECT=2\r") == b"\r\n#XSOCKETSELECT: 2\r\n" + OK


def test_slm_2_polls_for_an_end_as_for_data():
    bench = opened(SLM2)
    assert bench.type(b"AT#XPOLL=1000\r") == OK
    bench.host.connection.close()
    bench.type(b"")
    assert bench.type(b"AT#XPOLL=1000\r") == b'\r\n#XPOLL: 1,"0x0011"\r\n' + OK
    bench = opened(SLM2)
    bench.host.connection.abort()
    bench.type(b"")
    assert bench.type(b"AT#XPOLL=1000\r") == b'\r\n#XPOLL: 1,"0x0018"\r\n' + OK


def test_slm_1_says_what_a_receive_failed_by():
    bench = opened(SLM1)
    answer = bench.type(b"AT#XRECV\r", 1_500)
    assert answer == b"\r\n#XSOCKET: -11\r\n\r\nERROR\r\n"


def test_slm_1_has_one_socket():
    bench = opened(SLM1)
    assert bench.typist.ask("AT#XSOCKET=1,1,0") == ["ERROR"]
    assert bench.typist.ask("AT#XSOCKET=1,2,0") == ["ERROR"]
    assert bench.typist.ask("AT#XSOCKET=1,1,0,16842753") == ["ERROR"]  # TLS


def test_serial_modem_polls_for_room_and_for_data_of_all_sockets():
    bench = Bench(SM, is_echo=False)
    assert bench.type(b"AT#XAPOLL=,1,5\r") == OK
    program = PROGRAMS[SM](bench.typist)
    program.open()
    assert (program.said + bench.type(b"")).endswith(b"\r\n#XAPOLL: 0,4\r\n")
    bench.host.say(b"hi")
    assert bench.type(b"") == b"\r\n#XAPOLL: 0,1\r\n"
    assert bench.type(b"AT#XAPOLL?\r") == b"\r\n#XAPOLL: 0,5\r\n" + OK
    sent = bench.type(b'AT#XSEND=0,0,0,"x"\r')
    assert sent == b"\r\n#XSEND: 0,0,1\r\n" + OK + b"\r\n#XAPOLL: 0,4\r\n"
    received = bench.type(b"AT#XRECV=0,0,0,1,1\r")
    assert received == b"\r\n#XRECV: 0,0,1\r\nh" + OK + b"\r\n#XAPOLL: 0,1\r\n"


def test_serial_modem_takes_three_plusses_by_count():
    bench = opened(SM)
    bench.type(b"AT#XSEND=0,2,0,3\r")
    bench.type(b"+++")
    assert bench.host.heard == b"+++"


def test_gm02s_rings_with_the_bytes():
    bench = opened(GM02S, is_echo=True)
    bench.typist.ask("AT+SQNSCFGEXT=1,2,0,0,0,0")
    bench.type(b"AT+SQNSSENDEXT=1,5\r")
    assert bench.type(b"hello") == OK + b"\r\n+SQNSRING: 1,5,hello\r\n"
