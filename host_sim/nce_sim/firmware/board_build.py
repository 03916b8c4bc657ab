"""What a board carries, built for a configuration: the tree, and the images of its file systems.

order = Order(board, config_text, Wanted("coap", "blueprints.status_codec"), kept_bytes=73_728)
report = build(order, Path("build/boards/walter"))
report.used_bytes, report.free_bytes

The folder has `tree/`; `filesystem.img` and `filesystem.uf2` where the board's flash has a file
system; `rom.img` where it has a ROMFS partition; `template.json` to activate in 1NCE OS; and
`report.json`. It is made beside the old one, and
takes its place when all is well. What does not fit is refused, with the bytes that are missing.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nce_sim.firmware.board_table import BoardTable
from nce_sim.firmware.heap_figures import HeapFigure, heap_figures
from nce_sim.firmware.littlefs import DoesNotFit, ImageFailed, littlefs_image
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.slices import Wanted, needed_sources
from nce_sim.firmware.tree import SOURCE_ROOT, compile_files, sources
from nce_sim.firmware.uf2 import RP2_FLASH, RP2040, uf2_file

TREE = "tree"
LITTLEFS, UF2, ROMFS = "filesystem.img", "filesystem.uf2", "rom.img"
REPORT = "report.json"
TEMPLATE = "template.json"
CONFIG = Path("config.py")
# Of LittleFS, beside records and log: the keys and the session in their slots, folders, and what a
# change needs before the old one is freed.
SPARE_BLOCKS = 12
WHERE = {"romfs": "in ROMFS", "files": "copied from LittleFS into the heap"}


@dataclass(frozen=True)
class Order:
    """What is to be built.

    kept_bytes: what the firmware itself will write, records and log. files: a folder of the user's
    own, whose files take the place of the firmware's. is_whole: every module, not the needed ones.
    """

    board: BoardTable
    config: str
    wanted: Wanted
    kept_bytes: int = 0
    files: Path | None = None
    is_whole: bool = False
    source_root: Path = SOURCE_ROOT


@dataclass(frozen=True)
class BuildReport:
    """What was built, in bytes.

    way: where the code runs from: "romfs", "files" (LittleFS), or "tree" for a process of a host.
    kept: what stays free for records and log. heap: what was measured of this blueprint,
    None where nobody has. refused: images that were left out, and why.
    """

    board: str
    blueprint: str
    template: str | None
    way: str
    modules: int
    code: int
    flash: int
    used: int
    kept: int
    heap: HeapFigure | None
    heap_of_board: int
    refused: tuple[str, ...] = ()

    @property
    def free(self) -> int:
        """What is left of the partition."""
        return self.flash - self.used - self.kept


def build(
    order: Order, output: Path, on_file: Callable[[int, int], None] = lambda done, of: None
) -> BuildReport:
    """Build into `output`; `on_file(done, of)` is called for each file that was compiled.

    Raises ImageFailed for what does not fit and for a folder that holds something else, TreeFailed
    for what does not compile.
    """
    _check_output(output)
    files = _files(order)
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as scratch:
        part = Path(scratch) / "new"
        config = Path(scratch) / CONFIG
        config.write_text(order.config, encoding="utf-8")
        files[CONFIG] = config
        _take_over(output / TREE, part / TREE, files)
        done = 0

        def count(_: Path) -> None:
            nonlocal done
            done += 1
            on_file(done, len(files))

        sizes = compile_files(files, part / TREE, count)
        report = _images(order, part, sizes)
        _put_template(order, part, files)
        (part / REPORT).write_text(json.dumps(asdict(report), indent=2) + "\n", encoding="utf-8")
        if output.exists():
            os.rename(output, Path(scratch) / "old")
        os.rename(part, output)
    return report


def read_report(output: Path) -> BuildReport:
    """The report of a folder that `build` made; ImageFailed for another."""
    try:
        data: dict[str, Any] = json.loads((output / REPORT).read_text(encoding="utf-8"))
        heap = None if data["heap"] is None else HeapFigure(**data.pop("heap"))
        return BuildReport(**{**data, "heap": heap, "refused": tuple(data["refused"])})
    except (OSError, ValueError, TypeError, KeyError):
        raise ImageFailed(
            f"{output} holds no build; make one: nce board build BOARD --output {output}"
        ) from None


def _check_output(output: Path) -> None:
    if output.is_dir() and any(output.iterdir()) and not (output / REPORT).is_file():
        raise ImageFailed(f"{output} holds something else; name an empty or a new folder")
    if output.exists() and not output.is_dir():
        raise ImageFailed(f"{output} is a file; name a folder")


def _files(order: Order) -> dict[Path, Path]:
    """Path on the board -> source."""
    found = sources(order.source_root, order.board.folder)
    if order.files is not None:
        own = {
            path.relative_to(order.files): path
            for path in sorted(order.files.rglob("*"))
            if path.is_file() and path.suffix != ".pyc" and path.name != CONFIG.name
        }
        found.update(own)
    else:
        own = {}
    if order.is_whole:
        return found
    needed = needed_sources(found, order.wanted)
    return {**needed, **{path: source for path, source in own.items() if path.suffix != ".py"}}


def _put_template(order: Order, part: Path, files: Mapping[Path, Path]) -> None:
    """The template by which 1NCE OS decodes: the file, or the one that a codec was made of."""
    name = order.wanted.template
    if name is None:
        return
    if order.wanted.is_codec:
        module = Path(name.replace(".", "/") + ".py")
        source = files[module] if module in files else order.source_root / "firmware" / module
        source = source.with_name(source.stem.removesuffix("_codec") + "_template.json")
    else:
        source = files[Path(name)]
    if source.is_file():
        shutil.copyfile(source, part / TEMPLATE)


def _take_over(old: Path, new: Path, files: dict[Path, Path]) -> None:
    """Compiled files that are newer than their sources need not be made again."""
    for path, source in files.items():
        compiled = path.with_suffix(".mpy")
        kept = old / compiled
        if kept.is_file() and kept.stat().st_mtime > source.stat().st_mtime:
            (new / compiled).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(kept, new / compiled)
    new.mkdir(parents=True, exist_ok=True)


def _images(order: Order, part: Path, sizes: dict[str, int]) -> BuildReport:
    board = order.board
    tree = part / TREE
    code = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    fits: list[tuple[str, int, int, int]] = []  # way, flash, used, kept
    refused: list[DoesNotFit] = []
    for way, make in (("romfs", _romfs), ("files", _littlefs)):
        try:
            if made := make(order, part):
                fits.append((way, *made))
        except DoesNotFit as error:
            refused.append(error)
    if refused and not fits:
        raise refused[0]
    way, flash, used, kept = fits[0] if fits else ("tree", code, code, 0)
    heap = heap_figures().get(order.wanted.blueprint, {}).get(way)
    if heap is not None and board.heap_bytes and heap.peak > board.heap_bytes:
        raise DoesNotFit(
            f"{order.wanted.blueprint}, with its code {WHERE[way]},",
            heap.peak,
            board.heap_bytes,
            "of heap; freeze the firmware into MicroPython's image (docs/firmware.md), or give "
            "--heap-bytes if your board has more",
        )
    return BuildReport(
        board=board.name,
        blueprint=order.wanted.blueprint,
        template=order.wanted.template,
        way=way,
        modules=len(sizes),
        code=code,
        flash=flash,
        used=used,
        kept=kept,
        heap=heap,
        heap_of_board=board.heap_bytes,
        refused=tuple(map(str, refused)),
    )


def _romfs(order: Order, part: Path) -> tuple[int, int, int] | None:
    most = order.board.romfs_bytes
    if not most:
        return None
    image = romfs_image(part / TREE)
    if len(image) > most:
        raise DoesNotFit("the ROMFS image", len(image), most)
    (part / ROMFS).write_bytes(image)
    return most, len(image), 0


def _littlefs(order: Order, part: Path) -> tuple[int, int, int] | None:
    board = order.board
    if not board.filesystem_bytes:
        return None
    block = board.filesystem_block_bytes
    kept = (-(-order.kept_bytes // block) + SPARE_BLOCKS) * block
    made = littlefs_image(
        part / TREE, block_bytes=block, total_bytes=board.filesystem_bytes, kept_free=kept
    )
    (part / LITTLEFS).write_bytes(made.image)
    if board.flash_with == "uf2":
        address = RP2_FLASH + board.filesystem_offset
        (part / UF2).write_bytes(uf2_file(made.image, address, RP2040))
    return board.filesystem_bytes, made.used_bytes, kept
