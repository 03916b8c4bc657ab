"""How a TCP connection ends, as each family tells it: the peer, a reset, the bearer, a restart."""

import pytest

from nce_sim.network.tcp import Connected, TcpState
from nce_sim.settings import ModemSettings, NetworkSettings, Settings, TcpSettings
from nce_sim.wire.datagram import Address
from support.tcp_bench import OK, Bench
from support.tcp_programs import PROGRAMS

BG95, SIM7000, SIM7080, R4, R5 = "bg95", "sim7000", "sim7080", "sara-r4", "sara-r5"
SLM1, SLM2, SM, GM02S = "nrf91-slm1", "nrf91-slm2", "nrf91-sm", "gm02s"
A7672, SIM7600 = "a7672", "sim7600"
FAMILIES = (BG95, SIM7000, SIM7080, A7672, SIM7600, R4, R5, SLM1, SLM2, SM, GM02S)


def opened(family: str, **settings) -> Bench:
    bench = Bench(family, is_echo=False, settings=Settings(modem=ModemSettings(**settings)))
    if family == SM:
        bench.type(b"AT#XAPOLL=,1,1\r")
    bench.program = PROGRAMS[family](bench.typist)
    bench.program.open()
    bench.typist.wait(2_000)
    return bench


# What is told when the peer says "bye" and closes; then, reading twice.
CLOSED = {
    BG95: (
        b'\r\n+QIURC: "recv",0\r\n\r\n+QIURC: "closed",0\r\n',
        b"AT+QIRD=0,1500\r",
        b"\r\n+QIRD: 3\r\nbye\r\n" + OK,
        b"\r\n+QIRD: 0\r\n" + OK,
    ),
    SIM7000: (
        b"\r\n+CIPRXGET: 1,0\r\n\r\n0, CLOSED\r\n",
        b"AT+CIPRXGET=2,0,1460\r",
        b"\r\n+CIPRXGET: 2,0,3,0\r\nbye" + OK,
        b"\r\n+CIPRXGET: 2,0,0,0\r\n" + OK,
    ),
    SIM7080: (
        b"\r\n+CADATAIND: 0\r\n\r\n+CASTATE: 0,0\r\n",
        b"AT+CARECV=0,1459\r",
        b"\r\n+CARECV: 3,bye\r\n" + OK,
        b"\r\n+CARECV: 0\r\n" + OK,
    ),
    R4: (
        b"\r\n+UUSORD: 0,3\r\n",
        b"AT+USORD=0,1024\r",
        b'\r\n+USORD: 0,3,"bye"\r\n' + OK + b"\r\n+UUSOCL: 0\r\n",
        b"\r\n+CME ERROR: 3\r\n",
    ),
    SLM1: (
        b"",
        b"AT#XRECV\r",
        b"bye\r\n#XRECV: 1, 3\r\n" + OK,
        b"\r\n#XRECV: 1, 0\r\n" + OK,
    ),
    SLM2: (b"", b"AT#XRECV=1\r", b"\r\n#XRECV: 3\r\nbye" + OK, OK),
    SM: (
        b"\r\n#XAPOLL: 0,1\r\n\r\n#XAPOLL: 0,17\r\n",
        b"AT#XRECV=0,0,0,1\r",
        b"\r\n#XRECV: 0,0,3\r\nbye" + OK,
        OK,
    ),
    GM02S: (
        b"\r\n+SQNSRING: 1,3\r\n",
        b"AT+SQNSRECV=1,1500\r",
        b"\r\n+SQNSRECV: 1,3\r\nbye" + OK + b"\r\n+SQNSH: 1\r\n",
        b"\r\nERROR\r\n",
    ),
}
CLOSED[R5] = CLOSED[R4]
CLOSED[A7672] = CLOSED[SIM7600] = (
    b"\r\n+CIPRXGET: 1,0\r\n\r\n+IPCLOSE: 0,1\r\n",
    b"AT+CIPRXGET=2,0,1500\r",
    b"\r\n+CIPRXGET: 2,0,3,0\r\nbye\r\n" + OK,
    b"\r\n+IP ERROR: No data\r\n\r\nERROR\r\n",
)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_came_before_the_peers_fin_can_be_read(family):
    bench = opened(family)
    told, read, first, second = CLOSED[family]
    bench.host.say(b"bye")
    bench.host.connection.close()
    assert bench.type(b"") == told
    assert bench.type(read) == first
    assert bench.type(read) == second


@pytest.mark.parametrize(
    ("family", "told"),
    [
        (R4, b"\r\n+UUSORD: 0,3\r\n\r\n+UUSOCL: 0\r\n"),
        (GM02S, b"\r\n+SQNSRING: 1,3\r\n\r\n+SQNSH: 1\r\n"),
    ],
)
def test_the_end_may_come_before_the_bytes_are_read_and_loses_them(family, told):
    bench = opened(family, stream_end_waits_for_the_reader=False)
    bench.host.say(b"bye")
    bench.host.connection.close()
    assert bench.type(b"") == told
    assert b"ERROR" in bench.type(CLOSED[family][1])


# What is told of a reset by the peer, and of a session that the network ended.
BROKEN = {
    BG95: (b'\r\n+QIURC: "closed",0\r\n', b'\r\n+QIURC: "pdpdeact",1\r\n'),
    SIM7000: (b"\r\n0, CLOSED\r\n", b"\r\n+PDP: DEACT\r\n"),
    SIM7080: (b"\r\n+CASTATE: 0,0\r\n", b"\r\n+CASTATE: 0,0\r\n\r\n+APP PDP: 0,DEACTIVE\r\n"),
    **dict.fromkeys(
        (A7672, SIM7600),
        (b"\r\n+IPCLOSE: 0,1\r\n", b"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n"),
    ),
    R4: (b"\r\n+UUSOCL: 0\r\n", b"\r\n+UUSOCL: 0\r\n"),
    R5: (b"\r\n+UUSOCL: 0\r\n", b"\r\n+UUPSDD: 0\r\n\r\n+UUSOCL: 0\r\n"),
    SLM1: (b"", b""),
    SLM2: (b"", b""),
    SM: (b"\r\n#XAPOLL: 0,24\r\n", b"\r\n#XAPOLL: 0,24\r\n"),
    GM02S: (b"\r\n+SQNSH: 1\r\n", b"\r\n+SQNSH: 1\r\n"),
}


@pytest.mark.parametrize("family", FAMILIES)
def test_a_reset_is_told(family):
    bench = opened(family)
    bench.host.connection.abort()
    assert bench.type(b"") == BROKEN[family][0]


def test_polling_that_begins_late_tells_what_has_happened():
    for end, told in (("abort", b"\r\n#XAPOLL: 0,24\r\n"), ("close", b"\r\n#XAPOLL: 0,17\r\n")):
        bench = opened(SM)
        assert bench.type(b"AT#XAPOLL=0,0\r", 100) == OK
        getattr(bench.host.connection, end)()
        assert bench.type(b"") == b""
        assert bench.type(b"AT#XAPOLL=0,1,1\r", 100).replace(OK, b"") == told


@pytest.mark.parametrize("family", FAMILIES)
def test_a_fault_resets_as_the_peer_does(family):
    bench = opened(family)
    bench.modem.faults.reset_streams()
    assert bench.type(b"", 100) == BROKEN[family][0]
    assert bench.host.events == []  # nothing was sent


@pytest.mark.parametrize("family", FAMILIES)
def test_a_lost_bearer_is_told_once_for_all(family):
    bench = opened(family)
    bench.modem.faults.drop_pdp()
    assert bench.type(b"", 100) == BROKEN[family][1]
    assert bench.type(b"", 20_000).count(b"CLOSED") == 0
    assert not any(stream.is_connected for stream in bench.modem.sockets.streams.by_id.values())


# Reading from a connection that was reset.
AFTER_RESET = {
    SLM1: b'\r\n#XSOCKET: -104, "closed"\r\n\r\nERROR\r\n',
    SLM2: b"\r\nERROR\r\n",
    SM: b"\r\nERROR\r\n",
    R4: b"\r\n+CME ERROR: 3\r\n",
    GM02S: b"\r\nERROR\r\n",
}


@pytest.mark.parametrize("family", AFTER_RESET)
def test_reading_from_a_connection_that_was_reset_fails(family):
    bench = opened(family)
    bench.host.connection.abort()
    bench.type(b"")
    assert bench.type(CLOSED[family][1]) == AFTER_RESET[family]


def test_u_blox_tells_by_its_error_what_ended_a_connection():
    bench = opened(R4)
    bench.host.connection.abort()
    bench.type(b"")
    read = CLOSED[R4][1]
    bench.type(read)
    assert bench.typist.ask("AT+USOER") == ["+USOER: 104", "OK"]  # ECONNRESET
    bench.program.open()
    bench.typist.wait(2_000)
    bench.host.connection.close()
    bench.type(b"")
    bench.type(read)
    assert bench.typist.ask("AT+USOER") == ["+USOER: 9", "OK"]  # the socket is not open


@pytest.mark.parametrize("family", PROGRAMS)
def test_a_restart_forgets_the_connections_and_says_nothing(family):
    bench = Bench(family, is_echo=False)
    PROGRAMS[family](bench.typist).open()
    bench.typist.wait(2_000)
    bench.modem.faults.reset()
    bench.typist.attach()
    bench.typist.wait(5_000)
    assert bench.modem.sockets.streams.by_id == {}
    assert bench.host.events == []
    # The peer learns it from the answer to its next segment.
    bench.host.say(b"are you there?")
    bench.typist.wait(60_000)
    assert [type(event).__name__ for event in bench.host.events] == ["Reset"]


REFUSED = {
    BG95: (b'AT+QIOPEN=1,0,"TCP","%s",%d,0,0\r', OK + b"\r\n+QIOPEN: 0,566\r\n"),
    SIM7000: (b'AT+CIPSTART=0,"TCP","%s",%d\r', OK + b"\r\n0, CONNECT FAIL\r\n"),
    SIM7080: (b'AT+CAOPEN=0,0,"TCP","%s",%d\r', b"\r\n+CAOPEN: 0,23\r\n" + OK),
    A7672: (b'AT+CIPOPEN=0,"TCP","%s",%d\r', OK + b"\r\n+CIPOPEN: 0,1\r\n"),
    R4: (b'AT+USOCO=0,"%s",%d\r', b"\r\n+CME ERROR: 3\r\n"),
    SLM1: (b'AT#XCONNECT="%s",%d\r', b"\r\nERROR\r\n"),
    SLM2: (b'AT#XCONNECT="%s",%d\r', b"\r\nERROR\r\n"),
    SM: (b'AT#XCONNECT=0,"%s",%d\r', b"\r\nERROR\r\n"),
    GM02S: (b'AT+SQNSD=1,0,%d,"%s",0,0,1\r', b"\r\nNO CARRIER\r\n"),
}
BEFORE = {R4: b"AT+USOCR=6\r", **dict.fromkeys((SLM1, SLM2, SM), b"AT#XSOCKET=1,1,0\r")}
# Milliseconds that a modem waits for a host that is not there, if its stack goes on as long.
PATIENCE_MS = {
    BG95: 150_000,
    SIM7000: 75_000,
    SIM7080: 75_000,
    A7672: 120_000,
    R4: 332_000,
    SLM1: 130_000,
    SLM2: 130_000,
    SM: 130_000,
    GM02S: 60_000,
}
STUBBORN = Settings(network=NetworkSettings(tcp=TcpSettings(most_syn_repeats=20)))


def dialled(family: str, host: bytes, port: int) -> bytes:
    line = REFUSED[family][0]
    return line % ((port, host) if family == GM02S else (host, port))


@pytest.mark.parametrize("family", REFUSED)
def test_a_refused_connection_is_told(family):
    bench = Bench(family)
    bench.type(BEFORE.get(family, b""))
    assert bench.type(dialled(family, b"203.0.113.7", 81)) == REFUSED[family][1]


@pytest.mark.parametrize("family", REFUSED)
def test_a_host_that_is_not_there_is_waited_for(family):
    bench = Bench(family, settings=STUBBORN)
    bench.type(BEFORE.get(family, b""))
    expected = (
        REFUSED[family][1].replace(b"0,23", b"0,27").replace(b"+CIPOPEN: 0,1", b"+CIPOPEN: 0,10")
    )
    started_ms = bench.world.clock.now_ms()
    received = bench.type(dialled(family, b"203.0.113.99", 80), 0)
    while received != expected:
        received += bench.typist.wait(20)
        waited_ms = bench.world.clock.now_ms() - started_ms
        assert waited_ms < 340_000, received
    assert abs(waited_ms - PATIENCE_MS[family]) < 100


def test_an_asynchronous_connect_of_u_blox_tells_its_end():
    bench = Bench(R4)
    bench.type(b"AT+USOCR=6\r")
    line = b'AT+USOCO=0,"203.0.113.7",%d,1\r'
    assert bench.type(line % 81) == OK + b"\r\n+UUSOCO: 0,111\r\n"
    bench.type(b"AT+USOCL=0\r")
    bench.type(b"AT+USOCR=6\r")
    assert bench.type(line % 80) == OK + b"\r\n+UUSOCO: 0,0\r\n"
    assert bench.type(b"AT+USOCL=0,1\r") == OK + b"\r\n+UUSOCL: 0\r\n"


# The host does not close, so the modem's FIN alone is out.
CLOSING = {
    BG95: (b"AT+QICLOSE=0\r", 10_000, OK),
    SIM7000: (b"AT+CIPCLOSE=0,0\r", 10_000, b"\r\n0, CLOSE OK\r\n"),
    R4: (b"AT+USOCL=0\r", 60_000, OK),
}


@pytest.mark.parametrize("family", CLOSING)
def test_a_close_waits_for_the_peers_fin_and_not_for_ever(family):
    bench = opened(family)
    line, limit_ms, answer = CLOSING[family]
    assert bench.type(line, limit_ms - 100) == b""
    assert bench.type(b"", 1_000) == answer
    assert bench.type(b"", 60_000) == b""


def test_a_send_that_nobody_answers_is_told_as_a_timeout_by_a76xx():
    bench = opened(A7672)
    bench.world.operator.cells[0].is_in_coverage = False
    bench.program.send(b"hello")
    # The stack gives up; 1 would say that the peer closed.
    assert b"\r\n+IPCLOSE: 0,2\r\n" in bench.type(b"", 900_000)


def test_a_quick_close_of_sim7000_does_not_wait():
    bench = opened(SIM7000)
    assert bench.type(b"AT+CIPCLOSE=0\r", 50) == b"\r\n0, CLOSE OK\r\n"
    bench.typist.wait(500)
    assert [type(event).__name__ for event in bench.host.events] == ["PeerClosed"]


def test_gm02s_closes_an_id_without_traffic():
    bench = opened(GM02S)
    assert bench.type(b"", 86_000) == b""
    assert bench.type(b"", 4_000) == b"\r\n+SQNSH: 1\r\n"
    bench = Bench(GM02S, is_echo=False)
    bench.type(b"AT+SQNSCFG=1,1,300,0,600,50\r")
    PROGRAMS[GM02S](bench.typist).open()
    assert bench.type(b"", 200_000) == b""


SERVERS = {
    BG95: [
        (b'AT+QIOPEN=1,1,"TCP LISTENER","127.0.0.1",0,2020,0\r', OK + b"\r\n+QIOPEN: 1,0\r\n"),
        (None, b'\r\n+QIURC: "incoming",11,1,"10.8.0.9",49152\r\n'),
        (
            b"AT+QISTATE\r",
            b'\r\n+QISTATE: 1,"TCP LISTENER","127.0.0.1",0,2020,3,1,1,0,"uart1"\r\n'
            b'+QISTATE: 11,"TCP INCOMING","10.8.0.9",49152,2020,2,1,1,0,"uart1"\r\n' + OK,
        ),
    ],
    SIM7000: [
        (b"AT+CIPSERVER=1,2020\r", OK + b"\r\nSERVER OK\r\n"),
        (None, b"\r\n0, REMOTE IP: 10.8.0.9\r\n"),
        (b"AT+CIPSERVER?\r", b"\r\n+CIPSERVER: 1,2020\r\n" + OK),
        (b"AT+CIPSERVER=0\r", OK + b"\r\nSERVER CLOSE\r\n"),
    ],
    SIM7080: [
        (b'AT+CASERVER=1,0,"TCP",2020\r', b"\r\n+CASERVER: 1,0\r\n" + OK),
        (None, b"\r\n+CANEW: 1,0,10.8.0.9,49152\r\n"),
        (b"AT+CASTATE?\r", b"\r\n+CASTATE: 0,1\r\n+CASTATE: 1,2\r\n" + OK),
    ],
    R5: [
        (b"AT+USOCR=6\r", b"\r\n+USOCR: 0\r\n" + OK),
        (b"AT+USOLI=0,2020\r", OK),
        (None, b'\r\n+UUSOLI: 1,"10.8.0.9",49152,0,"10.160.0.1",2020\r\n'),
    ],
    SLM1: [
        (b"AT#XSOCKET=1,1,1\r", b"\r\n#XSOCKET: 1, 1, 1, 6\r\n" + OK),
        (b"AT#XBIND=2020\r", OK),
        (b"AT#XLISTEN\r", OK),
        (None, b""),
        (b"AT#XACCEPT\r", b'\r\n#XACCEPT: "10.8.0.9"\r\n' + OK),
    ],
    SLM2: [
        (b"AT#XSOCKET=1,1,1\r", b"\r\n#XSOCKET: 1,1,6\r\n" + OK),
        (b"AT#XBIND=2020\r", OK),
        (b"AT#XLISTEN\r", OK),
        (None, b""),
        (b"AT#XACCEPT=60\r", b'\r\n#XACCEPT: 2,"10.8.0.9"\r\n' + OK),
    ],
    SM: [
        (b"AT#XSOCKET=1,1,1\r", b"\r\n#XSOCKET: 0,1,6\r\n" + OK),
        (b"AT#XBIND=0,2020\r", OK),
        (b"AT#XLISTEN=0\r", OK),
        (None, b""),
        (b"AT#XACCEPT=0\r", b'\r\n#XACCEPT: 0,1,"10.8.0.9",49152\r\n' + OK),
    ],
    GM02S: [
        (b"AT+SQNSL=1,1,2020\r", OK),
        (None, b"\r\n+SQNSRING: 1\r\n"),
        (b"AT+SQNSA=1,1\r", OK),
    ],
}


@pytest.mark.parametrize("family", SERVERS)
def test_a_server_on_the_modem_takes_a_connection(family):
    bench = Bench(family)
    # A host of the customer's own network: nobody reaches a device from the internet.
    other = bench.world.core.internet.tcp._stack("10.8.0.9")
    device, heard = Address(bench.modem.radio.host, 2020), []
    for sent, expected in SERVERS[family]:
        if sent is None:
            connection = other.connect(device, heard.append)
        assert bench.type(sent or b"") == expected, sent
    assert heard == [Connected()]
    assert connection.state is TcpState.ESTABLISHED


@pytest.mark.parametrize(("answers", "limit_ms"), [(False, 600_000), (True, 5_000)])
def test_a_connection_that_the_nat_forgot_is_closed(answers, limit_ms):
    network = NetworkSettings(tcp_forgotten_is_reset=answers)
    bench = Bench(BG95, is_echo=False, settings=Settings(network=network))
    program = PROGRAMS[BG95](bench.typist)
    program.open()
    bench.typist.wait(590_000)
    assert program.send(b"in time") == 7
    bench.typist.wait(610_000)
    assert program.send(b"too late") == 8
    assert bench.type(b"", limit_ms) == b'\r\n+QIURC: "closed",0\r\n'
    assert bench.host.heard == b"in time"


def test_a_bearer_that_is_lost_during_sleep_is_told_at_the_wake():
    bench = opened(SM)
    bench.modem.faults.sleep()
    bench.type(b"", 5_000)
    bench.modem.faults.drop_pdp()
    assert bench.type(b"", 60_000) == b""
    bench.modem.power_saving.wake("the host")
    assert bench.type(b"", 100) == BROKEN[SM][1]
