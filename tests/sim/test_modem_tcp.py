"""TCP of every family: a life byte for byte, the ends of a connection, and 64 KiB over loss.

The bytes are those of the makers' documents, as far as `modems_2.md` and the modules of the
personalities name them.
"""

from random import Random

import pytest

from nce_sim.link_profile import LinkProfile
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.settings import CellSettings, Settings
from support.tcp_bench import OK, Bench
from support.tcp_programs import CAT1, PROGRAMS

LIVES = {
    "bg95": [
        (b'AT+QIOPEN=1,0,"TCP","203.0.113.7",80,0,0\r', OK + b"\r\n+QIOPEN: 0,0\r\n"),
        (b"AT+QISEND=0,5\r", b"\r\n> "),
        (b"hello", b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'),
        (b"AT+QISEND=0,0\r", b"\r\n+QISEND: 5,5,0\r\n" + OK),
        (b"AT+QIRD=0,0\r", b"\r\n+QIRD: 5,0,5\r\n" + OK),
        (b"AT+QIRD=0,1500\r", b"\r\n+QIRD: 5\r\nhello\r\n" + OK),
        (b"AT+QIRD=0,1500\r", b"\r\n+QIRD: 0\r\n" + OK),
        (
            b"AT+QISTATE=1,0\r",
            b'\r\n+QISTATE: 0,"TCP","203.0.113.7",80,49152,2,1,0,0,"uart1"\r\n' + OK,
        ),
        (b"AT+QICLOSE=0\r", OK),
        (b"AT+QISTATE\r", OK),
    ],
    "sim7000": [
        (b'AT+CIPSTART=0,"TCP","203.0.113.7",80\r', OK + b"\r\n0, CONNECT OK\r\n"),
        (b"AT+CIPSEND=0,5\r", b"\r\n> "),
        (b"hello", b"\r\n0, SEND OK\r\n\r\n+CIPRXGET: 1,0\r\n"),
        (b"AT+CIPACK=0\r", b"\r\n+CIPACK: 5,5,0\r\n" + OK),
        (b"AT+CIPRXGET=4,0\r", b"\r\n+CIPRXGET: 4,0,5\r\n" + OK),
        (b"AT+CIPRXGET=2,0,2\r", b"\r\n+CIPRXGET: 2,0,2,3\r\nhe" + OK),
        (b"AT+CIPRXGET=2,0,1460\r", b"\r\n+CIPRXGET: 2,0,3,0\r\nllo" + OK),
        (b"AT+CIPQSEND=1\r", OK),
        (b"AT+CIPSEND=0,2\r", b"\r\n> "),
        (b"ok", b"\r\nDATA ACCEPT:0,2\r\n\r\n+CIPRXGET: 1,0\r\n"),
        (b"AT+CIPCLOSE=0\r", b"\r\n0, CLOSE OK\r\n"),
        (b"AT+CIPCLOSE=0\r", b"\r\n+CME ERROR: 3\r\n"),
    ],
    "a7672": [
        (b'AT+CIPOPEN=1,"TCP","203.0.113.7",80\r', OK + b"\r\n+CIPOPEN: 1,0\r\n"),
        (b'AT+CIPOPEN=1,"TCP","203.0.113.7",80\r', b"\r\n+CIPOPEN: 1,4\r\n\r\nERROR\r\n"),
        (b'AT+CIPOPEN=1,"UDP",,,5000\r', b"\r\n+CIPOPEN: 1,4\r\n\r\nERROR\r\n"),
        (
            b"AT+CIPOPEN?\r",
            b'\r\n+CIPOPEN: 0\r\n+CIPOPEN: 1,"TCP","203.0.113.7",80,-1\r\n'
            + b"".join(b"+CIPOPEN: %d\r\n" % number for number in range(2, 10))
            + OK,
        ),
        (b"AT+CIPSEND=1,5\r", b"\r\n>"),
        (b"hello", OK + b"\r\n+CIPSEND: 1,5,5\r\n\r\n+CIPRXGET: 1,1\r\n"),
        (b"AT+CIPACK=1\r", b"\r\n+CIPACK: 5,5,5\r\n" + OK),
        (b"AT+CIPACK=2\r", b"\r\n+IP ERROR: Connection is not created\r\n\r\nERROR\r\n"),
        (b"AT+CIPRXGET=4,1\r", b"\r\n+CIPRXGET: 4,1,5\r\n" + OK),
        (b"AT+CIPRXGET=2,1,2\r", b"\r\n+CIPRXGET: 2,1,2,3\r\nhe\r\n" + OK),
        (b"AT+CIPRXGET=3,1,1\r", b"\r\n+CIPRXGET: 3,1,1,2\r\n6C\r\n" + OK),
        (b"AT+CIPRXGET=2,1\r", b"\r\n+CIPRXGET: 2,1,2,0\r\nlo\r\n" + OK),
        (b"AT+CIPRXGET=4,1\r", b"\r\n+CIPRXGET: 4,1,0\r\n" + OK),
        (b"AT+CIPRXGET=2,1\r", b"\r\n+IP ERROR: No data\r\n\r\nERROR\r\n"),
        (b"AT+CIPSEND=1,\r", b"\r\n>"),
        (b"ok\x1a", OK + b"\r\n+CIPSEND: 1,2,2\r\n\r\n+CIPRXGET: 1,1\r\n"),
        (b"AT+CIPCLOSE?\r", b"\r\n+CIPCLOSE: 0,1,0,0,0,0,0,0,0,0\r\n" + OK),
        (b"AT+CIPRXGET=2,1\r", b"\r\n+CIPRXGET: 2,1,2,0\r\nok\r\n" + OK),
        (b"AT+CIPCLOSE=1\r", OK + b"\r\n+CIPCLOSE: 1,0\r\n"),
        (b"AT+CIPCLOSE=1\r", b"\r\n+CIPCLOSE: 1,4\r\n\r\nERROR\r\n"),
        (b"AT+CIPSEND=1,5\r", b"\r\n+CIPERROR: 4\r\n\r\nERROR\r\n"),
        (b'AT+CIPOPEN=1,"TCP","nobody.example",80\r', b"\r\n+CIPOPEN: 1,11\r\n\r\nERROR\r\n"),
    ],
    "sim7080": [
        (b'AT+CAOPEN=0,0,"TCP","203.0.113.7",80\r', b"\r\n+CAOPEN: 0,0\r\n" + OK),
        (b"AT+CASEND=0\r", b"\r\n+CASEND: 8192\r\n" + OK),
        (b"AT+CASEND=0,5\r", b"\r\n>"),
        (b"hello", OK + b"\r\n+CADATAIND: 0\r\n"),
        (b"AT+CAACK=0\r", b"\r\n+CAACK: 5,0\r\n" + OK),
        (b"AT+CARECV?\r", b"\r\n+CARECV: 0,5\r\n" + OK),
        (b"AT+CARECV=0,1459\r", b"\r\n+CARECV: 5,hello\r\n" + OK),
        (b"AT+CARECV=0,1459\r", b"\r\n+CARECV: 0\r\n" + OK),
        (b"AT+CASTATE?\r", b"\r\n+CASTATE: 0,1\r\n" + OK),
        (b"AT+CACLOSE=0\r", OK),
        (b"AT+CACLOSE=0\r", b"\r\nERROR\r\n"),
    ],
    "sara-r4": [
        (b"AT+USOCR=6\r", b"\r\n+USOCR: 0\r\n" + OK),
        (b'AT+USOCO=0,"203.0.113.7",80\r', OK),
        (b"AT+USOCTL=0,10\r", b"\r\n+USOCTL: 0,10,4\r\n" + OK),
        (b"AT+USOWR=0,5\r", b"\r\n@"),
        (b"hello", b"\r\n+USOWR: 0,5\r\n" + OK + b"\r\n+UUSORD: 0,5\r\n"),
        (b"AT+USOCTL=0,11\r", b"\r\n+USOCTL: 0,11,0\r\n" + OK),
        (b"AT+USORD=0,0\r", b"\r\n+USORD: 0,5\r\n" + OK),
        (b"AT+USORD=0,2\r", b'\r\n+USORD: 0,2,"he"\r\n' + OK + b"\r\n+UUSORD: 0,3\r\n"),
        (b"AT+USORD=0,1024\r", b'\r\n+USORD: 0,3,"llo"\r\n' + OK),
        (b"AT+USORD=0,1024\r", b'\r\n+USORD: 0,""\r\n' + OK),
        (b"AT+USOCL=0\r", OK),
    ],
    "nrf91-slm1": [
        (b"AT#XSOCKET=1,1,0\r", b"\r\n#XSOCKET: 1, 1, 0, 6\r\n" + OK),
        (b'AT#XCONNECT="203.0.113.7",80\r', b"\r\n#XCONNECT: 1\r\n" + OK),
        (b'AT#XSEND=1,"hello"\r', b"\r\n#XSEND: 5\r\n" + OK),
        (b"AT#XRECV\r", b"hello\r\n#XRECV: 1, 5\r\n" + OK),
        (b'AT#XSEND=0,"00FF"\r', b"\r\n#XSEND: 2\r\n" + OK),
        (b"AT#XRECV\r", b"00FF\r\n#XRECV: 0, 4\r\n" + OK),
        (b"AT#XSOCKET=0\r", b'\r\n#XSOCKET: 0, "closed"\r\n' + OK),
    ],
    "nrf91-slm2": [
        (b"AT#XSOCKET=1,1,0\r", b"\r\n#XSOCKET: 1,1,6\r\n" + OK),
        (b'AT#XCONNECT="203.0.113.7",80\r', b"\r\n#XCONNECT: 1\r\n" + OK),
        (b'AT#XSEND="hello"\r', b"\r\n#XSEND: 5\r\n" + OK),
        (b"AT#XPOLL=0\r", b'\r\n#XPOLL: 1,"0x0001"\r\n' + OK),
        (b"AT#XRECV=10\r", b"\r\n#XRECV: 5\r\nhello" + OK),
        (b"AT#XRECV=10,64\r", b"\r\nERROR\r\n"),
        (b"AT#XSEND\r", OK),
        (b"in data mode+++", b"\r\n#XDATAMODE: 0\r\n"),
        (b"AT#XRECV=10\r", b"\r\n#XRECV: 12\r\nin data mode" + OK),
        (b"AT#XSOCKET=0\r", b'\r\n#XSOCKET: 0,"closed"\r\n' + OK),
    ],
    "nrf91-sm": [
        (b"AT#XSOCKET=1,1,0\r", b"\r\n#XSOCKET: 0,1,6\r\n" + OK),
        (b"AT#XAPOLL=0,1,1\r", OK),
        (b'AT#XCONNECT=0,"203.0.113.7",80\r', b"\r\n#XCONNECT: 0,1\r\n" + OK),
        (b'AT#XSEND=0,0,0,"hello"\r', b"\r\n#XSEND: 0,0,5\r\n" + OK + b"\r\n#XAPOLL: 0,1\r\n"),
        (b"AT#XRECV=0,0,0,10,2\r", b"\r\n#XRECV: 0,0,2\r\nhe" + OK + b"\r\n#XAPOLL: 0,1\r\n"),
        (b"AT#XRECV=0,1,0,10\r", b"\r\n#XRECV: 0,1,3\r\n6c6c6f" + OK),
        (b"AT#XSEND=0,2,0,3\r", OK),
        (b"+++", b"\r\n#XDATAMODE: 0\r\n\r\n#XAPOLL: 0,1\r\n"),
        (b"AT#XRECVCFG=0,1\r", OK + b"\r\n#XRECV: 0,0,3\r\n+++\r\n"),
        (b"AT#XCLOSE=0\r", b"\r\n#XCLOSE: 0,0\r\n" + OK),
    ],
    "gm02s": [
        (b"AT+SQNSCFGEXT=1,1,0,0,0,0\r", OK),
        (b'AT+SQNSD=1,0,80,"203.0.113.7",0,0,1\r', OK),
        (b"AT+SQNSSENDEXT=1,5\r", b"\r\n> "),
        (b"hello", OK + b"\r\n+SQNSRING: 1,5\r\n"),
        (b"AT+SQNSI=1\r", b"\r\n+SQNSI: 1,5,5,5,0\r\n" + OK),
        (
            b"AT+SQNSS=1\r",
            b'\r\n+SQNSS: 1,3,"10.160.0.1",49152,"203.0.113.7",80,0\r\n' + OK,
        ),
        (b"AT+SQNSRECV=1,1500\r", b"\r\n+SQNSRECV: 1,5\r\nhello" + OK),
        (b"AT+SQNSRECV=1,1500\r", b"\r\nERROR\r\n"),
        (b"AT+SQNSH=1\r", OK),
    ],
}
LIVES["sara-r422"] = LIVES["sara-r5"] = LIVES["sara-r4"]
LIVES["bg96"] = LIVES["bg77"] = LIVES["bg95"]
LIVES["sim7070"] = LIVES["sim7080"]
LIVES |= dict.fromkeys(CAT1, LIVES["bg95"])
# Its echo of payloads cannot be turned off.
LIVES["sim7600"] = [
    (sent, sent.rstrip(b"\x1a") + expected if sent in (b"hello", b"ok\x1a") else expected)
    for sent, expected in LIVES["a7672"]
]


def test_every_family_is_in_the_table():
    assert set(LIVES) == set(PROGRAMS) == set(PERSONALITIES)


@pytest.mark.parametrize("family", LIVES)
def test_a_tcp_sockets_life_byte_for_byte(family):
    bench = Bench(family)
    for sent, expected in LIVES[family]:
        assert bench.type(sent) == expected, sent
    assert [connection.state.value for connection in bench.host.connections] == ["CLOSED"]


LOSSY = Settings(cell=CellSettings(link=LinkProfile("lossy", (30, 90), loss=0.05)))


@pytest.mark.parametrize("family", PROGRAMS)
def test_64_kib_come_back_whole_over_a_lossy_link(family):
    bench = Bench(family, settings=LOSSY)
    program = PROGRAMS[family](bench.typist)
    program.open()
    random = Random(7)
    data, sent, back = random.randbytes(65_536), 0, bytearray()
    while len(back) < len(data):
        if sent < len(data):
            sent += program.send(data[sent : sent + random.randint(1, program.most)])
        else:
            bench.typist.wait(200)
        back += program.read()
        assert bench.world.clock.now_ms() < 10_000_000
    assert back == data == bench.host.heard
    program.close()
    lost = [
        record
        for record in bench.world.timeline.records(kind="datagram")
        if record.fields["fate"] == "lost"
    ]
    assert len(lost) > 10
    print(f"{family}: {bench.world.clock.now_ms() / 1000:.0f} s, {len(lost)} segments lost")
