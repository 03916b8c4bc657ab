"""Chooses the target of the tests: the simulator, a process, an emulator, a modem, a board.

    pytest --nce-target=micropython
    pytest --nce-target=serial:/dev/ttyUSB0 --nce-echo=192.0.2.7:7 --nce-sms=+49…
    pytest --nce-target=board:/dev/ttyACM0 --nce-bridge=/dev/ttyUSB0

`target_table` has the targets and what they cannot do. With another target than the simulator,
only the tests marked `parity` or `nce_needs` run.
"""

from __future__ import annotations

import pytest

from nce_sim.pytest_plugin.needs import NEEDS, skip_what_is_lacking
from nce_sim.pytest_plugin.page import PageWriter, report_path
from nce_sim.pytest_plugin.target_table import KINDS, Target, TargetMistake, read

PARITY = "parity: does not need the simulated world, so runs on a real modem too (--nce-target)"
MARKS = ("parity", "nce_needs")
TARGET = pytest.StashKey[Target]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name a real modem and what it may use."""
    group = parser.getgroup("nce-iot", "1NCE IoT: the modem of the tests")
    group.addoption(
        "--nce-target",
        default="sim",
        metavar="TARGET",
        help="what the fixture board is: "
        + "; ".join(
            f"{name}{':PORT' if kind.has_port else ''}: {kind.title}"
            for name, kind in KINDS.items()
        )
        + ". PORT is such as /dev/ttyUSB0 (serial:/dev/ttyUSB0) or a URL of pyserial's. Another "
        "target than sim runs the tests marked parity or nce_needs",
    )
    group.addoption(
        "--nce-bridge",
        default="",
        metavar="PORT",
        help="with board:PORT: a simulated modem serves the board at this serial port, which is "
        "wired to the board's UART; its world is the test's",
    )
    group.addoption(
        "--nce-image",
        default="",
        metavar="FILE",
        help="with qemu or pico: the image of the emulated board, build/qemu/firmware.elf or "
        "build/pico/frozen.bin by default",
    )
    group.addoption(
        "--nce-report",
        default="",
        metavar="FILE",
        help="write a report of the run, one HTML file with pictures of each test",
    )
    group.addoption(
        "--nce-echo",
        default=None,
        metavar="HOST:PORT",
        help="a UDP and TCP echo service that the real modem can reach: the fixture echo_address",
    )
    group.addoption(
        "--nce-sms",
        default=None,
        metavar="NUMBER",
        help="the number that the real modem may send a short message to: the fixture sms_number",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and refuse a wrong target before anything runs."""
    config.addinivalue_line("markers", PARITY)
    config.addinivalue_line("markers", NEEDS)
    text = str(config.getoption("--nce-target"))
    try:
        target = read(text, config.getoption("--nce-bridge"), config.getoption("--nce-image"))
    except TargetMistake as error:
        raise pytest.UsageError(str(error)) from error
    if target.missing:
        raise pytest.UsageError(f"--nce-target={text}: {target.missing}")
    config.stash[TARGET] = target
    echo(config)
    path = report_path(config)
    if path is not None and not hasattr(config, "workerinput"):  # a worker of pytest-xdist
        config.pluginmanager.register(PageWriter(path, target), "nce_page_writer")


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the target at the top of the run."""
    target = target_of(config)
    if target.kind == "sim":
        return None
    return f"nce-iot: {target.title}; tests marked parity or nce_needs run"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the tests that are made for it when the target is not the simulator."""
    if target_of(config).kind == "sim":
        return
    left_out = [item for item in items if not _is_for_targets(item)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if _is_for_targets(item)]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs what the target lacks."""
    skip_what_is_lacking(item, target_of(item.config))


def target_of(config: pytest.Config) -> Target:
    """The target of this run."""
    return config.stash[TARGET]


def serial_path(config: pytest.Config) -> str | None:
    """PATH of `--nce-target=serial:PATH`, None for another target."""
    target = target_of(config)
    return target.port if target.kind == "serial" else None


def _is_for_targets(item: pytest.Item) -> bool:
    return any(item.get_closest_marker(name) is not None for name in MARKS)


def echo(config: pytest.Config) -> tuple[str, int] | None:
    """Host and port of `--nce-echo`, None without it; UsageError when it is not HOST:PORT."""
    given = config.getoption("--nce-echo")
    if given is None:
        return None
    host, _, port = str(given).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise pytest.UsageError(f"--nce-echo={given}; use HOST:PORT, such as 192.0.2.7:7")
    return host, int(port)
