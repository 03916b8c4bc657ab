"""The board of the simulator, lives of a firmware in one process; a board behind a port server."""

import asyncio
import threading

import pytest

from nce_sim.pytest_plugin.board_at_port import BoardAtPort, BoardDoesNotAnswer
from nce_sim.pytest_plugin.console import Console, NotSeen
from nce_sim.pytest_plugin.heard_line import HeardLine
from nce_sim.pytest_plugin.target_table import read
from support.port_server import PortServer

pytest_plugins = ["pytester"]

FIRMWARE = """
import asyncio
import helper

async def write_on():
    try:
        await asyncio.sleep(3600)
    finally:
        open("late", "w").close()

async def run(board):
    helper.starts += 1
    print("starts", helper.starts)
    open("early", "w").close()
    asyncio.create_task(write_on())
    await asyncio.sleep(7200)
"""
TESTS = """
import asyncio
from pathlib import Path

import pytest

import helper

HERE = Path(__file__).parent


@pytest.fixture
def board_firmware():
    return HERE / "ours.py"


async def test_a_restart_is_a_fresh_start_and_keeps_the_flash_of_that_instant(board, capsys):
    print("of the test")
    for _ in range(2):
        await board.start()
        await board.wait_for("^starts 1$", timeout_s=1)
    await board.reset()
    await board.wait_for("^starts 1$", timeout_s=1)
    await board.power_cut()
    assert helper.starts == 0
    assert capsys.readouterr().out == "of the test\\n"
    assert Path.cwd() != board.flash


async def test_a_cut_undoes_what_the_firmware_does_after_it(board):
    await board.start()
    await board.wait_for("^starts", timeout_s=1)
    await board.power_cut()
    assert [path.name for path in board.flash.iterdir()] == ["early"]
    with pytest.raises(AssertionError, match="the firmware was stopped before 'more'"):
        await board.wait_for("more", timeout_s=1)


async def test_lines_are_taken_once(board):
    await board.start()
    assert await board.lines() == ["starts 1"]
    assert await board.lines(timeout_s=5) == []


class TestMistakes:
    @pytest.fixture(params=[None, HERE / "nothing.py", HERE / "helper.py"])
    def board_firmware(self, request):
        return request.param

    async def test_a_firmware_that_is_none_is_told(self, board):
        await board.start()
        await board.wait_for("anything", timeout_s=1)
"""


@pytest.mark.slow
def test_lives_of_a_firmware_in_virtual_time(pytester):
    pytester.makepyfile(ours=FIRMWARE, helper="starts = 0\n", test_lives=TESTS)
    pytester.makeini("[pytest]\nfilterwarnings = error\npythonpath = .\n")
    result = pytester.runpytest("-p", "no:cacheprovider", "-p", "no:asyncio", "-p", "no:anyio")
    result.assert_outcomes(passed=3, failed=3)
    shown = "\n".join(result.outlines)
    for words in (
        "this test names no firmware: override the fixture `board_firmware`",
        "there is no firmware at ",
        "helper.py has no coroutine function run(board)",
    ):
        assert words in shown


class Prompting(PortServer):
    """A board with MicroPython behind a port server; deaf until so many interrupts."""

    def __init__(self, deaf):
        super().__init__()
        self._deaf = deaf
        self._answered = 0
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        while self._is_open:
            said = bytes(self.heard[self._answered :])
            self._answered += len(said)
            if b"\x03" in said:
                self._deaf -= 1
                if self._deaf < 0:
                    self.type(b"\r\n>>> ")
            if b"\x04" in said:
                self.type(b"\r\nMPY: soft reboot\r\nhello from afar\r\n")
            threading.Event().wait(0.02)


@pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")
@pytest.mark.parametrize("deaf", [1, 9])
def test_a_board_elsewhere_is_restarted_by_its_prompt(deaf, monkeypatch):
    monkeypatch.setattr("nce_sim.pytest_plugin.board_at_port.ANSWER_S", 1.5)

    async def main(url):
        board = BoardAtPort(read(f"board:{url}"), asyncio.get_running_loop(), None)
        try:
            await board.start()
            return await board.wait_for("^hello (.*)$", timeout_s=20)
        finally:
            await board.stop()

    with Prompting(deaf) as server:
        if deaf == 1:
            assert asyncio.run(main(server.url))[1] == "from afar"
        else:
            with pytest.raises(BoardDoesNotAnswer, match="shows no prompt of MicroPython"):
                asyncio.run(main(server.url))


def test_a_line_is_kept_as_text_and_other_bytes_as_their_length():
    heard = HeardLine(lambda: 1.5)
    heard.hear(">", b"AT+CS")
    heard.hear("<", b"\r\nOK\r\n")
    heard.hear(">", b"Q\r")
    heard.hear("<", b"\x00\xff\r\n")
    assert heard.lines() == [(1500, "< OK"), (1500, "> AT+CSQ"), (1500, "< <2 bytes>")]


def test_a_console_that_says_nothing_is_told_with_its_limit():
    async def main():
        console = Console(asyncio.get_running_loop().time)
        console.feed(b"the key is 00112233445566778899aabbccddeeff\r\nprompt> ")
        with pytest.raises(NotSeen, match=r"no 'key: ' within 0.01 s; its last lines") as caught:
            await console.wait_for("key: ", 0.01)
        assert "778899" not in str(caught.value)
        console.ends("it ended")
        with pytest.raises(NotSeen, match="it ended before 'never'"):
            await console.wait_for("never", 1)
        assert await console.take(1) == []

    asyncio.run(main())
