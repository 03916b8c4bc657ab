"""The stories of the portal's pages (`story_*.py`), played by a browser against `nce sim up`.

pytest -p no:xdist -o python_files='story_*.py' tests/portal/story_sims.py     # as here

One browser plays the files in turn; those that stand beside each other and ask for the same world
share it. The slow run plays a story of each page with its looks, the attacks, and the long story.
What goes beyond them is exhaustive: each role, each act of a page, load with ten thousand SIMs, a
map with hundreds of devices, 1NCE OS in front of the Management API alone.
"""

from pathlib import Path

import pytest

from support.stories import play

FOLDER = Path(__file__).parent
IN_TURN = (
    *("organisation", "os_pages", "workbench", "account", "account_pages", "integrations"),
    *("configuration", "controller", "world_pages", "by_eye", "long", "attacks"),
    *("sims", "os_more", "locator"),
)
FILES = {path.stem.removeprefix("story_"): path for path in sorted(FOLDER.glob("story_*.py"))}
EXHAUSTIVE = tuple(name for name, path in FILES.items() if "mark.exhaustive" in path.read_text())


def paths(names):
    return [f"tests/portal/story_{name}.py" for name in names]


def test_each_file_of_stories_is_played():
    assert len(IN_TURN) == len(set(IN_TURN))
    assert {*IN_TURN, *EXHAUSTIVE} == {*FILES}


@pytest.mark.slow
def test_a_story_of_each_page_is_played_to_its_end(figure):
    played = play(*paths(IN_TURN))
    for line in (f"stories of the portal: {played.summary}", *played.figures):
        figure(line)


# Whole files: some stories begin where others end.
@pytest.mark.exhaustive
@pytest.mark.parametrize("name", EXHAUSTIVE)
def test_the_other_stories_of_a_file_are_played_to_their_end(name, figure):
    for line in play(*paths([name]), marks="exhaustive or not exhaustive").figures:
        figure(line)
