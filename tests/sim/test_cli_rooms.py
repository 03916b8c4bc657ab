"""The rooms of `nce`: imported when they are entered, and no sooner."""

import importlib
import subprocess
import sys

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from nce_cli.app import ROOMS, app

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


def test_a_room_that_is_entered_is_imported():
    assert "nce_cli.board" in modules_after("board", "--help")


@pytest.mark.parametrize("name", ROOMS)
def test_what_the_root_says_of_a_room_is_what_the_room_says(name):
    module, help_text = ROOMS[name]
    command = get_command(importlib.import_module(module).app)
    assert command.get_short_help_str(200) == help_text
    entered = CliRunner().invoke(app, [name, "--help"])
    assert entered.exit_code == 0
    assert f"nce {name}" in entered.output


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
