"""Quectel's TCP commands, literally as the TCP/IP application note has them."""

import pytest

from nce_sim.ports.typist import Typist
from nce_sim.world import World
from support.tcp_hosts import SERVER, Host


class Bench:
    def __init__(self, *, is_echo: bool = True, family: str = "bg95"):
        self.world = World(5)
        self.typist = Typist(self.world, self.world.add_modem(self.world.add_sim(), family))
        self.host = Host(self.world, is_echo=is_echo)
        self.typist.attach()
        assert self.typist.ask("AT+QISDE=0;+QIACT=1") == ["OK"]

    def open(self, connect_id: int = 0, mode: int = 0):
        line = f'AT+QIOPEN=1,{connect_id},"TCP","{SERVER.host}",{SERVER.port},0,{mode}'
        assert self.typist.ask(line, 1_000) == ["OK", f"+QIOPEN: {connect_id},0"]
        return self


@pytest.fixture
def bench():
    return Bench().open()


def test_a_buffered_sockets_life_byte_for_byte(bench):
    typist = bench.typist
    assert typist.type(b"AT+QISEND=0,5\r") == b"\r\n> "
    assert typist.type(b"hello", 1_000) == b'\r\nSEND OK\r\n\r\n+QIURC: "recv",0\r\n'
    assert bench.host.heard == b"hello"
    assert typist.ask("AT+QISEND=0,0") == ["+QISEND: 5,5,0", "OK"]
    assert typist.ask("AT+QIRD=0,0") == ["+QIRD: 5,0,5", "OK"]
    assert typist.type(b"AT+QIRD=0,2\r") == b"\r\n+QIRD: 2\r\nhe\r\n\r\nOK\r\n"
    assert typist.type(b"AT+QIRD=0,1500\r") == b"\r\n+QIRD: 3\r\nllo\r\n\r\nOK\r\n"
    assert typist.ask("AT+QIRD=0,1500") == ["+QIRD: 0", "OK"]
    assert typist.ask("AT+QISTATE=1,0") == [
        '+QISTATE: 0,"TCP","203.0.113.7",80,49152,2,1,0,0,"uart1"',
        "OK",
    ]
    assert typist.ask("AT+QICLOSE=0", 3_000) == ["OK"]
    assert typist.ask("AT+QISTATE") == ["OK"]
