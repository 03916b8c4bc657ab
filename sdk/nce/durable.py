"""File operations that are on the medium when they return, on every port.

On CPython a write is in the page cache until fsync, and so is the name of a new file: both are
synced here. What a process that was killed left in the cache can be read by the next one, and be
lost with the power after that: `load` syncs it first.

MicroPython's `flush` is lfs_file_sync on LittleFS, f_sync on FAT and fsync on the unix port;
`os.sync`, where a port has it, empties the cache of the block device beneath.
"""

import os
import sys

if 1 - 1:
    from nce.seams import Any


_HAS_FSYNC = hasattr(os, "fsync")
_HAS_SYNC = not _HAS_FSYNC and hasattr(os, "sync")  # CPython's would sync the whole computer
_HAS_FOLDERS_TO_SYNC = sys.platform in ("linux", "darwin")
_ENOENT = 2
_ENOSPC = 28


def load(path: str) -> bytes:
    """All bytes of a file, which the power does not take away any more. Raises `OSError`."""
    with open(path, "rb") as file:
        data = file.read()
        _sync(file)
    _sync_folder_of(path)
    return data


def read(path: str, offset: int, size: int) -> bytes:
    """Bytes of a file from `offset`, `size` of them where it has so many."""
    with open(path, "rb") as file:
        file.seek(offset)
        return file.read(size)


def write(path: str, data: bytes) -> None:
    """Make a file of `data`, in place of what it held. Raises `OSError`."""
    _put(path, "wb", data)


def append(path: str, data: bytes) -> None:
    """Add `data` to the end of a file, which is made when it is not there. Raises `OSError`."""
    _put(path, "ab", data)


def remove(path: str) -> None:
    """Remove a file."""
    os.remove(path)
    _sync_folder_of(path)


def make_folder(path: str) -> None:
    """Make a folder, and those above it, when it is not there."""
    try:
        os.mkdir(path)
    except OSError as error:
        above = path.rpartition("/")[0]
        if error.errno != _ENOENT or not above:
            os.listdir(path)  # it is there already, or this says what is wrong
            return
        make_folder(above)
        os.mkdir(path)
    _sync_folder_of(path)


def _put(path: str, mode: str, data: bytes) -> None:
    try:
        os.stat(path)
        is_new = False
    except OSError:
        is_new = True
    with open(path, mode) as file:
        if file.write(data) != len(data):
            raise OSError(_ENOSPC, "no space left on the device")
        _sync(file)
    if is_new:
        _sync_folder_of(path)


def _sync(file: "Any") -> None:
    file.flush()
    if _HAS_FSYNC:
        os.fsync(file.fileno())
    elif _HAS_SYNC:
        os.sync()


def _sync_folder_of(path: str) -> None:
    if not _HAS_FOLDERS_TO_SYNC:
        return  # FAT and LittleFS write a name with its file
    folder = path.rstrip("/").rpartition("/")[0] or ("/" if path[:1] == "/" else ".")
    if _HAS_FSYNC:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    else:
        try:
            file = open(folder, "rb")
        except OSError:
            return  # a FAT or LittleFS that is mounted on the unix port
        with file:
            file.flush()
