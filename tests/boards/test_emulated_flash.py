"""The emulated board's flash and restarts, with MicroPython's own LittleFS."""

import asyncio
import re

import pytest

from nce_sim.firmware.emulated import Cause, blank_flash
from nce_sim.firmware.watched import FirmwareFailed
from support.emulated_boards import board_image, put_main, run_alone

# A life of each kind, told apart by a file.
LIVES = """
import machine, os, time
from board import Board

board = Board()
try:
    with open("life") as file:
        life = int(file.read()) + 1
except OSError:
    life = 0
with open("life", "w") as file:
    file.write(str(life))
print("life=%d cause=%d woke=%d" % (life, machine.reset_cause(), board.woke_from_deep_sleep()))
print("year=%d" % time.localtime()[0])
if life == 0:
    machine.RTC().datetime((2040, 1, 2, 0, 3, 4, 5, 0))
    board.restart()
if life == 1:
    board.deep_sleep(700)
if life == 2:
    board.feed_watchdog()
    time.sleep_ms(8000)
    board.feed_watchdog()
    print("fed")
    while True:
        pass
if life == 3:
    machine.soft_reset()
"""

# What a board must never lose: records that `put` has taken, and the bytes that were saved last.
KEEPING = """
from nce.folder import Folder
from nce.outbox import Outbox
from nce.slots import Slots

outbox, slots = Outbox(Folder("outbox")), Slots("key")
saved = slots.load()
print("found_saved=%d" % int(saved or 0))
batch = outbox.peek_batch(4096, b",".join)
print("found_records", "" if batch is None else batch.payload.decode())
first = outbox.next_number
for number in range(first, 12):
    outbox.put(b"%d" % number)
    print("put=%d" % number)
    slots.save(b"%d" % (number + 1))
    print("saved=%d" % (number + 1))
"""
CUTS = (*range(1, 16), *range(16, 100, 7))

slow = pytest.mark.slow


def test_a_flash_has_whole_blocks(tmp_path):
    assert blank_flash(tmp_path / "flash", 8192).read_bytes() == b"\xff" * 8192
    for size in (0, 4096, 8191, 12_000):
        with pytest.raises(ValueError, match=f"a flash of {size} bytes; give a multiple of 4096"):
            blank_flash(tmp_path / "flash", size)


@slow
def test_each_restart_tells_its_cause_and_the_clock_goes_on(tmp_path):
    put_main(tmp_path, LIVES)
    flash = blank_flash(tmp_path.parent / f"{tmp_path.name}.flash")
    run = asyncio.run(run_alone(board_image("frozen.elf"), tmp_path, flash=flash))
    causes = [Cause.POWER_ON, Cause.RESET, Cause.DEEP_SLEEP, Cause.WATCHDOG]
    assert run.starts == causes
    told = [line for line in run.lines if line.startswith("life=")]
    assert told == [
        f"life={life} cause={cause.value} woke={int(cause is Cause.DEEP_SLEEP)}"
        for life, cause in enumerate(causes)
    ]
    years = [line for line in run.lines if line.startswith("year=")]
    assert years[0] != years[1]
    assert years[1:] == ["year=2040"] * 3


@slow
def test_a_write_that_the_power_cut_tears_costs_nothing_that_was_kept(tmp_path, figure):
    """Half of a write or of an erasure is done; the number of the write is the sweep's."""
    put_main(tmp_path, KEEPING)
    image = board_image("frozen.elf")

    async def sweep():
        torn = 0
        for cut in CUTS:
            flash = blank_flash(tmp_path.parent / f"{tmp_path.name}.flash", 128 * 1024)
            run = await run_alone(image, tmp_path, flash=flash, power_cut_at=cut)
            if len(run.starts) == 1:
                break  # fewer writes than that
            torn += 1
            assert run.starts == [Cause.POWER_ON, Cause.POWER_ON]
            judge(run.lines, cut)
        return torn

    torn = asyncio.run(sweep())
    assert torn > len(CUTS) // 2
    figure(f"Cortex-M3, LittleFS: {torn} torn writes, nothing lost that was kept")


def judge(lines, cut):
    """What the second life found is what the first one had been promised, or one more."""
    told = f"power cut at write {cut}:\n" + "\n".join(lines)
    again = (
        len(lines)
        - 1
        - next(
            place for place, line in enumerate(reversed(lines)) if line.startswith("found_saved=")
        )
    )
    before, after = "\n".join(lines[:again]), "\n".join(lines[again:])
    put = [int(number) for number in re.findall(r"^put=(\d+)", before, re.M)]
    saved = [int(number) for number in re.findall(r"^saved=(\d+)", before, re.M)]
    found = re.search(r"found_saved=(\d+)\nfound_records ?([\d,]*)", after)
    assert found is not None, told
    records = [int(number) for number in found[2].split(",") if number]
    assert records[: len(put)] == put, told
    assert len(records) <= len(put) + 1, told
    assert int(found[1]) - (saved[-1] if saved else 0) in (0, 1), told


@slow
def test_a_board_that_restarts_on_and_on_or_sleeps_too_long_is_ended(tmp_path):
    image = board_image("firmware.elf")
    flash = blank_flash(tmp_path.parent / f"{tmp_path.name}.flash")
    put_main(tmp_path, "import machine\nprint('here')\nmachine.reset()\n")
    with pytest.raises(
        FirmwareFailed, match=r"started 3 times, the last time by RESET; (?s:.*)here"
    ):
        asyncio.run(run_alone(image, tmp_path, flash=flash, most_starts=3))
    put_main(tmp_path, "import machine\nmachine.deepsleep(60_000)\n")
    with pytest.raises(FirmwareFailed, match="sleeps 60000 ms, longer than its deadline"):
        asyncio.run(run_alone(image, tmp_path, flash=flash))
    with pytest.raises(FirmwareFailed, match=r"status 1; (?s:.*)ENODEV"):
        asyncio.run(run_alone(image, tmp_path))  # it could not wake again
