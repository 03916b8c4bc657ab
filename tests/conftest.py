"""Which modem the driver's tests run on; `--nce-target` is the option of `nce_sim.pytest_plugin`.

A test that takes `on_modem` runs once for each simulated family. Marked `parity` it needs none of
the simulator's knobs, and those are the tests that run when the target is a real modem.
"""

import asyncio
import importlib.util
import re
from pathlib import Path

import pytest

from nce_sim.clock import run_virtual
from nce_sim.pytest_plugin import serial_path
from support import judges, search
from support.databases import db
from support.figures import Figures, figure
from support.order import Order
from support.postgres import postgres

__all__ = ["db", "figure", "postgres"]

ROOT = Path(__file__).parents[1]
PORTABLE = ROOT / "tests/portable"

# Projects of their own, which tests run where they belong.
collect_ignore = ["scenarios/outside_project", "hil/project"]

search.register()


def pytest_configure(config):
    judges.register(config)
    config.pluginmanager.register(Figures())
    config.pluginmanager.register(Order())


# A file with a slow test or a property has one of these words: it marks tests, or takes a fixture
# that does (`TWINS` below, `support.databases`).
MAY_BE_SLOW = re.compile(r"mark\.slow|hypothesis|on_modem|\bdb\b|KINDS")
SLOW = {"slow", "hypothesis"}


def pytest_ignore_collect(collection_path, config):
    """A run of slow tests alone imports no file that has none: that takes each worker as long."""
    wanted = set(re.findall(r"(?<!not )\b(?!(?:and|or|not)\b)\w+", config.option.markexpr))
    is_file = collection_path.suffix == ".py" and collection_path.name.startswith("test_")
    if is_file and wanted and wanted <= SLOW:
        return not MAY_BE_SLOW.search(collection_path.read_text()) or None
    return None


def pytest_collection_modifyitems(items):
    for item in items:
        if SLOW & {mark.name for mark in item.iter_markers()}:
            may_be = MAY_BE_SLOW.search(item.path.read_text())
            assert may_be, f"{item.nodeid} is slow, and MAY_BE_SLOW does not see it in its file"
        if item.path.parent == PORTABLE:
            # The files cannot say so: MicroPython has no pytest.
            item.add_marker("portable")


@pytest.fixture(autouse=True)
def portable_tests_in_virtual_time(request, monkeypatch):
    """Their modems answer at once or never: waiting for limits is all that would take time."""
    if request.path.parent == PORTABLE:
        monkeypatch.setattr(asyncio, "run", lambda main: run_virtual(lambda clock: main))


# They differ from another family in a few figures: `make test-slow` has them.
TWINS = ("bg77", "bg96", "sim7070")


def pytest_generate_tests(metafunc):
    if "on_modem" in metafunc.fixturenames:
        from support.driver_bench import FAMILIES

        is_real = serial_path(metafunc.config) is not None
        every = [
            pytest.param(name, marks=[pytest.mark.slow] if name in TWINS else [])
            for name in sorted(FAMILIES)
        ]
        metafunc.parametrize("on_modem", ["real"] if is_real else every, indirect=True)


@pytest.fixture
def on_modem(request):
    """Runs a scene on the modem of the day: see `driver_bench.OnModem`."""
    from support.driver_bench import OnModem

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
