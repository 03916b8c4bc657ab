"""The file of a SIM transfer: lines `"start";"end"`, and every line that breaks a rule."""

import pytest

from nce_sim.portal.pages.organisation.iccid_ranges import MOST_LINES, parse

A, B, C, D = (f"89882280666000000{number:02}" for number in (10, 20, 30, 40))


def line(first, last):
    return f'"{first}";"{last}"'


GOOD = (
    line(A, A),
    f"{line(A, B)}\r\n{line(C, D)}\r\n",
    f"\ufeff{line(C, D)}\n\n  {line(A, B)}  ",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_file_is_read(text):
    ranges, faults = parse(text)
    assert faults == []
    assert len(ranges) == text.count(";")
    assert all(one.first <= one.last for one in ranges)


def test_ranges_have_the_numbers_of_their_lines():
    ranges, _ = parse(f"\n{line(C, D)}\n\n{line(A, B)}")
    assert ranges == [(2, C, D), (4, A, B)]


# A file, and the line of each fault with a word of what is said about it.
BAD = (
    ("", [(0, "empty")]),
    (line(A, B) + ";", [(1, "semicolon")]),
    (f"{A};{B}", [(1, "quotation marks")]),
    (f'"{A}","{B}"', [(1, "no semicolon")]),
    (f'"{A}";"{B}";"{C}"', [(1, "not two ICCIDs")]),
    (f'"{A}"', [(1, "no semicolon")]),
    (f'"start";"end"\n{line(A, B)}', [(1, "headings")]),
    (line(A[:-1], B), [(1, "18 digits")]),
    (line(A, B + "0"), [(1, "20 digits")]),
    (line(A, "٣" * 19), [(1, "no ICCID")]),
    (line(B, A), [(1, "smaller ICCID first")]),
    (f"{line(A, B)}\n{line(C, D)}\n{line(A, B)}", [(3, "same as line 1")]),
    (f"{line(A, C)}\n{line(B, D)}", [(2, "SIMs of line 1")]),
    (f"{line(B, B)}\n{line(A, D)}", [(2, "SIMs of line 1")]),
    (f"{line(A, D)}\n{line(A, A)}\n{line(C, C)}", [(2, "line 1"), (3, "line 1")]),
    (f"x\n{line(A, B)}\n{line(D, C)}", [(1, "quotation"), (3, "smaller")]),
    ("\n" * (MOST_LINES + 1), [(0, "lines")]),
)


@pytest.mark.parametrize(("text", "expected"), BAD)
def test_each_wrong_line_is_told_with_its_number(text, expected):
    faults = parse(text)[1]
    assert [fault.line for fault in faults] == [number for number, _ in expected]
    for fault, (_, word) in zip(faults, expected, strict=True):
        assert word in fault.text, fault
