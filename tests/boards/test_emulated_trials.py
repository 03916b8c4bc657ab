"""Every blueprint on trial on an emulated Cortex-M3: a reset of the modem, a hole in the coverage and
a power cut on the way, and 1NCE has all that was kept. Time is real.
"""

import asyncio

import pytest

from support.blueprint_trial import TRIALS, try_blueprint
from support.emulated_boards import TrialBoard

KIB = 1024
# As `.mpy` from ROMFS on MicroPython as it is; one of them frozen.
FROZEN = "energy_saver"
HEAPS = {"firmware.elf": 128 * KIB, "frozen.elf": 80 * KIB}

pytestmark = pytest.mark.slow


def test_every_blueprint_delivers_all_it_kept_through_a_reset_a_hole_and_a_power_cut(
    tmp_path, figure
):
    """All of them side by side: they wait most of the time."""

    async def trials():
        running = []
        for name, plan in TRIALS.items():
            image = "frozen.elf" if name == FROZEN else "firmware.elf"
            (tmp_path / name).mkdir()
            board = TrialBoard(tmp_path / name, image, HEAPS[image])
            running.append(try_blueprint(board, plan))
        return await asyncio.gather(*running)

    for trial in asyncio.run(trials()):
        trial.judge()
        figure(
            f"Cortex-M3, {trial.plan.blueprint}: {trial.lives} lives, {len(trial.kept)} records "
            f"kept, {len(trial.arrived)} arrived, {len(trial.lost)} lost"
        )
