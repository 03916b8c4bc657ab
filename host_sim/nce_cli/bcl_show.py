"""How `nce bcl` draws: an explained payload, the findings of the lint, a translation's report.

Colour and the terminal's width where there is a terminal; plain text of a fixed width in a pipe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from nce_bcl.explain import Explanation, Row

PIPE_COLUMNS = 110
NARROW_COLUMNS = 72  # below, eight bytes a line and no column of hex

_COLOURS = ("cyan", "green", "yellow", "magenta", "bright_blue", "bright_green")
_SEVERITY_STYLES = {"error": "bold red", "warning": "yellow", "info": "blue"}
_IDLE = ("unused", "unread")
_MOST_MISSING = 16  # bytes drawn beyond the payload's end
_MOST_HEX = 8  # bytes of a field in the table; the dump above has them all


def new_console(to_stderr: bool = False) -> Console:
    """A console that is as wide as the terminal, or of a fixed width in a pipe."""
    console = Console(stderr=to_stderr, highlight=False)
    if not console.is_terminal:
        console = Console(stderr=to_stderr, highlight=False, width=PIPE_COLUMNS)
    return console


# An explained payload


def show_explanation(console: Console, explanation: Explanation) -> None:
    """The dump, the table and the result."""
    styles = _row_styles(explanation.rows)
    is_narrow = console.width < NARROW_COLUMNS
    console.print(_dump(explanation, styles, 8 if is_narrow else 16))
    console.print()
    console.print(_table(explanation, styles, is_narrow))
    console.print()
    for place, value, case in explanation.steps:
        taken = f"takes {case}" if case else "finds no case and no default"
        console.print(Text(f"The switch at {place} is {_shown(value)} and {taken}."))
    if explanation.error is not None:
        _show_failure(console, explanation)
        return
    compact = json.dumps(explanation.record, separators=(",", ":"), ensure_ascii=False)
    size = len(compact.encode("utf-8", "surrogatepass"))
    console.print(
        Text(f"{_bytes(len(explanation.payload))} of payload, {size} as JSON: ").append(
            compact, "bold"
        ),
        soft_wrap=True,  # so that it can be copied
    )
    if explanation.location is not None:
        longitude, latitude = explanation.location
        console.print(Text(f"Location: longitude {longitude}, latitude {latitude}."))


def _show_failure(console: Console, explanation: Explanation) -> None:
    size = len(explanation.payload)
    console.print(Text("The message fails: ", "bold red").append(str(explanation.error), "red"))
    failed = [row for row in explanation.rows if row.role == "failed"]
    for row in failed:
        what = f"asset {row.asset}" if row.asset else "the switch"
        console.print(Text(f"Where: {what} at {row.place} of the template."))
    needed = explanation.needed
    if needed is not None and needed > size:
        console.print(
            Text(
                f"Why: this route needs {_bytes(needed)}, the payload has {size}. The platform "
                "drops the whole message."
            )
        )


def _row_styles(rows: list[Row]) -> dict[int, str]:
    styles = {}
    colours = 0
    for index, row in enumerate(rows):
        if row.role == "failed":
            styles[index] = "bold red"
        elif row.role in _IDLE:
            styles[index] = "dim"
        elif row.role == "constant":
            styles[index] = ""
        elif row.role in ("switch", "case"):
            styles[index] = "reverse"
        else:
            styles[index] = _COLOURS[colours % len(_COLOURS)]
            colours += 1
    return styles


def _dump(explanation: Explanation, styles: dict[int, str], per_line: int) -> Text:
    payload = explanation.payload
    by_byte = ["dim"] * len(payload)
    # The first row in the order of bytes colours what several read.
    for index, row in reversed(list(enumerate(explanation.rows))):
        if row.start is not None and row.role not in _IDLE:
            for position in range(max(row.start, 0), min(row.end, len(payload))):
                by_byte[position] = styles[index]
    missing = 0
    for row in explanation.rows:
        if row.role == "failed" and row.end is not None:
            missing = max(missing, row.end - len(payload))
    is_cut = missing > _MOST_MISSING
    total = len(payload) + min(missing, _MOST_MISSING)
    text = Text()
    if not total:
        text.append("(no bytes)", "dim")
    for start in range(0, total, per_line):
        if start:
            text.append("\n")
        text.append(f"{start:>5} ", "dim")
        tail = Text()
        for position in range(start, min(start + per_line, total)):
            text.append(" ")
            if position >= len(payload):
                text.append("--", "bold red")
                continue
            byte = payload[position]
            text.append(f"{byte:02x}", by_byte[position])
            tail.append(chr(byte) if 0x20 <= byte < 0x7F else ".", by_byte[position])
        text.append("   " * (start + per_line - min(start + per_line, total)) + "  ")
        text.append_text(tail)
    if is_cut:
        text.append(f"\n      ... {missing - _MOST_MISSING} more bytes are missing", "red")
    return text


def _table(explanation: Explanation, styles: dict[int, str], is_narrow: bool) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("bytes", justify="right", no_wrap=True)
    if not is_narrow:
        table.add_column("hex", no_wrap=True)
    table.add_column("asset", overflow="fold")
    table.add_column("type", overflow="fold" if is_narrow else "ellipsis", no_wrap=not is_narrow)
    table.add_column("value", overflow="fold")
    for index, row in enumerate(explanation.rows):
        style = styles[index]
        cells = [Text(_range(row), style)]
        if not is_narrow:
            cells.append(Text(_hex(row, explanation.payload), style))
        name = row.asset if row.role in ("field", "constant", "failed") else row.role
        cells.append(Text(name or "switch", "bold" if row.role == "field" else style))
        cells.append(Text(_type(row)))
        cells.append(_value(row, len(explanation.payload)))
        table.add_row(*cells)
    return table


def _range(row: Row) -> str:
    if row.start is None:
        return "-"
    if row.end <= row.start:
        return f"{row.start}"
    return f"{row.start}" if row.end == row.start + 1 else f"{row.start}-{row.end - 1}"


def _hex(row: Row, payload: bytes) -> str:
    if row.start is None:
        return ""
    texts = []
    for position in range(row.start, row.end)[: _MOST_HEX + 1]:
        is_there = 0 <= position < len(payload)
        texts.append(f"{payload[position]:02x}" if is_there else "--")
    if len(texts) > _MOST_HEX:
        texts[_MOST_HEX:] = ["…"]
    return " ".join(texts)


def _type(row: Row) -> str:
    if row.role == "constant":
        return "constant"
    if row.type is None:
        return ""
    length = "open range" if row.length is None else str(row.length)
    return " ".join([row.type, length, *([row.byteorder] if row.byteorder else [])])


def _value(row: Row, size: int) -> Text:
    if row.role in _IDLE:
        return Text(f"{_bytes(row.end - row.start)} {row.role}", "dim")
    if row.role == "failed":
        if row.end is not None and row.end > size:
            return Text(f"{_bytes(row.end - max(size, row.start))} missing", "bold red")
        return Text("no such value", "bold red")
    text = Text(_shown(row.value), "bold")
    if row.note:
        text.append(f"  {row.note}", "dim")
    return text


def _bytes(count: int) -> str:
    return "1 byte" if count == 1 else f"{count} bytes"


def _shown(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


# The lint


def show_findings(console: Console, name: str, findings: Iterable[Any]) -> None:
    """The findings of one file, each with its place, severity and rule, then its sentence."""
    console.print(Text(name, "bold"))
    for finding in findings:
        line = Text("  ")
        line.append(finding.severity, _SEVERITY_STYLES[finding.severity])
        line.append(f"  {finding.rule}  ")
        line.append(finding.place or "the document", "cyan")
        console.print(line)
        _print_indented(console, finding.message)


def _print_indented(console: Console, message: str) -> None:
    if console.is_terminal:
        console.print(Padding(Text(message), (0, 0, 0, 4)))
    else:
        console.print(Text("    " + message), soft_wrap=True)  # a line for grep


def summary(findings: Iterable[Any]) -> Text:
    """ "2 errors, 1 warning", or that there is nothing."""
    severities = [finding.severity for finding in findings]
    parts = []
    for severity, style in _SEVERITY_STYLES.items():
        count = severities.count(severity)
        if count:
            word = severity if severity == "info" or count == 1 else severity + "s"
            parts.append((f"{count} {word}", style))
    if not parts:
        return Text("nothing found", "green")
    return Text(", ").join([Text(text, style) for text, style in parts])


def show_rules(console: Console, rules: Iterable[tuple[str, str, str]]) -> None:
    """The table of the lint's rules."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for heading in ("rule", "severity", "finds"):
        table.add_column(heading, no_wrap=heading != "finds")
    for rule, severity, finds in rules:
        table.add_row(rule, Text(severity, _SEVERITY_STYLES[severity]), finds)
    console.print(table)


# A translation


def show_changes(console: Console, changes: Iterable[Any]) -> None:
    """The changes that a translation made, or the obstacles to it."""
    styles = {"same": "green", "raw": "yellow", "refused": "bold red"}
    for change in changes:
        line = Text("  ")
        line.append(change.effect, styles[change.effect])
        line.append("  ")
        line.append(change.place or "the document", "cyan")
        console.print(line)
        _print_indented(console, change.message)
