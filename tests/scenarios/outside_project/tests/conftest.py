"""What the tests of the tank share: its template in 1NCE OS, its flash, what it says."""

import pytest

import firmware


@pytest.fixture
def world_templates():
    """The template that the customer activated."""
    return {firmware.TOPIC: firmware.TEMPLATE}


@pytest.fixture
def flash(tmp_path):
    """The folder that stands for the board's flash."""
    (tmp_path / "flash").mkdir()
    return str(tmp_path / "flash")


@pytest.fixture
def said():
    """What the firmware said."""
    return []


@pytest.fixture
def levels(backend, sim_card):
    """Asks 1NCE OS for the levels that it has, the oldest first."""

    def ask():
        history = backend.inspector.history(sim_card.iccid, page_size=None)
        return [item.value["level"] for item in reversed(history)]

    return ask
