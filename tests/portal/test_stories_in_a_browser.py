"""The stories of the portal's pages (`story_*.py`), played by a browser against `nce sim up`.

    pytest -p no:xdist -o python_files='story_*.py' tests/portal/story_sims.py     # as here

Each file has a process of its own: Playwright keeps an event loop in the thread that calls it, in
which no other test could run one. Two are played at a time, whatever else runs: a browser that
gets no time is one that the stories wait for in vain.
"""

import contextlib
import fcntl
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from support.portal_browser import what_is_missing

ROOT = Path(__file__).parents[2]
FILES = sorted(path.name for path in Path(__file__).parent.glob("story_*.py"))
LIMIT_S = 600
WAIT_S = 3_000  # for all the others
AT_A_TIME = 2
LOOK_S = 0.5


@contextlib.contextmanager
def a_turn():
    """One of the few that play at the same time, among the processes of this checkout's user."""
    with contextlib.ExitStack() as closing:
        places = [
            closing.enter_context(
                (Path(tempfile.gettempdir()) / f"nce-stories-{os.getuid()}-{number}").open("w")
            )
            for number in range(AT_A_TIME)
        ]
        deadline = time.monotonic() + WAIT_S
        while not any(_is_taken(place) for place in places):
            assert time.monotonic() < deadline, f"{AT_A_TIME} other stories have not ended"
            time.sleep(LOOK_S)
        yield


def _is_taken(place):
    try:
        fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_the_stories_of_a_file_are_played_to_their_end(file, figure):
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    with a_turn():
        played = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
                *("-p", "no:xdist", "-o", "python_files=story_*.py", f"tests/portal/{file}"),
            ],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert played.returncode == 0, played.stdout
    summary = played.stdout.splitlines()[-1]
    assert "skipped" not in summary, played.stdout
    figure(f"stories of the portal: {file}: {summary}")
