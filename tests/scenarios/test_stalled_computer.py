"""A busy computer holds a simulated modem up: what its host waited has been waited by both."""

import pytest

from nce_sim.ports.typist import Typist
from nce_sim.steered_clock import SteeredClock
from nce_sim.world import World
from support.timer_loop import Loop

STALL_S = 0.015  # within one turn of the clock


@pytest.mark.parametrize("family", ["sara-r4", "sara-r5"])
def test_a_stall_behind_the_at_sign_shortens_no_wait_of_50_ms(family):
    loop = Loop()
    world = World(seed=1, clock=SteeredClock(loop))
    world.advance = lambda duration_ms: loop.run(duration_ms / 1000)
    modem = world.add_modem(world.add_sim(), family)
    typist = Typist(world, modem)
    typist.attach()
    if family == "sara-r5":
        for line in ("AT+UPSD=0,0,0", "AT+UPSD=0,100,1", "AT+UPSDA=0,3"):
            assert "OK" in typist.ask(line)
    assert "OK" in typist.ask("AT+USOCR=17")
    received = bytearray()

    def send_and_stall(data):
        received.extend(data)
        if data.endswith(b"@"):
            loop.now_s += STALL_S  # the host runs now; its 50 ms begin

    modem.send_to_host = send_and_stall
    modem.receive_from_host(b'AT+USOST=0,"10.60.2.239",4445,4\r')
    while not received.endswith(b"@"):
        loop.run(0.001)
    loop.run(0.051 - STALL_S)
    modem.receive_from_host(b"data")
    loop.run(0.1)
    assert b"+USOST: 0,4\r\n" in received
