"""Slots and outbox on MicroPython's own LittleFS and FAT, on a block device whose power goes.

It goes at each write and erasure of a block, which is then as it was before, erased, or half
written. What was promised is there after it, but on a FAT whose sectors may be left erased: there
the warning of `nce.file_system` is to be heeded.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from support.portable_runs import PORTABLE_PATH, ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
PROGRAM = """
import gc, sys, vfs
gc.disable()  # a file that lost its disk is closed by nobody: there is no heap then
sys.path.append("{portable}")
sys.path.append("{support}")
from block_disk import TEARS, Disk, mounted
from nce.file_system import type_of, warning
from nce.folder import Folder
from nce.outbox import Outbox
from nce.slots import Slots

SMALL = {{"max_bytes": 4096, "segment_bytes": 512, "max_record": 100}}

def save_slots(done):
    slots = Slots("/flash/slots")
    for _ in range(3):
        slots.save(b"%d " % (done[0] + 1) * 40)
        done[0] += 1


def check_slots(done):
    found = Slots("/flash/slots").load() or b"none"
    return found.split()[0] in (b"%d" % done[0], b"%d" % (done[0] + 1))


def fill_outbox(done):
    outbox = Outbox(Folder("/flash/outbox"), **SMALL)
    for _ in range(8):
        number = outbox.put(b"record %d" % outbox.next_number * 4)
        done.append(number)
        if len(outbox) > 4:
            batch = outbox.peek_batch(100, most=2)
            for number in batch.numbers:
                done.remove(number)
            outbox.acknowledge(batch)
            if outbox.fault:
                raise outbox.fault


def check_outbox(done):
    outbox = Outbox(Folder("/flash/outbox"), **SMALL)
    held = [entry[0] for entry in outbox._waiting]
    for entry in outbox._waiting:
        if outbox._segments.read(entry[2], entry[3], entry[4]) != b"record %d" % entry[0] * 4:
            return False
    return not [number for number in done if number not in held]


def lives(system, work, check, tear):
    blank = Disk()
    system.mkfs(blank)
    begin = []
    if work is save_slots:
        begin.append(0)
    before = list(begin)
    mounted(system, blank, lambda: work(before))
    whole = Disk(blank.blocks)
    mounted(system, whole, lambda: work(list(before)))
    lost = 0
    for cut_at in range(whole.changes):
        disk = Disk(blank.blocks, cut_at, TEARS[tear])
        done = list(before)
        try:
            mounted(system, disk, lambda: work(done))
        except OSError:
            pass
        try:
            if not mounted(system, Disk(disk.blocks), lambda: check(done)):
                lost += 1
        except (OSError, ValueError):  # ValueError: a folder with names that are no text
            lost += 1
    return whole.changes, lost


for system in (vfs.VfsLfs2, vfs.VfsFat):
    disk = Disk()
    system.mkfs(disk)
    mounted(system, disk, lambda: print("type", type_of("/flash/outbox"), bool(warning("/flash"))))
    for tear in sorted(TEARS):
        for work, check in ((save_slots, check_slots), (fill_outbox, check_outbox)):
            cuts, lost = lives(system, work, check, tear)
            print("cuts", system.__name__, work.__name__, tear, cuts, lost)
print("type", type_of("/tmp"), bool(warning("/tmp")))
"""


@pytest.fixture(scope="module")
def said():
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython beside this interpreter")
    done = subprocess.run(
        [
            MICROPYTHON,
            "-X",
            "heapsize=256m",
            "-c",
            PROGRAM.format(portable=ROOT / "sdk", support=ROOT / "tests/support"),
        ],
        env={"MICROPYPATH": PORTABLE_PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    return done.stdout


def losses(said, system):
    found = re.findall(rf"^cuts {system} (\w+) (\w+) (\d+) (\d+)$", said, re.M)
    assert len(found) == 6
    assert all(int(cuts) > 8 for _work, _tear, cuts, _lost in found)
    return {(work, tear): int(lost) for work, tear, _cuts, lost in found}


def test_littlefs_keeps_what_was_promised_however_a_block_is_left(said):
    assert set(losses(said, "VfsLfs2").values()) == {0}


def test_fat_keeps_it_where_a_sector_is_written_whole_or_not_at_all(said):
    found = losses(said, "VfsFat")
    assert found["save_slots", "before"] == found["fill_outbox", "before"] == 0


def test_fat_loses_files_where_a_sector_may_be_left_erased_as_the_warning_says(said):
    found = losses(said, "VfsFat")
    assert found["save_slots", "erased"] > 0
    assert found["fill_outbox", "erased"] > 0


def test_the_file_system_is_told_and_fat_is_warned_of(said):
    types = re.findall(r"^type (\w+) (\w+)$", said, re.M)
    assert types == [("VfsLfs2", "False"), ("VfsFat", "True"), ("VfsPosix", "False")]
