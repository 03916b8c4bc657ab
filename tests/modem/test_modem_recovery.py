"""What the driver does about an operator that refuses, a bearer that fails, a caller who leaves.

Against the simulator, in virtual time: simulator and driver share no code.
"""

import asyncio
import random

import pytest

from nce_modem import Modem, errors, progress
from nce_modem.search import WRONG_OPERATOR
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.core import Address, Datagram
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

ECHO = Address("10.60.2.239", 4445)
A_WEEK_S = 7 * 86_400
FAMILIES = sorted(PERSONALITIES)

# One family of each maker; what activates a bearer there.
ACTIVATIONS = {"bg95": "+QIACT", "sim7080": "+CNACT", "sara-r5": "+UPSDA"}


class Bench(PipeBoard):
    """A world with one modem of a family on a pipe, and an echo service."""

    def __init__(self, clock, personality):
        self.world = World(1, clock=clock)
        self.sim = self.world.add_sim()
        self.device = self.world.add_modem(self.sim, personality=personality)
        super().__init__(self.device)
        self.told = []
        self.world.core.listen(ECHO, self._echo)

    def _echo(self, datagram):
        self.world.core.send(Datagram(datagram.destination, datagram.source, datagram.payload))


def play(scene, personality):
    """Run `scene(bench, modem)` on a modem that is asked who it is, in virtual time."""

    async def within(clock):
        bench = Bench(clock, personality)
        modem = Modem(bench, on_event=bench.told.append)
        try:
            await modem.power_on()
            return await asyncio.wait_for(scene(bench, modem), A_WEEK_S)
        finally:
            await modem.close()

    return run_virtual(within)


async def carries_datagrams(bench, modem):
    port = await modem.open_datagram(ECHO.host, ECHO.port)
    await port.send(b"there and back")
    assert await port.receive(20_000) == b"there and back"
    await port.close()


@pytest.mark.parametrize("cause", WRONG_OPERATOR)
@pytest.mark.parametrize("personality", FAMILIES)
def test_forbidden_operator_is_cleared_from_the_card(personality, cause):
    async def scene(bench, modem):
        cleared = []

        def allow():
            if bench.sim.forbidden_plmns:  # read, where there is no +CEER, before it is cleared
                bench.device.faults.at_command("+CRSM", allow, when="after_final")
                return
            cleared.append(list(bench.sim.forbidden_plmns))
            bench.device.faults.allow()

        bench.device.faults.deny(cause)
        bench.device.faults.at_command("+CRSM", allow, when="after_final")
        await modem.attach()
        assert cleared == [[]]
        assert bench.sim.forbidden_plmns == []
        assert len([event for event in bench.told if isinstance(event, progress.Registered)]) == 1
        await carries_datagrams(bench, modem)

    play(scene, personality)


def test_operator_that_stays_forbidden_ends_in_an_error_that_says_so():
    async def scene(bench, modem):
        bench.device.faults.deny(11)
        start_ms = modem.now_ms()
        with pytest.raises(errors.AttachError) as caught:
            await modem.attach()
        error = caught.value
        assert (error.step, error.is_permanent) == ("registration", False)
        assert "operator is not allowed" in error.reason
        assert "6F7B" in error.remedy
        assert modem.now_ms() - start_ms < 400_000
        bench.device.faults.allow()
        await modem.attach()

    play(scene, "bg95")


def test_network_that_refuses_for_days_is_asked_24_times_a_day_at_most():
    async def scene(bench, modem):
        bench.device.faults.deny(17)
        start_ms = modem.now_ms()
        longest_ms = asked = 0
        while modem.now_ms() - start_ms < 80_000_000:
            began_ms = modem.now_ms()
            with pytest.raises(errors.AttachError) as caught:
                await modem.attach()
            longest_ms = max(longest_ms, modem.now_ms() - began_ms)
            asked += caught.value.step == "registration"
            await asyncio.sleep(max(1000, caught.value.retry_after_ms) / 1000)
        assert 5 < asked <= 24
        # Registration's bound, a pause that is short, and the diagnosis.
        assert longest_ms < 400_000

    play(scene, "bg95")


@pytest.mark.parametrize("personality", sorted(ACTIVATIONS))
def test_bearer_that_keeps_failing_is_cured_by_the_radio(personality):
    async def scene(bench, modem):
        sick = [True]
        before = modem.generation
        command = ACTIVATIONS[personality]
        faults = bench.device.faults

        def refuse():
            if sick[0]:
                faults.fail_command()
                faults.at_command(command, refuse, when="received")

        def cure():
            sick[0] = False

        faults.at_command(command, refuse, when="received")
        with pytest.raises(errors.AttachError) as caught:
            await modem.attach()
        assert caught.value.step == "pdp"
        faults.at_command("+CFUN", cure, when="after_final")
        await modem.attach()
        await carries_datagrams(bench, modem)
        assert modem.generation == before

    play(scene, personality)


@pytest.mark.parametrize("personality", sorted(ACTIVATIONS))
def test_bearer_that_keeps_failing_is_cured_by_the_power_key(personality):
    async def scene(bench, modem):
        sick = [True]
        before = modem.generation
        command = ACTIVATIONS[personality]
        faults = bench.device.faults
        press = bench.device.press_power_key

        def refuse():
            if sick[0]:
                faults.fail_command()
                faults.at_command(command, refuse, when="received")

        def press_and_cure():
            sick[0] = False
            press()

        bench.device.press_power_key = press_and_cure
        faults.at_command(command, refuse, when="received")
        for _ in range(2):
            with pytest.raises(errors.AttachError):
                await modem.attach()
        if modem.pace.delay_ms(modem.now_ms(), True) > 60_000:
            with pytest.raises(errors.AttachError, match="too early") as caught:
                await modem.attach()
            await asyncio.sleep(caught.value.retry_after_ms / 1000)
        await modem.attach()
        await carries_datagrams(bench, modem)
        assert modem.generation > before
        assert modem.pace.bearer_failures == 0

    play(scene, personality)


@pytest.mark.parametrize("personality", FAMILIES)
def test_cancelled_attach_leaves_a_modem_that_works(personality):
    async def scene(bench, modem):
        times = random.Random(personality)
        for _ in range(12):
            task = asyncio.create_task(modem.attach())
            await asyncio.sleep(times.choice((0.001, 0.01, 0.1, 0.7, 5)) * times.random())
            if task.done():
                break
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            modem.pace.succeed()
        await modem.attach()
        await carries_datagrams(bench, modem)

    play(scene, personality)
