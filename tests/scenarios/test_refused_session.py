"""A SIM without volume, a monthly limit and a wrong APN, as the simulated network refuses them."""

import asyncio

import pytest

from nce_modem import AttachError, Modem
from nce_sim.clock import run_virtual
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

A_DAY_S = 86_400


def exhausted(world, sim):
    world.account.exhaust(sim)


def limited(world, sim):
    world.account.set_limit(sim, "data", 1)
    world.account.count_data(sim, 10)


def refusal(prepare, apn="iot.1nce.net", personality="bg95"):
    """The error of attaching a SIM that `prepare(world, sim)` has made unwelcome."""

    async def within(clock):
        world = World(1, clock=clock)
        sim = world.add_sim()
        prepare(world, sim)
        device = world.add_modem(sim, personality=personality)
        device.power_on()
        modem = Modem(PipeBoard(device), apn=apn)
        try:
            with pytest.raises(AttachError) as raised:
                await asyncio.wait_for(modem.attach(), A_DAY_S)
            return raised.value
        finally:
            await modem.close()

    return run_virtual(within)


@pytest.mark.parametrize("prepare", [exhausted, limited])
@pytest.mark.parametrize("personality", ["bg95", "sim7080", "sara-r5", "nrf91-sm", "gm02s"])
def test_volume_and_monthly_limit_are_the_first_things_to_look_at(personality, prepare):
    error = refusal(prepare, personality=personality)
    assert error.step in ("registration", "pdp"), error
    remedy = error.remedy
    assert remedy.index("1) the SIM has used up") < remedy.index("2) its monthly limit"), remedy
    assert remedy.index("2) its monthly limit") < remedy.index("sensor.net"), remedy
    assert "missing or wrong" not in remedy


def test_an_apn_of_somebody_else_comes_first():
    error = refusal(lambda world, sim: None, apn="internet.example")
    assert "1) the APN internet.example is none of 1NCE's" in error.remedy, error
