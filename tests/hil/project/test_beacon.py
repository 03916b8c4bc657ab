"""One test for every target: run by `tests/hil/test_targets.py` with each `--nce-target`."""

import asyncio
from pathlib import Path

import pytest

from nce_sim.settings import CellSettings, Settings

# Where time is real, a modem is on the air in a moment.
QUICK = CellSettings(search_ms=(100, 200), attach_ms=(50, 100), cell_lost_ms=(200, 400))


@pytest.fixture
def world_settings():
    return Settings(cell=QUICK)


@pytest.fixture
def board_firmware():
    return Path(__file__).with_name("beacon.py")


@pytest.mark.nce_needs("world", "coverage", "modem_reset")
async def test_the_beacon_survives_its_day(board):
    await board.start()
    await board.wait_for("^delivered 1$", timeout_s=90)

    await board.reset_modem()
    await board.wait_for("Restarted|not delivered", timeout_s=60)
    await board.wait_for("^delivered ", timeout_s=120)

    await board.set_coverage(False)
    await asyncio.sleep(3)
    await board.set_coverage(True)
    await board.wait_for("^delivered ", timeout_s=120)
    assert board.backend.counters.messages >= 3


@pytest.mark.nce_needs("power_cut")
async def test_a_power_cut_ends_it_and_power_starts_it(board):
    await board.start()
    await board.wait_for("^start", timeout_s=30)
    await board.power_cut()
    if board.modem is not None:
        assert board.modem.power.value == "off"
    await board.start()
    await board.wait_for("^delivered 1$", timeout_s=120)


@pytest.mark.nce_needs("reset")
async def test_the_beacon_starts_again(board):
    await board.start()
    await board.wait_for("^start", timeout_s=30)
    await board.reset()
    count = await board.wait_for(r"^start (\d+)", timeout_s=30)
    if board.target.kind != "board":  # that one has been started before
        assert count[1] == "2"
    if board.target.has("flash"):
        assert (board.flash / "starts").read_text() == "2"


@pytest.mark.nce_needs("power_key")
async def test_the_board_switches_the_modem_on(board):
    await board.start()
    await board.wait_for("^PoweredOn$", timeout_s=120)
    assert "power_key" in {record.kind for record in board.world.timeline.records()}


@pytest.mark.nce_needs("virtual_time")
async def test_an_hour_passes(board, world):
    await board.start()
    await board.wait_for("^delivered 30$", timeout_s=3600)


@pytest.mark.parity
async def test_the_beacon_delivers(board):
    await board.start()
    await board.wait_for("^delivered 2$", timeout_s=120)
