"""What the Developer Hub is made of, without building it."""

import re

import pytest

from hub.markdown import plain, prose, table
from hub.navigation import SECTIONS
from hub.reference import house
from hub.reference.at_commands import family_page
from hub.reference.runs import dialogue
from nce_sim.record.timeline import Record
from truth.pages import ROOT, markdown_files

# Notes for who reads the folder, not pages of the site.
BESIDE = {
    "host_sim/nce_sim/portal/carried/README.md",
    "host_sim/nce_sim/wire/lwm2m/definitions/README.md",
    "tests/scenarios/outside_project/README.md",
}
LISTED = [page for section in SECTIONS for page in section.pages]


def test_every_page_of_the_project_stands_in_one_section():
    written = {str(path.relative_to(ROOT)) for path in markdown_files()} | {"CHANGELOG.md"}
    listed = [page for page in LISTED if not page.startswith("reference/")]
    assert sorted(listed) == sorted(written - BESIDE)


def test_a_text_of_code_is_shown_as_it_stands():
    assert plain("a <stat> of\n*any* `x<y>` [kind]_") == r"a \<stat\> of \*any\* `x<y>` \[kind\]\_"
    assert table(("a",), [("b|c",)]) == "| a |\n| --- |\n| b\\|c |"


def test_a_docstring_keeps_its_examples_and_lists_its_arguments():
    docstring = "One.\n\n    run(1)\n\n    run(2)\n\napn, user: as\nset. See: it.\nleft: 2."
    assert prose(docstring) == (
        "One.\n\n```text\nrun(1)\n\nrun(2)\n```\n\n- `apn`, `user`: as set. See: it.\n- `left`: 2."
    )


def test_words_of_the_search():
    pytest.importorskip("sphinx", reason="needs Sphinx: pip install 'nce-iot[docs]'")
    from hub.search_words import SearchWords

    words = SearchWords({})
    assert words.split("AT+QIOPEN=1, then 4.01.") == ["AT+QIOPEN", "QIOPEN", "1", "then", "4.01"]
    assert words.split("+CEREG: 3, SEND FAIL") == ["CEREG", "3", "SEND", "FAIL"]


def test_a_run_is_told_command_by_command():
    records = [
        Record(0, "modem", "command", {"text": "Q0"}),
        Record(0, "modem", "command", {"text": "E0"}),
        Record(1, "modem", "result", {"command": "E", "text": "OK"}),
        Record(2, "modem", "urc", {"text": "+CEREG: 5"}),
        Record(3, "modem", "result", {"command": "", "text": "OK"}),
        Record(4, "modem", "command", {"text": "+QISEND=0,75"}),
        Record(9, "modem", "result", {"command": "+QISEND", "text": "SEND OK"}),
    ]
    assert [line.split() for line in dialogue(records)] == [
        ["0.001", "s", "ATQ0", "ATE0", "OK"],
        ["0.002", "s", "+CEREG:", "5"],
        ["0.009", "s", "AT+QISEND=0,75", "SEND", "OK"],
    ]


def test_the_page_of_a_family_counts_what_its_driver_sent():
    page = family_page("sara-r5")
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `AT")]
    counted = {row[1].strip(" `"): row[3].strip() for row in rows}
    listed = page.partition("## An attach")[2]
    for command in ("AT+USOST", "AT+CEREG", "ATE"):
        assert counted[command] == str(len(re.findall(re.escape(command) + r"[=?0]", listed)))
    assert int(counted["AT+USOST"]) >= 5
    assert counted["AT+COPS"] == ""


def test_the_picture_of_the_house_has_the_floors_of_the_contract():
    page = house.page()
    assert page.index(">api<") < page.index(">backend<") < page.index(">network<")
    assert page.index(">network<") < page.index(">wire<") < page.index(">clock<")
    assert "| `portal` |" in page
