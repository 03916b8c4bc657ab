"""Every family's own commands, byte for byte, and what it refuses of a host."""

import pytest

from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.wire.datagram import Address, Datagram
from support.socket_lives import LIVES, OK, SOMEBODY, attached


def test_every_family_is_in_the_table():
    assert set(LIVES) == set(PERSONALITIES)


@pytest.mark.parametrize("family", LIVES)
def test_a_sockets_life_byte_for_byte(family):
    typist = attached(family)
    for sent, expected in LIVES[family]:
        assert typist.type(typist.ended(sent), 1_000) == expected, sent


@pytest.mark.parametrize("family", LIVES)
def test_the_same_bytes_whatever_the_chunks_of_the_host(family):
    typist = attached(family)
    for sent, expected in LIVES[family]:
        for byte in typist.ended(sent):
            typist.modem.receive_from_host(bytes([byte]))
        assert typist.wait(1_000) == expected, sent


# What captures of real modems show for plain commands: (family, echo, sent, bytes).
CAPTURED = [
    ("bg96", False, "ATI", "\r\nQuectel\r\nBG96\r\nRevision: BG96MAR02A07M1G\r\n\r\nOK\r\n"),
    ("bg77", False, "AT+CGMM", "\r\nBG77\r\n\r\nOK\r\n"),
    ("bg96", False, "AT+CFUN?", "\r\n+CFUN: 1\r\n\r\nOK\r\n"),
    ("sim7080", True, "AT+CARECV=0,512", "AT+CARECV=0,512\r\r\nERROR\r\n"),
    (
        "sim7080",
        False,
        "AT+CMNB=?",
        "\r\n+CMNB: ((1-Cat-M),(2-NB-IoT),(3-Cat-M And NB-IoT))\r\n\r\nOK\r\n",
    ),
    (
        "sim7000",
        False,
        "AT+CBANDCFG?",
        '\r\n+CBANDCFG: "CAT-M",20,8\r\n+CBANDCFG: "NB-IOT",20,8\r\n\r\nOK\r\n',
    ),
    ("sara-r5", False, "AT+USECPRF=0,0,0", "\r\nOK\r\n"),
    ("sara-r5", False, 'AT+USECPRF=0,9,"MyIdentity"', "\r\nOK\r\n"),
    ("nrf91-slm1", False, "AT+CMEE=2", "\r\nERROR\r\n"),
    ("nrf91-slm1", False, "ATI", "\r\nERROR\r\n"),
    ("nrf91-slm2", False, "AT+CPIN?", "\r\n+CPIN: READY\r\n\r\nOK\r\n"),
    ("nrf91-slm2", False, "AT+CGPADDR=0", '\r\n+CGPADDR: 0,"10.160.0.1"\r\n\r\nOK\r\n'),
    (
        "nrf91-slm2",
        False,
        'AT#XGETADDRINFO="udp.os.1nce.com"',
        '\r\n#XGETADDRINFO: "10.60.2.239"\r\n\r\nOK\r\n',
    ),
    ("gm02s", False, "AT+CEDRXRDP?", "\r\nERROR\r\n"),
    ("gm02s", False, 'AT+SQNSPCFG=2,2,"",0,,,,"","",0,1,0', "\r\nOK\r\n"),
]


@pytest.mark.parametrize(("family", "echo", "sent", "expected"), CAPTURED)
def test_answers_like_the_captured_modem(family, echo, sent, expected):
    typist = attached(family, echo=echo)
    assert typist.type(sent.encode() + typist.line_end) == expected.encode()


# (family, commands before, the mistake, what comes, what the timeline says of it)
MISTAKES = [
    ("bg95", ["AT+QIACT=1"], "AT+QIACT=1", "ERROR", "context activated twice"),
    ("sim7080", [], 'AT+CAOPEN=0,0,"UDP","10.60.2.239",9', "+CAOPEN: 0,1", "CAOPEN without a"),
    ("sim7080", ["AT+CNACT=0,1"], "AT+CNACT=0,1", "ERROR", "bearer activated twice"),
    ("sim7000", [], "AT+CIICR", "+CME ERROR: 3", "command out of its turn"),
    ("sim7000", [], 'AT+CIPSTART="UDP","10.60.2.239",9', "+CME ERROR: 3", "out of its turn"),
    ("a7672", [], 'AT+CIPOPEN=0,"UDP",,,5000', "+CIPOPEN: 0,2", "CIPOPEN without NETOPEN"),
    ("a7672", ["AT+NETOPEN"], "AT+NETOPEN", "ERROR", "NETOPEN while it is open"),
    ("a7672", ["AT+NETOPEN"], "AT+CIPCCFG=,,,,,,,1", "OK", "udpRecvmode of CIPCCFG"),
    ("a7672", ["AT+NETOPEN"], "AT+CIPRXGET=4,3", "ERROR", "a socket that is not open"),
    ("sara-r4", ["AT+CMEE=2"], "AT+USORF=0,9", "+CME ERROR: Operation not allowed", "not open"),
    (
        "sara-r4",
        ["AT+USOCR=17"],
        'AT+USOST=0,"10.60.2.239",9,1025',
        "ERROR",
        "USOST of too many bytes",
    ),
    ("sara-r4", [], "AT+UMNOPROF=90", "ERROR", "UMNOPROF while registered"),
    ("sara-r5", [], "AT+UPSDA=0,3", "ERROR", "UPSDA before UPSD"),
    ("nrf91-slm2", [], "AT#XRECV=1", "ERROR", "no socket is open"),
    (
        "nrf91-sm",
        ["AT+CMEE=1"],
        'AT%CMNG=0,7,3,"00"',
        "+CME ERROR: 518",
        "credentials written while",
    ),
    ("nrf91-sm", ["AT+CMEE=1"], "AT#XRECV=5,0,0,1", "ERROR", "a socket that is not open"),
    ("gm02s", [], "AT+SQNSSENDEXT=1,5", "ERROR", "a socket that is not open"),
    (
        "gm02s",
        ['AT+SQNSD=1,1,9,"10.60.2.239",0,0,1'],
        'AT+SQNSD=1,1,9,"10.60.2.239",0,0,1',
        "ERROR",
        "SQNSD on an id in use",
    ),
    (
        "gm02s",
        ["AT+SQNSSCFG=1,1,2"],
        'AT+SQNSD=1,1,9,"10.60.2.239",0,0,1',
        "ERROR",
        "SQNSD of a UDP socket with a security profile",
    ),
]


@pytest.mark.parametrize(("family", "before", "mistake", "answer", "reason"), MISTAKES)
def test_a_hosts_mistake_is_refused_and_noted(family, before, mistake, answer, reason):
    typist = attached(family)
    for line in before:
        typist.ask(line, 1_000)
    assert answer in typist.ask(mistake, 1_000)
    last = typist.world.timeline.records(kind="mistake")[-1].fields["reason"]
    assert reason in last


def test_data_sooner_than_50_ms_behind_the_at_sign_is_lost():
    typist = attached("sara-r4")
    typist.ask("AT+USOCR=17")
    assert typist.type(b'AT+USOST=0,"10.60.2.239",4445,4\r', 5) == b"\r\n@"
    assert typist.type(b"lost", 60) == b""
    assert typist.type(b"data", 100).startswith(b"\r\n+USOST: 0,4\r\n")


LOSSES = [
    ("bg95", ["AT+QIACT=1"], b'\r\n+QIURC: "pdpdeact",1\r\n'),
    ("sim7080", ["AT+CNACT=0,1"], b"\r\n+APP PDP: 0,DEACTIVE\r\n"),
    ("sim7000", ['AT+CSTT="iot.1nce.net"', "AT+CIICR"], b"\r\n+PDP: DEACT\r\n"),
    (
        "sara-r4",
        ["AT+CGEREP=1", "AT+USOCR=17"],
        b"\r\n+CGEV: NW PDN DEACT 1\r\n\r\n+UUSOCL: 0\r\n",
    ),
    ("a7672", ["AT+NETOPEN"], b"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n"),
    ("sim7600", ["AT+NETOPEN"], b"\r\n+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY\r\n"),
    ("ec25", ['AT+QURCCFG="urcport","uart1"', "AT+QIACT=1"], b'\r\n+QIURC: "pdpdeact",1\r\n'),
    ("ec25", ["AT+QIACT=1"], b""),
    ("sara-r5", ["AT+UPSD=0,100,1", "AT+UPSDA=0,3"], b"\r\n+UUPSDD: 0\r\n"),
    ("nrf91-sm", ["AT#XSOCKET=1,2,0", "AT#XAPOLL=0,1,1"], b"\r\n#XAPOLL: 0,24\r\n"),
    ("gm02s", ['AT+SQNSD=1,1,9,"10.60.2.239",0,0,1'], b"\r\n+SQNSH: 1\r\n"),
]


@pytest.mark.parametrize(("family", "before", "told"), LOSSES)
def test_a_lost_session_is_told_as_the_family_does(family, before, told):
    typist = attached(family)
    for line in before:
        typist.ask(line, 1_000)
    typist.modem.faults.drop_pdp()
    assert typist.wait(50) == told
    typist.wait(30_000)
    assert typist.modem.radio.is_registered


BANNERS = {
    "bg95": b"\r\nRDY\r\n",
    "bg96": b"\r\nRDY\r\n",
    "bg77": b"\r\nRDY\r\n",
    "ec25": b"\r\nRDY\r\n",
    "a7672": b"\r\n*ATREADY: 1\r\n",
    "sim7600": b"\r\nRDY\r\n",
    "sim7000": b"\r\nRDY\r\n",
    "sim7070": b"\r\nRDY\r\n",
    "sim7080": b"\r\nRDY\r\n",
    "sara-r4": b"",
    "sara-r5": b"",
    "nrf91-slm1": b"Ready\r\n",
    "nrf91-slm2": b"Ready\r\n",
    "nrf91-sm": b"Ready\r\n",
    "gm02s": b"\r\n+SYSSTART\r\n",
}
RESTARTS = {
    "bg95": "AT+CFUN=1,1",
    "bg96": "AT+CFUN=1,1",
    "bg77": "AT+CFUN=1,1",
    "ec25": "AT+CFUN=1,1",
    "a7672": "AT+CRESET",
    "sim7600": "AT+CFUN=1,1",
    "sim7000": "AT+CFUN=1,1",
    "sim7070": "AT+CREBOOT",
    "sim7080": "AT+CREBOOT",
    "sara-r4": "AT+CFUN=15",
    "sara-r5": "AT+CFUN=16",
    "nrf91-slm1": "AT#XRESET",
    "nrf91-slm2": "AT#XRESET",
    "nrf91-sm": "AT#XRESET",
    "gm02s": "AT^RESET",
}


@pytest.mark.parametrize("family", RESTARTS)
def test_a_restart_forgets_ram_keeps_nvm_and_shows_the_banner(family):
    typist = attached(family)
    cid = typist.modem.personality.attach_cid
    typist.ask("AT+CEREG=2")
    assert "OK" in typist.ask(RESTARTS[family], 5)
    seen = typist.wait(20_000)
    assert BANNERS[family] in seen
    assert typist.modem.boots == 2
    typist.ask("ATE0")
    assert typist.ask("AT+CEREG?")[0].startswith("+CEREG: 0,")
    assert typist.ask("AT+CGDCONT?")[0].startswith(f'+CGDCONT: {cid},"IP","iot.1nce.net"')


@pytest.mark.parametrize("family", PERSONALITIES)
def test_a_typist_attaches_every_family(family):
    typist = attached(family)
    assert typist.modem.radio.is_registered
    assert typist.modem.radio.session is not None
    contexts = typist.ask("AT+CGDCONT?")
    cid = typist.modem.personality.attach_cid
    assert any(line.startswith(f'+CGDCONT: {cid},"IP","iot.1nce.net"') for line in contexts)


# A socket that talks to anybody: (what the host sends, all that comes), then a datagram of the
# far end, what is told of it, and how it is read and answered.
SERVERS = {
    "sim7080": (
        [
            (b"AT+CNACT=0,1\r", OK + b"\r\n+APP PDP: 0,ACTIVE\r\n"),
            (b"AT+CASRIP=1\r", OK),
            (b'AT+CASERVER=2,0,"UDP",5683\r', b"\r\n+CASERVER: 2,0\r\n" + OK),
            (b'AT+CASERVER=2,0,"UDP",5684\r', b"\r\n+CASERVER: 2,4\r\n" + OK),
            (b'AT+CASERVER=3,0,"UDP",5683\r', b"\r\n+CASERVER: 3,12\r\n" + OK),
            (b"AT+CASERVER?\r", b'\r\n+CASERVER: 2,0,"UDP",5683\r\n' + OK),
            (b"AT+CASTATE?\r", b"\r\n+CASTATE: 2,2\r\n" + OK),
        ],
        b"\r\n+CANEW: 2,2,10.60.2.242,40001\r\n\r\n+CADATAIND: 2\r\n",
        b"\r\n+CADATAIND: 2\r\n",
        [
            (b"AT+CARECV=2,99\r", b"\r\n+CARECV: 10.60.2.242,40001,3,ask\r\n" + OK),
            (b"AT+CARECV=2,99\r", b"\r\n+CARECV: 0\r\n" + OK),
            (b'AT+CACFG="REMOTEADDR",2,10.60.2.242,40001\r', OK),
            (b"AT+CASEND=2,6\r", b"\r\n>"),
            (b"answer", OK),
        ],
    ),
    "sim7000": (
        [
            (b"AT+CIPMUX=1;+CIPRXGET=1;+CIPSRIP=1\r", OK),
            (b'AT+CSTT="iot.1nce.net";+CIICR\r', OK),
            (b"AT+CIFSR\r", None),
            (b'AT+CIPUDPMODE=2,1;+CLPORT=2,"UDP",5683\r', OK),
            (b'AT+CIPSTART=2,"UDP","127.0.0.1",9\r', OK + b"\r\n2, CONNECT OK\r\n"),
            (b"AT+CIPUDPMODE=2,1\r", b"\r\n+CME ERROR: 3\r\n"),
            (b'AT+CIPUDPMODE=1,2,"10.60.2.242",40001\r', b"\r\n+CME ERROR: 3\r\n"),
        ],
        b"\r\n+CIPRXGET: 1,2,10.60.2.242:40001\r\n",
        b"\r\n+CIPRXGET: 1,2,10.60.2.242:40001\r\n",
        [
            (b"AT+CIPRXGET=2,2,99\r", b"\r\n+CIPRXGET: 2,2,3,0,10.60.2.242:40001\r\nask" + OK),
            (b'AT+CIPUDPMODE=2,2,"10.60.2.242",40001\r', OK),
            (b"AT+CIPSEND=2,6\r", b"\r\n> "),
            (b"answer", b"\r\n2, SEND OK\r\n"),
        ],
    ),
    "sara-r4": (
        [
            # SARA-R4 takes no port at +USOCR.
            (b"AT+USOCR=17,5683\r", b"\r\n+CME ERROR: 3\r\n"),
            (b"AT+USOCR=17\r", b"\r\n+USOCR: 0\r\n" + OK),
            (b"AT+USOLI=0,5683\r", OK),
        ],
        b"\r\n+UUSORD: 0,3\r\n",
        b"\r\n+UUSORD: 0,3\r\n",
        [
            (b"AT+USORF=0,99\r", b'\r\n+USORF: 0,"10.60.2.242",40001,3,"ask"\r\n' + OK),
            (b'AT+USOST=0,"10.60.2.242",40001,6\r', b"\r\n@"),
            (b"answer", b"\r\n+USOST: 0,6\r\n" + OK),
        ],
    ),
}


@pytest.mark.parametrize("family", SERVERS)
def test_a_socket_without_a_peer_hears_and_answers_anybody(family):
    opening, first, again, answering = SERVERS[family]
    typist = attached(family)
    world, heard = typist.world, []
    world.core.listen(SOMEBODY, heard.append)
    device = Address(typist.modem.radio.host, 5683)
    typist.ask("AT+CMEE=1")
    for sent, expected in opening:
        answer = typist.type(sent, 1_000)
        assert expected in (None, answer), (sent, answer)
    for told in (first, again):
        world.core.send(Datagram(SOMEBODY, device, b"ask"))
        assert typist.wait(1_000) == told
        for sent, expected in answering:
            answer = typist.type(sent, 1_000)
            assert answer == expected, (sent, answer)
        assert [(datagram.source, datagram.payload) for datagram in heard] == [(device, b"answer")]
        heard.clear()
