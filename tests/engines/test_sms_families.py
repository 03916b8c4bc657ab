"""Short messages, power saving, signal and cell: the driver against every simulated modem."""

import asyncio

import pytest

from nce_modem import Modem
from nce_modem.cells import read_cell
from nce_modem.doctor import examine, render
from nce_modem.errors import CommandFailed
from nce_modem.network_time import read_clock
from nce_modem.power_saving import PowerSaving
from nce_modem.signal import read_signal
from nce_modem.sms import Sms
from nce_modem.sms.tpdu import Report
from nce_sim.clock import run_virtual
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.network.short_message import Direction
from nce_sim.ports.pipe import open_pipe
from nce_sim.world import World

A_DAY_S = 86_400
LONG = "Temperature of tank 7 is [23.5] {ok} €. " * 10


class Bench:
    """A world with one modem on a pipe."""

    power_key_presses = 0

    def __init__(self, clock, personality):
        self.world = World(3, clock=clock)
        self.sim = self.world.add_sim()
        self.device = self.world.add_modem(self.sim, personality=personality)

    @property
    def service_centre(self):
        return self.world.operator.sms

    async def open_uart(self):
        return open_pipe(self.device)

    def power_key(self, is_pressed):
        if is_pressed:
            self.power_key_presses += 1
            self.device.press_power_key()
        else:
            self.device.release_power_key()


@pytest.fixture(params=sorted(PERSONALITIES))
def personality(request):
    return request.param


def play(scene, personality):
    async def within(clock):
        bench = Bench(clock, personality)
        modem = await Modem.detect(bench)
        try:
            await modem.attach()
            return await asyncio.wait_for(scene(bench, modem), A_DAY_S)
        finally:
            await modem.close()

    return run_virtual(within)


def test_short_messages_pass_both_ways(personality):
    async def scene(bench, modem):
        taken = []

        def forward(method, body, done):
            taken.append((method, body))
            done(200)

        bench.service_centre.set_forwarder(forward, "https://example.com/sms")
        sms = Sms(modem)
        assert await sms.receive(10) is None
        assert len(await sms.send("+882285100", "hello [€]", report=True)) == 1
        report = await sms.receive(600_000)
        assert isinstance(report, Report)
        assert report.status == 0
        assert len(await sms.send("+882285100", LONG)) == 3
        assert len(await sms.send("+882285100", bytes(range(200)))) == 2
        sent = [
            message
            for message in bench.service_centre.messages(bench.sim)
            if message.direction is Direction.MO
        ]
        assert len(sent) == 6
        assert sent[0].wants_report

        bench.service_centre.send_mt(bench.sim, "good morning [€]")
        message = await sms.receive(600_000)
        assert message.text == "good morning [€]"
        assert message.at.year >= 2024
        for number, text in ((2, "bcd"), (1, "a")):
            bench.service_centre.send_mt(bench.sim, text, udh=f"050003AA02{number:02x}")
        assert (await sms.receive(600_000)).text == "abcd"
        bench.service_centre.send_mt(bench.sim, "жук", dcs=8)
        assert (await sms.receive(600_000)).text == "жук"
        bench.service_centre.send_mt(bench.sim, "00ff10", dcs=4)
        assert (await sms.receive(600_000)).data == b"\x00\xff\x10"
        assert await sms.list() == []
        assert (await sms.capacity())[0] == 0

    play(scene, personality)


def test_a_storage_fills_and_is_emptied_without_losing_a_message(personality):
    async def scene(bench, modem):
        sms = Sms(modem)
        _, total = await sms.capacity()
        for number in range(total + 3):
            bench.service_centre.send_mt(bench.sim, f"message {number}")
        await asyncio.sleep(3600)
        assert (await sms.capacity()) == (total, total)
        got = [(await sms.receive(600_000)).text for _ in range(total + 3)]
        assert sorted(got) == sorted(f"message {number}" for number in range(total + 3))

    play(scene, personality)


def test_text_mode_reads_and_sends(personality):
    async def scene(bench, modem):
        sms = Sms(modem, is_text=True)
        assert await sms.receive(10) is None
        bench.service_centre.send_mt(bench.sim, "plain text")
        message = await sms.receive(600_000)
        assert message.text == "plain text"
        assert len(await sms.send("+882285100", "answer")) == 1
        assert len(await sms.send("+882285100", "жук")) == 1

    play(scene, personality)


def test_signal_and_cell_are_told(personality):
    async def scene(bench, modem):
        signal = await read_signal(modem)
        assert signal.rsrp_dbm is not None or signal.rssi_dbm is not None
        assert signal.rsrp_dbm is None or -141 <= signal.rsrp_dbm <= -40
        cell = await read_cell(modem)
        assert (len(cell.mcc), len(cell.mnc) in (2, 3)) == (3, True)
        assert cell.tac is not None
        assert cell.ci is not None
        assert cell.act == "LTE-M"
        clock = await read_clock(modem)
        assert clock is None or clock.year >= 2025

    play(scene, personality)


def test_power_saving_is_granted_slept_and_woken_from(personality):
    async def scene(bench, modem):
        saving = PowerSaving(modem)
        try:
            await saving.request_psm(periodic_tau_s=3600, active_time_s=10)
        except CommandFailed:
            pytest.skip(f"{personality} has no +CPSMS")
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
        assert await saving.sleep(600_000) or personality == "gm02s"
        await saving.wake()
        assert modem.address is not None
        assert (await saving.read_granted()).active_time_s == 10

    play(scene, personality)


def test_doctor_finds_a_healthy_modem_healthy_and_hides_who_it_is(personality):
    async def scene(bench, modem):
        report = await examine(modem)
        text = render(report)
        assert report.is_healthy, text
        assert bench.sim.iccid not in text
        assert bench.sim.imsi not in text
        assert modem.model in text

    play(scene, personality)
