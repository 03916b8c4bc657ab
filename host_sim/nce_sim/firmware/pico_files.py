"""The files on an emulated Pico's flash: a LittleFS where the image of `make pico` has it.

    disk = filesystem_of({"main.py": "print(1)"})           # the bytes at FILESYSTEM_OFFSET
    disk = filesystem_of({"main.py": "print(2)"}, disk)     # the other files stay
    files_of(disk)["log/0"]

Needs littlefs-python, of the extra `pico`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nce_sim.firmware.pico_chip import FLASH_BYTES

# Of boards/pico/port/mpconfigboard.h.
FILESYSTEM_BYTES = 1024 * 1024
FILESYSTEM_OFFSET = FLASH_BYTES - FILESYSTEM_BYTES
_BLOCK_BYTES = 4096
_GEOMETRY: dict[str, Any] = {
    "block_size": _BLOCK_BYTES,
    "block_count": FILESYSTEM_BYTES // _BLOCK_BYTES,
    # As `_boot.py` mounts it.
    "prog_size": 256,
    "read_size": 32,
    "cache_size": 256,
    "lookahead_size": 32,
}
# MicroPython makes 2.1 of it.
_DISK_VERSION = 0x00020000


class FilesystemFailed(ValueError):
    """The bytes are no file system, or it is full."""


def filesystem_of(
    files: Mapping[str, str | bytes], before: bytes | None = None, without: Iterable[str] = ()
) -> bytes:
    """A file system with these files, in a new one or beside those of `before`.

    `without` names files of `before` that go.
    """
    from littlefs import LittleFS, LittleFSError

    try:
        if before is None:
            disk = LittleFS(disk_version=_DISK_VERSION, **_GEOMETRY)
        else:
            disk = _mounted(before)
            for name in {name for name, _ in _files(disk)}.intersection(without):
                disk.remove(name)
        for name, content in files.items():
            if "/" in name:
                disk.makedirs(name.rpartition("/")[0], exist_ok=True)
            with disk.open(name, "wb") as file:
                file.write(content.encode() if isinstance(content, str) else content)
    except LittleFSError as error:
        raise FilesystemFailed(
            f"the file system of {FILESYSTEM_BYTES:,} bytes: {error}"
        ) from error
    return bytes(disk.context.buffer)


def files_of(disk: bytes | bytearray) -> dict[str, bytes]:
    """The files of a file system; FilesystemFailed when it cannot be mounted."""
    from littlefs import LittleFSError

    try:
        return dict(_files(_mounted(disk)))
    except LittleFSError as error:
        raise FilesystemFailed(f"the file system cannot be read: {error}") from error


def _mounted(content: bytes | bytearray) -> Any:
    from littlefs import LittleFS, UserContext

    context = UserContext(FILESYSTEM_BYTES)
    context.buffer[:] = content
    disk = LittleFS(context=context, mount=False, **_GEOMETRY)
    disk.mount()
    return disk


def _files(disk: Any) -> Iterator[tuple[str, bytes]]:
    for folder, _, names in disk.walk("/"):
        for name in names:
            path = f"{folder.rstrip('/')}/{name}"
            with disk.open(path, "rb") as file:
                yield path.lstrip("/"), file.read()
