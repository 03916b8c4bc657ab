"""Somebody's own firmware as a ROMFS, beside the packages of this project.

    romfs = own_romfs(Path("main.py"), scratch)     # a file in `scratch`

Their file is `main`. What stands beside it comes first: its modules, its packages (folders with an
`__init__.py`), and all of its `lib`, where `mip` installs; then the packages and the firmware of
this project. `board` is that of the emulated board. A module that does not compile is put in as
it is, so that its import fails on the board, as it does there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from nce_sim.firmware.emulated import ROMFS_BYTES
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import (
    CARRIED,
    DATA_SUFFIXES,
    SOURCE_ROOT,
    TreeFailed,
    compile_file,
    compile_files,
    compile_tree,
)
from nce_sim.firmware.watched import FirmwareFailed

BOARD = "boards/qemu"
MAIN = Path("main.py")
CODE_SUFFIXES = (".py", ".mpy")


def own_romfs(file: Path, scratch: Path, is_alone: bool = False) -> Path:
    """The image, with no package of this project when it `is_alone`. FirmwareFailed."""
    rom = scratch / "rom"
    try:
        files = own_files(file)
        _put_project(rom, {_top(path) for path in files}, scratch, is_alone)
        for path, source in files.items():
            _put(rom, path, source)
        image = romfs_image(rom)
    except (TreeFailed, OSError) as error:
        raise FirmwareFailed(str(error)) from error
    if len(image) > ROMFS_BYTES:
        raise FirmwareFailed(
            f"the modules beside {file} take {len(image):,} bytes of the {ROMFS_BYTES:,} that the "
            "emulated board has; leave some out"
        )
    romfs = scratch / "rom.romfs"
    romfs.write_bytes(image)
    return romfs


def own_files(file: Path) -> dict[Path, Path]:
    """Path on the board -> source, of the file and what stands beside it."""
    lib = file.parent / "lib"
    found = {MAIN: file}
    for layer in (_beside(file.parent), _below(lib, lib)):
        taken = {_top(path) for path in found} | {"board"}
        found.update({path: source for path, source in layer.items() if _top(path) not in taken})
    # Of a module that is there twice, MicroPython takes the source.
    return {
        path: source
        for path, source in found.items()
        if path.suffix != ".mpy" or path.with_suffix(".py") not in found
    }


def _beside(folder: Path) -> dict[Path, Path]:
    """Modules and packages of a folder that may hold anything else, too."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.suffix in CODE_SUFFIXES:
            found[Path(path.name)] = path
        elif any((path / f"__init__{suffix}").is_file() for suffix in CODE_SUFFIXES):
            found.update(_below(path, folder))
    return found


def _below(folder: Path, root: Path) -> dict[Path, Path]:
    paths: Iterable[Path] = sorted(folder.rglob("*")) if folder.is_dir() else ()
    return {
        path.relative_to(root): path
        for path in paths
        if path.is_file() and path.suffix in CODE_SUFFIXES + DATA_SUFFIXES
    }


def _top(path: Path) -> str:
    """What an import of it begins with."""
    return path.parts[0].partition(".")[0]


def _put_project(rom: Path, taken: set[str], scratch: Path, is_alone: bool) -> None:
    """The packages and the firmware of this project, but for what the person's own replaces."""
    if is_alone:
        compile_files({Path("board.py"): SOURCE_ROOT / BOARD / "board.py"}, rom)
        return
    tree = scratch / "tree"
    if SOURCE_ROOT != CARRIED:
        tree = SOURCE_ROOT / "build" / "mpy_qemu"  # found again the next time
    compile_tree(SOURCE_ROOT, tree, board=BOARD)
    for source in sorted(tree.rglob("*")):
        path = source.relative_to(tree)
        if source.is_file() and _top(path) not in taken:
            _copy(source, rom / path)


def _put(rom: Path, path: Path, source: Path) -> None:
    if path.suffix == ".py":
        target = rom / path.with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        name = Path(source.name) if path == MAIN else path
        try:
            compile_file(source, target, name, level=0)  # tracebacks have line numbers
        except TreeFailed:
            target.unlink(missing_ok=True)
        else:
            return
    _copy(source, rom / path)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
