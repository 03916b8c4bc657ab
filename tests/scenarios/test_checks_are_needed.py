"""Each check that keeps firmware going is needed: taken out, its test fails."""

import asyncio

import pytest

import log_ring
import running
import settings_check
import test_running
from support.field_device import run_in_field

ROWS = [row[0] for row in settings_check.ROWS]


def replaced(name, check):
    return tuple(
        (row[0], row[1], check, row[3]) if row[0] == name else row for row in settings_check.ROWS
    )


@pytest.mark.parametrize("name", ROWS)
def test_each_row_of_the_settings_refuses_and_allows_something(name, monkeypatch):
    monkeypatch.setattr(settings_check, "ROWS", replaced(name, lambda value: True))
    with pytest.raises(AssertionError):
        test_running.test_each_wrong_setting_is_named_with_what_is_allowed()
    (default,) = [row[1] for row in settings_check.ROWS if row[0] == name]
    monkeypatch.setattr(settings_check, "ROWS", replaced(name, lambda value: value == default))
    with pytest.raises(AssertionError):
        test_running.test_right_settings_have_no_mistakes()


def test_a_log_that_never_turns_outgrows_its_size(monkeypatch):
    monkeypatch.setattr(log_ring.LogRing, "_turn", lambda ring: None)
    with pytest.raises(AssertionError):
        test_running.test_a_log_keeps_the_newest_lines_within_its_size()


def test_a_log_that_does_not_mend_its_end_loses_a_line_after_a_full_flash(monkeypatch):
    monkeypatch.setattr(log_ring.LogRing, "_mended", lambda ring: "")
    with pytest.raises(AssertionError):
        test_running.test_a_full_flash_costs_lines_and_the_log_goes_on()


def test_a_runner_that_does_not_feed_starves_the_watchdog(monkeypatch):
    async def hungry(runner, feed):
        feed()

    monkeypatch.setattr(running.Runner, "_feed_on", hungry)
    field, _arrived = run_in_field(lambda field: None, monkeypatch, hours=0.2)
    assert field.board.longest_ms > 8_000


def test_a_runner_that_feeds_for_ever_hides_a_program_that_stands_still(monkeypatch):
    async def blind(runner, feed):
        while True:
            feed()
            await asyncio.sleep(2)

    monkeypatch.setattr(running.Runner, "_feed_on", blind)

    def stuck(field):
        async def read(modem):
            while True:
                try:
                    await asyncio.sleep(60)
                except asyncio.CancelledError:
                    if field.clock.now_ms() > 3_000_000:
                        raise

        field.read = read

    field, _arrived = run_in_field(stuck, monkeypatch, hours=0.9)
    assert field.board.longest_ms <= 8_000
