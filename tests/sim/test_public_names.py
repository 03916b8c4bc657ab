"""What the packages export at the top: lazily, completely, and as type checkers see it."""

import ast
import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

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

A_MODEM = """
import json, sys
from nce_sim import Typist, World
world = World(seed=1)
sim = world.add_sim()
typist = Typist(world, world.add_modem(sim))
typist.attach()
typist.ask("AT+CMGF=1")
world.sms.send_mt(sim, "hello")
world.advance(60_000)
assert [message.status.name for message in world.sms.messages(sim)] == ["DELIVERED"]
print(json.dumps(sorted(sys.modules)))
"""


def loaded_by(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    return set(json.loads(done.stdout))


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
    loaded = loaded_by(LOADED)
    ours = {name for name in loaded if name.startswith(("nce.", "nce_modem", "nce_sim."))}
    assert {name for name in ours if not name.startswith("nce_sim.pytest_plugin")} == {
        "nce_sim.clock"
    }
    assert not {"sqlalchemy", "cryptography", "rich", "typer"} & loaded


def test_a_world_of_modems_alone_loads_no_database():
    assert not {"sqlalchemy", "cryptography", "nce_sim.storage"} & loaded_by(A_MODEM)


def test_installed_packages_say_that_they_are_typed():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    packages = build["targets"]["wheel"]["packages"]
    assert set(packages) == {*PACKAGES, "host_sim/nce_cli", "host_sim/nce_api"}
    for package in packages:
        marker = f"{package}/py.typed"
        assert (ROOT / marker).read_bytes() == b""
        builder = WheelBuilder(str(ROOT))
        (found,) = (
            file for file in builder.recurse_included_files() if file.relative_path == marker
        )
        assert found.distribution_path == f"{Path(package).name}/py.typed"
