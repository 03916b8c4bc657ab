"""Stories in a browser, each file of them in a process of its own.

    summary = play("tests/portal/story_sims.py")

Playwright keeps an event loop in the thread that calls it, in which no other test could run one.
Two files are played at a time, whatever else runs: a browser that gets no time is one that the
stories wait for in vain.
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
LIMIT_S = 600
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
        deadline = time.monotonic() + LIMIT_S
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


def play(file, **environment):
    """Play the stories of a file to their end; returns the summary, skips without a browser."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    with a_turn():
        played = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
                *("-p", "no:xdist", "-o", "python_files=story_*.py", file),
            ],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert played.returncode == 0, played.stdout
    summary = played.stdout.splitlines()[-1]
    assert "skipped" not in summary, played.stdout
    return summary
