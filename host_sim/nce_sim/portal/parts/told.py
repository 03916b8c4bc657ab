"""Records of the world's journal in words, for those who watch devices and not the simulator.

    WATCHED                                   # the kinds that are worth a line
    told(record)                              # ("Message", "8988…  COAP 12 B: 0a0b…")

What a device sent is in hexadecimal there; nothing of it is shown but as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nce_sim.control.answers import JournalRecord

_LONGEST = 160  # characters of one line
Fields = Mapping[str, Any]


def _uplink(fields: Fields) -> str:
    topic = f"{fields['topic']} " if fields.get("topic") else ""
    return f"{fields['sim']} · {fields['protocol']} {topic}{fields['size']} B: {fields['payload']}"


def _event(fields: Fields) -> str:
    return f"{fields['sim']} · {fields['name']}: {fields['description']}"


_TOLD: dict[str, tuple[str, Callable[[Fields], str]]] = {
    "uplink": ("Message", _uplink),
    "event": ("Network", _event),
    "bootstrap": ("Key", lambda fields: f"{fields['sim']} asked for its key"),
    "dtls_established": (
        "DTLS",
        lambda fields: f"{fields['identity']} · a session with {fields['peer']}",
    ),
    "dtls_failed": ("DTLS", lambda fields: f"{fields['peer']} · refused: {fields['reason']}"),
    "attach_rejected": ("Attach", lambda fields: f"refused: {fields['reason']}"),
    "dropped": (
        "Lost",
        lambda fields: f"{fields['origin']} to {fields['destination']}: {fields['reason']}",
    ),
    "control": (
        "Control",
        lambda fields: str(fields.get("verb") or fields.get("step") or "a step of the script"),
    ),
}
WATCHED = tuple(_TOLD)


def told(record: JournalRecord) -> tuple[str, str]:
    """What kind of thing it is, and one line about it."""
    name, tell = _TOLD[record.kind]
    try:
        text = tell(record.fields)
    except KeyError:
        # A server of another version: its fields as they are.
        text = " · ".join(f"{field} {value}" for field, value in record.fields.items())
    return name, text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
