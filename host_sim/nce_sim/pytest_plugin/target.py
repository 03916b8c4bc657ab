"""Chooses the modem of the tests: a simulated one, or a real one at a serial device.

    pytest --nce-target=serial:/dev/ttyUSB0 --nce-echo=192.0.2.7:7 --nce-sms=+49…

With a real modem only the tests marked `parity` run, in real time. A parity test that asks for a
fixture of the simulated world alone is skipped, and the reason says so.
"""

from __future__ import annotations

import pytest

PARITY = "parity: does not need the simulated world, so runs on a real modem too (--nce-target)"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options that name a real modem and what it may use."""
    group = parser.getgroup("nce-iot", "1NCE IoT: the modem of the tests")
    group.addoption(
        "--nce-target",
        default="sim",
        metavar="TARGET",
        help="the modem of the tests: sim (default), or serial:/dev/ttyUSB0 for a real one, which "
        "runs the tests marked parity; a pyserial URL may replace the device",
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
    """Register the marker, and refuse a wrong target before anything runs."""
    config.addinivalue_line("markers", PARITY)
    serial_path(config)
    echo(config)


def pytest_report_header(config: pytest.Config) -> str | None:
    """Name the real modem at the top of the run."""
    path = serial_path(config)
    return f"nce-iot: a real modem at {path}; tests marked parity run" if path else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep only the parity tests when the modem is a real one."""
    if serial_path(config) is None:
        return
    left_out = [item for item in items if item.get_closest_marker("parity") is None]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item.get_closest_marker("parity") is not None]


def serial_path(config: pytest.Config) -> str | None:
    """PATH of `--nce-target=serial:PATH`, None for the simulator; UsageError for anything else."""
    target = str(config.getoption("--nce-target"))
    kind, _, path = target.partition(":")
    if target == "sim":
        return None
    if kind != "serial" or not path:
        raise pytest.UsageError(f"--nce-target={target}; use sim or serial:/dev/ttyUSB0")
    return path


def echo(config: pytest.Config) -> tuple[str, int] | None:
    """Host and port of `--nce-echo`, None without it; UsageError when it is not HOST:PORT."""
    given = config.getoption("--nce-echo")
    if given is None:
        return None
    host, _, port = str(given).rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65_536:
        raise pytest.UsageError(f"--nce-echo={given}; use HOST:PORT, such as 192.0.2.7:7")
    return host, int(port)
