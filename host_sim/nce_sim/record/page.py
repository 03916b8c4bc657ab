"""A report of test runs as one HTML file: a table of the tests, and the pictures of each.

    Path("report.html").write_text(page("nce-iot on sim", rows))

The file needs nothing else: no script, no style and no picture from elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nce_sim.record.svg import escaped

STYLE = """
body { margin: 0 auto; max-width: 1040px; padding: 16px; color: #1f2933; background: #fff;
  font: 15px/1.45 system-ui, sans-serif; }
h1 { font-size: 22px; } h2 { font-size: 16px; margin: 20px 0 6px; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; padding: 4px 8px; border-bottom: 1px solid #e3e7eb; }
th, td { vertical-align: top; }
td.number { text-align: right; white-space: nowrap; }
pre { background: #f6f7f9; padding: 8px; overflow-x: auto; font-size: 12px; }
svg { max-width: 100%; height: auto; border: 1px solid #e3e7eb; margin: 4px 0; }
details { border-bottom: 1px solid #e3e7eb; padding: 6px 0; } summary { cursor: pointer; }
.passed { color: #1c7a52; } .failed, .error { color: #b42333; font-weight: 600; }
.skipped { color: #66727f; }
@media (prefers-color-scheme: dark) { html { color-scheme: light; } }
"""
# Of the texts below the pictures.
LONGEST_TEXT = 60_000


@dataclass(frozen=True)
class Row:
    """One test. `pictures` are titles with SVG elements, `texts` titles with plain text."""

    name: str
    outcome: str  # "passed", "failed", "error" or "skipped"
    duration_s: float
    reason: str = ""
    pictures: Sequence[tuple[str, str]] = ()
    texts: Sequence[tuple[str, str]] = ()


def page(title: str, facts: Mapping[str, str], rows: Sequence[Row]) -> str:
    """The whole file."""
    counts = Counter(row.outcome for row in rows)
    summary = ", ".join(f"{count} {outcome}" for outcome, count in counts.items()) or "no test"
    told = "".join(
        f"<tr><th>{escaped(name)}</th><td>{escaped(value)}</td></tr>"
        for name, value in {**facts, "tests": summary}.items()
    )
    body = "".join(_line(number, row) for number, row in enumerate(rows, 1))
    details = "".join(_details(number, row) for number, row in enumerate(rows, 1))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        f"<title>{escaped(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1>{escaped(title)}</h1><table>{told}</table>"
        "<h2>Tests</h2><table><tr><th>test</th><th>outcome</th><th>time</th><th>reason</th></tr>"
        f"{body}</table><h2>Runs</h2>{details}</body></html>\n"
    )


def _line(number: int, row: Row) -> str:
    name = escaped(row.name)
    if row.pictures or row.texts:
        name = f'<a href="#run-{number}">{name}</a>'
    return (
        f'<tr><td>{name}</td><td class="{escaped(row.outcome)}">{escaped(row.outcome)}</td>'
        f'<td class="number">{row.duration_s:.2f} s</td><td>{escaped(row.reason)}</td></tr>'
    )


def _details(number: int, row: Row) -> str:
    if not row.pictures and not row.texts:
        return ""
    # An SVG element is made by this room, all texts in it escaped.
    pictures = "".join(f"<h2>{escaped(title)}</h2>{svg}" for title, svg in row.pictures)
    texts = "".join(
        f"<h2>{escaped(title)}</h2><pre>{_lines(text)}</pre>" for title, text in row.texts
    )
    is_open = " open" if row.outcome in ("failed", "error") else ""
    return (
        f'<details id="run-{number}"{is_open}><summary>'
        f'<span class="{escaped(row.outcome)}">{escaped(row.outcome)}</span> '
        f"{escaped(row.name)}</summary>{pictures}{texts}</details>"
    )


def _lines(text: str) -> str:
    return "\n".join(escaped(line) for line in text[-LONGEST_TEXT:].split("\n"))
