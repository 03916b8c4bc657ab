"""Release assistance (RAI): a modem that knows what follows sleeps sooner; off where unconfirmed.

Driver and simulator share no code.
"""

import dataclasses

import pytest

from nce_modem.errors import UsageError
from nce_modem.power_saving import PowerSaving
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import FAMILIES, play

ACTIVE_S = 4  # T3324, which runs after the release
INACTIVITY_MS = 10_000  # the simulated network's, without a hint
# What each family can say, by the vendor's documents; the rest is refused.
ASSISTED = {"nrf91-sm": ("rai", "release")}
# With NB-IoT alone: with LTE-M, which the bench has, the datagram goes as any other.
OFFERED = dict(ASSISTED)
for name in ("gm02s", "bg95", "bg77", "sim7000", "sim7070", "sim7080"):
    OFFERED[name] = ("rai",)


async def asleep_after_ms(bench, modem, saving, last):
    """From `last(port)` to PSM."""
    await saving.request_psm(periodic_tau_s=86_400, active_time_s=ACTIVE_S)
    await modem.attach()
    port = await modem.open_datagram(bench.echo.host, bench.echo.port)
    await port.send(b"one of several")
    assert await port.receive(20_000) == b"one of several"
    before_ms = modem.now_ms()
    await last(port)
    await saving.sleep(60_000)  # a Sequans says nothing, and wakes when it is asked
    entered = [
        record.at_ms
        for record in bench.world.timeline.records(kind="psm")
        if record.fields["state"] == "entered"
    ]
    return entered[-1] - before_ms


def measure(personality, last, rat="LTE-M", **cell):
    async def scene(bench, modem):
        if cell:
            first = bench.world.operator.cells[0]
            first.settings = dataclasses.replace(first.settings, **cell)
        saving = PowerSaving(modem)

        async def act(port):
            if last is without_answer:
                bench.loss = 1  # the service has nothing to say
            await last(saving, port)

        return await asleep_after_ms(bench, modem, saving, act)

    return play(scene, personality, settings=Settings(cell=CellSettings(rat=rat)))


async def unannounced(saving, port):
    await port.send(b"the last")
    assert await port.receive(20_000) == b"the last"


async def with_answer(saving, port):
    await saving.send_last(port, b"the last", answers=1)
    assert await port.receive(20_000) == b"the last"


async def without_answer(saving, port):
    await saving.send_last(port, b"the last", answers=0)


async def released(saving, port):
    await unannounced(saving, port)
    await saving.release(port)


def hints(personality):
    found = {"rai": [with_answer, without_answer], "release": [released]}
    return [hint for capability in ASSISTED[personality] for hint in found[capability]]


@pytest.mark.parametrize("personality", ASSISTED)
def test_a_hint_saves_the_inactivity_timer(personality):
    plain_ms = measure(personality, unannounced)
    assert plain_ms >= INACTIVITY_MS + ACTIVE_S * 1000
    for hint in hints(personality):
        assert measure(personality, hint) <= plain_ms - INACTIVITY_MS + 1000, hint
        # A network that does not heed it makes the modem wait.
        assert measure(personality, hint, rai_is_heeded=False) >= INACTIVITY_MS, hint


# A GM02S finds NB-IoT once it was told to look for it; the simulator's own tests have its hint.
@pytest.mark.parametrize("personality", sorted(set(OFFERED) - {*ASSISTED, "gm02s"}))
def test_a_hint_of_the_others_saves_it_with_nb_iot_alone(personality):
    plain_ms = measure(personality, unannounced, rat="NB-IoT")
    assert plain_ms >= INACTIVITY_MS + ACTIVE_S * 1000
    for hint in (with_answer, without_answer):
        assert measure(personality, hint, rat="NB-IoT") <= plain_ms - INACTIVITY_MS + 1000, hint
        assert measure(personality, hint) >= INACTIVITY_MS, hint


@pytest.mark.parametrize("personality", FAMILIES)
def test_what_nobody_confirmed_is_refused_and_sends_nothing(personality):
    async def scene(bench, modem):
        saving = PowerSaving(modem)
        await modem.attach()
        port = await modem.open_datagram(bench.echo.host, bench.echo.port)
        offered = OFFERED.get(personality, ())
        for capability, hint in (("rai", without_answer), ("release", saving_release)):
            if capability in offered:
                assert capability in modem.family.profile.capabilities
                continue
            with pytest.raises(UsageError, match="no release assistance"):
                await hint(saving, port)
        if "rai" in offered:
            with pytest.raises(UsageError, match="the network can be told of 0 or 1"):
                await saving.send_last(port, b"the last", answers=2)
        assert ("rai" in offered) or bench.left(b"the last") == 0

    async def saving_release(saving, port):
        await saving.release(port)

    play(scene, personality)
