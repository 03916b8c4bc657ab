"""Records of the world's journal in words, for those who watch devices and not the simulator.

    WATCHED                                   # the kinds that are worth a line
    told(record)                              # ("Message", "8988…  CoAP 12 B: 0a0b…")
    field_text("rsrp_dbm", -94)               # "rsrp -94 dBm"

What a device sent is in hexadecimal there; nothing of it is shown but as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nce_sim.control.answers import JournalRecord

_LONGEST = 160  # characters of one line
_PROTOCOLS = {"COAP": "CoAP", "LWM2M": "LwM2M"}
_UNITS = {"ms": "ms", "s": "s", "dbm": "dBm", "db": "dB", "m": "m"}
Fields = Mapping[str, Any]


def _uplink(fields: Fields) -> str:
    topic = f"{fields['topic']} " if fields.get("topic") else ""
    protocol = _PROTOCOLS.get(fields["protocol"], fields["protocol"])
    return f"{fields['sim']} · {protocol} {topic}{fields['size']} B: {fields['payload']}"


def _control(fields: Fields) -> str:
    """A verb has a command of its name."""
    verb = fields.get("verb")
    return f"nce sim {verb}" if verb else str(fields.get("step") or "a step of the script")


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
    "control": ("Control", _control),
}
WATCHED = tuple(_TOLD)


def field_text(name: str, value: object) -> str:
    """A field of a record, its unit behind the value and not in the name."""
    stem, _, last = name.rpartition("_")
    if stem and last in _UNITS:
        return f"{stem.replace('_', ' ')} {value} {_UNITS[last]}"
    return f"{name.replace('_', ' ')} {value}"


def told(record: JournalRecord) -> tuple[str, str]:
    """What kind of thing it is, and one line about it."""
    name, tell = _TOLD[record.kind]
    try:
        text = tell(record.fields)
    except KeyError:
        # A server of another version: its fields as they are.
        text = " · ".join(field_text(field, value) for field, value in record.fields.items())
    return name, text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
