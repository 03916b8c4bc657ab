"""Other people's modem programs do what `docs/modem_programs.md` says, in its versions."""

import asyncio
import re
from pathlib import Path

import pytest

from support.modem_programs import (
    ABILITIES,
    BEGIN,
    END,
    FAMILIES,
    PROGRAMS,
    command_form,
    judge_families,
    missing,
    replaced,
    rows_of,
    version_of,
)

PAGE = Path(__file__).parents[2] / "docs/modem_programs.md"


def table_lines():
    produced = PAGE.read_text().partition(BEGIN)[2].partition(END)[0]
    return [line for line in produced.splitlines() if line.startswith("| ")]


def test_the_table_has_a_row_for_each_program_and_family():
    rows = [line.split(" | ") for line in table_lines() if line.count("|") == len(ABILITIES) + 3]
    assert rows[0] == ["| program", "family", *ABILITIES[:-1], ABILITIES[-1] + " |"]
    seen = [(name.removeprefix("| ").rpartition(" ")[0], family) for name, family, *_ in rows[1:]]
    assert seen == [(program, family) for program in PROGRAMS for family in FAMILIES]


@pytest.mark.exhaustive
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_does_what_the_table_says(program):
    absent = missing(program)
    if absent is not None:
        pytest.skip(f"`{absent}` is not installed; `make peers` installs it")
    version = version_of(program)
    name = f"{program} {version}"
    committed = [line for line in table_lines() if line.startswith(f"| {name} |")]
    if not committed:
        pytest.skip(f"{name} is of another version than the table's")
    answers = asyncio.run(judge_families(program))
    assert rows_of(name, {family: found for family, (found, _) in answers.items()}) == committed
    in_table = {
        re.sub("`", "", columns[0]).removeprefix("| AT")
        for columns in (line.split(" | ") for line in table_lines())
        if len(columns) == 3 and program in columns[1].split(", ")
    }
    # Programs ask again, or not, by how fast they were answered: none asks what is not there.
    asked = {command_form(text) for _, commands in answers.values() for text, _ in commands}
    assert asked <= in_table


@pytest.mark.parametrize(
    ("typed", "form"),
    [("+CREG=2", "+CREG="), ("+CREG?", "+CREG?"), ("+CMGF=?", "+CMGF=?"), ("E0", "E"),
     ("&C1", "&C"), ("S0=0", "S0="), ("DT*99#", "D"), ("+CNUM", "+CNUM")],
)  # fmt: skip
def test_a_command_is_told_without_its_arguments(typed, form):
    assert command_form(typed) == form


def test_tables_are_replaced_between_their_marks_alone():
    page = f"before {BEGIN}\nold\n{END} behind"
    assert replaced(page, "new") == f"before {BEGIN}\nnew\n{END} behind"
    with pytest.raises(AssertionError, match="has no"):
        replaced("a page without marks", "new")
