"""A modem that wakes by few commands: what it lost, or that it is another one, is found out."""

import pytest

from nce_modem import AttachError
from nce_modem.power_saving import PowerSaving
from nce_sim.modem.memory import Context, Domain, PsmRequest
from support.driver_bench import ECHO, play

BOOTING = ("bg95", "sim7080", "sara-r5")  # their sleep ends with a start
KEEPING = ("nrf91-sm", "nrf91-slm2")  # theirs does not
DAY_S = 86_400


def quick(names):
    """The first one in every run, the others in the slow ones."""
    return [names[0], *(pytest.param(name, marks=pytest.mark.slow) for name in names[1:])]


def slow(names):
    """All of them in the slow runs."""
    return [pytest.param(name, marks=pytest.mark.slow) for name in names]


async def asleep(bench, modem):
    """A modem in PSM, which has its requests from the `PowerSaving` that is returned."""
    saving = PowerSaving(modem)
    await saving.request_psm(DAY_S, 4)
    await modem.attach()
    await talks(bench, modem)
    assert await saving.sleep(120_000)
    return saving


async def talks(bench, modem):
    port = await modem.open_datagram(ECHO.host, ECHO.port)
    await port.send(b"hello")
    assert await port.receive(10_000) == b"hello"
    await port.close()


def lines_of(bench):
    """How many lines the modem has answered."""
    return len(bench.world.timeline.records(kind="result"))


async def wakes(bench, modem, saving):
    """Wake, and use what is attached; how many lines waking took."""
    before = lines_of(bench)
    await saving.wake()
    taken = lines_of(bench) - before
    await modem.attach()
    assert lines_of(bench) - before == taken  # it is known to be attached
    await talks(bench, modem)
    ram = bench.knobs.ram
    assert ram.line.error_format == 1
    assert ram.reports[Domain.EPS] in (2, 5)
    assert bench.knobs.nvm.psm.mode == 1
    return taken


@pytest.mark.parametrize(
    "family", quick(BOOTING + KEEPING + ("bg96", "sim7000", "sara-r4", "gm02s"))
)
def test_waking_takes_few_commands_and_another_sleep_follows(family):
    async def scene(bench, modem):
        saving = PowerSaving(modem)
        await saving.request_psm(DAY_S, 4)
        await modem.attach()
        for _ in range(3):
            await talks(bench, modem)
            await saving.sleep(120_000)
            assert await wakes(bench, modem, saving) <= 8

    play(scene, family)


@pytest.mark.parametrize("family", quick(KEEPING + BOOTING))
def test_a_loss_of_power_in_psm_is_noticed(family):
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        bench.knobs.cut_power()
        bench.knobs.power_on()
        await wakes(bench, modem, saving)

    play(scene, family)


@pytest.mark.parametrize("family", slow(BOOTING))
def test_a_modem_that_is_off_altogether_is_switched_on(family):
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        bench.knobs.cut_power()
        await wakes(bench, modem, saving)

    play(scene, family)


@pytest.mark.slow
def test_another_card_is_another_device():
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        before = modem.iccid
        bench.knobs.sim = bench.world.add_sim()
        bench.knobs.cut_power()
        await wakes(bench, modem, saving)
        assert modem.iccid not in (before, None)

    play(scene, "bg95")


@pytest.mark.parametrize("family", slow(BOOTING))
def test_a_request_or_an_apn_that_is_lost_is_made_again(family):
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        nvm = bench.knobs.nvm
        wanted = nvm.psm
        nvm.psm = PsmRequest()
        await wakes(bench, modem, saving)
        assert nvm.psm == wanted
        assert await saving.sleep(120_000)
        nvm.contexts[1] = Context("IP", "other.example")
        await wakes(bench, modem, saving)
        assert nvm.contexts[1].apn == "iot.1nce.net"

    play(scene, family)


@pytest.mark.parametrize("family", slow(BOOTING))
def test_a_modem_that_refuses_the_one_line_is_set_up_as_ever(family):
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        faults = bench.knobs.faults
        faults.at_command("+CPSMS", faults.fail_command, when="received")
        await wakes(bench, modem, saving)
        assert not faults.unmet

    play(scene, family)


@pytest.mark.parametrize("family", slow(BOOTING))
def test_an_unsolicited_registration_that_is_lost_is_asked_for(family):
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        bench.knobs.faults.drop_urc("+CEREG", 2)
        assert await wakes(bench, modem, saving) <= 9

    play(scene, family)


@pytest.mark.slow
def test_without_coverage_waking_fails_and_the_next_one_attaches():
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        cell = bench.world.operator.cells[0]
        cell.is_in_coverage = False
        with pytest.raises(AttachError):
            await saving.wake()
        cell.is_in_coverage = True
        await wakes(bench, modem, saving)

    play(scene, "bg95")


@pytest.mark.slow
def test_a_modem_that_was_denied_meanwhile_counts_an_attach():
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        faults = bench.knobs.faults
        faults.at_command("+CPSMS", lambda: faults.deny(8), when="received")
        with pytest.raises(AttachError):
            await saving.wake()
        assert modem.pace.started_ms

    play(scene, "bg95")


@pytest.mark.slow
def test_attaching_is_spared_once_and_not_after_bad_news():
    async def scene(bench, modem):
        saving = await asleep(bench, modem)
        await saving.wake()
        bench.knobs.faults.drop_pdp()
        await modem.attach()  # perhaps before the news
        await modem.attach()
        await talks(bench, modem)

    play(scene, "bg95")
