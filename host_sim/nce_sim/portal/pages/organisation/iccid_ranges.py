"""The file of a transfer: a line for each range of ICCIDs, as 1NCE has it (1nce_os_2.md, 3.6).

    "8988228066600000000";"8988228066600000009"

    ranges, problems = parse(text)
    ranges[0].line, ranges[0].first, ranges[0].last

No heading, no semicolon at the end of a line, and no SIM twice. Every line that breaks a rule is
told, with its number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

MOST_LINES = 10_000  # as many as the service takes
_QUOTED = re.compile(r'"([^"]*)";"([^"]*)"')
_DIGITS = 19
SAMPLE = '"8988228066600000000";"8988228066600000009"'


class Range(NamedTuple):
    """A range, and the line that it stands in."""

    line: int
    first: str
    last: str


class Fault(NamedTuple):
    """A line that cannot be used; line 0 is the whole file."""

    line: int
    text: str


def parse(text: str) -> tuple[list[Range], list[Fault]]:
    """The ranges of a file, and what is wrong with its other lines."""
    ranges: list[Range] = []
    faults: list[Fault] = []
    lines = text.removeprefix("\ufeff").splitlines()
    if len(lines) > MOST_LINES:
        return [], [Fault(0, f"The file has {len(lines)} lines; use {MOST_LINES} at most.")]
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        wrong = _wrong(line.strip())
        if wrong is not None:
            faults.append(Fault(number, wrong))
        else:
            first, last = line.strip().replace('"', "").split(";")
            ranges.append(Range(number, first, last))
    faults += _twice(ranges)
    if not ranges and not faults:
        faults.append(Fault(0, f"The file is empty; write lines such as {SAMPLE}."))
    return ranges, sorted(faults)


def _wrong(line: str) -> str | None:
    """What is wrong with a line by itself."""
    found = _QUOTED.fullmatch(line)
    if found is None:
        if line.endswith(";"):
            return "It ends with a semicolon; leave that out."
        if '"' not in line:
            return f"The ICCIDs are not in quotation marks; write {SAMPLE}."
        if ";" not in line:
            return f"There is no semicolon between two ICCIDs; write {SAMPLE}."
        return f"It is not two ICCIDs; write {SAMPLE}."
    first, last = found.groups()
    for iccid in (first, last):
        if not (iccid.isascii() and iccid.isdecimal()):
            return f"{iccid[:40]!r} is no ICCID; use digits, and leave headings out."
        if len(iccid) != _DIGITS:
            return f"{iccid[:40]} has {len(iccid)} digits; an ICCID has {_DIGITS}."
    if first > last:
        return "The start is greater than the end; write the smaller ICCID first."
    return None


def _twice(ranges: Sequence[Range]) -> list[Fault]:
    """The ranges that have a SIM of an earlier line."""
    faults: dict[int, Fault] = {}
    reach: Range | None = None  # the range that ends last, of those that begin before
    for one in sorted(ranges, key=lambda each: (each.first, each.line)):
        if reach is not None and one.first <= reach.last:
            earlier, later = sorted((one.line, reach.line))
            is_same = (one.first, one.last) == (reach.first, reach.last)
            what = "is the same as" if is_same else "has SIMs of"
            faults[later] = Fault(later, f"It {what} line {earlier}; name each SIM once.")
        if reach is None or one.last > reach.last:
            reach = one
    return list(faults.values())
