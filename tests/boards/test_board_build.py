"""`nce board build`: what a build holds, its slices, what it refuses, and what it leaves."""

import json
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from nce_cli.app import app
from nce_sim.firmware.blueprints import NEEDS
from nce_sim.firmware.imports import name_of
from nce_sim.firmware.mip_imports import portable_modules
from nce_sim.firmware.slices import Wanted, needed_sources
from nce_sim.firmware.tree import sources
from nce_sim.firmware.uf2 import RP2040, read_uf2
from support.emulated_boards import board_image
from support.portable_runs import ROOT
from support.read_images import hashes, read_by_micropython

STATUS = "blueprints.status_codec"


def nce(*arguments, status=0):
    result = CliRunner().invoke(app, ["board", *map(str, arguments)], env={"COLUMNS": "200"})
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == status, result.output
    return result.output


def slice_of(blueprint, template=STATUS, family="ask"):
    files = needed_sources(sources(ROOT, "boards/qemu"), Wanted(blueprint, template, family))
    return {path.as_posix() for path in files}


def test_a_slice_has_what_the_imports_name_and_nothing_of_other_blueprints():
    coap = slice_of("coap", family="bg95")
    assert {"main.py", "board.py", "rounds/coap.py", "nce/dtls/session.py"} <= coap
    assert "nce_modem/families/quectel.py" in coap
    assert not coap & {
        "rounds/sms.py",
        "nce_modem/families/ublox.py",
        "nce_modem/gnss.py",
        "nce_bcl/encode.py",
        "data/gps_track.csv",
        "blueprints/gps_codec.py",
    }


@pytest.mark.slow
def test_a_slice_has_what_is_found_by_its_name():
    gps = slice_of("gps", "blueprints/gps_template.json")
    # Found by name: template, track, receivers of each family, the package that reads templates.
    assert {
        "blueprints/gps_template.json",
        "data/gps_track.csv",
        "nce_modem/families/quectel_gnss.py",
        "nce_modem/families/ublox.py",
        "nce_bcl/encode.py",
    } <= gps


@pytest.mark.slow
def test_a_build_holds_the_images_that_the_board_takes(tmp_path, monkeypatch):
    pytest.importorskip("littlefs")
    monkeypatch.chdir(tmp_path)
    own = tmp_path / "own"
    own.mkdir()
    (own / "readings.py").write_text("VERSION = 'mine'\nasync def read(modem):\n    return b''\n")
    build = ("build", "pico_sim7080g", "--set", "INTERVAL_S=600", "--files", own, "-o", "out")
    shown = nce(*build)
    assert "flash free, of" in shown
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "tree",
        "filesystem.img",
        "filesystem.uf2",
        "report.json",
        "template.json",
    }
    config = (out / "tree" / "config.py").read_text()
    assert "INTERVAL_S = 600 " in config
    assert 'FAMILY = "sim7080" ' in config
    assert (out / "tree" / "readings.py").read_text() == (own / "readings.py").read_text()
    image = (out / "filesystem.img").read_bytes()
    assert read_by_micropython("lfs", image, tmp_path) == hashes(out / "tree")
    assert read_uf2((out / "filesystem.uf2").read_bytes(), RP2040) == (0x100A0000, image)

    # Built again: what is out of date is made, and what no longer belongs there is gone.
    before = (out / "tree" / "station.mpy").stat().st_mtime_ns
    (own / "readings.py").unlink()
    nce(*build, "--blueprint", "udp", "--set", "FAMILY=bg95")
    assert "status_record" in (out / "tree" / "readings.py").read_text()
    assert 'BLUEPRINT = "udp" ' in (out / "tree" / "config.py").read_text()
    assert "TOPIC = None " in (out / "tree" / "config.py").read_text()
    assert (out / "tree" / "rounds" / "udp.mpy").exists()
    assert not (out / "tree" / "nce_modem" / "families" / "simcom7080.mpy").exists()
    assert (out / "tree" / "station.mpy").stat().st_mtime_ns == before

    # What fails leaves the build as it was, and nothing beside it.
    kept = hashes(out)
    (own / "readings.py").write_text("def read(:\n")
    assert "does not compile" in nce(*build, status=1)
    (own / "readings.py").unlink()
    assert "bytes are missing of heap" in nce(*build, "--heap-bytes", 50_000, status=1)
    told = nce(*build, "--set", "OUTBOX_BYTES=1000000", status=1)
    assert "bytes kept free, takes" in told
    assert "bytes are missing" in told
    assert hashes(out) == kept
    assert {path.name for path in tmp_path.iterdir()} == {"own", "out", "image", "reader.py"}

    shown = json.loads(nce(*build, "--dry-run", "--json"))
    assert shown["free"] == 1_441_792 - shown["used"] - shown["kept"]
    assert hashes(out) == kept
    assert "holds something else" in nce(*build[:-1], own.parent, status=1)


@pytest.mark.slow
def test_a_run_in_the_emulator_ends_cleanly_at_ctrl_c(tmp_path):
    image = board_image("firmware.elf")
    nce("build", "qemu", "-o", tmp_path / "out")
    command = ("-m", "nce_cli", "board", "run", "qemu", "-o", "out", "--image", image)
    process = subprocess.Popen(
        [sys.executable, *map(str, command)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout.readline().startswith("[board] ")
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    assert printed.endswith("0 messages arrived at 1NCE OS.\n")
    assert "Traceback" not in printed


@pytest.mark.slow
@pytest.mark.parametrize("blueprint", NEEDS)
def test_each_blueprint_is_built_by_its_name_alone(tmp_path, blueprint):
    shown = nce("build", "unix", "--blueprint", blueprint, "-o", tmp_path / "out")
    assert f"{blueprint} on A process" in shown
    assert (tmp_path / "out" / "tree" / "rounds" / f"{blueprint}.mpy").exists()


# Loaded when a name is asked for, by a module's `__getattr__`, which no blueprint does.
LAZY = {"nce.names", "nce.coap.more_codes", "nce_bcl.c_sdk"}


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(
            Wanted("coap", "blueprints/status_template.json"),
            marks=pytest.mark.slow,
            id="every family",
        ),
        pytest.param(Wanted("gps", "blueprints.gps_codec", "sim7080"), id="one family"),
    ],
)
def test_a_slice_and_the_packages_of_mip_agree_on_what_a_module_loads(wanted):
    """But for streams, which a slice leaves out."""
    packaged = portable_modules(ROOT)
    built = {name_of(path) for path in needed_sources(sources(ROOT, "boards/qemu"), wanted)}
    missing = {
        loaded
        for name in built & packaged.keys()
        for loaded in packaged[name].loads - built - LAZY
        if not loaded.endswith(("_tcp", "_tls"))
    }
    assert missing == set()
