"""An emulated Pico with MicroPython from `make pico` and somebody's code on its flash.

    code = code_of("import mine", {Path("mine.py"): file})
    pico = pico_with(stock_image(), world, modem, code)
    prompt = Prompt()
    prompt.feed(printed)                    # True once the program has ended; `status` says how

Needs the extra `pico`.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nce_sim.firmware.tree import SOURCE_ROOT, TreeFailed, compile_file
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.wire.line import ModemLine
from nce_sim.world import World

if TYPE_CHECKING:
    from nce_sim.firmware.pico import EmulatedPico

# What `make pico` leaves, in a clone, with the fast core beside it.
IMAGE = Path("build/pico/frozen.bin")
FAST_CORE = "thumb.so"
MAIN = Path("main.py")
# A board's host finds its console 0.2 s after `boot.py`, and what is printed before is lost.
WAIT = "__import__('time').sleep_ms(300)\n"
# What MicroPython shows when the program has ended (shared/runtime/pyexec.c).
_PROMPT = rb"MicroPython [^\n]*\r\nType \"help\(\)\" for more information\.\r\n>>> $"
_ENDED = re.compile(_PROMPT)
_FAILED = re.compile(rb"Traceback \(most recent call last\):\r\n(?:  [^\n]*\n)+[^\n]*\n" + _PROMPT)
_KEPT_BYTES = 4_096


def stock_image() -> Path:
    """MicroPython for the emulated Pico: of the working folder, or of this checkout."""
    return IMAGE if IMAGE.is_file() else SOURCE_ROOT / IMAGE


def pico_with(
    image: Path,
    world: World,
    modem: ModemLine,
    code: Mapping[str, bytes],
    flash: Path | None = None,
) -> EmulatedPico:
    """A board with this code, and the file system of the file `flash`, if it is there.

    Raises FirmwareFailed without the image, or when the code does not go onto the flash.
    """
    try:
        from nce_sim.firmware.pico import EmulatedPico
        from nce_sim.firmware.pico_files import FILESYSTEM_OFFSET, filesystem_of
    except ImportError as error:
        raise FirmwareFailed(f"{error}: pip install 'nce-iot[pico]'") from error
    if not image.is_file():
        raise FirmwareFailed(f"there is no image {image}; `make pico` builds it")
    core = image.with_name(FAST_CORE)
    try:
        before = flash.read_bytes() if flash is not None and flash.is_file() else None
        return EmulatedPico(
            world,
            modem,
            image.read_bytes(),
            filesystem_of(code, before, map(_other, code)),
            FILESYSTEM_OFFSET,
            fast_core=core if core.is_file() else None,
        )
    except (OSError, ValueError) as error:
        raise FirmwareFailed(f"the emulated Pico cannot be made: {error}") from error


def code_of(main: str, files: Mapping[Path, Path]) -> dict[str, bytes]:
    """Name on the flash -> content, of `files`: path on the board -> source.

    `main` is the program that is started, once the host has found the console.
    """
    code = dict(_compiled(path, source) for path, source in files.items())
    return {**code, MAIN.name: (WAIT + main).encode()}


def _compiled(path: Path, source: Path) -> tuple[str, bytes]:
    """A name on the flash, and its content; what does not compile fails on the board."""
    if path.suffix == ".py" and path.name not in (MAIN.name, "boot.py"):  # these run as they are
        with tempfile.TemporaryDirectory(prefix="nce-pico-") as folder:
            target = Path(folder) / "module.mpy"
            try:
                compile_file(source, target, path, level=0)  # tracebacks have line numbers
            except TreeFailed:
                pass  # the source goes there, and its import says why
            else:
                return path.with_suffix(".mpy").as_posix(), target.read_bytes()
    return path.as_posix(), source.read_bytes()


def _other(name: str) -> str:
    """The same module as source or compiled: an older run may have left it."""
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{'mpy' if suffix == 'py' else 'py'}"


class Prompt:
    """Finds the end of a program in what its board prints."""

    def __init__(self) -> None:
        self._last = b""

    def feed(self, data: bytes) -> bool:
        """Take what the board prints; whether it shows its prompt now."""
        self._last = (self._last + data)[-_KEPT_BYTES:]
        return _ENDED.search(self._last) is not None

    @property
    def status(self) -> int:
        """1 after a traceback, else 0."""
        return 1 if _FAILED.search(self._last) else 0
