"""The main loop of docs/firmware.md survives what a field device meets, and loses no record."""

import re
import time

import pytest

from truth.pages import ROOT, page_of
from truth.stage import Stage, chains_of, write_files

pytestmark = pytest.mark.slow

PAGE = page_of(ROOT / "docs/firmware.md")
LOOP, CONDENSED = (
    next(chain for chain in chains_of(PAGE) if word in chain[0].text)
    for word in ("def read_level", "def condensed")
)
MINUTE_MS = 60_000


def cover(stage, is_covered):
    for cell in stage.world.operator.cells:
        cell.is_in_coverage = is_covered


def no_coverage(stage):
    """From before power-on until between the first round and the second."""
    cover(stage, False)
    stage.loop.clock.call_later(45 * MINUTE_MS, lambda: cover(stage, True))


def coverage_lost_later(stage):
    stage.loop.clock.call_later(30 * MINUTE_MS, lambda: cover(stage, False))
    stage.loop.clock.call_later(100 * MINUTE_MS, lambda: cover(stage, True))


def no_volume(stage):
    stage.world.account.exhaust(stage.sim)
    top_up = stage.world.account.top_up
    stage.loop.clock.call_later(45 * MINUTE_MS, lambda: top_up(stage.sim))


def sim_disabled(stage):
    """It is thrown out, and let in again."""
    clock, switch = stage.loop.clock, stage.world.set_sim_enabled
    clock.call_later(30 * MINUTE_MS, lambda: switch(stage.sim, False))
    clock.call_later(100 * MINUTE_MS, lambda: switch(stage.sim, True))


def silent_server(stage):
    """1NCE OS answers nothing in the second round."""
    core, clock = stage.world.core, stage.loop.clock
    whole = core.send_all
    clock.call_later(30 * MINUTE_MS, lambda: setattr(core, "send_all", lambda datagrams: None))
    clock.call_later(100 * MINUTE_MS, lambda: setattr(core, "send_all", whole))


def modem_killed(stage):
    faults = stage.modem.faults
    faults.at_command("+QISEND", lambda: faults.kill(silent_ms=4_000), count=6, when="prompt")


def key_rotated(stage):
    rotate = stage.backend.authenticator.rotate
    stage.loop.clock.call_later(30 * MINUTE_MS, lambda: rotate(stage.sim.iccid))


# The fault, and whether the loop has to tell of it.
FAULTS = {
    no_coverage: True,
    coverage_lost_later: True,
    no_volume: True,
    sim_disabled: True,
    silent_server: True,
    modem_killed: False,
    key_rotated: False,
}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_the_main_loop_survives_and_loses_nothing(fault, tmp_path, capsys):
    with Stage(tmp_path) as stage:
        write_files(PAGE, tmp_path, LOOP[-1].line)
        fault(stage)
        stage.play(LOOP)
        assert stage.was_ended
        history = stage.backend.inspector.history(stage.sim.iccid, page_size=None)
    waiting = re.findall(r"^ *\d+ s  not delivered: .+", capsys.readouterr().out, re.M)
    assert bool(waiting) == FAULTS[fault]
    # Three hours are three rounds, and each has stored one record. Delivery is at least once: an
    # acknowledgement that is lost costs a second copy.
    assert len(history) >= 3
    assert {message.value for message in history} == {b"*"}


def test_the_main_loop_survives_a_record_that_does_not_fit(tmp_path, capsys):
    with Stage(tmp_path) as stage:
        write_files(PAGE, tmp_path, LOOP[-1].line)
        levels = iter([42, 4242, 42])
        (block,) = LOOP
        text = block.text.replace("return 42  # your sensor", "return next(LEVELS)")
        stage.names["LEVELS"] = levels
        stage.play([type(block)(block.path, block.line, "python", text)])
        history = stage.backend.inspector.history(stage.sim.iccid, page_size=None)
    assert "not measured: EncodeError: level: 4242 is outside 0..255" in capsys.readouterr().out
    assert len(history) == 2


def test_condensed_noise_is_as_long_as_was_asked(tmp_path, monkeypatch):
    # MicroPython's clock of microseconds.
    monkeypatch.setattr(time, "ticks_us", lambda: time.perf_counter_ns() // 1000, raising=False)
    with Stage(tmp_path) as stage:
        condensed = stage.play(CONDENSED)["condensed"]
        assert [len(condensed(count)) for count in (1, 32, 33, 100)] == [1, 32, 33, 100]
        assert condensed(32) != condensed(32)
