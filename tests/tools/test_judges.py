"""A run that requires its judges fails when one is missing; the same run at a desk skips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

TESTS = Path(__file__).parents[1]

CONFTEST = """
import sys
sys.path.insert(0, {tests!r})
from support import judges

def pytest_configure(config):
    judges.register(config)
"""
MISSING = """
import pytest

def test_of_nothing(): pass

@pytest.mark.skip(reason="`tshark` is not installed; `make peers` installs it")
def test_with_a_judge(): raise AssertionError
"""
MISSING_MODULE = "import pytest\npytest.importorskip('no_such_judge')\n"
BY_NATURE = """
import pytest

@pytest.mark.skip(reason="this family has one socket")
def test_two(): raise AssertionError

def test_one(): pass
"""


def run(folder, text, *options, required):
    (folder / "conftest.py").write_text(CONFTEST.format(tests=str(TESTS)))
    (folder / "test_it.py").write_text(text)
    environment = {name: value for name, value in os.environ.items() if "NCE_JUDGES" not in name}
    if required:
        environment["NCE_JUDGES"] = "required"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=folder,
        env=environment,
    )


@pytest.mark.parametrize("options", [(), ("-n", "2")], ids=["alone", "distributed"])
def test_a_missing_judge_fails_the_run_that_requires_it(tmp_path, options):
    (tmp_path / "test_module.py").write_text(MISSING_MODULE)
    done = run(tmp_path, MISSING, *options, required=True)
    assert done.returncode == 1, done.stdout
    _, _, told = done.stdout.partition("judges that are missing")
    assert "`tshark` is not installed" in told
    assert "no_such_judge" in told


def test_at_a_desk_it_is_a_skip(tmp_path):
    assert run(tmp_path, MISSING, required=False).returncode == 0


def test_what_a_modem_cannot_have_is_no_missing_judge(tmp_path):
    done = run(tmp_path, BY_NATURE, required=True)
    assert done.returncode == 0, done.stdout
