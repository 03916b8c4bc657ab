"""Stories in a browser, some files of them in a process of their own.

    played = play("tests/portal/story_sims.py", "tests/portal/story_os_more.py")
    played.summary, played.figures

Playwright keeps an event loop in the thread that calls it, in which no other test could run one.
"""

import itertools
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from support.portal_browser import what_is_missing

ROOT = Path(__file__).parents[2]
LIMIT_S = 1_500


class Played(NamedTuple):
    """What the stories came to: the last line of their run, and what they measured."""

    summary: str
    figures: list[str]


def play(*files, marks="not exhaustive", **environment):
    """Play the stories of files, in this order, that have these marks; skips without a browser."""
    missing = what_is_missing()
    if missing is not None:
        pytest.skip(missing)
    played = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-rs", "-p", "no:cacheprovider"),
            *("-p", "no:xdist", "-o", "python_files=story_*.py", "-m", marks, *files),
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
    lines = played.stdout.splitlines()
    assert "skipped" not in lines[-1], played.stdout
    return Played(lines[-1], _figures_in(lines))


def _figures_in(lines):
    """The lines of the section that `support.figures` adds."""
    found = itertools.dropwhile(lambda line: line.strip("=") != " figures ", lines)
    return list(itertools.takewhile(lambda line: line[:1] not in "=0123456789", [*found][1:]))
