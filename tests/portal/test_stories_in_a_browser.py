"""The stories of the portal's pages (`story_*.py`), played by a browser against `nce sim up`.

pytest -p no:xdist -o python_files='story_*.py' tests/portal/story_sims.py     # as here
"""

from pathlib import Path

import pytest

from support.stories import play

FILES = sorted(path.name for path in Path(__file__).parent.glob("story_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("file", FILES)
def test_the_stories_of_a_file_are_played_to_their_end(file, figure):
    played = play(f"tests/portal/{file}")
    for line in (f"stories of the portal: {file}: {played.summary}", *played.figures):
        figure(line)


@pytest.mark.exhaustive
def test_pages_stay_live_for_two_minutes_of_load(figure):
    for line in play("tests/portal/story_load.py", marks="exhaustive").figures:
        figure(line)
