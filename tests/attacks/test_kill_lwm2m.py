"""`kill -9` of `nce sim up` while an LwM2M client notifies, three times; see the script."""

from __future__ import annotations

import kill_lwm2m as attack
import pytest


@pytest.mark.slow
def test_what_was_confirmed_to_an_lwm2m_client_is_stored_and_known_again(tmp_path):
    client = attack.kill_many(str(tmp_path / "world.db"), 3, seed=8)
    assert len(client.confirmed) > 5, "it notified"
