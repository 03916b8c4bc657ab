"""What a message says: as text, and as the bytes that came, where they are known.

content_of(message.payload).text
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import NamedTuple


class Content(NamedTuple):
    """What a message says, as text, and its bytes where they are known."""

    text: str
    data: bytes | None


def content_of(payload: str) -> Content:
    """The payload of the API: JSON where a template translated it, otherwise base64."""
    try:
        found = json.loads(payload)
    except ValueError:
        found = None
    if isinstance(found, dict | list):
        return Content(json.dumps(found, indent=1, ensure_ascii=False), None)
    try:
        data = base64.b64decode(payload, validate=True)
    except binascii.Error:
        return Content(payload, None)
    text = data.decode("utf-8", "replace")
    return Content(text if text.isprintable() else "", data)


def hex_of(data: bytes) -> str:
    """Bytes in pairs of digits."""
    return data.hex(" ")
