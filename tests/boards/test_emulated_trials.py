"""Every blueprint on trial on an emulated Cortex-M3: a reset of the modem, a hole in the coverage and
a power cut on the way, and 1NCE has all that was kept. Time is real.
"""

import asyncio

import pytest

from support.blueprint_trial import TRIALS, try_blueprint
from support.emulated_boards import TrialBoard

KIB = 1024

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", TRIALS)
def test_a_blueprint_loses_nothing_that_it_kept(name, tmp_path, figure):
    """As `.mpy` from ROMFS, on MicroPython as it is."""
    board = TrialBoard(tmp_path, "firmware.elf", 128 * KIB)
    trial = asyncio.run(try_blueprint(board, TRIALS[name]))
    trial.judge()
    figure(f"Cortex-M3, {name}: {len(trial.kept)} records kept, {len(trial.arrived)} arrived")
