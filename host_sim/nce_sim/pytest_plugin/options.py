"""The fixtures that configure a test's world: override the ones you want to change.

    @pytest.fixture
    def world_templates():                                      # in conftest.py, module or class
        return {"tank": Path("tank.json")}

    @pytest.mark.parametrize("modem_family", ["bg95", "gm02s"])     # for one test
    async def test_a_level_arrives(device): ...

Each returns a plain value. pytest's usual rules decide which fixture a test gets.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nce_sim.clock import Limits
from nce_sim.pytest_plugin.target import target_of

if TYPE_CHECKING:
    from nce_sim import BackendSettings, Settings

VIRTUAL_LIMIT_S = 400 * 86_400
REAL_LIMIT_S = 60
# A real modem may take minutes to find its network.
TARGET_LIMIT_S = 1_200


@pytest.fixture
def world_seed() -> int:
    """Override: the seed of the test's world, 1; the same seed gives the same run."""
    return 1


@pytest.fixture
def world_settings() -> Settings | None:
    """Override: `nce_sim.Settings` of network, cells, account and modem; None is the default."""
    return None


@pytest.fixture
def backend_settings() -> BackendSettings | None:
    """Override: `nce_sim.BackendSettings` of 1NCE OS; None is the default."""
    return None


@pytest.fixture
def world_templates() -> Mapping[str, str | Path | dict[str, Any]]:
    """Override: the Energy Saver templates active in 1NCE OS by name: dict, JSON text or Path.

    With one template, `device` packs its records by it and sends them under its name.
    """
    return {}


@pytest.fixture
def modem_family() -> str:
    """Override: the simulated modem's family, "bg95"; `nce sim modem --help` lists them."""
    return "bg95"


@pytest.fixture
def board_firmware() -> Path | None:
    """Override: the firmware that `board.start()` starts: a Python file with `run(board)`.

    The files beside it belong to it. None is the firmware that a real board has already.
    """
    return None


@pytest.fixture
def device_options() -> Mapping[str, Any]:
    """Override: keywords of `nce.Device` for `device`: template, topic, transport, outbox, …"""
    return {}


@pytest.fixture
def world_limits(request: pytest.FixtureRequest) -> Limits:
    """Override: how long a test may take, `nce_sim.Limits`; 400 virtual days, 60 real seconds.

    On another target than the simulator: 20 real minutes.
    """
    target = target_of(request.config)
    if not target.has("virtual_time"):
        return Limits(real_s=TARGET_LIMIT_S)
    real_s = REAL_LIMIT_S if target.kind == "sim" else TARGET_LIMIT_S
    return Limits(VIRTUAL_LIMIT_S, real_s)
