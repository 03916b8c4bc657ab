"""Every blueprint on trial on an emulated Cortex-M3, see `support.blueprint_trial`. Time is real.

A reset of the modem, a hole in the coverage and a power cut are on the way, and 1NCE has all that
was kept.
"""

import asyncio

import pytest

from support.blueprint_trial import TRIALS, try_blueprint
from support.emulated_boards import TrialBoard

KIB = 1024
# Bytes of heap; the firmware is `.mpy` in ROMFS on MicroPython as it is, or frozen.
HEAPS = {"firmware.elf": 128 * KIB, "frozen.elf": 80 * KIB}
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
            board = TrialBoard(scratch, image, HEAPS[image])
            running.append(try_blueprint(board, TRIALS[name]))
        return await asyncio.gather(*running)

    for (name, image), trial in zip(RUNS, asyncio.run(trials()), strict=True):
        trial.judge()
        assert not any("MemoryError" in line for line in trial.lines), trial
        figure(
            f"Cortex-M3, {name} on {image}, {HEAPS[image] // KIB} KiB: {trial.lives} lives, "
            f"{len(trial.kept)} records kept, {len(trial.arrived)} arrived, {len(trial.lost)} lost"
        )
