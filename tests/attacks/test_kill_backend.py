"""`kill -9` of `nce sim up` under load, three times and beside other programs; see the script."""

from __future__ import annotations

import kill_backend as attack
import pytest


@pytest.mark.parametrize("has_reader", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_what_was_acknowledged_is_stored_whenever_the_simulator_is_killed(tmp_path, has_reader):
    load = attack.kill_many(str(tmp_path / "world.db"), 3, seed=8, has_reader=has_reader)
    assert len(load.acknowledged) > 100, "there was a load"
    assert len(load.keys) == attack.SIMS
    assert not load.refused, "a reader hinders nobody"
    assert load.over_dtls > 10 or not attack.has_dtls()


def test_a_program_that_holds_the_write_lock_costs_time_and_no_message(tmp_path):
    load = attack.lock_out(str(tmp_path / "world.db"), seed=8, hold_s=2.5)
    assert len(load.acknowledged) > 100, "there was a load"
