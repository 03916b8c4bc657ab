"""A simulated modem on a serial port elsewhere: RFC 2217, DTR of the other end as power key."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from nce_sim.clock import LoopClock
from nce_sim.ports.remote_serial import RemoteSerialPort
from nce_sim.ports.wired import joined
from nce_sim.world import World
from support.port_server import PortServer

PATIENCE_S = 20
PRESS_S = 2  # much longer than the pulse: a busy computer sees the line late
# pyserial 3.5 calls methods of threads that are properties now.
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


async def until(condition):
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it did not come"
        await asyncio.sleep(0.02)


def test_a_board_elsewhere_presses_the_key_and_talks_to_the_modem():
    async def main(server):
        world = World(1, LoopClock())
        modem = world.add_modem(world.add_sim())
        gone = asyncio.Event()
        async with AsyncExitStack() as closing:
            await joined(modem, server.url, 115_200, "dsr", gone, closing)
            server.port.dsr = True
            await asyncio.sleep(PRESS_S)
            assert modem.power.value == "off"
            server.port.dsr = False
            await until(lambda: b"RDY\r\n" in server.heard)
            held_ms = world.timeline.records(kind="power_key")[0].fields["held_ms"]
            assert held_ms >= modem.personality.power_on_pulse_ms
            server.type(b"AT+IPR=9600\r")
            await until(lambda: server.heard.endswith(b"OK\r\n"))
            await until(lambda: server.port.baudrate == 9600)
            server.hang_up()
            await asyncio.wait_for(gone.wait(), PATIENCE_S)

    with PortServer() as server:
        asyncio.run(main(server))


def test_nothing_at_the_address_is_an_error_of_the_system():
    async def main():
        modem = World(1, LoopClock()).add_modem(None)
        with pytest.raises(OSError, match="Could not open port"):
            await RemoteSerialPort.open(modem, "rfc2217://127.0.0.1:1")

    asyncio.run(main())
