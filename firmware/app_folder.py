"""The folder of an application that is being written, and the check of what is to go into it.

check(name, size)            # ImageRefused, unless the table that came is one to be trusted
append(folder, "rounds/coap.mpy", data)
erase(folder)
"""

import os
import sys

import application
import nce.durable
from nce.errors import PeerError

if 1 - 1:  # for type checkers alone
    from nce_modem.seams import Any

# LwM2M's Update Result (object 5, resource 5).
NO_ROOM, BROKEN, WRONG_TYPE, FAILED = 2, 5, 6, 8

MOST_FILES = 1000
MOST_DEPTH = 6
ALLOWED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-."
# They belong to the board and to its owner: an update neither has nor hides them.
NOT_UPDATED = ("application", "boot", "config")
LEAST_BLOCK_BYTES = 512
_ENOSPC = 28


class ImageRefused(PeerError):
    """The image is not what it should be; `result` says so in LwM2M's numbers."""

    def __init__(self, result: int, message: str) -> None:
        super().__init__(message)
        self.result = result


def check(name: str, size: int, free_bytes: int, block_bytes: int) -> None:
    """Check the table of an application whose image has `size` bytes; raises `ImageRefused`.

    Paths stay within the folder, each is there once, the sizes add up to that of the image, and
    there is room. The rows are in order, which shows what comes twice.
    """
    has_main = False
    before: "list[str]" = []
    total, room = 0, 0
    try:
        with open(application.table_of(name), "rb") as file:
            total = application.HEAD_BYTES + application.read_head(file)[1]
        for path, length, _digest in application.entries(name):
            parts = path.split("/")
            _check_path(path, parts)
            if parts <= before:
                raise ImageRefused(
                    BROKEN, "%s comes twice, or is not in order, after %s" % (path, before)
                )
            if before and parts[: len(before)] == before:
                raise ImageRefused(BROKEN, "%s is a file and a folder" % "/".join(before))
            if parts[:-1] != before[:-1]:
                room += 2 * block_bytes * len(parts)  # LittleFS: two blocks a folder
            has_main = has_main or path in ("main.mpy", "main.py")
            total += length
            room += -(-length // block_bytes) * block_bytes
            before = parts
    except (ValueError, IndexError) as error:
        raise ImageRefused(BROKEN, "the table of the image is wrong: %s" % error)
    if total != size:
        raise ImageRefused(BROKEN, "the files make %d bytes, the image has %d" % (total, size))
    if not has_main:
        raise ImageRefused(WRONG_TYPE, "the image holds no main.mpy: it starts nothing")
    if room > free_bytes:
        raise ImageRefused(
            NO_ROOM, "the files take %d bytes, and the flash has %d left" % (room, free_bytes)
        )


def _check_path(path: str, parts: "list[str]") -> None:
    if len(parts) > MOST_DEPTH:
        raise ImageRefused(BROKEN, "%s has more than %d folders" % (path, MOST_DEPTH - 1))
    for part in parts:
        if not part or part[0] == "." or part.strip(ALLOWED):
            raise ImageRefused(BROKEN, "the path %r leads elsewhere, or has odd characters" % path)
    if parts[0].split(".")[0] in NOT_UPDATED:
        raise ImageRefused(BROKEN, "%s is not changed by an update" % path)


def check_code(path: str, full_path: str, mpy: "int | None") -> None:
    """Refuse compiled code that this MicroPython cannot load; `mpy` is its `_mpy`."""
    if not path.endswith(".mpy"):
        return
    if mpy is None:
        raise ImageRefused(WRONG_TYPE, "%s is for MicroPython, and this is not" % path)
    head = nce.durable.read(full_path, 0, 4)
    # py/persistentcode.c: version; sub-version and architecture, of native code; small ints.
    is_native = len(head) == 4 and head[2] >> 2
    bits = 31 if sys.maxsize < 1 << 32 else 63
    if (
        len(head) < 4
        or head[0] != 0x4D
        or head[1] != mpy & 0xFF
        or (is_native and head[2] != mpy >> 8)
        or head[3] > bits
    ):
        raise ImageRefused(
            WRONG_TYPE,
            "%s is compiled for another MicroPython: it begins with %s, this one loads version %d,"
            " %d; build the image with the mpy-cross of this version"
            % (path, head.hex(), mpy & 0xFF, mpy >> 8),
        )


def append(folder: str, path: str, data: "Any") -> None:
    """Add bytes to a file; it and its folders are made when they are not there."""
    full_path = folder + "/" + path
    try:
        os.stat(full_path)
    except OSError:
        parts = path.split("/")
        for count in range(len(parts)):
            nce.durable.make_folder("/".join([folder] + parts[:count]))
    nce.durable.append(full_path, data)


def remove(path: str) -> None:
    """Remove a file that may be there."""
    try:
        nce.durable.remove(path)
    except OSError:
        try:
            os.stat(path)
        except OSError:
            return
        raise


def erase(folder: str) -> None:
    """Remove a folder that may be there, with all in it."""
    try:
        names = os.listdir(folder)
    except OSError:
        remove(folder)  # a file, or nothing
        return
    for name in names:
        erase(folder + "/" + name)
    os.rmdir(folder)


def room() -> "tuple[int, int]":
    """`(bytes free, bytes of a block)` of the flash."""
    if not hasattr(os, "statvfs"):
        return 1 << 30, LEAST_BLOCK_BYTES
    found = os.statvfs(os.getcwd())
    return found[4] * found[1], max(found[1], LEAST_BLOCK_BYTES)
