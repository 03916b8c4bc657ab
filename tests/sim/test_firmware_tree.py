"""What `nce board build` puts into a board's tree."""

import pytest

from nce_sim.firmware.tree import HOST_BOARD, TreeFailed, compile_tree, sources
from support.portable_runs import ROOT

OF_THE_HOST = ("board.py", "blocking_line.py", "nce_modem/serial_board.py") + tuple(
    f"nce_bcl/{name}.py"
    for name in ("lint", "lint_layout", "compile", "compile_shared", "explain")
)


def names(board):
    return {path.as_posix() for path in sources(ROOT, board)}


def test_a_board_gets_the_device_side_and_no_tool_of_the_host():
    tree = names(None)
    for name in ("nce/device.py", "nce_bcl/encode.py", "nce_modem/modem.py", "gps_track.py"):
        assert name in tree
    assert {"blueprints/coap.py", "data/gps_track.csv"} <= tree
    assert not tree & set(OF_THE_HOST)


def test_the_board_that_is_named_comes_with_it(tmp_path):
    assert names(HOST_BOARD) - names(None) == {"board.py", "blocking_line.py"}
    (tmp_path / "board.py").write_text("class Board: ...")
    assert sources(ROOT, tmp_path).keys() - sources(ROOT, None).keys() == {
        path.relative_to(tmp_path) for path in tmp_path.iterdir()
    }


def test_a_folder_without_a_board_is_refused(tmp_path):
    with pytest.raises(TreeFailed, match=r"holds no board\.py"):
        sources(ROOT, tmp_path)


def test_what_a_board_starts_and_a_person_edits_stays_source(tmp_path):
    compile_tree(ROOT, tmp_path)
    for name in ("boot", "main", "config", "readings"):
        assert (tmp_path / f"{name}.py").read_bytes() == (
            ROOT / f"firmware/{name}.py"
        ).read_bytes()
        assert not (tmp_path / f"{name}.mpy").exists()
    assert (tmp_path / "running.mpy").exists()
