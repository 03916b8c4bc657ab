"""The tank in good times and in bad ones."""

import asyncio
import shutil

import pytest

import firmware
from nce.device import Retrying
from nce_sim import BackendSettings, DtlsSettings

HOUR_MS = 3_600_000
LAST_CUT_S = 30
# From before the modem is on until the level is delivered; most while it is, at about 14 s.
CUTS_S = (0, 3, 8, 12, 13.5, 14, 14.05, 14.1, 14.2, 14.5, LAST_CUT_S)
# 1NCE OS with DTLS sessions that outlive a deep sleep of the device.
RESUMING = BackendSettings(dtls=DtlsSettings(session_ids=True))
# The command that hands the record to the modem: the bootstrap goes before, and the handshake.
RECORD = 5


async def test_a_level_arrives_once(board, flash, levels, backend):
    assert await firmware.wake(board, flash, 42) == 0
    assert levels() == [42]
    assert backend.counters.messages == 1


@pytest.mark.parametrize("when", ["after_payload", "before_final", "after_final"])
async def test_a_modem_that_resets_in_mid_send_costs_no_level(
    board, modem, flash, levels, said, when
):
    resets = []

    def reset():
        resets.append(when)
        modem.faults.kill(silent_ms=4_000)

    modem.faults.at_command("+QISEND", reset, count=RECORD, when=when)
    assert await firmware.wake(board, flash, 42, said.append) == 0
    assert resets == [when]
    assert levels() in ([42], [42, 42])
    assert any(isinstance(event, Retrying) for event in said)


async def test_a_coverage_hole_is_waited_out(world, board, flash, levels):
    measured = iter(range(1, 9))
    cell = world.operator.cells[0]
    cell.schedule_holes([(2 * HOUR_MS + 60_000, 6 * HOUR_MS)])
    living = asyncio.create_task(firmware.run(board, flash, lambda: next(measured), lives=8))
    await asyncio.sleep(5 * 3600)
    assert levels() == [1, 2, 3]
    await asyncio.sleep(3 * 3600)  # two hours after the hole at the latest
    assert levels() == [1, 2, 3, 4, 5, 6, 7]
    assert await living == 0
    assert levels() == list(range(1, 9))


async def test_an_exhausted_sim_is_told_and_delivers_after_the_top_up(
    world, sim_card, board, flash, levels, said
):
    assert await firmware.wake(board, flash, 1) == 0
    world.account.exhaust(sim_card)
    assert await firmware.wake(board, flash, 2, said.append) == 1
    assert "1 wait" in str(said[-1])
    assert "it must be enabled, have volume" in str(said[-1])
    assert levels() == [1]
    world.account.top_up(sim_card)
    await asyncio.sleep(firmware.PERIOD_S)
    assert await firmware.wake(board, flash, 3, said.append) == 0
    assert levels() == [1, 2, 3]


async def test_a_rotated_key_is_fetched_again(backend, sim_card, board, flash, levels):
    assert await firmware.wake(board, flash, 1) == 0
    backend.authenticator.rotate(sim_card.iccid)
    await asyncio.sleep(firmware.PERIOD_S)
    assert await firmware.wake(board, flash, 2) == 0
    assert levels() == [1, 2]
    assert backend.counters.bootstraps == 2


@pytest.mark.parametrize("backend_settings", [RESUMING])
@pytest.mark.parametrize("cut_after_s", CUTS_S)
async def test_a_power_cut_loses_no_level_that_was_stored(
    board, modem, flash, levels, tmp_path, backend, cut_after_s
):
    assert await firmware.wake(board, flash, 1) == 0
    modem.cut_power()  # a deep sleep with everything off
    await asyncio.sleep(firmware.PERIOD_S)
    life = asyncio.create_task(firmware.wake(board, flash, 2))
    await asyncio.sleep(cut_after_s)
    board.cut_power()
    modem.cut_power()
    kept = shutil.copytree(flash, tmp_path / "kept")  # what was on flash at that instant
    life.cancel()
    had = levels()
    assert had == {0: [1], LAST_CUT_S: [1, 2]}.get(cut_after_s, had)
    await asyncio.sleep(60)
    board.restore_power()
    assert await firmware.wake(board, str(kept), 3) == 0
    assert levels()[: len(had)] == had
    assert levels() in ([1, 2, 3], [1, 2, 2, 3])
    assert backend.counters.handshakes_resumed > 0
