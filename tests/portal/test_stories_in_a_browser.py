"""The stories of the portal's pages (`story_*.py`), played by a browser against `nce sim up`.

pytest -p no:xdist -o python_files='story_*.py' tests/portal/story_sims.py     # as here

The files of a row are played in turn by one browser; those that stand beside each other and ask
for the same world share it. What is dear and proves the least more is exhaustive: load with ten
thousand SIMs, a map with hundreds of devices, each page as each role, and each page of 1NCE OS in
front of the Management API alone (`story_sims.py` has the first page of that).
"""

from pathlib import Path

import pytest

from support.stories import play

FOLDER = Path(__file__).parent
# About as long as each other.
ROWS = (
    ("account", "account_pages", "attacks", "roles"),
    ("controller", "integrations", "configuration"),
    ("os_pages", "workbench", "locator", "long"),
    ("organisation", "world_pages", "device_lab"),
    ("sims", "os_more"),
)
EXHAUSTIVE = ("load", "os_more", "roles", "world_many")


def paths(names):
    return [f"tests/portal/story_{name}.py" for name in names]


def test_each_file_of_stories_is_in_a_row():
    found = sorted(path.name for path in FOLDER.glob("story_*.py"))
    played = [name for row in ROWS for name in row]
    assert len(played) == len(set(played))
    assert sorted(f"story_{name}.py" for name in {*played, *EXHAUSTIVE}) == found


@pytest.mark.slow
@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_the_stories_of_a_row_are_played_to_their_end(row, figure):
    played = play(*paths(row))
    for line in (f"stories of the portal: {', '.join(row)}: {played.summary}", *played.figures):
        figure(line)


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_the_dear_stories_of_a_file_are_played_to_their_end(name, figure):
    for line in play(*paths([name]), marks="exhaustive").figures:
        figure(line)
