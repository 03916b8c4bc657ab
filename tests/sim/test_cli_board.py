"""`nce board`: what its commands say and write, and what they refuse before they write."""

import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import tty
from pathlib import Path

import pytest
from typer.testing import CliRunner

from nce_cli import board_console, board_flash, exit_codes
from nce_cli.app import app
from nce_sim.firmware.board_build import REPORT, BuildReport
from support.portable_runs import ROOT

CONFIG = (ROOT / "firmware" / "config.py").read_text(encoding="utf-8")


def nce(*arguments, status=0, typed=None):
    """What a command prints on both streams; its exit status has to be `status`."""
    result = CliRunner().invoke(app, ["board", *map(str, arguments)], input=typed)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.output


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")


def put_build(folder, board, way="files", **files):
    """What `flash` and `run` read of a build."""
    (folder / "tree" / "nce").mkdir(parents=True)
    (folder / "tree" / "main.py").write_bytes(b"")
    report = BuildReport(board, "coap", None, way, 1, 1, 1, 1, 0, None, 0)
    (folder / REPORT).write_text(json.dumps(vars(report)))
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_bytes(content)


def test_list_and_info_show_what_the_tables_say():
    shown = nce("list")
    assert "Waveshare Pico-SIM7080G" in shown
    assert "not yet" in shown
    names = [board["name"] for board in json.loads(nce("list", "--json"))]
    assert {"qemu", "walter", "any"} <= set(names)
    shown = nce("info", "pico_sim7080g")
    assert "1441792 B at 0xa0000" in shown
    assert "uf2" in shown
    assert json.loads(nce("info", "qemu", "--json"))["romfs_bytes"] == 8_388_608


@pytest.mark.parametrize("command", ["info", "build", "flash", "run"])
def test_an_unknown_board_is_refused_by_every_command(command):
    assert "there is no board 'nano'; boards: any," in nce(command, "nano", status=2)


# The configuration.


def test_a_configuration_is_made_and_changed_and_keeps_its_comments(tmp_path):
    assert "a dry run" in nce("config", "INTERVAL_S=600", "TOPIC=tank", "--dry-run")
    assert not (tmp_path / "config.py").exists()
    assert "Written: config.py" in nce("config", "INTERVAL_S=600", "TOPIC=tank")
    text = (tmp_path / "config.py").read_text()
    wanted = CONFIG.replace("INTERVAL_S = 3600", "INTERVAL_S = 600")
    assert text == wanted.replace('TOPIC = "status"', 'TOPIC = "tank"')
    assert "no change" in nce("config", "INTERVAL_S=600")
    assert (tmp_path / "config.py").read_text() == text
    assert [path.name for path in tmp_path.iterdir()] == ["config.py"]


def test_wrong_values_are_all_told_and_nothing_is_written(tmp_path):
    told = nce("config", "INTERVAL_S=5", "BLUEPRINT=caop", status=2)
    assert "config.py: INTERVAL_S is 5: give whole seconds from 10 to 604800" in told
    assert "config.py: BLUEPRINT is 'caop': give one of coap, " in told
    assert "INTERVALS is no setting; they are APN, " in nce("config", "INTERVALS=5", status=2)
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_is_named_alone_is_asked_for_until_it_is_right(tmp_path):
    shown = nce("config", "INTERVAL_S", typed="5\n120\n")
    assert "whole seconds from 10 to 604800" in shown
    assert "INTERVAL_S is 5" in shown
    assert "INTERVAL_S = 120  # from" in (tmp_path / "config.py").read_text()


def test_a_configuration_that_does_not_run_is_told(tmp_path):
    (tmp_path / "config.py").write_text("APN = missing\n")
    assert "config.py does not run: NameError" in nce("config", status=2)
    (tmp_path / "config.py").write_text("APN = (\n")
    assert "is no Python" in nce("config", status=2)


def test_build_refuses_wrong_settings_before_it_writes(tmp_path):
    told = nce("build", "qemu", "--set", "INTERVAL_S=5", status=2)
    assert "config.py: INTERVAL_S is 5: give whole seconds" in told
    assert "give NAME=VALUE" in nce("build", "qemu", "--set", "INTERVAL_S", status=2)
    assert "none.py" in nce("build", "qemu", "--config", "none.py", status=2)
    assert list(tmp_path.iterdir()) == []


# Flashing.


def test_a_dry_run_shows_the_command_of_each_way(tmp_path):
    put_build(tmp_path / "esp", "t_sim7000g", filesystem_img=b"x")
    shown = nce("flash", "t_sim7000g", "-o", "esp", "--port", "/dev/ttyUSB0", "--dry-run")
    assert "python -m esptool --port /dev/ttyUSB0 --baud 460800 write-flash 0x200000" in shown
    assert "records and keys that it keeps are lost" in shown
    shown = nce("flash", "t_sim7000g", "-o", "esp", "--port", "p", "--by", "mpremote", "--dry-run")
    assert "python -m mpremote connect p fs cp -r esp/tree/main.py esp/tree/nce : + reset" in shown
    assert "lost" not in shown
    put_build(tmp_path / "pico", "pico_sim7080g", filesystem_uf2=b"x")
    shown = nce("flash", "pico_sim7080g", "-o", "pico", "--dry-run")
    assert "Would copy pico/filesystem.uf2 to the drive of its boot loader" in shown


def test_a_uf2_file_is_copied_to_the_drive_and_to_no_other_folder(tmp_path):
    put_build(tmp_path / "pico", "pico_sim7080g", filesystem_uf2=bytes(200_000))
    drive = tmp_path / "drive"
    drive.mkdir()
    flash = ("flash", "pico_sim7080g", "-o", "pico", "--port", drive)
    assert "is no drive of a UF2 boot loader: it has no INFO_UF2.TXT" in nce(*flash, status=1)
    (drive / "INFO_UF2.TXT").write_text("UF2 Bootloader v3.0\n")
    assert "Done." in nce(*flash)
    assert (drive / "filesystem.uf2").read_bytes() == bytes(200_000)


REFUSED = (
    (("flash", "qemu", "-o", "mine"), "a build for walter; build it: nce board build qemu"),
    (("flash", "walter", "-o", "none"), "none holds no build; make one"),
    (("flash", "walter", "-o", "mine"), "name the port of walter: --port"),
    (("flash", "walter", "-o", "mine", "--port", "p"), "has no filesystem.img"),
    (("run", "walter"), "name the port of walter: --port"),
    (("run", "unix"), "is a process of this computer"),
    (("run", "qemu", "-o", "none"), "none holds no build; make one"),
)


@pytest.mark.parametrize(("arguments", "told"), REFUSED)
def test_what_cannot_be_done_is_refused_with_what_to_do(tmp_path, arguments, told):
    put_build(tmp_path / "mine", "walter")
    assert told in nce(*arguments, status=2)


def test_a_missing_program_is_named_with_what_installs_it(tmp_path, monkeypatch):
    put_build(tmp_path / "mine", "walter", filesystem_img=b"x")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    told = nce("flash", "walter", "-o", "mine", "--port", "p", status=1)
    assert "esptool is not installed: pip install 'nce-iot[boards]'" in told


def test_a_program_that_fails_is_told_with_its_status(tmp_path):
    pytest.importorskip("mpremote")
    put_build(tmp_path / "mine", "walter")
    flash = ("flash", "walter", "-o", "mine", "--port", tmp_path / "no_port", "--by", "mpremote")
    assert "mpremote ended with status 1: python -m mpremote connect" in nce(*flash, status=1)


def test_a_build_without_a_tree_is_not_copied(tmp_path):
    put_build(tmp_path / "mine", "walter")
    shutil.rmtree(tmp_path / "mine" / "tree")
    told = nce("flash", "walter", "-o", "mine", "--port", "p", "--by", "mpremote", status=2)
    assert "mine/tree holds nothing; build it again: nce board build walter" in told


@pytest.mark.slow
def test_esptool_knows_the_command_that_flashing_gives_it():
    pytest.importorskip("esptool")
    plan = (
        "-m",
        "esptool",
        "--port",
        "p",
        "--baud",
        board_flash.BAUDRATE,
        "write-flash",
        "--help",
    )
    done = subprocess.run(
        [sys.executable, *plan], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


# The console.


def heard(near, data, out):
    """Write `data` until it is printed: what comes before the port is open is dropped."""
    end = time.monotonic() + 20
    while data.decode() not in out.getvalue():
        assert time.monotonic() < end, out.getvalue()
        os.write(near, data)
        time.sleep(0.05)


def test_the_console_goes_on_after_the_port_was_away(tmp_path, monkeypatch):
    """As with a board that restarts: its USB port goes, and comes back."""
    monkeypatch.setattr(board_console, "RETRY_S", 0.02)
    port = tmp_path / "port"
    out, failures = io.StringIO(), []

    def terminal():
        near, far = os.openpty()
        tty.setraw(far)
        port.symlink_to(os.ttyname(far))
        return near, far

    def follow():
        try:
            board_console.follow(str(port), out, patience_s=0.5)
        except board_console.PortLost as error:
            failures.append(error)

    near, far = terminal()
    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    heard(near, b"one", out)
    os.write(near, b"\r\n\x1b[31m")
    heard(near, b"two", out)
    port.unlink()
    os.close(far)
    os.close(near)
    near, far = terminal()
    heard(near, b"three", out)
    port.unlink()
    os.close(far)
    os.close(near)
    thread.join(20)
    assert not thread.is_alive()
    assert failures[0].status == exit_codes.PORT_MISSING
    assert "was away for 0.5 s" in str(failures[0])
    text = out.getvalue()
    assert "one\n\ufffd[31mtwo" in text
    assert text.index("went away") < text.index("is back") < text.index("three")


@pytest.mark.parametrize(
    "option", [("--messages", 2), ("--limit-s", 5.0), ("--image", "x.elf"), ("--flash", "x.img")]
)
def test_what_only_the_emulator_has_is_refused_for_a_board(option):
    """`--limit-s` was passed over, and the command never ended."""
    Path("x.img").touch()
    told = nce("run", "walter", "--port", "/dev/no_port", *option, status=2)
    assert f"{option[0]} {option[1]}: only the emulated board" in told


@pytest.mark.parametrize("command", ["packages", "image"])
def test_a_source_that_is_a_file_is_named_with_the_remedy(command):
    Path("file").touch()
    told = nce(command, "--source", "file", status=1)
    assert "file holds no firmware" in told
    assert "name a clone of nce-iot" in told


# A port -> its exit status, and the remedy.
NO_PORTS = (
    ("/dev/no_port", exit_codes.PORT_MISSING, "check the cable"),
    ("/dev/null", exit_codes.PORT_FAILED, "check the port's name"),
    ("nope://x", exit_codes.PORT_FAILED, "check the port's name"),
    ("socket://127.0.0.1:1", exit_codes.PORT_MISSING, "check host and number"),
    ("rfc2217://127.0.0.1:1", exit_codes.PORT_MISSING, "check host and number"),
)


@pytest.mark.parametrize(("port", "status", "remedy"), NO_PORTS)
def test_a_port_that_is_not_there_has_its_exit_status(port, status, remedy):
    told = nce("run", "walter", "--port", port, status=status)
    assert f"{port} cannot be opened: " in told
    assert remedy in told
