"""`kill -9` of `nce sim up` under load, three times and beside other programs; see the script."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def attack():
    name = "kill_backend"
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(name + ".py"))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


@pytest.mark.parametrize("has_reader", [False, True])
def test_what_was_acknowledged_is_stored_whenever_the_simulator_is_killed(
    attack, tmp_path, has_reader
):
    load = attack.kill_many(str(tmp_path / "world.db"), 3, seed=8, has_reader=has_reader)
    assert len(load.acknowledged) > 100, "there was a load"
    assert len(load.keys) == attack.SIMS
    assert not load.refused, "a reader hinders nobody"


def test_a_program_that_holds_the_write_lock_costs_time_and_no_message(attack, tmp_path):
    load = attack.lock_out(str(tmp_path / "world.db"), seed=8)
    assert len(load.acknowledged) > 100, "there was a load"
