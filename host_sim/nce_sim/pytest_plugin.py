"""pytest fixtures over the simulated world, for tests of firmware without hardware.

    def test_greets(world):
        sim = world.add_sim()
        ...

Installed with the distribution; nothing is imported until a fixture is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from nce_sim.world import World


@pytest.fixture
def world() -> World:
    """A fresh world on virtual time, the same in every run."""
    from nce_sim.world import World

    return World(seed=1)
