"""Makes the board of a target; `host_boards`, `process_board`, … are the boards.

board = board_of(target, stage, simulated, Path("main.py"), tmp_path / "flash")
"""

from __future__ import annotations

from pathlib import Path

from nce_sim.pytest_plugin.firmware_life import listening
from nce_sim.pytest_plugin.stage import Stage
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.target_table import Target


def board_of(
    target: Target, stage: Stage, simulated: Simulated | None, file: Path | None, flash: Path
) -> TargetBoard:
    """The board, whose firmware is not started yet."""
    loop = stage.loop
    if target.kind == "board":
        from nce_sim.pytest_plugin.board_at_port import BoardAtPort

        return BoardAtPort(target, loop, simulated)
    if target.kind == "serial":
        from nce_sim.pytest_plugin.host_boards import HostBoard

        stage.around = listening
        return HostBoard(target, loop, file, flash)
    assert simulated is not None  # all others have a world
    if target.kind == "sim":
        from nce_sim.pytest_plugin.host_boards import SimulatedBoard

        stage.around = listening
        return SimulatedBoard(target, loop, simulated, file, flash)
    if target.kind == "qemu":
        from nce_sim.pytest_plugin.emulated_target import EmulatedTarget

        return EmulatedTarget(target, loop, simulated, file, flash)
    if target.kind == "pico":
        from nce_sim.pytest_plugin.pico_target import PicoTarget

        return PicoTarget(target, loop, simulated, file)
    from nce_sim.pytest_plugin.process_board import STARTERS, ProcessBoard

    return ProcessBoard(target, loop, simulated, file, flash, STARTERS[target.kind])
