"""The rooms of `nce`: imported when they are entered, and no sooner."""

import importlib
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from nce_cli.app import ROOMS, app
from nce_cli.sim import WORLDS

HEAVY = ("cryptography", "sqlalchemy", "serial", "asyncio", "nce_sim", "nce_modem")


def modules_after(*arguments):
    """The modules that `nce` with these arguments leaves imported."""
    script = (
        "import sys\n"
        "from nce_cli.app import app\n"
        f"app({list(arguments)!r}, standalone_mode=False)\n"
        "print('loaded', *sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.partition("\nloaded ")[2].split())


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_the_root_alone_imports_no_room(option):
    assert modules_after(option).isdisjoint(HEAVY)


def test_who_asks_a_world_needs_neither_modem_nor_database():
    loaded = modules_after("sim", "status", "--help")
    assert loaded.isdisjoint(("sqlalchemy", "cryptography", "nce_sim.modem", "nce_modem"))


def test_the_families_of_modems_are_listed_without_a_database():
    loaded = modules_after("sim", "modem", "--help")
    assert "nce_sim.modem.personalities" in loaded
    assert "sqlalchemy" not in loaded


@pytest.mark.parametrize(
    ("words", "module"), [(("board",), "nce_cli.board"), (("sim", "up"), "nce_cli.sim_up")]
)
def test_a_room_that_is_entered_is_imported(words, module):
    loaded = modules_after(*words, "--help")
    assert module in loaded
    assert not {"nce_cli.doctor", "nce_cli.sim_demo"} & loaded


PLACES = [((), ROOMS, name) for name in ROOMS] + [(("sim",), WORLDS, name) for name in WORLDS]


@pytest.mark.parametrize(("before", "rooms", "name"), PLACES)
def test_what_a_group_says_of_a_room_is_what_the_room_says(before, rooms, name):
    module, help_text = rooms[name]
    command = get_command(importlib.import_module(module).app)
    assert command.get_short_help_str(200) == help_text
    entered = CliRunner().invoke(app, [*before, name, "--help"])
    assert entered.exit_code == 0
    assert " ".join(("nce", *before, name)) in entered.output
    assert name in CliRunner().invoke(app, [*before, "--help"]).output


def test_a_name_nearly_right_is_guessed():
    result = CliRunner().invoke(app, ["docter"])
    assert result.exit_code == 2
    assert "doctor" in result.output


def test_a_missing_library_is_named_with_what_installs_it(tmp_path):
    (tmp_path / "sqlalchemy.py").write_text(
        "raise ModuleNotFoundError(\"No module named 'sqlalchemy'\", name='sqlalchemy')"
    )
    done = subprocess.run(
        [sys.executable, "-c", "import nce_cli; nce_cli.main()", "sim", "up"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 1
    assert "sqlalchemy is missing" in done.stderr
    assert "nce-iot[sim,serial]" in done.stderr
