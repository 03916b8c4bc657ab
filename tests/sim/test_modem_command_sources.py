"""Every command that a simulated modem answers says where it is known from."""

import re
from pathlib import Path

import pytest

from modem_commands import PAGE, replaced
from nce_sim.modem.personalities import PERSONALITIES
from nce_sim.modem.sources import SECTION_NOT_NOTED, Mark

TOP = Path(__file__).parents[2]
CORRECTIONS = (TOP / "docs/modem_corrections.md").read_text()
# A number, with what stands behind a comma in quotes where a document has headings alone.
SECTION = re.compile(r', (?:\d+(?:\.\d+)*|"[^"]+"(?:, \w+)?)$')
CORRECTED = re.compile(r"; corrections, line (\d\.\d+)$")
# What was read without a note of the section; it gets no longer.
MOST_WITHOUT_SECTION = 18


def source_of_correction(line):
    row, *_ = [row for row in CORRECTIONS.splitlines() if row.startswith(f"| {line} | ")]
    return row.split(" | ")[3]


def every_source():
    return [
        (family, command, personality.sources[command])
        for family, personality in PERSONALITIES.items()
        for command in personality.commands
    ]


@pytest.mark.parametrize("family", PERSONALITIES)
def test_every_command_of_a_family_has_a_source(family):
    personality = PERSONALITIES[family]
    assert sorted(personality.commands.keys() - personality.sources.keys()) == []


def test_every_source_belongs_to_a_command():
    answered = {name for personality in PERSONALITIES.values() for name in personality.commands}
    named = {name for personality in PERSONALITIES.values() for name in personality.sources}
    assert sorted(named - answered) == []


def test_a_document_is_named_with_its_section_or_with_the_correction_read_from_it():
    without = set()
    for family, command, (mark, where) in every_source():
        assert where.strip(), (family, command)
        if mark is not Mark.DOCUMENTED:
            continue
        correction = CORRECTED.search(where)
        if where.endswith(SECTION_NOT_NOTED):
            without.add((command, where))
        elif correction:
            assert "D" in source_of_correction(correction.group(1)), (family, command)
        else:
            assert SECTION.search(where), (family, command, where)
    assert len(without) <= MOST_WITHOUT_SECTION, sorted(without)


def test_the_page_shows_the_sources_of_today():
    page = PAGE.read_text()
    assert page == replaced(page), "python tools/modem_commands.py writes it again"
