"""What vendors leave open is a named setting, and each has its effect."""

import dataclasses

import pytest

from nce_sim.modem.personalities import NRF91_SM
from nce_sim.ports.typist import Typist
from nce_sim.settings import ModemSettings, Settings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)
OK = b"\r\nOK\r\n"
OPEN = {
    "bg95": ['AT+QISDE=0;+QIACT=1;+QIOPEN=1,0,"UDP","10.60.2.239",4445'],
    "sim7080": ["AT+CNACT=0,1", 'AT+CAOPEN=0,0,"UDP","10.60.2.239",4445'],
    "nrf91-slm1": ["AT#XSOCKET=1,2,0", 'AT#XCONNECT="10.60.2.239",4445'],
}


def connected(family, **settings):
    """A typist with an open socket, and the list of what arrives at the service, which echoes."""
    world = World(1, settings=Settings(modem=ModemSettings(**settings)))
    typist = Typist(world, world.add_modem(world.add_sim(), family))
    arrived = []

    def answer(datagram):
        arrived.append(datagram.payload)
        world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))

    world.core.listen(SERVICE, answer)
    typist.switch_on()
    cid = typist.modem.personality.attach_cid
    typist.quieten()
    typist.ask(f'AT+CGDCONT={cid},"IP","iot.1nce.net"')
    typist.ask("AT+CFUN=1", 20_000)
    for line in OPEN[family]:
        typist.ask(line, 1_000)
    return typist, arrived


# (family, settings, [(what the host sends, all that comes)])
EFFECTS = [
    (
        "bg95",
        {},
        [
            (b'AT+QICFG="recvind"\r', b'\r\n+QICFG: "recvind",0\r\n' + OK),
            (b'AT+QICFG="recvind",1\r', OK),
            (b"AT+QISEND=0,5\r", b"\r\n> "),
            (b"hello", b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0,5\r\n'),
        ],
    ),
    (
        "bg95",
        {"quectel_short_read_keeps_rest": False},
        [
            (b"AT+QISEND=0,5\r", b"\r\n> "),
            (b"hello", b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'),
            (b"AT+QIRD=0,2\r", b"\r\n+QIRD: 2\r\nhe\r\n" + OK),
            (b"AT+QIRD=0,2\r", b"\r\n+QIRD: 0\r\n" + OK),
        ],
    ),
    (
        "sim7080",
        {"simcom_udp_server_tells_data": False},
        [
            (b'AT+CASERVER=1,0,"UDP",5683\r', b"\r\n+CASERVER: 1,0\r\n" + OK),
            (b'AT+CACFG="REMOTEADDR",1,10.60.2.239,4445\r', OK),
            (b"AT+CASEND=1,5\r", b"\r\n>"),
            (b"hello", OK + b"\r\n+CANEW: 1,1,10.60.2.239,4445\r\n"),
        ],
    ),
    (
        "nrf91-slm1",
        {"old_slm_text": b"", "old_slm_receive_timeout_s": 3},
        [
            (b'AT#XSEND=1,"hi"\r', b"\r\n#XSEND: 2\r\n" + OK),
            (b"AT#XRECV\r", b"6869\r\n#XRECV: 0, 4\r\n" + OK),
            (b"AT#XSOCKETOPT=0,20\r", b"\r\n#XSOCKETOPT: 3\r\n" + OK),
        ],
    ),
]


@pytest.mark.parametrize(("family", "settings", "life"), EFFECTS)
def test_a_setting_changes_what_the_host_sees(family, settings, life):
    typist, _ = connected(family, **settings)
    for sent, expected in life:
        assert typist.type(typist.ended(sent), 1_000) == expected, sent


@pytest.mark.parametrize("counts_digits", [False, True])
def test_quectels_hexadecimal_data(counts_digits):
    typist, arrived = connected("bg95", quectel_hex_length_counts_digits=counts_digits)
    typist.ask('AT+QICFG="dataformat",1,1')
    assert typist.type(b"AT+QISEND=0,%d\r" % (8 if counts_digits else 4)) == b"\r\n> "
    assert typist.type(b"4f4B00FF") == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'
    assert arrived == [b"OK\x00\xff"]
    assert typist.type(b"AT+QIRD=0,1500\r") == b"\r\n+QIRD: 4\r\n4F4B00FF\r\n" + OK
    typist.ask('AT+QICFG="dataformat",0,1;+QICLOSE=0;+QIOPEN=1,0,"UDP","10.60.2.239",4445,0,1')
    assert typist.type(b"AT+QISEND=0,1\r") == b"\r\n> "
    pushed = typist.type(b"\x01")
    assert pushed == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0,1\r\n01\r\n'


def test_what_is_no_hexadecimal_is_refused_and_does_not_leave():
    typist, arrived = connected("bg95")
    typist.ask('AT+QICFG="dataformat",1,0')
    typist.type(b"AT+QISEND=0,2\r")
    assert b"ERROR" in typist.type(b"nope")
    assert arrived == []


def test_a_line_that_is_no_reset_leaves_a_running_modem_alone():
    for resets, boots in ((True, 2), (False, 1)):
        world = World(1)
        personality = dataclasses.replace(NRF91_SM, key_resets=resets)
        typist = Typist(world, world.add_modem(world.add_sim(), personality))
        typist.switch_on()
        typist.press(500)
        typist.wait(10_000)
        assert typist.modem.boots == boots
