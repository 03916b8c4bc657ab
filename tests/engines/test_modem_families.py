"""The driver against each simulated modem: one suite, every family, found by asking.

Simulator and driver share no code, so each proves the other.
"""

import asyncio
import random

import pytest

from nce_modem import Modem, errors, progress
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.core import Address, Datagram
from nce_sim.ports.pipe import open_pipe
from nce_sim.world import World

ECHO = Address("10.60.2.239", 4445)
A_DAY_S = 86_400

# Personality -> the family that asking must find.
FAMILIES = {
    "bg95": "Quectel BG95",
    "bg96": "Quectel BG96",
    "bg77": "Quectel BG95",
    "sim7000": "SIMCom SIM7000",
    "sim7070": "SIMCom SIM7080",
    "sim7080": "SIMCom SIM7080",
    "sara-r4": "u-blox SARA-R410",
    "sara-r5": "u-blox SARA-R5",
    "nrf91-slm1": "Nordic nRF91 (first SLM)",
    "nrf91-slm2": "Nordic nRF91 (SLM)",
    "nrf91-sm": "Nordic nRF91 (Serial Modem)",
    "gm02s": "Sequans GM02S",
}


class ChoppedReader:
    """Hands a reader's bytes on in pieces of random size."""

    def __init__(self, reader, seed):
        self._reader = reader
        self._random = random.Random(seed)

    async def read(self, size):
        return await self._reader.read(self._random.randint(1, min(size, 40)))


class Bench:
    """A world with one modem of a family on a pipe, an echo service, and a driver."""

    def __init__(self, clock, personality, seed=1):
        self.world = World(seed, clock=clock)
        self.seed = seed
        self.sim = self.world.add_sim()
        self.device = self.world.add_modem(self.sim, personality=personality)
        self.told = []
        self.arrived = []
        self.is_lossy = False
        self.random = random.Random(seed)
        self.world.core.listen(ECHO, self._echo)

    def _echo(self, datagram):
        self.arrived.append(datagram.payload)
        if self.is_lossy and self.random.random() < 0.2:
            return
        self.world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))

    async def open_uart(self):
        reader, writer = open_pipe(self.device)
        return ChoppedReader(reader, self.seed), writer

    def power_key(self, is_pressed):
        if is_pressed:
            self.device.press_power_key()
        else:
            self.device.release_power_key()


@pytest.fixture(params=sorted(FAMILIES))
def personality(request):
    if request.param not in PERSONALITIES:
        pytest.skip(f"the simulator has no {request.param} yet")
    return request.param


def play(scene, personality, seed=1):
    """Detect, then run `scene(bench, modem)` in virtual time, a simulated day at the most."""

    async def within(clock):
        bench = Bench(clock, personality, seed)
        modem = await Modem.detect(bench, on_event=bench.told.append)
        try:
            return await asyncio.wait_for(scene(bench, modem), A_DAY_S)
        finally:
            await modem.close()

    return run_virtual(within)


async def send_on_and_on(port):
    for _ in range(5):
        await port.send(b"lost")
        await asyncio.sleep(1)


def test_family_is_found_by_asking_and_attaches_as_a_roamer(personality):
    async def scene(bench, modem):
        assert modem.family.name == FAMILIES[personality]
        await modem.attach()
        assert modem.address.startswith("10.160.")
        registered = [event for event in bench.told if isinstance(event, progress.Registered)]
        assert registered[0].stat == 5

    play(scene, personality)


def test_datagrams_pass_both_ways_whole_under_loss_and_chunking(personality):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        bench.is_lossy = True
        answered = 0
        for number in range(100):
            data = b"%d \r\nOK\r\n> @\x00" % number + bytes(range(number)) + b"."
            await port.send(data.replace(b"+++", b"***"))
            reply = await port.receive(5000)
            assert reply in (None, data)
            answered += reply is not None
        assert len(bench.arrived) == 100
        assert answered > 60

    play(scene, personality)


def test_name_is_resolved_and_opened(personality):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram("udp.os.1nce.com", ECHO.port)
        await port.send(b"by name")
        await asyncio.sleep(5)
        assert bench.arrived == [b"by name"]

    play(scene, personality)


def test_two_sockets_keep_their_datagrams_apart(personality):
    async def scene(bench, modem):
        await modem.attach()
        if modem.family.max_sockets == 1:
            pytest.skip("this family has one socket")
        ports = [await modem.open_datagram(ECHO.host, ECHO.port) for _ in range(2)]
        for turn in range(10):
            for number, port in enumerate(ports):
                await port.send(b"%d/%d" % (number, turn))
            for number, port in enumerate(ports):
                assert await port.receive(20_000) == b"%d/%d" % (number, turn)

    play(scene, personality)


def test_largest_datagram_passes_and_a_larger_one_is_refused(personality):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        with pytest.raises(errors.DatagramTooLarge):
            await port.send(b"x" * (port.max_datagram + 1))
        largest = bytes(number * 7 % 251 for number in range(port.max_datagram))
        await port.send(largest)
        assert await port.receive(20_000) == largest

    play(scene, personality)


def test_network_side_loss_of_the_bearer_is_recovered(personality):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        bench.device.faults.drop_pdp()
        await asyncio.sleep(2)
        with pytest.raises(errors.ModemError):
            await send_on_and_on(port)
        await port.close()
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"again")
        assert await port.receive(20_000) == b"again"

    play(scene, personality)


def test_restart_in_the_middle_of_a_command_is_recovered(personality):
    async def scene(bench, modem):
        await modem.attach()
        port = await modem.open_datagram(ECHO.host, ECHO.port)
        bench.device.faults.reset()
        with pytest.raises(errors.ModemError):
            await send_on_and_on(port)
        await port.close()
        for _ in range(4):
            try:
                await modem.attach()
                port = await modem.open_datagram(ECHO.host, ECHO.port)
                break
            except errors.ModemError:
                await asyncio.sleep(1)
        await port.send(b"again")
        assert await port.receive(20_000) == b"again"

    play(scene, personality)


def test_unconnected_socket_where_the_family_has_one(personality):
    async def scene(bench, modem):
        await modem.attach()
        if "unconnected" not in modem.family.capabilities:
            with pytest.raises(errors.UsageError):
                await modem.open_unconnected(5000)
            return
        socket = await modem.open_unconnected(5000)
        await socket.send_to(b"to whom it may concern", ECHO.host, ECHO.port)
        data, sender = await socket.receive_from(20_000)
        assert data == b"to whom it may concern"
        if "peer_addr" in modem.family.capabilities:
            assert sender == (ECHO.host, ECHO.port)

    play(scene, personality)
