"""Events as one integration gets them, and the topics of AWS IoT Core.

text = body(event, json_payload=True)
topic(event)                                # "8988…/messages"
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

from nce_sim.services.clouds.event_types import TEST_MESSAGE
from nce_sim.services.clouds.settings import VERSION

Event = Mapping[str, Any]

# [D] The topics that do not name the device.
_TOPICS = {
    "ERROR": "error",
    "GEOFENCE": "geofence",
    "LOCATION": "location",
    "LIFECYCLE": "lifecycle",
    TEST_MESSAGE: "integration-status",
}

# Topics of AWS IoT Core (its quotas, "Topic and topic filter"); MQTT 3.1.1, 4.7.1.
_NOT_PUBLISHED = re.compile("[+#\\0]")
_MOST_TOPIC_BYTES = 256
_MOST_SLASHES = 7


def body(event: Event, json_payload: bool) -> str:
    """The JSON of an event; with `json_payload` a raw message that is JSON goes as JSON."""
    return json.dumps(_as_json(event) if json_payload else event, separators=(",", ":"))


def _as_json(event: Event) -> Event:
    payload = event.get("payload")
    if payload is None or payload["type"] != "STRING":
        return event
    try:
        value = json.loads(base64.b64decode(payload["value"]), parse_constant=_no_json)
    except (ValueError, RecursionError):
        return event
    if not isinstance(value, (dict, list)):
        # [D] "JSON object"; [U] a lone number or text is not one.
        return event
    rest = {name: text for name, text in payload.items() if name not in ("encoding", "value")}
    return {**event, "payload": {**rest, "type": "JSON", "value": value}}


def _no_json(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def topic(event: Event) -> str:
    """The topic that AWS IoT Core gets an event under."""
    fixed = _TOPICS.get(event["type"])
    if fixed is not None:
        return fixed
    iccid: str = event["device"]["iccid"]
    if event["source"] != "COAP":
        return f"{iccid}/messages"
    own = event["payload"].get("topic")
    full = f"{iccid}/{own}"
    # [U] what AWS IoT Core would refuse goes without: a device must not disable an integration.
    is_taken = (
        own is not None
        and not _NOT_PUBLISHED.search(own)
        and len(full.encode()) <= _MOST_TOPIC_BYTES
        and full.count("/") <= _MOST_SLASHES
    )
    return full if is_taken else iccid


def test_message(event_id: str, at_ms: int, integration_id: str, name: str) -> Event:
    """The event that tests an integration; it has no device."""
    return {
        "id": event_id,
        "type": TEST_MESSAGE,
        "received": str(at_ms),
        "version": VERSION,
        "integration": {"id": integration_id, "name": name},
    }
