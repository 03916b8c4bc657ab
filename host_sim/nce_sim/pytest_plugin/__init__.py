"""pytest fixtures over the simulated world, for tests of firmware without hardware.

    async def test_a_level_arrives(device, backend, sim_card):
        await device.send({"level": 42})
        assert backend.inspector.history(sim_card.iccid)[0].value == {"level": 42}

A test, `async def` or not, that asks for one of the fixtures gets a world of its own on virtual
time. An `async def` test runs on the world's loop, and needs no other plugin; tests that ask for
none of them are left alone. To change the world, override one of these fixtures: `world_seed`,
`world_settings`, `backend_settings`, `world_templates`, `modem_family`, `board_firmware`,
`device_options`, `world_limits`.

Installed with the distribution (`-p no:nce_sim` keeps it out); the simulator is imported when a
fixture is asked for.
"""

from nce_sim.pytest_plugin.coroutines import pytest_fixture_setup, pytest_pyfunc_call
from nce_sim.pytest_plugin.customer import api
from nce_sim.pytest_plugin.fixtures import (
    _nce_stage,
    _world_options,
    backend,
    board,
    device,
    echo_address,
    modem,
    sim_card,
    sms_number,
    world,
)
from nce_sim.pytest_plugin.options import (
    backend_settings,
    board_firmware,
    device_options,
    modem_family,
    world_limits,
    world_seed,
    world_settings,
    world_templates,
)
from nce_sim.pytest_plugin.report import pytest_runtest_makereport
from nce_sim.pytest_plugin.target import (
    pytest_addoption,
    pytest_collection_modifyitems,
    pytest_configure,
    pytest_report_header,
    pytest_runtest_setup,
    serial_path,
)
from nce_sim.pytest_plugin.webhook import webhook_receiver

__all__ = [
    "_nce_stage",
    "_world_options",
    "api",
    "backend",
    "backend_settings",
    "board",
    "board_firmware",
    "device",
    "device_options",
    "echo_address",
    "modem",
    "modem_family",
    "pytest_addoption",
    "pytest_collection_modifyitems",
    "pytest_configure",
    "pytest_fixture_setup",
    "pytest_pyfunc_call",
    "pytest_report_header",
    "pytest_runtest_makereport",
    "pytest_runtest_setup",
    "serial_path",
    "sim_card",
    "sms_number",
    "webhook_receiver",
    "world",
    "world_limits",
    "world_seed",
    "world_settings",
    "world_templates",
]
