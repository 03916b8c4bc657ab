"""Requests and their results in words."""

from __future__ import annotations

import json
from typing import Any

from nce_api.models.actions import Action

# What is worth a line of a request's data; the rest says again who and when.
_ASKED = {
    "requestType": "",
    "path": "",
    "port": "port",
    "action": "",
    "resourceAddress": "",
    "payload": "data",
    "data": "value",
}
_FORMATS = {"STRING": "text", "HEX": "hexadecimal", "BASE64": "base64"}


def told_request(action: Action) -> str:
    """What was asked, on one line."""
    data = action.requestData
    if not isinstance(data, dict):
        return "–"
    told = (
        f"{word} {_asked(data, name)}" if word else str(data[name])
        for name, word in _ASKED.items()
        if data.get(name) is not None
    )
    return ", ".join(told) or "–"


def _asked(data: dict[str, Any], name: str) -> str:
    """A value as it was asked, a payload with its format."""
    kind = data.get("payloadType") if name == "payload" else None
    return str(data[name]) if kind is None else f"{data[name]} as {_FORMATS.get(kind, kind)}"


def told_result(action: Action) -> str:
    """What the device answered, on lines of their own."""
    data = action.resultData
    if not isinstance(data, dict):
        return "–"
    lines = [f"{name}: {_value(value)}" for name, value in data.items() if value not in ("", None)]
    return "\n".join(lines) or "–"


def _value(value: Any) -> str:
    """A payload of LwM2M is the text of JSON [F]: its values stand on lines of their own."""
    if isinstance(value, str) and value[:1] == "{":
        try:
            found = json.loads(value)
        except ValueError:
            return value
        return json.dumps(found, indent=1, ensure_ascii=False)
    return str(value)
