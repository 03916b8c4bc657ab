"""What states, types and events of integrations are called on the page."""

from __future__ import annotations

from nce_api.models.clouds import EventType

ACTIVE, FAILED = "INTEGRATION_ACTIVE", "INTEGRATION_FAILED"
ROLLING_OUT, NOT_ROLLED_OUT = "ROLLOUT_STARTED", "ROLLOUT_FAILED"
WEBHOOK, AWS = "WEBHOOK", "AWS"

# [D] "Integration Active" and "Integration Failed"; the others are ours [U].
STATES = {
    "ROLLOUT_STARTED": ("Rollout Started", "warn"),
    "ROLLOUT_DONE": ("Rollout Done", "calm"),
    "ROLLOUT_FAILED": ("Rollout Failed", "bad"),
    ACTIVE: ("Integration Active", "good"),
    FAILED: ("Integration Failed", "bad"),
}
TYPES = {WEBHOOK: "Webhook", AWS: "AWS IoT Core"}
EVENTS = {
    "TELEMETRY_DATA": "Telemetry Data",
    "LIFECYCLE": "Lifecycle",
    "GEOFENCE": "Geofence",
    "LOCATION": "Location",
    "ERROR": "Error",
}


def events_text(found: list[EventType]) -> str:
    """The events of an integration in one line."""
    return ", ".join(EVENTS.get(one.type, one.type) for one in found)
