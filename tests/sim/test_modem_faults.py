"""Declared faults: what the host sees, and what left the modem."""

from random import Random

import pytest

from nce_sim.modem.line.uart import random_chunks
from nce_sim.ports.typist import Typist
from nce_sim.wire.datagram import Address
from nce_sim.world import World

SERVICE = Address("10.60.2.239", 4445)


@pytest.fixture
def heard():
    return []


@pytest.fixture
def typist(heard):
    world = World(seed=9)
    typist = Typist(world, world.add_modem(world.add_sim()))
    world.core.listen(SERVICE, heard.append)
    typist.attach()
    typist.ask('AT+QISDE=0;+QIACT=1;+QIOPEN=1,0,"UDP","10.60.2.239",4445')
    return typist


def send(typist, payload, wait_ms=500):
    received = typist.type(b"AT+QISEND=0,%d\r" % len(payload))
    return received + typist.type(payload, wait_ms)


# (point, what the host still sees, whether the datagram left)
POINTS = [
    ("received", b"", 0),
    ("prompt", b"\r\n> ", 0),
    ("after_payload", b"\r\n> ", 0),
    ("before_final", b"\r\n> ", 1),
    ("after_final", b"\r\n> \r\nSEND OK\r\n", 1),
]


@pytest.mark.parametrize(("point", "seen", "left"), POINTS)
@pytest.mark.parametrize("fault", ["freeze", "kill", "reset"])
def test_a_modem_can_fail_at_every_point_of_a_send(typist, heard, fault, point, seen, left):
    faults = typist.modem.faults
    action = (lambda: faults.kill(6_000)) if fault == "kill" else getattr(faults, fault)
    faults.at_command("+QISEND", action, count=2, when=point)
    assert send(typist, b"first") == b"\r\n> \r\nSEND OK\r\n"
    assert send(typist, b"second") == seen
    if (fault, point) == ("freeze", "after_payload"):
        left = 1  # only the UART is frozen: what the modem has, it sends
    assert [datagram.payload for datagram in heard[1:]] == [b"second"] * left


def test_a_killed_modem_is_silent_for_as_long_as_said_and_has_lost_its_sockets(typist):
    typist.modem.faults.kill(silent_ms=6_000)
    assert typist.type(b"AT\r", 5_999) == b""
    assert typist.wait(1) == b"\r\nRDY\r\n"
    typist.wait(15_000)
    assert typist.ask("ATE0") == ["OK"]
    assert typist.ask("AT+QISTATE?;+QIACT?") == ["OK"]
    assert typist.modem.radio.is_registered  # the APN was kept


def test_a_frozen_modem_comes_back_by_its_power_key(typist):
    typist.modem.faults.freeze()
    assert typist.type(b"AT\r", 60_000) == b""
    typist.press(700)
    typist.wait(5_000)
    assert b"RDY" in typist.switch_on()


def test_a_reset_at_a_time_is_seen_by_its_banner(typist):
    now_ms = typist.world.clock.now_ms()
    typist.modem.faults.at_time(now_ms + 10_000, typist.modem.faults.reset)
    assert typist.wait(13_499) == b""
    assert typist.wait(1) == b"\r\nRDY\r\n"


def test_boot_noise_precedes_the_banner(typist):
    typist.modem.faults.boot_noise = b"\x00\xfe~"
    typist.modem.faults.reset()
    assert typist.wait(5_000).startswith(b"\x00\xfe~\r\nRDY\r\n")


def test_a_lost_prompt_leaves_the_modem_waiting_for_the_payload(typist, heard):
    typist.modem.faults.drop_prompt()
    assert typist.type(b"AT+QISEND=0,3\r", 10_000) == b""
    assert typist.type(b"\x00\x00\x00") == b"\r\nSEND OK\r\n"


def test_denial_shows_its_cause_and_ends_when_allowed(typist):
    typist.ask("AT+CEREG=1")
    typist.modem.faults.deny(15)
    assert b"+CEREG: 3\r\n" in typist.wait(8_000)
    assert typist.ask("AT+CEREG?")[0] == "+CEREG: 1,3,,,,0,15"
    typist.modem.faults.allow()
    assert b"+CEREG: 5" in typist.wait(30_000)


def test_an_unknown_point_is_refused(typist):
    with pytest.raises(ValueError, match="after_payload"):
        typist.modem.faults.at_command("+QISEND", typist.modem.faults.freeze, when="midway")


def test_output_in_random_chunks_is_the_same_output(typist):
    expected = typist.type(b"ATI\r")
    typist.modem.uart.chunker = random_chunks(Random(4), largest=3)
    pieces = []
    typist.modem.send_to_host = pieces.append
    typist.type(b"ATI\r", 1_000)
    assert b"".join(pieces) == expected
    assert len(pieces) > 10


def test_a_paced_line_takes_its_time(typist):
    typist.modem.uart.baud = 9_600
    typist.modem.receive_from_host(b"ATI\r")
    typist.modem.receive_from_host(b"")
    received = typist.wait(6)
    assert received.startswith(b"\r\nQuectel")
    assert b"OK" not in received
    assert typist.wait(100).endswith(b"OK\r\n")
