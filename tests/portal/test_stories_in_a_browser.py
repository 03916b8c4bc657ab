"""The stories of the portal's pages (`story_*.py`), played by a browser.

    pytest -o python_files='story_*.py' tests/portal        # as here, or one file of them

They have a process of their own: Playwright keeps an event loop in the thread that calls it, in
which no other test could run one.
"""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LIMIT_S = 1_200


@pytest.mark.exhaustive
def test_the_stories_of_the_pages_are_played_to_their_end(figure):
    played = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-o", "python_files=story_*.py", "tests/portal"),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    summary = played.stdout.splitlines()[-1]
    figure(f"stories of the portal: {summary}")
    assert played.returncode == 0, played.stdout
    if "passed" not in summary:
        pytest.skip("there is no Chromium, Playwright or axe-core; `make browser` installs them")
