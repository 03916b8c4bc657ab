"""Quectel's TCP commands beyond a buffered socket's life: push, transparent mode, ids, numbers."""

import pytest

from nce_sim.wire.datagram import Address
from support.tcp_bench import OK, Bench

TCP = 'AT+QIOPEN=1,%d,"TCP","203.0.113.7",%d,0,%d'


def opened(connect_id: int = 0, mode: int = 0, *, is_echo: bool = True) -> Bench:
    bench = Bench("bg95", is_echo=is_echo)
    line = TCP % (connect_id, 80, mode)
    assert bench.typist.ask(line, 1_000) == ["OK", f"+QIOPEN: {connect_id},0"]
    return bench


def online() -> Bench:
    bench = Bench("bg95")
    assert bench.type((TCP % (0, 80, 2)).encode() + b"\r", 1_000) == b"\r\nCONNECT\r\n"
    return bench


def test_a_pushing_socket_puts_the_bytes_into_the_urc():
    bench = opened(3, mode=1)
    bench.type(b"AT+QISEND=3,5\r")
    assert bench.type(b"hello") == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",3,5\r\nhello\r\n'
    assert bench.typist.ask("AT+QIRD=3,1500") == ["ERROR"]
    assert bench.typist.ask("AT+QIGETERROR") == ["+QIGETERROR: 567,Socket closed", "OK"]


def test_one_urc_until_the_buffer_is_read_empty():
    bench = opened(is_echo=False)
    for word in (b"one", b"two"):
        bench.host.say(word)
    assert bench.type(b"") == b'\r\n+QIURC: "recv",0\r\n'
    assert bench.typist.ask("AT+QIRD=0,4")[:2] == ["+QIRD: 4", "onet"]
    bench.host.say(b"three")
    assert bench.type(b"") == b""
    assert bench.typist.ask("AT+QIRD=0,1500")[:2] == ["+QIRD: 7", "wothree"]
    bench.host.say(b"four")
    assert bench.type(b"") == b'\r\n+QIURC: "recv",0\r\n'


def test_hexadecimal_both_ways():
    bench = opened()
    bench.typist.ask('AT+QICFG="dataformat",1,1')
    bench.type(b"AT+QISEND=0,2\r")
    assert bench.type(b"00FF") == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'
    assert bench.host.heard == b"\x00\xff"
    assert bench.type(b"AT+QIRD=0\r") == b"\r\n+QIRD: 2\r\n00FF\r\n" + OK
    assert bench.type(b'AT+QISENDEX=0,"4F4B"\r', 20) == b"\r\nSEND OK\r\n"


def test_a_payload_up_to_ctrl_z_and_one_given_up():
    bench = opened()
    bench.type(b"AT+QISEND=0\r")
    assert bench.type(b"text\x1a", 20) == b"\r\nSEND OK\r\n"
    bench.type(b"")
    bench.type(b"AT+QISEND=0\r")
    assert bench.type(b"nothing\x1b", 20) == OK
    assert bench.host.heard == b"text"


def test_ids_belong_to_udp_and_tcp_together():
    bench = opened(4)
    for line in (TCP % (4, 80, 0), 'AT+QIOPEN=1,4,"UDP","10.60.2.239",4445,0,0'):
        assert bench.typist.ask(line, 1_000) == ["OK", "+QIOPEN: 4,563"]
    udp = 'AT+QIOPEN=1,5,"UDP","10.60.2.239",4445,0,0'
    assert bench.typist.ask(udp, 1_000) == ["OK", "+QIOPEN: 5,0"]
    assert bench.typist.ask(TCP % (5, 80, 0), 1_000) == ["OK", "+QIOPEN: 5,563"]
    assert [line[:15] for line in bench.typist.ask("AT+QISTATE")] == [
        '+QISTATE: 4,"TC',
        '+QISTATE: 5,"UD',
        "OK",
    ]


def test_twelve_connections_at_once_beside_each_other():
    bench = Bench("bg95")
    for connect_id in range(12):
        bench.typist.ask(TCP % (connect_id, 80, 0), 1_000)
    for connect_id in range(12):
        bench.type(b"AT+QISEND=%d,2\r" % connect_id)
        bench.type(b"%02d" % connect_id)
    for connect_id in range(12):
        answer = bench.type(b"AT+QIRD=%d,1500\r" % connect_id)
        assert answer == b"\r\n+QIRD: 2\r\n%02d\r\n" % connect_id + OK


def test_a_name_is_looked_up():
    bench = Bench("bg95")
    bench.world.core.internet.add_name("echo.example.com", "203.0.113.7")
    line = 'AT+QIOPEN=1,0,"TCP","%s",80,0,0'
    assert bench.typist.ask(line % "echo.example.com", 1_000) == ["OK", "+QIOPEN: 0,0"]
    assert bench.typist.ask("AT+QICLOSE=0", 3_000) == ["OK"]
    assert bench.typist.ask(line % "nobody.example.com", 1_000) == ["OK", "+QIOPEN: 0,565"]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (TCP % (0, 81, 0), ["OK", "+QIOPEN: 0,566"]),
        (TCP % (0, 81, 2), ["ERROR"]),
        ('AT+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,2', ["+CME ERROR: 50"]),
        ('AT+QIOPEN=1,0,"SCTP","10.60.2.239",4445', ["ERROR"]),
        ('AT+QIOPEN=1,0,"TCP LISTENER","127.0.0.1",0,0', ["+CME ERROR: 50"]),
        ("AT+QISEND=0,5", ["ERROR"]),
        ("ATO", ["NO CARRIER"]),
    ],
)
def test_the_hosts_mistakes_are_answered_as_by_the_modem(line, answer):
    assert Bench("bg95").typist.ask(line, 1_000) == answer


def test_a_connection_that_the_peer_closed_takes_no_bytes():
    bench = opened(is_echo=False)
    bench.host.connection.close()
    assert bench.type(b"") == b'\r\n+QIURC: "closed",0\r\n'
    assert bench.typist.ask("AT+QISEND=0,5") == ["ERROR"]
    assert bench.typist.ask(TCP % (0, 80, 0), 1_000) == ["OK", "+QIOPEN: 0,563"]
    assert bench.typist.ask("AT+QICLOSE=0", 3_000) == ["OK"]
    assert bench.typist.ask(TCP % (0, 80, 0), 1_000) == ["OK", "+QIOPEN: 0,0"]


def test_deactivating_the_context_ends_the_connections():
    bench = opened()
    assert bench.typist.ask("AT+QIDEACT=1", 1_000) == ["OK"]
    assert bench.typist.ask("AT+QISTATE") == ["OK"]
    assert [type(event).__name__ for event in bench.host.events] == ["Reset"]


def test_a_thirteenth_connection_to_a_listener_is_turned_away():
    bench = Bench("bg95")
    bench.typist.ask('AT+QIOPEN=1,0,"TCP LISTENER","127.0.0.1",0,2020,0', 1_000)
    other = bench.world.core.internet.tcp._stack("10.8.0.9")
    told = b""
    for _ in range(12):
        other.connect(Address(bench.modem.radio.host, 2020), lambda event: None)
        told += bench.type(b"")
    assert told.count(b'+QIURC: "incoming",') == 11
    assert told.endswith(b'\r\n+QIURC: "incoming full"\r\n')


# -- transparent mode ----------------------------------------------------------------------


def test_the_line_is_the_connection_in_transparent_mode():
    bench = online()
    assert bench.type(b"AT\r", 1_000) == b"AT\r"  # the host's echo
    assert bench.type(bytes(range(256)) * 4) == bytes(range(256)) * 4
    assert bench.host.heard == b"AT\r" + bytes(range(256)) * 4


def test_three_plusses_between_silences_leave_it_and_ato_goes_back():
    bench = online()
    bench.type(b"data", 1_500)
    assert bench.type(b"+++", 900) == b""
    assert bench.type(b"", 200) == OK
    assert bench.type(b"AT\r", 100) == OK
    assert bench.type(b"ATO\r", 100) == b"\r\nCONNECT\r\n"
    assert bench.type(b"more", 1_000) == b"more"
    assert bench.host.heard == b"datamore"


@pytest.mark.parametrize(
    ("pieces", "heard"),
    [
        ([(b"a+++", 1_500)], b"a+++"),  # no silence before it
        ([(b"", 1_500), (b"+++a", 1_500)], b"+++a"),  # none behind it
        ([(b"", 1_500), (b"+", 100), (b"+", 100), (b"x", 1_500)], b"++x"),
        ([(b"", 1_500), (b"++++", 1_500)], b"++++"),
        ([(b"", 1_500), (b"++", 1_500)], b"++"),
    ],
)
def test_plusses_that_are_no_escape_are_data(pieces, heard):
    bench = online()
    for data, wait_ms in pieces:
        bench.type(data, wait_ms)
    bench.type(b"", 1_000)
    assert bench.host.heard == heard
    assert bench.modem.terminal.is_busy


def test_the_plusses_may_come_one_by_one():
    bench = online()
    bench.type(b"", 1_500)
    for _ in range(3):
        bench.type(b"+", 100)
    assert bench.type(b"", 1_200) == OK
    assert bench.host.heard == b""


def test_no_carrier_when_the_peer_closes():
    bench = online()
    bench.host.say(b"bye")
    bench.host.connection.close()
    assert bench.type(b"", 2_000) == b"bye\r\nNO CARRIER\r\n"
    assert bench.typist.ask("ATO") == ["NO CARRIER"]
    assert bench.typist.ask("AT+QICLOSE=0", 3_000) == ["OK"]


def test_a_urc_waits_until_the_line_is_free():
    bench = online()
    bench.modem.urc("+CTZV: +08")
    assert bench.type(b"", 1_500) == b""
    assert bench.type(b"+++", 1_500) == OK + b"\r\n+CTZV: +08\r\n"
