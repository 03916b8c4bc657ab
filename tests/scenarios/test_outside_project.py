"""A project that is not this one tests its firmware with what the wheel brings.

`outside_project` is copied out of the repository and run in a clean environment, beside
other plugins for async tests, with pytest-xdist, and without the `sim` extra.
"""

import re
import shutil
import zipfile

import pytest

from support.clean_environment import ROOT, CleanEnvironment, build_wheel

PROJECT = ROOT / "tests/scenarios/outside_project"
PYTEST = ("-m", "pytest", "-p", "no:cacheprovider", "-q")
TESTS = 18
OTHER_PLUGINS = ("pytest-asyncio", "anyio", "pytest-xdist")
# pytest-asyncio warns where it is not set, and here a warning is an error.
LOOP_SCOPE = "asyncio_default_fixture_loop_scope=function"

# What a careless programmer leaves out, and the scenarios that tell.
NO_RETRY = ("        on_event=say,\n    )", "        retry_pauses_ms=(),\n    )")
NO_OUTBOX = (
    'device.store({"level": level})\n        await device.flush()',
    'await device.send({"level": level})',
)
BROKEN = {
    "arrives_once": ("        await device.flush()\n", ""),
    "resets_in_mid_send": NO_RETRY,
    "coverage_hole": NO_OUTBOX,
    "exhausted": ('say("%d wait: %s" % (len(outbox), error))', "pass"),
    "rotated": NO_RETRY,
    "power_cut": NO_OUTBOX,
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def clean(tmp_path_factory, wheel):
    folder = tmp_path_factory.mktemp("clean") / "venv"
    return CleanEnvironment(folder, wheel, ("sim",), ("pytest",))


@pytest.fixture(scope="module")
def crowded(tmp_path_factory, wheel):
    folder = tmp_path_factory.mktemp("crowded") / "venv"
    return CleanEnvironment(folder, wheel, ("sim",), ("pytest", *OTHER_PLUGINS))


@pytest.fixture
def project(tmp_path):
    return shutil.copytree(PROJECT, tmp_path / "project")


def counts(done):
    """The last line's numbers: {"passed": 18}."""
    summary = done.stdout.splitlines()[-1]
    return {word: int(number) for number, word in re.findall(r"(\d+) ([a-z]+)", summary)}


def test_the_wheel_holds_what_type_checkers_ask_for(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    packages = ("nce", "nce_bcl", "nce_modem", "nce_sim")
    assert {"nce/__init__.pyi", *(f"{package}/py.typed" for package in packages)} <= names


@pytest.mark.slow
def test_the_project_passes_in_a_clean_environment(clean, project):
    where = clean.run("-c", "import nce_sim, nce; print(nce_sim.__file__, nce.__file__)", cwd="/")
    assert str(ROOT) not in where.stdout
    done = clean.run(*PYTEST, cwd=project)
    assert counts(done) == {"passed": TESTS}, done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("mode", [(), ("-o", "asyncio_mode=auto"), ("-o", "anyio_mode=auto")])
def test_it_passes_beside_other_plugins_for_async_tests(crowded, project, mode):
    (project / "tests" / "test_of_another_plugin.py").write_text(OF_ANOTHER_PLUGIN)
    done = crowded.run(*PYTEST, "-o", LOOP_SCOPE, *mode, cwd=project)
    assert counts(done) == {"passed": TESTS + 3}, done.stdout


OF_ANOTHER_PLUGIN = """
import asyncio

import pytest


@pytest.mark.asyncio
async def test_of_pytest_asyncio():
    loop = asyncio.get_running_loop()
    assert type(loop).__module__.startswith("asyncio")


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_of_anyio():
    loop = asyncio.get_running_loop()
    assert type(loop).__module__.startswith("asyncio")


@pytest.mark.asyncio
async def test_of_the_world_with_a_mark_of_pytest_asyncio(world):
    await asyncio.sleep(86_400)
    assert world.clock.now_ms() == 86_400_000
"""


@pytest.mark.slow
def test_a_failure_shows_timeline_and_transcript_through_xdist(crowded, project):
    firmware = (project / "firmware.py").read_text()
    (project / "firmware.py").write_text(firmware.replace('{"level": level}', '{"level": 7}'))
    done = crowded.run(*PYTEST, "-o", LOOP_SCOPE, "-n", "2", "-k", "arrives_once", cwd=project)
    assert counts(done)["failed"] == 1, done.stdout
    assert "nce timeline, the last 40 of" in done.stdout
    assert "nce AT transcript of modem 1" in done.stdout
    assert "> AT+QISEND=0," in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("scenario", BROKEN)
def test_a_scenario_fails_when_the_firmware_does_not_handle_it(clean, project, scenario):
    right, wrong = BROKEN[scenario]
    firmware = (project / "firmware.py").read_text()
    assert right in firmware
    (project / "firmware.py").write_text(firmware.replace(right, wrong))
    done = clean.run(*PYTEST, "-k", scenario, cwd=project)
    assert counts(done)["failed"] >= 1, done.stdout
    assert "error" not in counts(done), done.stdout


# -- without the simulator ---------------------------------------------------------------------

WITHOUT_THE_SIMULATOR = """
import sys


def test_of_ones_own():
    assert not [name for name in sys.modules if name.startswith("nce_sim.world")]
    assert "sqlalchemy" not in sys.modules


def test_of_a_modem(world, modem):
    from nce_sim import Typist

    Typist(world, modem).attach()


def test_of_1nce_os(backend):
    pass


async def test_of_a_device(device):
    pass
"""


@pytest.fixture(scope="module")
def bare(tmp_path_factory, wheel):
    return CleanEnvironment(tmp_path_factory.mktemp("bare") / "venv", wheel, (), ("pytest",))


@pytest.mark.slow
def test_without_the_extra_only_tests_that_ask_for_1nce_os_fail_with_advice(bare, tmp_path):
    (tmp_path / "test_it.py").write_text(WITHOUT_THE_SIMULATOR)
    done = bare.run(*PYTEST, "-W", "error", cwd=tmp_path)
    assert counts(done) == {"passed": 2, "errors": 2}, done.stdout
    assert re.search(r"^nce_sim\.Backend needs \w+, which", done.stdout, re.MULTILINE)
    assert "pip install 'nce-iot[sim]'" in done.stdout
    assert "Traceback" not in done.stdout


def test_the_plugin_can_be_kept_out(bare, tmp_path):
    (tmp_path / "test_it.py").write_text(WITHOUT_THE_SIMULATOR)
    done = bare.run(*PYTEST, "-p", "no:nce_sim", "-k", "ones_own", cwd=tmp_path)
    assert counts(done) == {"passed": 1, "deselected": 3}, done.stdout
    done = bare.run(*PYTEST, "-p", "no:nce_sim", "-k", "of_1nce_os", cwd=tmp_path)
    assert "fixture 'backend' not found" in done.stdout


def test_pytest_explains_the_options_the_marker_and_the_fixtures(bare, tmp_path):
    (tmp_path / "test_it.py").write_text("def test_nothing(): pass")
    shown = bare.run(*PYTEST, "--help", cwd=tmp_path).stdout
    for text in ("--nce-target=TARGET", "serial:/dev/ttyUSB0", "--nce-echo=HOST:PORT"):
        assert text in shown
    assert (
        "@pytest.mark.parity: does not need" in bare.run(*PYTEST, "--markers", cwd=tmp_path).stdout
    )
    shown = bare.run("-m", "pytest", "--fixtures", cwd=tmp_path).stdout
    ours = shown[shown.index("fixtures defined from nce_sim") :]
    assert "no docstring available" not in ours
    for name in FIXTURES:
        assert f"\n{name} -- " in ours


FIXTURES = (
    *("world", "backend", "sim_card", "modem", "board", "device", "echo_address", "sms_number"),
    *("world_seed", "world_settings", "backend_settings", "world_templates", "modem_family"),
    *("device_options", "world_limits"),
)
