"""A folder as a ROMFS image, MicroPython's read-only file system (`extmod/vfs_rom.c`).

    Path("all.romfs").write_bytes(romfs_image(Path("build/firmware")))

A board finds it below `/rom`, and `/rom` is on its search path.
"""

from __future__ import annotations

from pathlib import Path

_FILE_SYSTEM = 0x14A6B1  # reads "RM1" in the encoding of `_varuint`
_PADDING = 1
_DATA = 2
_FOLDER = 4
_FILE = 5


def romfs_image(folder: Path) -> bytes:
    """The image of what `folder` holds, of an even number of bytes."""
    contents = _contents(folder)
    padded = [contents]
    # Padding may lengthen the size by a byte, too, so that one of these is even.
    padded += [contents + _record(_PADDING, bytes(size)) for size in range(3)]
    images = [_record(_FILE_SYSTEM, one) for one in padded]
    return next(image for image in images if len(image) % 2 == 0)


def _contents(folder: Path) -> bytes:
    records = []
    for path in sorted(folder.iterdir()):
        name = path.name.encode()
        inner = _contents(path) if path.is_dir() else _record(_DATA, path.read_bytes())
        kind = _FOLDER if path.is_dir() else _FILE
        records.append(_record(kind, _varuint(len(name)) + name + inner))
    return b"".join(records)


def _record(kind: int, payload: bytes) -> bytes:
    return _varuint(kind) + _varuint(len(payload)) + payload


def _varuint(number: int) -> bytes:
    """Seven bits a byte, the highest first; all but the last have their top bit set."""
    septets = [number & 0x7F]
    while number := number >> 7:
        septets.insert(0, number & 0x7F | 0x80)
    return bytes(septets)
