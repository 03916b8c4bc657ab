"""Every blueprint on trial on an emulated Cortex-M3, see `support.blueprint_trial`. Time is real.

A reset of the modem, a hole in the coverage and a power cut are on the way, and 1NCE has all that
was kept.
"""

import asyncio
from dataclasses import replace

import pytest

from nce_sim.firmware.emulated import Cause
from support.blueprint_trial import TRIALS, try_blueprint
from support.emulated_boards import TrialBoard, TrialLife

KIB = 1024
# Bytes of heap; the firmware is `.mpy` in ROMFS on MicroPython as it is, or frozen.
HEAPS = {"firmware.elf": 128 * KIB, "frozen.elf": 80 * KIB}
# They hold a server or a session more: in 128 KiB a message is put off at times, for want of heap;
# `lwm2m` alone has 148,208 bytes live (docs/board_sizes.md).
LARGER = dict.fromkeys(("controller", "memfault", "ota", "lwm2m"), 192 * KIB)
RUNS = (*((name, "firmware.elf") for name in TRIALS), ("coap", "frozen.elf"))

pytestmark = pytest.mark.slow


def test_every_blueprint_delivers_all_it_kept_through_a_reset_a_hole_and_a_power_cut(
    tmp_path, figure
):
    """All of them side by side: they wait most of the time."""

    async def trials():
        running = []
        for name, image in RUNS:
            scratch = tmp_path / f"{name}-{image}"
            scratch.mkdir()
            board = TrialBoard(scratch, image, LARGER.get(name, HEAPS[image]))
            running.append(try_blueprint(board, TRIALS[name]))
        return await asyncio.gather(*running)

    for (name, image), trial in zip(RUNS, asyncio.run(trials()), strict=True):
        trial.judge()
        assert not any("MemoryError" in line for line in trial.lines), trial
        heap = LARGER.get(name, HEAPS[image]) // KIB
        figure(
            f"Cortex-M3, {name} on {image}, {heap} KiB: {trial.lives} lives, "
            f"{len(trial.kept)} records kept, {len(trial.arrived)} arrived, {len(trial.lost)} lost"
        )


# A shorter sleep than the firmware's least; the record's number is on the flash, as all that a
# program knows after a deep sleep.
SLEEPY = "import deep_sleep\ndeep_sleep.LEAST_MS = 1_000\n"
NUMBERED = """
from nce.slots import Slots

last = Slots("number")

async def read(modem):
    number = int(last.load() or b"0")
    last.save(b"%d" % (number + 1))
    return {"battery_level": number, "signal_strength": 0, "software_version": "0.1.0"}
"""


class SleepyBoard(TrialBoard):
    """As the others; it remembers its life."""

    life: TrialLife

    async def start(self, modem, files):
        files = {**files, "readings.py": NUMBERED, "trial.py": SLEEPY + files["trial.py"]}
        self.life = await super().start(modem, files)
        return self.life


def test_a_board_sleeps_deeply_wakes_and_delivers_its_next_record(tmp_path, figure):
    """The emulator ends and starts again; the modem sleeps, too, and the key is kept on flash."""
    settings = {"DEEP_SLEEP": True, "PSM_ACTIVE_S": 2, "INTERVAL_S": 30}
    plan = replace(TRIALS["low_power"], settings=settings, stages=(), records=2)
    board = SleepyBoard(tmp_path, "firmware.elf", HEAPS["firmware.elf"])
    trial = asyncio.run(try_blueprint(board, plan))
    trial.judge()
    assert trial.lives == 1
    assert trial.arrived == [0, 1]
    # On a busy computer the board may have slept once more before its trial was over.
    first, *later = board.life.starts
    assert first == Cause.POWER_ON, trial
    assert set(later) == {Cause.DEEP_SLEEP}, trial
    said = "\n".join(trial.lines)
    assert "the board sleeps for " in said
    assert said.count("1NCE OS gave the key of this SIM") == 1
    causes = ", ".join(cause.name for cause in board.life.starts)
    figure(f"Cortex-M3, low_power with deep sleep: {len(trial.kept)} records, starts {causes}")
