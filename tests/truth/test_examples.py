"""Every Python example of the documentation, run as it stands.

A block is a program of its own, unless its first line is `# continues`: then it goes on from the
one before. A block that begins with `# name.py`, and a JSON block, is a file. A block with a
`def test_` is a test module. CONTRIBUTING.md, "Examples", says so too.
"""

import os
import re
import subprocess
import sys

import pytest

from truth.commands import make_files
from truth.pages import ROOT, markdown_files, page_of
from truth.stage import STAND_INS, Stage, chains_of, family_of, write_files

PAGES = {path: page_of(path) for path in markdown_files()}
# Played there, with what the page says of it; two at once would want the same UDP port.
PLAYED = {
    "sdk/README.md": "test_sdk_page.py",
    # Its examples call 1NCE, whose answers are written down there.
    "host_sim/nce_api/README.md": "test_api_page.py",
}
CHAINS = [
    (page, chain)
    for page in PAGES.values()
    if page.name not in PLAYED
    for chain in chains_of(page)
]
TEST_PAGES = [page for page in PAGES.values() if any(block.is_test for block in page.blocks)]


@pytest.mark.parametrize(("page", "chain"), CHAINS, ids=[c[0].where for _, c in CHAINS])
def test_an_example_runs(page, chain, tmp_path):
    with Stage(tmp_path, family_of(chain)) as stage:
        write_files(page, tmp_path, chain[-1].line)
        make_files(page, chain[-1].line)
        stage.play(chain)


def write_tests(page, folder):
    """The test modules of a page and the files that they need; how many modules there are."""
    (folder / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\npythonpath = .\n")
    modules = 0
    write_files(page, folder, sys.maxsize)
    for block in page.blocks:
        if block.is_test and block.file_name is None:
            # Its own line numbers, so that a failure names the line of the page.
            source = "\n" * (block.line - 1) + block.text
            (folder / f"test_line_{block.line}.py").write_text(source, encoding="utf-8")
        modules += block.is_test
    return modules


@pytest.mark.slow
@pytest.mark.parametrize("page", TEST_PAGES, ids=lambda page: page.name)
def test_the_tests_of_a_page_pass(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    modules = write_tests(page, tmp_path)
    make_files(page, sys.maxsize)
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:asyncio", "-p", "no:cacheprovider")
    done = subprocess.run(
        command,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    )
    summary = done.stdout.splitlines()[-1]
    assert done.returncode == 0, f"{page.name}: {done.stdout}"
    assert int(re.match(r"(\d+) passed in", summary)[1]) >= modules


@pytest.mark.parametrize("text", STAND_INS)
def test_every_stand_in_is_needed(text):
    blocks = [block for page in PAGES.values() for block in page.blocks]
    assert any(text in block.text for block in blocks if block.language == "python"), STAND_INS[
        text
    ]


def test_there_are_examples():
    assert {page.name for page, _ in CHAINS} >= {
        "README.md",
        "bcl/README.md",
        "boards/README.md",
        "docs/firmware.md",
        "docs/hardware.md",
        "host_sim/README.md",
        "modem/README.md",
    }
    for page, module in PLAYED.items():
        assert page in (ROOT / "tests/truth" / module).read_text(encoding="utf-8")
    assert ROOT / "docs/testing.md" in [page.path for page in TEST_PAGES]
