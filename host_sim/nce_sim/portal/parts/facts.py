"""Names and values side by side.

facts(("ICCID", sim.iccid), ("Label", sim.label))
"""

from __future__ import annotations

from nce_sim.portal.parts.drawing import Drawing, tag


def facts(*rows: tuple[str, str]) -> None:
    """A list of them; a number stays in one line."""
    inside = [
        part
        for name, value in rows
        for part in (
            tag("dt", name),
            tag("dd", value, class_="number" if value.isdecimal() else None),
        )
    ]
    Drawing(tag("dl", *inside, class_="facts"))
