"""A whole day of every family, line for line, and against the answers of real modems."""

import difflib
import json
import re
from collections import Counter

import pytest

from nce_sim.settings import CellSettings, Settings
from support.modem_days import AGAIN, DAYS, VECTORS, file_of, part_of, spent, written

# What the network needs to be found, and how long the air takes.
ANOTHER_DAY = {
    "settings": Settings(cell=CellSettings(search_ms=(10_000, 12_000), attach_ms=(900, 1_000))),
    "seed": 7,
}

SPENT = {}


def day_of(family):
    """The lines of a family's day; each is spent once."""
    if family not in SPENT:
        SPENT[family] = written(spent(family))
    return SPENT[family]


def differences(expected, found):
    return "\n".join(difflib.unified_diff(expected, found, "written down", "today", lineterm=""))


@pytest.mark.parametrize("family", DAYS)
def test_a_day_goes_as_it_was_written_down(family):
    found = differences(file_of(family).read_text().splitlines(), day_of(family))
    assert not found, f"{found}\n\n{AGAIN} writes the days again"


@pytest.mark.parametrize("family", ["ec25", "nrf91-sm", "sara-r4"])
def test_a_day_is_told_by_events_and_not_by_times(family):
    found = written(spent(family, **ANOTHER_DAY))
    assert not differences(day_of(family), found)


def test_what_came_unasked_is_kept_apart_from_the_answer():
    lines = ["> AT+CSQ", "< +CREG: 5", "< +CSQ: 20,99", "< OK", "> AT+CREG?", "< OK"]
    lines += ["> AT+CREG?", "< +CREG: 2,5", "< OK"]
    part = part_of("now", lines, Counter({"+CREG: 5": 1}))
    assert [tuple(each) for each in part.exchanges] == [
        ("AT+CSQ", ("+CSQ: 20,99", "OK")),
        ("AT+CREG?", ("+CREG: 2,5", "OK")),
    ]
    assert part.unasked == ["+CREG: 5"]


# -- beside what real modems were recorded with -------------------------------------------------

# How a record names its modem -> the family that must answer in the same shape.
MODELS = {
    "BG95": ("bg95", "bg77"),
    "BG96": ("bg96",),
    "SIM7000": ("sim7000",),
    "SIM7080": ("sim7070", "sim7080"),
    "SARA-R4": ("sara-r4", "sara-r422"),  # one manual has all of R4
    "nRF9160-SICA, SLM of NCS 1.4": ("nrf91-slm1",),
    "nRF91 SLM (NCS 2.x)": ("nrf91-slm2",),
    "nRF91x1 Serial Modem": ("nrf91-sm",),
    "Monarch": ("gm02s",),
    "GM02SP": ("gm02s",),
}
FIELD = re.compile(r'"[^"]*"|[^,]+|(?<=,)(?=,|$)')


def shape(line):
    """A line's prefix and the kinds of its fields: a number, a text in quotes, a bare word."""
    prefix, colon, rest = line.partition(":")
    if not colon:
        return (line,)
    kinds = []
    for field in FIELD.findall(rest):
        text = field.strip()
        kinds.append("text" if text[:1] == '"' else "number" if text.isdigit() else "word")
    return (prefix, *kinds)


def form(command):
    """A command without the values of its arguments."""
    name, equals, arguments = command.partition("=")
    return name if not equals or arguments == "?" else f"{name}={arguments.count(',') + 1}"


def answers(command, line):
    """Whether a line is information on this very command."""
    name = re.match(r"AT([+#%]\w+)", command)
    return name is not None and line.startswith(f"{name.group(1)}: ")


def recorded():
    """(family, form of a command) -> shapes of its first line of information, with a record."""
    found = {}
    for record in json.loads((VECTORS / "at_transcripts.json").read_text()):
        command, model = record["tx"] or "", record.get("modem") or ""
        families = next((MODELS[each] for each in MODELS if model.startswith(each)), ())
        line = next((each for each in record["rx"] if answers(command, each)), None)
        for family in families if line else ():
            found.setdefault((family, form(command)), []).append((shape(line), line))
    return found


def told():
    """The same of our days."""
    found = {}
    for family in DAYS:
        command = ""
        for line in day_of(family):
            if line.startswith("> "):
                command = line[2:]
            elif line.startswith("< ") and answers(command, line[2:]):
                found.setdefault((family, form(command)), []).append((shape(line[2:]), line[2:]))
                command = ""
    return found


def agree(one, other):
    """Two shapes are alike as far as both go: what a modem adds depends on its settings."""
    return all(a == b for a, b in zip(one, other, strict=False))


def test_answers_have_the_shape_of_those_that_were_recorded():
    ours, theirs = told(), recorded()
    common = sorted(ours.keys() & theirs.keys())
    assert len(common) >= 12, common
    wrong = [
        (family, command, line, theirs[family, command])
        for family, command in common
        for found, line in ours[family, command]
        if not any(agree(found, expected) for expected, _ in theirs[family, command])
    ]
    assert not wrong
