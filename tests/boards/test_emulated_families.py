"""Every family of modems is told apart by one image: MicroPython as it is, the firmware in ROMFS.

The board presses the power key of a modem that is off, asks it who it is, attaches, and delivers a
fix by CoAP over DTLS. Time is real.
"""

import asyncio
import shutil

import pytest

from nce_sim.scenarios.first_light import TRACK
from nce_sim.scenarios.report import rows_of
from support.driver_bench import KNOWN
from support.emulated_boards import board_image, firmware_tree, put_main, run_board
from support.portable_runs import ROOT

AT_ONCE = 10  # modems boot for seconds, and the boards wait
MAIN = """
import asyncio, sys
from blueprints import coap
from board import Board
from nce_modem import Modem

class Told(Modem):
    async def close(self):
        print("family:", self.family.profile.name)
        await Modem.close(self)

coap.Modem = Told
sys.exit(0 if asyncio.run(coap.run(Board())) == 1 else 1)
"""

pytestmark = pytest.mark.slow


def test_one_image_knows_every_family_and_delivers_by_it(tmp_path, figure):
    rom = tmp_path / "rom"
    shutil.copytree(firmware_tree(), rom)
    put_main(rom, MAIN)
    track = rom / "data/gps_track.csv"
    lines = (ROOT / TRACK).read_text(encoding="utf-8").splitlines(keepends=True)
    track.write_text("".join(lines[:2]), encoding="utf-8")
    rows = rows_of(track)
    image = board_image("firmware.elf")

    async def runs():
        free = asyncio.Semaphore(AT_ONCE)

        async def one(family):
            async with free:
                return await run_board(image, rom, family=family)

        return await asyncio.gather(*(one(family) for family in KNOWN))

    peaks = {}
    for (family, name), run in zip(KNOWN.items(), asyncio.run(runs()), strict=True):
        assert run.decoded == rows, (family, run.lines)
        assert f"family: {name}" in run.lines, (family, run.lines)
        peaks[family] = run.said["heap_peak"]
    figure(
        f"Cortex-M3, {len(peaks)} families: heap {min(peaks.values())} to {max(peaks.values())} B"
    )
