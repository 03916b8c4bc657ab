"""What is installed without a checkout: the commands find their firmware, a bare install imports.

Nothing here is run below this repository, and no variable points at it.
"""

import json
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from nce_sim.firmware.tree import CARRIED_ROOTS, PACKAGE_LIST, PACKAGE_ROOTS, compile_tree
from support.clean_environment import ROOT, CleanEnvironment, build_wheel, metadata_of

pytestmark = pytest.mark.slow

CARRIED = "nce_sim/firmware/carried/"
COMMAND = ("-m", "nce_cli")
# What a working copy has and a source distribution must not: by a path's part, or its end.
TRASH = {".git", ".venv", "build", "dist", "__pycache__", ".hypothesis", ".pytest_cache"}
TRASH_ENDS = (".pyc", ".mpy", ".db", ".egg-info")
BUILD_TIMEOUT_S = 120


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory, wheel):
    folder = tmp_path_factory.mktemp("clean") / "venv"
    return CleanEnvironment(folder, wheel, ("sim", "micropython"))


@pytest.fixture(scope="module")
def bare(tmp_path_factory, wheel):
    return CleanEnvironment(tmp_path_factory.mktemp("bare") / "venv", wheel)


def files_of(folder):
    """Each file of a folder of the checkout, as git would have it: path -> contents."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {
        path.relative_to(ROOT).as_posix(): path.read_bytes()
        for path in paths
        if "__pycache__" not in path.parts
    }


def test_the_wheel_carries_the_firmware_and_its_board_as_they_are(wheel):
    with zipfile.ZipFile(wheel) as archive:
        carried = {
            name.removeprefix(CARRIED): archive.read(name)
            for name in archive.namelist()
            if name.startswith(CARRIED)
        }
    wanted = {}
    for root in CARRIED_ROOTS:
        wanted.update(files_of(ROOT / root))
    for root in PACKAGE_ROOTS:
        path = f"{root}/{PACKAGE_LIST}"
        wanted[path] = (ROOT / path).read_bytes()
    assert "firmware/data/gps_track.csv" in wanted
    assert carried == wanted


def test_the_metadata_says_who_made_it_and_where_to_read_on(wheel):
    metadata = metadata_of(wheel)
    assert metadata["Author"]
    names = {line.partition(",")[0] for line in metadata.get_all("Project-URL")}
    assert names == {"Homepage", "Documentation"}


def test_a_bare_install_imports_the_portable_packages_and_needs_nothing(bare, tmp_path):
    done = bare.run("-W", "error", "-c", "import nce, nce_bcl, nce_modem, nce_sim", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")


def test_a_bare_install_says_in_one_line_what_a_command_needs(bare, tmp_path):
    for command in (("--help",), ("sim", "demo"), ("board", "list")):
        done = bare.run(*COMMAND, *command, cwd=tmp_path)
        assert done.returncode == 1
        (line,) = done.stdout.splitlines()
        assert line.endswith("pip install 'nce-iot[sim,serial]'")


def test_a_bare_install_says_what_a_name_of_the_simulator_needs(bare, tmp_path):
    done = bare.run("-c", "from nce_sim import Backend", cwd=tmp_path)
    assert done.returncode == 1
    *_, last = done.stdout.splitlines()
    assert last.startswith("ImportError: nce_sim.Backend needs ")
    assert last.endswith("which the extra `sim` brings: pip install 'nce-iot[sim]'")
    # No story of the module in which the library was missing first.
    assert done.stdout.count("Traceback") == 1


@pytest.mark.slow
def test_the_firmware_is_built_without_a_checkout(clean, tmp_path):
    done = clean.run(*COMMAND, "board", "build", "unix", "--whole", "-o", "built", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    compile_tree(ROOT, tmp_path / "of_the_checkout")
    built, wanted = (
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in (tmp_path / "built/tree", tmp_path / "of_the_checkout")
    )
    assert "blueprints/coap.mpy" in wanted
    assert built == wanted


@pytest.mark.slow
@pytest.mark.parametrize("interpreter", ["micropython", "cpython"])
def test_the_demo_runs_without_a_checkout(clean, tmp_path, interpreter):
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = installed_files(clean)
    done = clean.run(
        *COMMAND,
        *("sim", "demo", "--json", "--interpreter", interpreter),
        cwd=tmp_path,
        # MicroPython lies beside the Python that runs the tests.
        PATH=f"{Path(sys.executable).parent}:/usr/bin:/bin",
        TMPDIR=str(scratch),
    )
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["equal"] == report["fixes"] == 114
    assert installed_files(clean) == before
    assert list(scratch.iterdir()) == []


def installed_files(clean):
    (site_packages,) = (clean.python.parents[1] / "lib").glob("python3*/site-packages")
    paths = (path for package in site_packages.glob("nce*") for path in package.rglob("*"))
    return {str(path) for path in paths if "__pycache__" not in path.parts}


@pytest.mark.slow
def test_the_source_distribution_is_clean_and_gives_the_same_wheel(wheel, tmp_path):
    run = [sys.executable, "-m", "hatchling", "build", "-d", str(tmp_path)]
    subprocess.run([*run, "-t", "sdist"], cwd=ROOT, timeout=BUILD_TIMEOUT_S, check=True)
    (sdist,) = tmp_path.glob("nce_iot-*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(tmp_path / "unpacked", filter="data")
    for name in names:
        assert TRASH.isdisjoint(name.split("/")), name
        assert not name.endswith(TRASH_ENDS), name
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    subprocess.run([*run, "-t", "wheel"], cwd=unpacked, timeout=BUILD_TIMEOUT_S, check=True)
    (second,) = tmp_path.glob("nce_iot-*.whl")
    with zipfile.ZipFile(wheel) as one, zipfile.ZipFile(second) as other:
        assert {i.filename: i.CRC for i in one.infolist() if "RECORD" not in i.filename} == {
            i.filename: i.CRC for i in other.infolist() if "RECORD" not in i.filename
        }
