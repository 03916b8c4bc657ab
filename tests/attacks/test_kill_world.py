"""`kill -9` of `nce sim up` under messages, API writes and deliveries; see the script."""

from __future__ import annotations

import kill_world as attack
import pytest


def kill_many(db, times, seed, figure):
    counts = attack.kill_many(db, times, seed)
    # There was a load, as far as a busy computer allows one within the second of a run.
    assert counts["messages acknowledged"] > 3 * times
    assert counts["writes acknowledged"] > times
    assert counts["events delivered"] > 3 * times
    assert counts["stream records"] > 5 * times
    assert counts["MO SMS acknowledged"] >= times // 2
    name = "PostgreSQL" if "://" in db else "SQLite"
    figure(f"kill -9, {name}: {attack.shown(counts)}")


@pytest.mark.slow
def test_what_was_acknowledged_is_there_whenever_the_simulator_is_killed(db, figure):
    kill_many(db, 10, 8, figure)


@pytest.mark.exhaustive
def test_what_was_acknowledged_is_there_after_fifty_kills(db, figure):
    kill_many(db, 50, 9, figure)
