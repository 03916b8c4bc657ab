"""`kill -9` of `nce sim up` while it delivers to a webhook, on both databases; see the script."""

from __future__ import annotations

import kill_deliveries as attack
import pytest


@pytest.mark.slow
def test_what_was_acknowledged_is_delivered_whenever_the_simulator_is_killed(db):
    load, inbox = attack.kill_many(db, 10, seed=8)
    assert len(load.acknowledged) > 100, "there was a load"
    assert inbox.requests >= len(load.acknowledged)
