"""The world of one test, and a device in it; use each fixture alone, or override it.

    world       time, network, cells, account            backend   1NCE OS and its services
    sim_card    a SIM of the account                      modem     the simulated modem: faults
    board       what firmware gets: UART and power key    device    the SDK's Device on that board

`webhook_receiver` (`webhook`) is the customer's server, which 1NCE OS sends events to.

`board` and `device` include 1NCE OS. With another `--nce-target`, `board` is the board of that
target, and what it cannot do skips the test.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nce_sim.clock import Clock, Limits, LoopClock, VirtualLoop
from nce_sim.pytest_plugin.needs import skip_without
from nce_sim.pytest_plugin.scene import scene_of
from nce_sim.pytest_plugin.stage import Stage
from nce_sim.pytest_plugin.target import echo, target_of
from nce_sim.pytest_plugin.target_board import Simulated, TargetBoard
from nce_sim.pytest_plugin.webhook import settings_with_receiver

if TYPE_CHECKING:
    from nce import Device
    from nce_sim import Address, Backend, SimCard, World
    from nce_sim.modem.core import Modem

SIMULATED_ECHO = ("203.0.113.7", 7)
SIMULATED_NUMBER = "+882285100"


class FaultNeverMet(pytest.PytestWarning):
    """A fault waits for a command that came too rarely or never: the test proves nothing."""


@pytest.fixture
def _nce_stage(request: pytest.FixtureRequest, world_limits: Limits) -> Iterator[Stage]:
    """The loop of the test and of its fixtures."""
    is_virtual = target_of(request.config).has("virtual_time")
    stage = Stage(VirtualLoop() if is_virtual else asyncio.new_event_loop(), world_limits)
    yield stage
    stage.close()


@pytest.fixture
def _world_options(
    world_seed: int,
    world_settings: Any,
    backend_settings: Any,
    world_templates: Mapping[str, Any],
    modem_family: str,
) -> None:
    """Requests the fixtures behind `board`, so that a test may parametrise each."""


@pytest.fixture
def world(
    request: pytest.FixtureRequest, _nce_stage: Stage, world_seed: int, world_settings: Any
) -> Iterator[World]:
    """A fresh `nce_sim.World` on virtual time: clock, network, cells, account; the same each run.

    A test that is not `async def` lets time pass by `world.advance(milliseconds)`, an `async def`
    test by `await asyncio.sleep(seconds)`.
    """
    _need(request, "world")
    made = _simulator("World")(world_seed, _clock_of(_nce_stage), world_settings)
    scene_of(request.node).watch(made)
    yield made
    for modem in made.modems:
        for fault in modem.faults.unmet:
            text = f"{modem.name}: a fault waits for commands that never came: {fault}"
            warnings.warn(FaultNeverMet(text), stacklevel=1)


@pytest.fixture
def backend(
    request: pytest.FixtureRequest,
    _nce_stage: Stage,
    world: World,
    backend_settings: Any,
    world_templates: Mapping[str, Any],
) -> Iterator[Backend]:
    """1NCE OS in the test's world, an `nce_sim.Backend` with the `world_templates`."""
    settings = settings_with_receiver(request, _nce_stage, backend_settings)
    with _simulator("Backend")(world, settings=settings) as made:
        for name, template in world_templates.items():
            made.add_template(name, _text_of(template))
        yield made


@pytest.fixture
def sim_card(world: World) -> SimCard:
    """A SIM of the account in the test's world, an `nce_sim.SimCard`."""
    return world.add_sim()


@pytest.fixture
def modem(world: World, sim_card: SimCard, modem_family: str) -> Modem:
    """The simulated modem, powered off, with `sim_card` in it; `modem.faults` sets faults."""
    return world.add_modem(sim_card, modem_family)


@pytest.fixture
def board(
    request: pytest.FixtureRequest,
    _nce_stage: Stage,
    _world_options: None,
    board_firmware: Path | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[TargetBoard]:
    """The board of the run's target, wired to `modem`; `board.start()` starts `board_firmware`.

    In the simulator it is a `nce_sim.PipeBoard` as well, for a test that drives the modem itself:
    `open_uart()`, `power_key()`.
    """
    from nce_sim.pytest_plugin.target_boards import board_of

    target = target_of(request.config)
    simulated = None
    if target.has("world"):
        modem = request.getfixturevalue("modem")
        backend = request.getfixturevalue("backend")
        simulated = Simulated(request.getfixturevalue("world"), backend, modem)
    flash = tmp_path_factory.mktemp("board") / "flash"
    flash.mkdir()
    made = board_of(target, _nce_stage, simulated, board_firmware, flash)
    scene_of(request.node).boards.append(made)
    yield made
    _nce_stage.run(made.stop())


@pytest.fixture
def device(
    request: pytest.FixtureRequest,
    _nce_stage: Stage,
    board: Any,
    world_templates: Mapping[str, Any],
    device_options: Mapping[str, Any],
) -> Iterator[Device]:
    """The SDK's `nce.Device` on `board`: `await device.send({"level": 42})`.

    `device_options` holds its keywords. With one template in `world_templates`, the device packs
    records by that template and sends them under its name as topic.
    """
    from nce import Device
    from nce_modem import Modem as Driver

    _need(request, "uart")
    options = {**_packing(world_templates), **device_options}
    if target_of(request.config).has("world"):
        # Reproducible, as the rest of the world is.
        random = request.getfixturevalue("world").random("device")
        options.setdefault("random_bytes", random.randbytes)
    driver = Driver(board)
    scene_of(request.node).drivers.append(driver)
    made = Device(driver, **options)
    yield made
    _nce_stage.run(_close(made, driver))


@pytest.fixture
def echo_address(request: pytest.FixtureRequest, _nce_stage: Stage) -> Address:
    """A host and port that send every datagram back: in the world, or `--nce-echo`."""
    if not target_of(request.config).has("world"):
        given = echo(request.config)
        if given is None:
            pytest.skip("no echo service is known; give one with --nce-echo=HOST:PORT")
        return _address(*given)
    address = _address(*SIMULATED_ECHO)
    request.getfixturevalue("world").core.internet.add_echo(address)
    return address


@pytest.fixture
def sms_number(request: pytest.FixtureRequest) -> str:
    """A number that short messages may be sent to: in the world, or `--nce-sms`."""
    if target_of(request.config).has("world"):
        return SIMULATED_NUMBER
    given = request.config.getoption("--nce-sms")
    if given is None:
        pytest.skip("no number is known; give one with --nce-sms=NUMBER")
    return str(given)


async def _close(device: Device, driver: Any) -> None:
    await device.close()
    await driver.close()


def _packing(templates: Mapping[str, Any]) -> dict[str, Any]:
    if len(templates) != 1:
        return {}
    from nce_bcl import Template

    ((name, template),) = templates.items()
    return {"template": Template(_text_of(template)), "topic": name}


def _text_of(template: Any) -> Any:
    return template.read_text(encoding="utf-8") if isinstance(template, Path) else template


def _address(host: str, port: int) -> Address:
    made: Address = _simulator("Address")(host, port)
    return made


def _clock_of(stage: Stage) -> Clock:
    return stage.loop.clock if isinstance(stage.loop, VirtualLoop) else LoopClock(stage.loop)


def _need(request: pytest.FixtureRequest, capability: str) -> None:
    target = target_of(request.config)
    if not target.has(capability):
        skip_without(target, capability)


def _simulator(name: str) -> Any:
    """A name of `nce_sim`; without the `sim` extra the fixture fails and says what to install."""
    import nce_sim

    try:
        return getattr(nce_sim, name)
    except ImportError as error:
        pytest.fail(str(error), pytrace=False)
