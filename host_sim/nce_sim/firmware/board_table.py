"""A board's table, `boards/<name>/board.toml`: its flash, its heap, and how it is flashed.

for board in boards_of(SOURCE_ROOT):
    print(board.name, board.title)
board = board_of("qemu", SOURCE_ROOT)       # or the path of a folder of your own
board.filesystem_bytes // board.filesystem_block_bytes

All sizes are bytes. A wrong table raises `BoardUnknown`, which names the file, the key and what is
allowed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLE = "board.toml"
PORTS = ("rp2", "esp32", "unix", "qemu", "host")
WAYS = ("uf2", "esptool", "mpremote", "none")
LEAST_BLOCK_BYTES = 128  # of LittleFS
MOST_BYTES = 1 << 30


class BoardUnknown(ValueError):
    """There is no such board, or its table is wrong; the message says what to try."""


@dataclass(frozen=True)
class BoardTable:
    """What the host knows of a board.

    `micropython` is upstream's name of the board, "" for a host, and `variant` that of its image,
    "" for the usual one; `modem_family` is "" where any modem may be wired.
    `filesystem_offset` counts from the start of the flash. `romfs_bytes` is 0 without a ROMFS
    partition. `tried` says on what the board was tried.
    """

    folder: Path
    title: str
    micropython: str
    port: str
    modem_family: str
    flash_with: str
    flash_bytes: int
    filesystem_offset: int
    filesystem_bytes: int
    filesystem_block_bytes: int
    romfs_bytes: int
    heap_bytes: int
    tried: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def is_flashed(self) -> bool:
        """Whether it is a board at all, and not a process of this host."""
        return self.port not in {"unix", "host"}


def boards_of(source_root: Path) -> list[BoardTable]:
    """The boards below `source_root`, by name."""
    tables = sorted((source_root / "boards").glob(f"*/{TABLE}"))
    return [_read(path.parent) for path in tables]


def board_of(name: str, source_root: Path) -> BoardTable:
    """The board of that name below `source_root`, or in the folder `name`; BoardUnknown."""
    known = {path.parent.name for path in (source_root / "boards").glob(f"*/{TABLE}")}
    if name in known:
        return _read(source_root / "boards" / name)
    folder = Path(name)
    if (folder / TABLE).is_file():
        return _read(folder.absolute())
    names = ", ".join(sorted(known)) or f"none: {source_root} holds no boards"
    raise BoardUnknown(
        f"there is no board {name!r}; boards: {names}; or the path of a folder with a board.py "
        f"and a {TABLE}, see boards/README.md"
    )


def _read(folder: Path) -> BoardTable:
    path = folder / TABLE
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BoardUnknown(f"{path}: {error}") from None
    values: dict[str, Any] = {"variant": table.pop("variant", "")}
    if not _is_text(values["variant"]):
        raise BoardUnknown(f"{path}: variant is {values['variant']!r}; give a text")
    for name, allowed, check in ROWS:
        if name not in table:
            raise BoardUnknown(f"{path}: {name} is missing; give {allowed}")
        values[name] = table.pop(name)
        if not check(values[name]):
            raise BoardUnknown(f"{path}: {name} is {values[name]!r}; give {allowed}")
    if table:
        names = ", ".join(row[0] for row in ROWS)
        raise BoardUnknown(f"{path}: {min(table)} is unknown; there are {names}")
    board = BoardTable(folder=folder, **values)
    _check_sizes(path, board)
    return board


def _check_sizes(path: Path, board: BoardTable) -> None:
    end = board.filesystem_offset + board.filesystem_bytes
    if end > board.flash_bytes:
        raise BoardUnknown(
            f"{path}: the file system ends at {end}, and flash_bytes is {board.flash_bytes}"
        )
    if not board.filesystem_bytes:
        return
    block = board.filesystem_block_bytes
    if block < LEAST_BLOCK_BYTES or board.filesystem_bytes % block:
        raise BoardUnknown(
            f"{path}: filesystem_bytes is {board.filesystem_bytes}, which is no multiple of "
            f"filesystem_block_bytes, {block}, of at least {LEAST_BLOCK_BYTES}"
        )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_title(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_BYTES


def _is_tried(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(text, str) for text in value.values())


def _one_of(choices: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: value in choices


_SIZE = f"whole bytes from 0 to {MOST_BYTES}"
ROWS: tuple[tuple[str, str, Callable[[object], bool]], ...] = (
    ("title", "a text", _is_title),
    ("micropython", 'upstream\'s name of the board, or ""', _is_text),
    ("port", "one of " + ", ".join(PORTS), _one_of(PORTS)),
    ("modem_family", 'the name of a modem family, or "" for any', _is_text),
    ("flash_with", "one of " + ", ".join(WAYS), _one_of(WAYS)),
    ("flash_bytes", _SIZE, _is_size),
    ("filesystem_offset", _SIZE, _is_size),
    ("filesystem_bytes", _SIZE, _is_size),
    ("filesystem_block_bytes", _SIZE, _is_size),
    ("romfs_bytes", _SIZE, _is_size),
    ("heap_bytes", _SIZE, _is_size),
    ("tried", "a table of texts", _is_tried),
)
