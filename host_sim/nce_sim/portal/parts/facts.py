"""Names and values side by side.

facts(("ICCID", sim.iccid), ("Label", sim.label))
"""

from __future__ import annotations

from nce_sim.portal.parts.tags import box, words


def facts(*rows: tuple[str, str]) -> None:
    """A list of them; a number stays in one line."""
    with box("dl", "facts"):
        for name, value in rows:
            words("dt", name)
            words("dd", value, "number" if value.isdecimal() else "")
