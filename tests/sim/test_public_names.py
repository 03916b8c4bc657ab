"""What the packages export at the top: lazily, completely, and as type checkers see it."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import nce
import nce_sim
from nce.names import ROOMS

ROOT = Path(__file__).parents[2]
PACKAGES = ("bcl/nce_bcl", "modem/nce_modem", "sdk/nce", "host_sim/nce_sim")

LOADED = """
import json, sys
import nce_sim.pytest_plugin
print(json.dumps(sorted(sys.modules)))
"""
REVEALED = """
from nce import Device, Outbox, Undelivered
from nce_sim import Backend, PipeBoard, World, run_virtual
reveal_type(Device)
reveal_type(Outbox)
reveal_type(World(1).add_sim())
reveal_type(Backend)
reveal_type(PipeBoard)
async def report(device: Device) -> None:
    reveal_type(await device.send({"battery": 99}))
    reveal_type((await device.send(b"...", topic="gps")).attempts)
    reveal_type(device.store(b"..."))
"""
TYPES = (
    *("nce.device.Device", "nce.outbox.Outbox", "nce_sim.sim_card.SimCard"),
    *("nce_sim.backend.Backend", "nce_sim.ports.pipe.PipeBoard"),
    *("nce.device.Delivery", 'int"', 'int"'),
)


@pytest.mark.parametrize("name", nce_sim.__all__)
def test_each_name_of_the_simulator_can_be_had(name):
    assert name in dir(nce_sim)
    assert getattr(nce_sim, name).__name__ == name


def test_what_is_imported_for_type_checkers_is_what_is_exported():
    tree = ast.parse(Path(nce_sim.__file__).read_text())
    (block,) = (node for node in tree.body if isinstance(node, ast.If))
    imported = {
        alias.name: node.module.removeprefix("nce_sim.")
        for node in block.body
        for alias in node.names
    }
    assert imported == nce_sim._ROOM_OF
    assert sorted(imported) == nce_sim.__all__


def test_an_unknown_name_is_an_import_error():
    with pytest.raises(ImportError, match="Planet"):
        from nce_sim import Planet  # noqa: F401
    with pytest.raises(AttributeError, match="no attribute 'Planet'"):
        nce_sim.Planet  # noqa: B018


def test_the_stub_of_nce_names_what_is_listed():
    tree = ast.parse(Path(nce.__file__).with_suffix(".pyi").read_text())
    stub = {
        alias.asname: node.module
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    rows = [row.split(":") for row in ROOMS.split(",")]
    assert stub == {name: f"nce.{room}" for room, names in rows for name in names.split(" ")}


def test_importing_the_plugin_loads_neither_simulator_nor_driver():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, timeout=60, check=True
    )
    loaded = json.loads(done.stdout)
    ours = {name for name in loaded if name.startswith(("nce.", "nce_modem", "nce_sim."))}
    assert {name for name in ours if not name.startswith("nce_sim.pytest_plugin")} == {
        "nce_sim.clock"
    }
    assert not {"sqlalchemy", "cryptography", "rich", "typer"} & set(loaded)


@pytest.mark.slow
def test_a_type_checker_sees_the_names(tmp_path):
    (tmp_path / "theirs.py").write_text(REVEALED)
    mypy_path = ":".join(str((ROOT / package).parent) for package in PACKAGES)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file=", "--cache-dir", tmp_path, "theirs.py"],
        cwd=tmp_path,
        env={"MYPYPATH": mypy_path, "PATH": ""},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    revealed = [line for line in done.stdout.splitlines() if "Revealed type" in line]
    assert len(revealed) == len(TYPES), done.stdout
    for line, name in zip(revealed, TYPES, strict=True):
        assert name in line


def test_installed_packages_say_that_they_are_typed():
    for package in PACKAGES:
        assert (ROOT / package / "py.typed").exists()
