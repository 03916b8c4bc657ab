"""Administration logs as a table.

log_table(entries, zone)
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_api.models.logs import LogEntry
from nce_sim.portal.door import ROOT
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words

TYPES = {
    "DEVICE": "Device",
    "LIFECYCLE": "Lifecycle",
    "LOCATION": "Location",
    "INTEGRATION": "Integration",
    "GENERAL": "General",
}
CATEGORIES = {"info": "Info", "error": "Error"}
_TONES = {"info": "calm", "error": "bad"}


def log_table(entries: Sequence[LogEntry], zone: Zone) -> None:
    """Draw it, with the columns of 1NCE's page."""
    with plain_table("Timestamp", "Category", "Type", "Message", "ICCID"):
        for entry in entries:
            with box("tr"):
                words("td", zone.text(entry.timestamp), "when")
                category = str(entry.category or "")
                with box("td"):
                    name = CATEGORIES.get(category, category or "–")
                    words("span", name, f"chip {_TONES.get(category, 'calm')}")
                words("td", TYPES.get(str(entry.type), str(entry.type)))
                with box("td", "told"):
                    words("code", entry.message, "mono")
                    if entry.description:
                        words("div", entry.description, "note")
                with box("td", "mono"):
                    if entry.iccid:
                        words("a", entry.iccid, href=f"{ROOT}/os/inspector/{entry.iccid}")
                    else:
                        words("span", "–")
