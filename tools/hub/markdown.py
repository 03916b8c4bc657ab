"""Markdown for generated pages: tables and escapes.

table(("command", "meaning"), [("`AT`", "the modem answers")])
code("a|b")         # `a|b` for a cell of a table
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# What Markdown would take for a mark of its own in a text that is none.
_MARKS = re.compile(r"([\\<>*_\[\]{}$#~])")
_TICKED = re.compile(r"(`[^`]*`)")
# Arguments as docstrings explain them: `apn, user: what they are`.
_ARGUMENT = re.compile(r"([a-z][a-z0-9_\\]*(?:, [a-z][a-z0-9_\\]*)*): ")


def plain(text: str) -> str:
    """A text as it stands, on one line; words in back-ticks stay code."""
    parts = _TICKED.split(" ".join(text.split()))
    return "".join(
        part if number % 2 else _MARKS.sub(r"\\\1", part) for number, part in enumerate(parts)
    )


def code(text: object) -> str:
    """A word in back-ticks, "" for an empty one."""
    shown = " ".join(str(text).split())
    if not shown:
        return ""
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; an upright stroke in a cell is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def prose(docstring: str) -> str:
    """A docstring as Markdown: its paragraphs, and its indented examples as blocks."""
    blocks: list[str] = []
    for paragraph in re.split(r"\n\s*\n", docstring.strip("\n")):
        lines = paragraph.split("\n")
        if all(line.startswith("    ") for line in lines if line):
            example = "\n".join(line[4:] for line in lines)
            if blocks and blocks[-1].startswith("```") and "````" not in blocks[-1]:
                blocks[-1] = f"{blocks[-1][:-4]}\n\n{example}\n```"
            else:
                blocks.append(f"```text\n{example}\n```")
        else:
            blocks.append(_arguments(lines) if _ARGUMENT.match(lines[0]) else plain(paragraph))
    return "\n\n".join(blocks)


def _arguments(lines: list[str]) -> str:
    items: list[str] = []
    for line in lines:
        if _ARGUMENT.match(line) or not items:
            items.append(line)
        else:
            items[-1] += f" {line}"
    return "\n".join(f"- {_ARGUMENT.sub(_named, plain(item), count=1)}" for item in items)


def _named(found: re.Match[str]) -> str:
    names = found[1].replace("\\", "").split(", ")
    return ", ".join(map(code, names)) + ": "
