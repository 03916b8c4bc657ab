"""A stand-in for a real board: MicroPython in a process, its console and its modem's UART at ptys.

    python -m support.board_at_a_pty PROGRAM.py     # `tests` is on its path

It prints one line of JSON, `{"console": "/dev/pts/3", "uart": "/dev/pts/4"}`, and plays the board
until it is killed. As on a board, the program starts when power is on, Ctrl-C ends it and leaves a
prompt, and Ctrl-D at the prompt restarts it with the words of a soft reset. The program is run
with the descriptor of its UART as its argument.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import termios
import tty
from contextlib import ExitStack
from pathlib import Path

from nce_sim.firmware.process import Interpreter
from nce_sim.pytest_plugin.process_board import compiled_tree

SOFT_RESET = b"MPY: soft reboot\r\n"


def opened_pty() -> tuple[int, int, str]:
    """Master, slave and path of a raw pty; the slave stays open, or the master would fail."""
    master, slave = os.openpty()
    tty.setraw(slave)
    return master, slave, os.ttyname(slave)


def as_terminal(slave: int) -> None:
    """In the child: the pty is its terminal, so that Ctrl-C arrives as an interrupt."""
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)


def started(program: str, uart: int) -> tuple[subprocess.Popen[bytes], int]:
    """The board's program, which leaves a prompt when it ends, and the master of its terminal."""
    tree = compiled_tree(ExitStack())
    interpreter = Interpreter.find("micropython", heap_kib=512)
    master, slave = os.openpty()
    process = subprocess.Popen(
        (*interpreter.command, "-i", program, str(uart)),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        pass_fds=(uart,),
        env={**os.environ, "MICROPYPATH": f"{Path(program).parent}:{tree}:.frozen"},
        preexec_fn=lambda: as_terminal(slave),  # noqa: PLW1509 - this program has one thread
    )
    os.close(slave)
    return process, master


def play(program: str) -> None:
    """Run the board until this process is killed."""
    console, _kept_open, console_path = opened_pty()
    uart, _kept_open_too, uart_path = opened_pty()
    print(json.dumps({"console": console_path, "uart": uart_path}), flush=True)
    while True:
        process, terminal = started(program, uart)
        passed_on = True
        while passed_on:
            ready, _, _ = select.select([console, terminal], [], [])
            if console in ready:
                os.write(terminal, os.read(console, 1024))
            if terminal in ready:
                try:
                    data = os.read(terminal, 1024)
                except OSError:  # the process has ended
                    data = b""
                passed_on = bool(data)
                os.write(console, data)
        process.wait()
        os.close(terminal)
        os.write(console, SOFT_RESET)


if __name__ == "__main__":
    play(sys.argv[1])
