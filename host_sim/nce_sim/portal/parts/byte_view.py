"""A payload with each byte in the colour of its asset, and the table of what was read.

show_bytes(explain(template, payload))

Colours repeat; the table names the bytes of each asset, so that nobody needs them.
"""

from __future__ import annotations

from typing import Any

from nce_bcl.explain import Explanation, Row
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

_TONES = 6  # tone-0 ... in the sheet
_IDLE = ("unused", "unread", "constant")
_MOST_BYTES = 512  # drawn
_LONGEST = 80  # characters of one value


def show_bytes(explanation: Explanation) -> None:
    """Draw it."""
    tones = _tones(explanation.rows)
    by_byte: dict[int, int] = {}
    for number, row in reversed(list(enumerate(explanation.rows))):
        if row.start is not None and row.role not in _IDLE:
            for position in range(max(0, row.start), min(row.end, len(explanation.payload))):
                by_byte[position] = number
    with box("div", "bytes", role="img", aria_label="The bytes of the payload"):
        for position, value in enumerate(explanation.payload[:_MOST_BYTES]):
            owner = by_byte.get(position)
            name = "not read" if owner is None else _name(explanation.rows[owner])
            tone = "idle" if owner is None else tones[owner]
            words("span", f"{value:02x}", tone, title=f"byte {position}: {name}")
    with plain_table("Bytes", "Asset", "Type", "Value", "Note"):
        for number, row in enumerate(explanation.rows):
            _row(row, tones[number])


def _row(row: Row, tone: str) -> None:
    with box("tr"):
        with box("td", "when"):
            words("span", "", f"swatch {tone}", aria_hidden="true")
            words("span", _range(row))
        words("td", _name(row))
        words("td", row.type or "–")
        words("td", _value(row.value))
        words("td", row.note or "", "bad-text" if row.role == "failed" else "")


def _tones(rows: list[Row]) -> list[str]:
    tones, next_tone = [], 0
    for row in rows:
        if row.role == "failed":
            tones.append("failed")
        elif row.role in _IDLE:
            tones.append("idle")
        else:
            tones.append(f"tone-{next_tone % _TONES}")
            next_tone += 1
    return tones


def _name(row: Row) -> str:
    return row.asset or row.role


def _range(row: Row) -> str:
    if row.start is None:
        return "none"
    return str(row.start) if row.end == row.start + 1 else f"{row.start} to {row.end - 1}"


def _value(value: Any) -> str:
    if value is None:
        return "–"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
