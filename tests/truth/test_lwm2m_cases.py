"""docs/lwm2m_test_cases.md: each of OMA's cases has its row, each test that it names is there."""

import re

import pytest

from truth.pages import ROOT

# Client and tests come together.
pytest.importorskip("nce.lwm2m.client")

PAGE = (ROOT / "docs/lwm2m_test_cases.md").read_text(encoding="utf-8")
ROWS = [row.strip("| ").split(" | ") for row in PAGE.splitlines() if re.match(r"\| \d", row)]
# OMA-ETS-LightweightM2M-V1_1-20190912-D.
CASES = {
    *range(10), *range(101, 106), *range(107, 110), 201, 203, 204, 205, 211, 212, 215,
    *range(220, 238), 241, 256, 257, 260, 261, 280, 281, *range(301, 312), 401,
}  # fmt: skip


def test_each_case_of_version_1_1_has_one_row():
    numbers = [int(row[0]) for row in ROWS if row[0].isdigit()]
    assert sorted(one for one in numbers if one < 600) == sorted(CASES)


def test_each_side_of_each_row_says_something():
    for row in ROWS:
        assert len(row) == 4, row
        for cell in row[2:]:
            assert cell.startswith(("`test_", "– ", "to be: test_")), row


def test_each_test_that_a_row_names_is_there():
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_lwm2m*.py"))
    there = set(re.findall(r"def (test_\w+)", sources))
    assert set(re.findall(r"`(test_\w+)`", PAGE)) - there == set()
