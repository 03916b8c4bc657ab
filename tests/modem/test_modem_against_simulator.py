"""The driver against the simulated BG95, in virtual time: minutes of waiting cost milliseconds.

Simulator and driver share no code, so each proves the other.
"""

import asyncio

import pytest

from nce_modem import Modem, errors, progress
from nce_sim.clock import run_virtual
from nce_sim.modem.memory import LineSettings
from nce_sim.network.core import Address, Datagram
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

ECHO = Address("10.60.2.239", 4445)
A_DAY_S = 86_400

# What the commands of one power-on, attach, open, send, receive and close look like to a fault.
COMMANDS = (
    "+CMEE",
    "+QISDE",
    "+CEREG",
    "+CGMM",
    "+CPIN",
    "+CGDCONT",
    "+QICSGP",
    "+CFUN",
    "+QIACT",
    "+QIOPEN",
    "+QISEND",
    "+QIRD",
    "+QICLOSE",
)
POINTS = ("received", "prompt", "after_payload", "before_final", "after_final")
FAULTS = ("reset", "kill", "freeze", "drop_pdp", "drop_prompt")


class Bench(PipeBoard):
    """A world with one modem on a pipe, an echo service, and a driver."""

    def __init__(self, clock, seed=1, **options):
        self.world = World(seed, clock=clock)
        self.sim = self.world.add_sim()
        self.device = self.world.add_modem(self.sim)
        super().__init__(self.device)
        self.told = []
        self.arrived = []
        self.driver = Modem(self, on_event=self.told.append, **options)
        self.world.core.listen(ECHO, self._echo)

    def _echo(self, datagram):
        self.arrived.append(datagram.payload)
        self.world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))

    def inject(self, fault):
        faults = self.device.faults
        if fault == "kill":
            faults.kill(silent_ms=4000)
        else:
            getattr(faults, fault)()


def play(scene, seed=1, **options):
    """Run `scene(bench)` in virtual time, a simulated day at the most."""

    async def within(clock):
        bench = Bench(clock, seed, **options)
        try:
            return await asyncio.wait_for(scene(bench), A_DAY_S)
        finally:
            await bench.driver.close()

    return run_virtual(within)


def test_cold_modem_is_switched_on_attached_and_heard():
    async def scene(bench):
        await bench.driver.power_on()
        await bench.driver.attach()
        assert bench.driver.model.startswith("BG95")
        port = await bench.driver.open_datagram("udp.os.1nce.com", 4445)
        for number in range(200):
            data = b"\r\nOK\r\n> %d" % number + bytes(range(number % 256))
            await port.send(data)
            assert await port.receive(10_000) == data
        assert len(bench.arrived) == 200
        registered = [event for event in bench.told if isinstance(event, progress.Registered)]
        assert registered[0].stat == 5

    play(scene)


def test_switched_off_sim_ends_in_an_error_that_says_so():
    async def scene(bench):
        bench.world.set_sim_enabled(bench.sim, False)
        start_ms = bench.driver.now_ms()
        with pytest.raises(errors.AttachError) as caught:
            await bench.driver.attach()
        assert caught.value.step == "registration"
        assert bench.driver.now_ms() - start_ms < 360_000
        assert bench.sim.iccid not in str(caught.value) + "".join(caught.value.transcript)
        # The wait was real, and the driver is none the worse for it.
        bench.world.set_sim_enabled(bench.sim, True)
        await bench.driver.attach()

    play(scene)


def test_empty_sim_holder_is_named():
    async def within(clock):
        bench = Bench(clock)
        bench.device.sim = None
        with pytest.raises(errors.AttachError, match="SIM"):
            await bench.driver.attach()
        await bench.driver.close()

    run_virtual(within)


def test_frozen_modem_is_brought_back_by_its_power_key():
    async def scene(bench):
        await bench.driver.attach()
        port = await bench.driver.open_datagram(ECHO.host, ECHO.port)
        bench.device.faults.freeze()
        with pytest.raises(errors.ModemError):
            await port.send(b"anybody there?")
        await bench.driver.attach()
        port = await bench.driver.open_datagram(ECHO.host, ECHO.port)
        await port.send(b"back")
        assert await port.receive(10_000) == b"back"
        assert bench.driver.generation >= 1

    play(scene)


async def recover(bench, tries=8):
    for _ in range(tries):
        try:
            await bench.driver.attach()
            return
        except errors.ModemError:
            await asyncio.sleep(1)
    raise AssertionError("attach did not recover in %d tries" % tries)


async def exchange(bench, data):
    """Everything from nothing to one datagram there and back; True when the driver says sent."""
    is_sent = False
    port = None
    try:
        await bench.driver.attach()
        port = await bench.driver.open_datagram(ECHO.host, ECHO.port)
        await port.send(data)
        is_sent = True
        await port.receive(10_000)
    except errors.ModemError:
        pass  # nothing else may come out
    finally:
        if port is not None:
            await port.close()
    return is_sent


@pytest.mark.parametrize("fault", FAULTS)
def test_fault_at_every_command_ends_within_a_bound_and_never_lies(fault):
    tried = 0

    for command in COMMANDS:
        for point in POINTS:
            if point in ("prompt", "after_payload") and command != "+QISEND":
                continue
            if fault == "drop_prompt" and (command, point) != ("+QISEND", "received"):
                continue

            async def scene(bench, command=command, point=point):
                bench.device.faults.at_command(
                    command, lambda: bench.inject(fault), when=point, count=1
                )
                start_ms = bench.driver.now_ms()
                is_sent = await exchange(bench, b"first")
                assert bench.driver.now_ms() - start_ms < 900_000, (command, point)
                # Only what was to be sent, never twice, nor reported sent without having left.
                assert bench.arrived in ([], [b"first"]), (command, point)
                # SEND OK says that the modem took it: a bearer lost while it is in the air loses
                # it, and nobody on this side can know.
                if not (fault == "drop_pdp" and command in ("+QISEND", "+QIRD")):
                    assert not is_sent or bench.arrived == [b"first"], (command, point)
                await recover(bench)
                assert await exchange(bench, b"second"), (command, point)
                assert bench.arrived.count(b"second") == 1, (command, point)

            play(scene)
            tried += 1
    assert tried == (1 if fault == "drop_prompt" else 41)


def test_two_sockets_at_once_keep_their_datagrams_apart():
    async def scene(bench):
        await bench.driver.attach()
        ports = [await bench.driver.open_datagram(ECHO.host, ECHO.port) for _ in range(3)]

        async def chat(number, port):
            for turn in range(20):
                data = b"%d/%d" % (number, turn)
                await port.send(data)
                assert await port.receive(20_000) == data

        await asyncio.gather(*(chat(number, port) for number, port in enumerate(ports)))
        assert len(bench.arrived) == 60

    play(scene)


@pytest.mark.parametrize(
    "left", [{"verbose": 0}, {"quiet": 1}, {"echo": 1, "verbose": 0, "quiet": 1}]
)
def test_modem_left_without_readable_results_is_set_right(left):
    async def scene(bench):
        bench.device.nvm.profile = LineSettings(**left)
        await bench.driver.power_on()
        assert bench.driver.model == "BG95-M3"
        assert bench.device.boots == 1

    play(scene)
