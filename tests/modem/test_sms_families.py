"""Short messages, power saving, signal and cell: the driver against every simulated modem."""

import asyncio

import pytest

from nce_modem.cells import read_cell
from nce_modem.doctor import examine, render
from nce_modem.errors import CommandFailed, UsageError
from nce_modem.families.family import ALWAYS_AWAKE
from nce_modem.network_time import read_clock
from nce_modem.power_saving import PowerSaving
from nce_modem.signal import read_signal
from nce_modem.sms import Sms
from nce_modem.sms.tpdu import Report
from nce_sim.sms.short_message import Direction

# Nordic's modems have no store, no text mode; Serial Modem has text alone.
STORELESS = ("nrf91-slm1", "nrf91-slm2", "nrf91-sm")

LONG = "Temperature of tank 7 is [23.5] {ok} €. " * 10


def test_short_messages_pass_both_ways(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        taken = []

        def forward(method, body, done):
            taken.append((method, body))
            done(200)

        bench.world.operator.sms.set_forwarder(forward, "https://example.com/sms")
        sms = Sms(modem)
        assert await sms.receive(10) is None
        if on_modem.family == "nrf91-sm":
            return await text_both_ways(bench, sms)
        assert len(await sms.send("+882285100", "hello [€]", report=True)) == 1
        report = await sms.receive(600_000)
        assert isinstance(report, Report)
        assert report.status == 0
        assert len(await sms.send("+882285100", LONG)) == 3
        assert len(await sms.send("+882285100", bytes(range(200)))) == 2
        sent = [
            message
            for message in bench.world.operator.sms.messages(bench.sim)
            if message.direction is Direction.MO
        ]
        assert len(sent) == 6
        assert sent[0].wants_report

        bench.world.operator.sms.send_mt(bench.sim, "good morning [€]")
        message = await sms.receive(600_000)
        assert message.text == "good morning [€]"
        assert message.at.year >= 2024
        for number, text in ((2, "bcd"), (1, "a")):
            bench.world.operator.sms.send_mt(bench.sim, text, udh=f"050003AA02{number:02x}")
        assert (await sms.receive(600_000)).text == "abcd"
        bench.world.operator.sms.send_mt(bench.sim, "жук", dcs=8)
        assert (await sms.receive(600_000)).text == "жук"
        bench.world.operator.sms.send_mt(bench.sim, "00ff10", dcs=4)
        assert (await sms.receive(600_000)).data == b"\x00\xff\x10"
        if on_modem.family in STORELESS:
            return await has_no_store(sms)
        assert await sms.list() == []
        assert (await sms.capacity())[0] == 0
        return None

    on_modem(scene, seed=3)


async def has_no_store(sms):
    for asked in (sms.list(), sms.capacity(), sms.delete(1)):
        with pytest.raises(UsageError, match="keeps no short messages"):
            await asked


async def text_both_ways(bench, sms):
    assert await sms.send("+882285100", "hello, world") == [None]
    sent = bench.world.operator.sms.messages(bench.sim)
    assert [message.direction for message in sent] == [Direction.MO]
    bench.world.operator.sms.send_mt(bench.sim, 'he said "good, morning"')
    message = await sms.receive(600_000)
    assert message.text == 'he said "good, morning"'
    assert message.at.year >= 2024
    for number, text in ((2, "bcd"), (1, "a")):
        bench.world.operator.sms.send_mt(bench.sim, text, udh=f"050003AA02{number:02x}")
    assert (await sms.receive(600_000)).text == "abcd"
    await has_no_store(sms)


def test_a_storage_fills_and_is_emptied_without_losing_a_message(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        sms = Sms(modem)
        if on_modem.family in STORELESS:
            assert await sms.receive(10) is None
            return await has_no_store(sms)
        _, total = await sms.capacity()
        for number in range(total + 3):
            bench.world.operator.sms.send_mt(bench.sim, f"message {number}")
        await asyncio.sleep(3600)
        assert (await sms.capacity()) == (total, total)
        got = [(await sms.receive(600_000)).text for _ in range(total + 3)]
        assert sorted(got) == sorted(f"message {number}" for number in range(total + 3))
        return None

    on_modem(scene, seed=3)


def test_text_mode_reads_and_sends(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        sms = Sms(modem, is_text=True)
        if on_modem.family in STORELESS:
            with pytest.raises(UsageError, match="no text mode"):
                await sms.receive(10)
            return
        assert await sms.receive(10) is None
        bench.world.operator.sms.send_mt(bench.sim, "plain text")
        message = await sms.receive(600_000)
        assert message.text == "plain text"
        assert len(await sms.send("+882285100", "answer")) == 1
        assert len(await sms.send("+882285100", "жук")) == 1

    on_modem(scene, seed=3)


@pytest.mark.parity
def test_signal_and_cell_are_told(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        signal = await read_signal(modem)
        assert signal.rsrp_dbm is not None or signal.rssi_dbm is not None
        assert signal.rsrp_dbm is None or -141 <= signal.rsrp_dbm <= -40
        cell = await read_cell(modem)
        assert (len(cell.mcc), len(cell.mnc) in (2, 3)) == (3, True)
        assert cell.tac is not None
        assert cell.ci is not None
        is_cat_1 = ALWAYS_AWAKE in modem.family.profile.capabilities
        assert cell.act == ("LTE" if is_cat_1 else "LTE-M") or bench.knobs is None
        clock = await read_clock(modem)
        assert clock is None or clock.year >= 2025

    on_modem(scene, seed=3)


def test_power_saving_is_granted_slept_and_woken_from(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        saving = PowerSaving(modem)
        if ALWAYS_AWAKE in modem.family.profile.capabilities:
            for request in (
                saving.request_psm(3600, 10),
                saving.request_edrx(80),
                saving.request_no_psm(),
                saving.request_no_edrx(),
            ):
                with pytest.raises(UsageError, match="has no PSM and no eDRX; switch it off"):
                    await request
            assert not await saving.sleep(10_000)
            return
        try:
            await saving.request_psm(periodic_tau_s=3600, active_time_s=10)
        except CommandFailed:
            pytest.skip(f"{on_modem.family} has no +CPSMS")
        await asyncio.sleep(1)
        granted = await saving.read_granted()
        assert granted is not None
        assert granted.periodic_tau_s == 3600
        assert granted.active_time_s == 10
        await saving.request_edrx(80)
        edrx = await saving.read_edrx()
        assert edrx is None or edrx.cycle_ms == 81_920
        await saving.request_no_edrx()
        # Sequans announces nothing, and the UART wakes it: its sleep cannot be seen from here.
        assert await saving.sleep(600_000) or on_modem.family == "gm02s"
        await saving.wake()
        assert modem.address is not None
        assert (await saving.read_granted()).active_time_s == 10

    on_modem(scene, seed=3)


@pytest.mark.parity
def test_doctor_finds_a_healthy_modem_healthy_and_hides_who_it_is(on_modem):
    async def scene(bench, modem):
        await modem.attach()
        report = await examine(modem)
        text = render(report)
        assert report.is_healthy, text
        if bench.knobs is not None:
            assert bench.sim.iccid not in text
            assert bench.sim.imsi not in text
        assert modem.model in text

    on_modem(scene, seed=3)
