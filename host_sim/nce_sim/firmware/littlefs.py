"""A folder as a LittleFS image, the file system that MicroPython keeps on a board's flash.

made = littlefs_image(Path("tree"), block_bytes=4096, total_bytes=1_441_792)
Path("filesystem.img").write_bytes(made.image)
made.used_bytes                         # whole blocks, with those of folders

The format on disk is 2.0, which every MicroPython with LittleFS 2 reads. Needs littlefs-python,
of the extra `boards`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

# 2.1 is written by newer libraries, and refused by MicroPython before 1.22.
DISK_VERSION = 0x00020000
# What `VfsLfs2` has on the ports with the smallest buffers: a file that is kept inside its folder
# has to fit into `CACHE_BYTES` of the reader.
PROGRAM_BYTES = 32
READ_BYTES = 32
CACHE_BYTES = 128
LOOKAHEAD_BYTES = 32
# Blocks that a tree may need at most of its bytes, to find how much is missing.
_SPARE_BLOCKS = 64


class ImageFailed(RuntimeError):
    """The image cannot be made; the message says why and what to try."""


class DoesNotFit(ImageFailed):
    """It is larger than the board's flash; `missing_bytes` says by how much."""

    def __init__(self, what: str, needed: int, most: int, more: str = "") -> None:
        self.missing_bytes = needed - most
        text = f"{what} takes {needed} bytes of {most}: {self.missing_bytes} bytes are missing"
        super().__init__(f"{text} {more}".rstrip())


@dataclass(frozen=True)
class LittleFsImage:
    """The image of the whole file system, and how much of it holds something."""

    image: bytes
    used_bytes: int


def littlefs_image(
    folder: Path, *, block_bytes: int, total_bytes: int, kept_free: int = 0
) -> LittleFsImage:
    """The image of what `folder` holds; DoesNotFit when less than `kept_free` bytes stay free."""
    used = _write(folder, block_bytes, _plenty(folder, block_bytes))[1]
    if used + kept_free > total_bytes:
        what = f"the file system, with {kept_free} bytes kept free," if kept_free else ""
        raise DoesNotFit(what or "the file system", used + kept_free, total_bytes)
    image, used = _write(folder, block_bytes, total_bytes // block_bytes)
    _check(folder, image, block_bytes)
    return LittleFsImage(image, used)


def _plenty(folder: Path, block_bytes: int) -> int:
    """A number of blocks in which it fits for sure."""
    paths = list(folder.rglob("*"))
    sizes = (-(-path.stat().st_size // block_bytes) + 1 for path in paths if path.is_file())
    return sum(sizes) + 2 * len(paths) + _SPARE_BLOCKS


def _write(folder: Path, block_bytes: int, block_count: int) -> tuple[bytes, int]:
    system = _file_system(block_bytes, block_count)
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir():
            system.mkdir(name)
        else:
            with system.open(name, "wb") as file:
                file.write(path.read_bytes())
    used = int(system.used_block_count) * block_bytes
    return bytes(system.context.buffer), used


def _check(folder: Path, image: bytes, block_bytes: int) -> None:
    """Mount the image, as a board will, and compare every file."""
    system = _file_system(block_bytes, len(image) // block_bytes, image)
    for path in folder.rglob("*"):
        if path.is_file():
            name = path.relative_to(folder).as_posix()
            with system.open(name, "rb") as file:
                if file.read() != path.read_bytes():
                    raise ImageFailed(f"{name} reads otherwise from the image than it was written")


def _file_system(block_bytes: int, block_count: int, image: bytes | None = None) -> Any:
    """A blank file system, or the one of an image."""
    try:
        from littlefs import LittleFS, UserContext
    except ImportError:
        raise ImageFailed(
            "littlefs-python is not installed: pip install 'nce-iot[boards]'"
        ) from None
    context = UserContext(block_bytes * block_count)
    if image is not None:
        context.buffer[:] = image
    system = LittleFS(
        context=context,
        mount=False,
        block_size=block_bytes,
        block_count=block_count,
        read_size=READ_BYTES,
        prog_size=PROGRAM_BYTES,
        cache_size=CACHE_BYTES,
        lookahead_size=LOOKAHEAD_BYTES,
        disk_version=DISK_VERSION,
    )
    if image is None:
        system.format()
    system.mount()
    return system
