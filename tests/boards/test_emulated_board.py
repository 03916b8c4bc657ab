"""The firmware on an emulated Cortex-M3 with 32-bit floats: from reset to decoded telemetry.

The board is QEMU's; its modem, the network and 1NCE OS are simulated. Time is real.
"""

import asyncio

import pytest

from nce_sim.firmware.tree import compile_tree
from nce_sim.firmware.watched import FirmwareFailed
from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of
from support.emulated_boards import board_image, put_main, run_board
from support.portable_runs import ROOT

FIXES = 5
KIB = 1024
# Bytes of heap: the whole, in use before the first import, and in use at most after any message;
# a tenth above what was measured. Frozen code takes none of it.
BUDGETS = {"frozen": (64 * KIB, 2_800, 56_000), "firmware": (128 * KIB, 2_800, 92_000)}

MAIN = """
import asyncio, gc, sys
gc.collect()
print("heap_at_boot=%d" % gc.mem_alloc())
from blueprints import coap
from board import Board
gc.collect()
print("heap_imported=%d" % gc.mem_alloc())
sys.exit(0 if asyncio.run(coap.run(Board())) else 1)
"""

pytestmark = pytest.mark.slow


def short_track(folder):
    """The first fixes of the track, as a file below `folder`, and what shall arrive."""
    track = folder / "data" / "gps_track.csv"
    track.parent.mkdir(parents=True, exist_ok=True)
    lines = (ROOT / TRACK).read_text(encoding="utf-8").splitlines(keepends=True)
    track.write_text("".join(lines[: FIXES + 1]), encoding="utf-8")
    return rows_of(track)


@pytest.mark.parametrize("name", BUDGETS)
def test_the_coap_blueprint_delivers_from_reset_to_decoded_telemetry(name, tmp_path, figure):
    """Frozen, with data alone in ROMFS; and with all of it there, on MicroPython as it is."""
    image = board_image(f"{name}.elf")
    if name == "firmware":
        compile_tree(ROOT, tmp_path, board="boards/qemu")
    put_main(tmp_path, MAIN)
    rows = short_track(tmp_path)
    heap_bytes, boot_budget, peak_budget = BUDGETS[name]
    run = asyncio.run(run_board(image, tmp_path, heap_bytes=heap_bytes))
    assert run.decoded == rows
    assert run.said["acknowledged"] == FIXES
    boot, imported, peak = (run.said[f"heap_{at}"] for at in ("at_boot", "imported", "peak"))
    figure(
        f"Cortex-M3, {name}.elf: heap {boot} B after boot, {imported} B imported, {peak} B at "
        f"most, of {run.said['heap_size']}"
    )
    assert boot <= boot_budget
    assert peak <= peak_budget


def test_a_board_that_hangs_or_fails_is_ended_and_its_last_words_are_told(tmp_path):
    image = board_image("firmware.elf")
    put_main(tmp_path, "print('here')\nwhile True:\n    pass\n")
    with pytest.raises(FirmwareFailed, match=r"had not finished after 2 s; (?s:.*)\n  here$"):
        asyncio.run(run_board(image, tmp_path, deadline_s=2))
    put_main(tmp_path, "1 / 0\n")
    with pytest.raises(FirmwareFailed, match=r"status 1; (?s:.*)ZeroDivisionError"):
        asyncio.run(run_board(image, tmp_path, deadline_s=20))
