"""Which modem the driver's tests run on: `--nce-target`.

A test that takes `on_modem` runs once for each simulated family. Marked `parity` it needs none of
the simulator's knobs, and those are the tests that run when the target is a real modem.
"""

import importlib.util
from pathlib import Path

import judges
import pytest
import search
from figures import Figures, figure

__all__ = ["figure"]

ROOT = Path(__file__).parents[1]

search.register()


def pytest_configure(config):
    judges.register(config)
    config.pluginmanager.register(Figures())


def pytest_addoption(parser):
    group = parser.getgroup("nce-iot")
    group.addoption(
        "--nce-target",
        default="sim",
        help="the modem of the parity tests: sim, or serial:/dev/ttyUSB0 for a real one; "
        "a URL of pyserial's may stand for the device",
    )
    group.addoption(
        "--nce-echo",
        default=None,
        help="HOST:PORT of an UDP echo service that a real modem can reach",
    )
    group.addoption(
        "--nce-sms",
        default=None,
        help="the number that a real modem may send one short message to",
    )


def serial_path(config):
    """PATH of `--nce-target=serial:PATH`, None for the simulator."""
    kind, _, path = config.getoption("--nce-target").partition(":")
    if kind == "sim":
        return None
    if kind != "serial" or not path:
        raise pytest.UsageError(f"--nce-target={kind}:{path}; take sim or serial:/dev/...")
    return path


def pytest_collection_modifyitems(config, items):
    if serial_path(config) is None:
        return
    left_out = [item for item in items if item.get_closest_marker("parity") is None]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item.get_closest_marker("parity") is not None]


def pytest_generate_tests(metafunc):
    if "on_modem" in metafunc.fixturenames:
        from driver_bench import FAMILIES

        is_real = serial_path(metafunc.config) is not None
        metafunc.parametrize("on_modem", ["real"] if is_real else sorted(FAMILIES), indirect=True)


@pytest.fixture
def on_modem(request):
    """Runs a scene on the modem of the day: see `driver_bench.OnModem`."""
    from driver_bench import OnModem

    config = request.config
    path = serial_path(config)
    if path is None:
        return OnModem(request.param)
    board = serial_board_class()(path)
    return OnModem(None, board, config.getoption("--nce-echo"), config.getoption("--nce-sms"))


def serial_board_class():
    """The class in `boards/serial/board.py`, which is no module of a package."""
    file = ROOT / "boards/serial/board.py"
    spec = importlib.util.spec_from_file_location("serial_board_of_the_target", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Board
