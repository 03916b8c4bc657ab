"""Quectel's UDP sockets against a service on the core network."""

import pytest

from nce_sim.ports.typist import Typist
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
# Bytes that look like the modem's own words.
TRICKY = b'\r\nOK\r\n+QIURC: "recv",0\r\n> \x1a\x1b\x00\xff'


class Bench:
    def __init__(self, seed: int = 5):
        self.world = World(seed)
        self.typist = Typist(self.world, self.world.add_modem(self.world.add_sim()))
        self.heard = []
        self.world.core.listen(SERVICE, self.hear)
        self.typist.attach()

    def hear(self, datagram):
        self.heard.append(datagram)
        answer = Datagram(datagram.destination, datagram.source, b"re:" + datagram.payload)
        self.world.core.send(answer)

    def open(self):
        assert self.typist.ask("AT+QISDE=0;+QIACT=1") == ["OK"]
        line = 'AT+QIOPEN=1,0,"UDP","udp.os.1nce.com",4445,0,0'
        assert self.typist.ask(line, 600) == ["OK", "+QIOPEN: 0,0"]


@pytest.fixture
def bench():
    return Bench()


@pytest.fixture
def open_bench(bench):
    bench.open()
    return bench


def test_the_context_must_be_active_before_a_socket_opens(bench):
    assert bench.typist.ask('AT+QIOPEN=1,0,"UDP","10.60.2.239",4445') == ["OK", "+QIOPEN: 0,561"]


def test_qiact_shows_the_sims_static_address(bench):
    assert bench.typist.ask("AT+QIACT?") == ["OK"]
    assert bench.typist.ask("AT+QIACT=1") == ["OK"]
    assert bench.typist.ask("AT+QIACT?") == ['+QIACT: 1,1,1,"10.160.0.1"', "OK"]
    assert bench.typist.ask("AT+QIACT=1") == ["ERROR"]
    assert bench.typist.ask("AT+QIGETERROR") == ["+QIGETERROR: 561,Open PDP context failed", "OK"]
    assert bench.typist.ask("AT+QIDEACT=1") == ["OK"]


def test_a_payload_goes_out_by_count_and_an_answer_comes_back_by_count(open_bench):
    typist = open_bench.typist
    assert typist.type(b"AT+QISEND=0,%d\r" % len(TRICKY)) == b"\r\n> "
    # The answer may be on its way within the same time.
    assert typist.type(TRICKY, 500) == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'
    assert open_bench.heard[0].payload == TRICKY
    assert open_bench.heard[0].source.host == "10.160.0.1"
    size = len(TRICKY) + 3
    assert typist.type(b"AT+QIRD=0,1500\r") == (
        b"\r\n+QIRD: %d\r\nre:" % size + TRICKY + b"\r\n\r\nOK\r\n"
    )
    assert typist.type(b"AT+QIRD=0,1500\r") == b"\r\n+QIRD: 0\r\n\r\nOK\r\n"
    assert typist.ask("AT+QIRD=0,0") == [f"+QIRD: {size},{size},0", "OK"]


def test_the_payload_is_echoed_unless_qisde_says_no(open_bench):
    typist = open_bench.typist
    typist.ask("AT+QISDE=1")
    typist.type(b"AT+QISEND=0,5\r")
    assert typist.type(b"hello", 10) == b"hello\r\nSEND OK\r\n"


def test_a_payload_may_arrive_byte_by_byte(open_bench):
    typist = open_bench.typist
    typist.type(b"AT+QISEND=0,3\r")
    assert [typist.type(bytes([byte]), 1) for byte in b"ab"] == [b"", b""]
    assert typist.type(b"c", 10) == b"\r\nSEND OK\r\n"


def test_what_is_longer_than_declared_is_read_as_commands(open_bench):
    typist = open_bench.typist
    typist.type(b"AT+QISEND=0,3\r")
    received = typist.type(b"abcAT+QISDE?\r", 20)
    assert received == b"\r\nSEND OK\r\n\r\n+QISDE: 0\r\n\r\nOK\r\n"
    assert typist.world.timeline.records(kind="mistake")[-1].fields["excess"] == 10


def test_without_a_length_ctrl_z_sends_and_escape_cancels(open_bench):
    typist = open_bench.typist
    assert typist.type(b"AT+QISEND=0\r") == b"\r\n> "
    assert typist.type(b"text\x1a", 10) == b"\r\nSEND OK\r\n"
    typist.wait(400)
    assert typist.type(b"AT+QISEND=0\r") == b"\r\n> "
    assert typist.type(b"nothing\x1b", 10) == b"\r\nOK\r\n"
    assert [datagram.payload for datagram in open_bench.heard] == [b"text"]


def test_qisendex_takes_hexadecimal(open_bench):
    assert open_bench.typist.type(b'AT+QISENDEX=0,"3132333435"\r', 12) == b"\r\nSEND OK\r\n"
    open_bench.typist.wait(500)
    assert open_bench.heard[0].payload == b"12345"


def test_one_urc_until_the_buffer_is_read_empty(open_bench):
    world, typist = open_bench.world, open_bench.typist
    sim = Address("10.160.0.1", 40_000)
    for payload in (b"one", b"two", b"three"):
        world.core.send(Datagram(SERVICE, sim, payload))
    assert typist.wait(1_000) == b'\r\n+QIURC: "recv",0\r\n'
    assert typist.ask("AT+QIRD=0,0") == ["+QIRD: 11,0,11", "OK"]
    assert typist.ask("AT+QIRD=0,1500")[:2] == ["+QIRD: 3", "one"]
    world.core.send(Datagram(SERVICE, sim, b"four"))
    assert typist.wait(1_000) == b""
    for word in ("two", "three", "four"):
        assert typist.ask("AT+QIRD=0,1500")[1] == word
    world.core.send(Datagram(SERVICE, sim, b"five"))
    assert typist.wait(1_000) == b'\r\n+QIURC: "recv",0\r\n'


def test_a_connected_socket_hears_its_peer_alone(open_bench):
    world = open_bench.world
    stranger = Address("10.60.2.239", 9_999)
    world.core.send(Datagram(stranger, Address("10.160.0.1", 40_000), b"spoof"))
    assert open_bench.typist.wait(1_000) == b""


def test_a_pushing_socket_puts_the_data_into_the_urc(bench):
    typist = bench.typist
    typist.ask('AT+QISDE=0;+QIACT=1;+QIOPEN=1,3,"UDP","10.60.2.239",4445,5000,1')
    typist.ask('AT+QISENDEX=3,"7465"', 12)
    assert typist.wait(500) == b'\r\n+QIURC: "recv",3,5\r\nre:te\r\n'


def test_a_udp_service_sends_to_anybody_and_tells_who_answered(bench):
    typist = bench.typist
    assert typist.ask('AT+QISDE=0;+QIACT=1;+QIOPEN=1,2,"UDP SERVICE","127.0.0.1",0,5000,0') == [
        "OK",
        "+QIOPEN: 2,0",
    ]
    assert typist.type(b'AT+QISEND=2,2,"10.60.2.239",4445\r') == b"\r\n> "
    assert typist.type(b"hi", 500) == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",2\r\n'
    assert typist.ask("AT+QIRD=2") == ['+QIRD: 5,"10.60.2.239",4445', "re:hi", "OK"]
    assert typist.ask("AT+QISTATE=1,2") == [
        '+QISTATE: 2,"UDP SERVICE","10.160.0.1",0,5000,2,1,2,0,"uart1"',
        "OK",
    ]


def test_names_are_resolved_by_urc(open_bench):
    typist = open_bench.typist
    assert typist.ask('AT+QIDNSGIP=1,"coap.os.1nce.com"', 600) == [
        "OK",
        '+QIURC: "dnsgip",0,1,60',
        '+QIURC: "dnsgip","10.60.2.219"',
    ]
    assert typist.ask('AT+QIDNSGIP=1,"nowhere.example"', 600) == ["OK", '+QIURC: "dnsgip",565']
    assert typist.ask('AT+QIOPEN=1,1,"UDP","nowhere.example",1', 600) == ["OK", "+QIOPEN: 1,565"]


MISTAKES = [
    ('AT+QIOPEN=1,0,"UDP","10.60.2.239",4445', ["OK", "+QIOPEN: 0,563"]),
    ('AT+QIOPEN=1,1,"UDP","10.60.2.239",4445,40000', ["OK", "+QIOPEN: 1,574"]),
    ('AT+QIOPEN=1,12,"UDP","10.60.2.239",4445', ["+CME ERROR: 50"]),
    ("AT+QISEND=0,1461", ["+CME ERROR: 50"]),
    ("AT+QISEND=5,3", ["ERROR"]),
    ("AT+QIRD=5,1500", ["ERROR"]),
    ('AT+QISENDEX=0,"123"', ["+CME ERROR: 50"]),
    ("AT+QICLOSE=7", ["OK"]),
]


@pytest.mark.parametrize(("line", "answer"), MISTAKES)
def test_the_hosts_mistakes_are_answered_as_by_the_modem(open_bench, line, answer):
    assert open_bench.typist.ask(line) == answer


def test_a_lost_context_kills_the_sockets_until_they_are_closed(open_bench):
    typist = open_bench.typist
    typist.modem.faults.drop_pdp()
    assert typist.wait(10) == b'\r\n+QIURC: "pdpdeact",1\r\n'
    assert typist.ask("AT+QISEND=0,3") == ["ERROR"]
    typist.wait(10_000)
    assert typist.modem.radio.is_registered
    assert typist.ask("AT+QIDEACT=1") == ["OK"]
    open_bench.open()


def test_bytes_are_counted_with_their_headers(open_bench):
    session = open_bench.world.core.session_of(open_bench.typist.modem.sim)
    before = session.bytes_up, session.bytes_down
    open_bench.typist.ask('AT+QISENDEX=0,"00"', 600)
    assert (session.bytes_up - before[0], session.bytes_down - before[1]) == (29, 32)
