"""The firmware on an emulated Cortex-M3 with 32-bit floats: from reset to decoded telemetry.

The board is QEMU's; its modem, the network and 1NCE OS are simulated. Time is real.
"""

import asyncio

import pytest

from nce_sim.firmware.watched import FirmwareFailed
from support.board_job import FIXES, measure
from support.emulated_boards import board_image, put_main, run_board

# Bytes of the image, of heap in use before the first import and at most after any message, and
# instructions of the whole job; a tenth above what was measured. Frozen code takes no heap.
BUDGETS = {
    "frozen": {"image": 770_000, "at_boot": 2_900, "peak": 56_000, "instructions": 250e6},
    "firmware": {"image": 230_000, "at_boot": 2_900, "peak": 96_000, "instructions": 330e6},
}

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", BUDGETS)
def test_the_coap_blueprint_delivers_from_reset_to_decoded_telemetry(name, figure):
    """Frozen, with data alone in ROMFS; and with all of it there, on MicroPython as it is."""
    job = measure(name)
    assert job.run.decoded == job.wanted
    assert job.run.said["acknowledged"] == FIXES
    boot, imported, peak = (job.run.said[f"heap_{at}"] for at in ("at_boot", "imported", "peak"))
    figure(
        f"Cortex-M3, {name}.elf: image {job.image_bytes} B; heap {boot} B after boot, "
        f"{imported} B imported, {peak} B at most, of {job.run.said['heap_size']}; "
        f"{job.instructions / 1e6:.0f} million instructions"
    )
    budget = BUDGETS[name]
    assert job.image_bytes <= budget["image"]
    assert boot <= budget["at_boot"]
    assert peak <= budget["peak"]
    assert job.instructions <= budget["instructions"]


def test_a_board_that_hangs_or_fails_is_ended_and_its_last_words_are_told(tmp_path):
    image = board_image("firmware.elf")
    put_main(tmp_path, "print('here')\nwhile True:\n    pass\n")
    with pytest.raises(FirmwareFailed, match=r"had not finished after 2 s; (?s:.*)\n  here$"):
        asyncio.run(run_board(image, tmp_path, deadline_s=2))
    put_main(tmp_path, "1 / 0\n")
    with pytest.raises(FirmwareFailed, match=r"status 1; (?s:.*)ZeroDivisionError"):
        asyncio.run(run_board(image, tmp_path, deadline_s=20))
