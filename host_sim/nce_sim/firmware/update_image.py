"""An application as one file, which a board takes as an update (`firmware/update.py`).

    files = application_files(SOURCE_ROOT, add=[Path("readings.py")])
    image = pack(files)
    hashlib.sha256(image).digest()          # what an authenticated channel tells the board

The format is at the top of `firmware/application.py`: a table with the path, size and SHA-256 of
each file, in the order of their paths, then the files. Nothing is compressed: each byte is where
the table says, so that a board goes on in the middle after a power cut.
"""

from __future__ import annotations

import hashlib
import re
import struct
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from nce_sim.firmware.tree import DATA_SUFFIXES, TreeFailed, compile_file, compile_tree

MAGIC = b"NCE1"
MOST_FILES = 1000
MOST_PATH_BYTES = 96
MOST_PARTS = 6
# They stay as they are on the board; an update that had them would hide its owner's.
OF_THE_BOARD = {"boot", "application", "config"}
# Left out, and added by who wants them: the owner's code.
OF_THE_OWNER = {Path("readings.py")}
_PATH = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")


class ImageFailed(RuntimeError):
    """The image cannot be made; the message says why and what to try."""


def pack(files: Mapping[str, bytes]) -> bytes:
    """The image of `files`: path -> contents. Raises ImageFailed for what no board would take."""
    _check(files)
    names = sorted(files, key=lambda name: name.split("/"))
    table = b"".join(_row(name, files[name]) for name in names)
    head = MAGIC + struct.pack(">HI", len(names), len(table)) + hashlib.sha256(table).digest()[:8]
    return head + table + b"".join(files[name] for name in names)


def _row(name: str, data: bytes) -> bytes:
    path = name.encode()
    size = struct.pack(">I", len(data))
    return bytes([len(path)]) + path + size + hashlib.sha256(data).digest()


def _check(files: Mapping[str, bytes]) -> None:
    if not 0 < len(files) <= MOST_FILES:
        raise ImageFailed(f"{len(files)} files: an image has 1 to {MOST_FILES}")
    if not files.keys() & {"main.mpy", "main.py"}:
        raise ImageFailed("there is no main.mpy: a board would have nothing to start")
    for name in files:
        parts = name.split("/")
        if not _PATH.fullmatch(name) or len(name) > MOST_PATH_BYTES or len(parts) > MOST_PARTS:
            raise ImageFailed(
                f"{name!r}: a path has up to {MOST_PARTS} names of letters, digits, _, - and ., "
                f"and up to {MOST_PATH_BYTES} characters"
            )
        if parts[0].partition(".")[0] in OF_THE_BOARD:
            raise ImageFailed(f"{name} stays on the board as it is; leave it out")


def application_files(
    source_root: Path, add: Sequence[Path] = (), board: Path | None = None
) -> dict[str, bytes]:
    """Path -> contents of all that an update of this source tree replaces, compiled.

    `add` are files of your own, such as `readings.py`, for the top of the application; `board` is
    the folder of a board whose files belong to the update. Raises TreeFailed or ImageFailed.
    """
    with tempfile.TemporaryDirectory(prefix="nce-image-") as folder:
        added: dict[str, bytes] = {}
        for source in add:
            added.update(_compiled(source, Path(folder)))
        _check({"main.mpy": b"", **added})  # before all the rest is compiled
        tree = Path(folder) / "tree"
        compile_tree(source_root, tree, board=board)
        found: dict[str, bytes] = {}
        for path in sorted(tree.rglob("*")):
            name = path.relative_to(tree)
            is_kept = name.parts[0].partition(".")[0] in OF_THE_BOARD or name in OF_THE_OWNER
            if path.is_file() and not is_kept:
                found[name.as_posix()] = path.read_bytes()
        found.pop("main.py")
        found.update(_compiled(source_root / "firmware" / "main.py", Path(folder)))
    return {**found, **added}


def _compiled(source: Path, folder: Path) -> dict[str, bytes]:
    if not source.is_file():
        raise ImageFailed(f"{source} is no file")
    if source.suffix in DATA_SUFFIXES:
        return {source.name: source.read_bytes()}
    if source.suffix != ".py":
        raise ImageFailed(f"{source}: add .py, {' or '.join(DATA_SUFFIXES)}")
    target = folder / source.with_suffix(".mpy").name
    compile_file(source, target, Path(target.name))
    return {target.name: target.read_bytes()}


__all__ = ["ImageFailed", "TreeFailed", "application_files", "pack"]
