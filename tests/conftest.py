"""Options of the suite: which modem the tests that need no simulator knobs run on."""

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def pytest_addoption(parser):
    group = parser.getgroup("nce-iot")
    group.addoption(
        "--nce-target",
        default="sim",
        help="the modem of the parity tests: sim, or serial:/dev/ttyUSB0 for a real one",
    )
    group.addoption(
        "--nce-echo",
        default=None,
        help="HOST:PORT of an UDP echo service that a real modem can reach",
    )


@pytest.fixture(scope="session")
def serial_board(request):
    """A function that makes the board of `--nce-target=serial:PATH`; None for the simulator."""
    kind, _, path = request.config.getoption("--nce-target").partition(":")
    if kind == "sim":
        return None
    if kind != "serial" or not path:
        raise pytest.UsageError(f"--nce-target={kind}:{path}; take sim or serial:/dev/...")
    file = ROOT / "boards/serial/board.py"
    spec = importlib.util.spec_from_file_location("serial_board_of_the_target", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda: module.Board(path)
