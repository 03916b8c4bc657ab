"""`boards/<name>/board.toml`: what the host reads of a board, and what it refuses."""

import pytest

from nce_sim.firmware.board_table import ROWS, BoardUnknown, board_of, boards_of
from support.portable_runs import ROOT

TABLE = """
title = "A board"
micropython = "RPI_PICO"
port = "rp2"
modem_family = ""
flash_with = "uf2"
flash_bytes = 65_536
filesystem_offset = 0x4000
filesystem_bytes = 49_152
filesystem_block_bytes = 4096
romfs_bytes = 0
heap_bytes = 100_000
[tried]
silicon = "not yet"
"""
# What is written in its place, and what the error says of it.
WRONG = (
    ('port = "rp2"', 'port = "rp3"', "port is 'rp3'; give one of rp2, esp32, unix"),
    ('title = "A board"', 'title = " "', "title is ' '; give a text"),
    ('flash_with = "uf2"', "", "flash_with is missing; give one of uf2, esptool"),
    ("flash_bytes = 65_536", "flash_bytes = true", "flash_bytes is True; give whole bytes"),
    ("heap_bytes = 100_000", "heap_bytes = -1", "heap_bytes is -1; give whole bytes from 0"),
    ("flash_bytes = 65_536", "flash_bytes = 65_535", "ends at 65536, and flash_bytes is 65535"),
    ("49_152", "49_000", "filesystem_bytes is 49000, which is no multiple"),
    ("= 4096", "= 64", "filesystem_block_bytes, 64, of at least 128"),
    ("heap_bytes", "variant = 7\nheap_bytes", "variant is 7; give a text"),
    ("heap_bytes", "ram = 7\nheap_bytes", "ram is unknown; there are title"),
    ("[tried]", "[tried", "board.toml: "),
)


def folder_with(tmp_path, text):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "board.toml").write_text(text)
    return folder


def test_every_board_of_the_project_has_a_table():
    boards = boards_of(ROOT)
    folders = {path.parent.name for path in ROOT.glob("boards/*/board.py")}
    assert {board.name for board in boards} == folders
    assert all(board_of(board.name, ROOT) == board for board in boards)


def test_a_board_of_ones_own_is_named_by_its_folder(tmp_path):
    board = board_of(str(folder_with(tmp_path, TABLE)), ROOT)
    assert (board.name, board.filesystem_offset, board.variant) == ("mine", 0x4000, "")
    assert board.tried == {"silicon": "not yet"}
    assert len(ROWS) == TABLE.count(" = ")  # `tried` is a row, and has a line


@pytest.mark.parametrize(("right", "wrong", "told"), WRONG, ids=[row[1] for row in WRONG])
def test_a_wrong_table_is_refused_with_what_is_allowed(tmp_path, right, wrong, told):
    assert right in TABLE
    folder = folder_with(tmp_path, TABLE.replace(right, wrong, 1))
    with pytest.raises(BoardUnknown) as caught:
        board_of(str(folder), ROOT)
    assert told in str(caught.value)
    assert str(folder / "board.toml") in str(caught.value)


def test_an_unknown_board_is_answered_by_the_known_ones(tmp_path):
    with pytest.raises(BoardUnknown, match=r"no board 'nano'; boards: any, .*walter; or the path"):
        board_of("nano", ROOT)
    with pytest.raises(BoardUnknown, match="holds no boards"):
        board_of("nano", tmp_path)
