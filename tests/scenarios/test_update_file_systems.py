"""Updates on MicroPython's own LittleFS and FAT, on a block device whose power goes.

It goes at each write and erasure of a block, which is then as it was before, erased, or half
written. The board boots, checks what it runs byte by byte, and goes on until the update is kept.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.firmware.update_image import pack
from support.portable_runs import PORTABLE_PATH, ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
PROGRAM = """
import gc, hashlib, json, os, sys, vfs
gc.disable()  # a file that lost its disk is closed by nobody: there is no heap then
sys.path.append("{support}")
from block_disk import TEARS, Disk, PowerCutError, mounted
import application
from update import IDLE, SUCCESS, Update

application.print = lambda *words: None
KNOWN = [json.loads(text) for text in ({known!r})]
IMAGES = {images!r}
CHUNK = 200


def boot():
    application.chosen = ""
    path = list(sys.path)
    application.choose()
    sys.path[:] = path
    return application.chosen


def is_whole(name, files):
    for path in files:
        with open("/flash/app_" + name + "/" + path) as file:
            if file.read() != files[path]:
                return False
    return True


def life(number, running, new):
    "Boot and go on with update `number`; 'through', 'on', or what is wrong."
    chosen = boot()
    if chosen not in (running, new):
        return "%s runs" % chosen
    if chosen != "root" and not is_whole(chosen, KNOWN[number - (chosen == running)]):
        return "%s is not whole" % chosen
    if chosen == new:
        application.confirm()
        update = Update()
        return "through" if (update.state, update.result) == (IDLE, SUCCESS) else "not told"
    image = IMAGES[number]
    update = Update(room=lambda: (1 << 20, 512))
    update.begin(len(image), hashlib.sha256(image).digest(), "%d" % number)
    while update.offset < len(image):
        update.write(update.offset, image[update.offset : update.offset + CHUNK])
    update.finish()
    update.apply()
    return "on"


def in_flash(work):
    os.chdir("/flash")
    try:
        return work()
    finally:
        os.chdir("/")


def lives(system, disk, number, running, new):
    "What the lives come to, once the power stays, and the lives that it took."
    for count in range(5):
        outcome = mounted(system, disk, lambda: in_flash(lambda: life(number, running, new)))
        if outcome != "on":
            return outcome, count
    return "never", count


def cut(system, begin, cut_at, tear, number, running, new):
    disk = Disk(begin.blocks, cut_at, TEARS[tear], PowerCutError)
    try:
        lives(system, disk, number, running, new)
    except PowerCutError:
        pass
    try:
        return lives(system, Disk(disk.blocks), number, running, new)[0]
    except (OSError, ValueError) as error:  # ValueError: a folder with names that are no text
        return "%r" % error


for system in (vfs.VfsLfs2, vfs.VfsFat):
    disk = Disk()
    system.mkfs(disk)
    # The third one erases the folder of the first.
    names = ("root", "a", "b", "a")
    for number in (0, 1):
        assert lives(system, disk, number, names[number], names[number + 1])[0] == "through"
    whole = Disk(disk.blocks)
    assert lives(system, whole, 2, "b", "a")[0] == "through"
    for tear in sorted(TEARS):
        wrong = []
        count = 0
        for cut_at in range(0, whole.changes, {stride}):
            outcome = cut(system, disk, cut_at, tear, 2, "b", "a")
            count += 1
            if outcome != "through":
                wrong.append((cut_at, outcome))
        print("cuts", system.__name__, tear, count, len(wrong), wrong[:3])
"""
FILES = [
    {"main.py": f"print({number})\n" * 40, "rounds/one.py": f"x = {number}\n" * 30, "b.json": "{}"}
    for number in range(3)
]


def cuts(stride):
    """`{(file system, tear): (cuts, wrong)}`."""
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython beside this interpreter")
    images = [pack({path: text.encode() for path, text in files.items()}) for files in FILES]
    program = PROGRAM.format(
        support=ROOT / "tests/support",
        known=[json.dumps(files) for files in FILES],
        images=images,
        stride=stride,
    )
    done = subprocess.run(
        [MICROPYTHON, "-X", "heapsize=1500m", "-c", program],
        env={"MICROPYPATH": PORTABLE_PATH},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    print(done.stdout)
    found = re.findall(r"^cuts (\w+) (\w+) (\d+) (\d+) ", done.stdout, re.M)
    assert len(found) == 6
    return {(system, tear): (int(count), int(wrong)) for system, tear, count, wrong in found}


def judge(found, least):
    assert all(count >= least for count, _wrong in found.values())
    for tear in ("before", "erased", "half"):
        assert found["VfsLfs2", tear][1] == 0
    assert found["VfsFat", "before"][1] == 0


@pytest.mark.slow
def test_an_update_survives_a_power_cut_at_a_quarter_of_the_changes_of_blocks():
    judge(cuts(stride=4), 12)


@pytest.mark.exhaustive
def test_an_update_survives_a_power_cut_at_every_change_of_a_block():
    judge(cuts(stride=1), 50)
