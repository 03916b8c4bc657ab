"""The event types of the Cloud Integrator, each with the sample that the API shows.

The samples are those of 1NCE's description of its output format; ids and numbers are examples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nce_sim.services.clouds.settings import VERSION

TEST_MESSAGE = "TEST_MESSAGE"


@dataclass(frozen=True, slots=True)
class EventType:
    """One row of the table."""

    name: str
    description: str
    payload: Mapping[str, Any]


def _sample(name: str, **own: Any) -> dict[str, Any]:
    device = {"iccid": "8988228066600000001", "ip": "10.160.0.1", "imsi": "901405100000001"}
    return {
        "id": "1-63eb8ebe-7c1f2a3b4c5d6e7f8091a2b3",
        "type": name,
        "received": "1676381886280",
        "version": VERSION,
        **({} if name == TEST_MESSAGE else {"device": device}),
        **own,
    }


EVENT_TYPES = {
    name: EventType(name, description, _sample(name, **own))
    for name, description, own in (
        (
            "TELEMETRY_DATA",
            "A message of a device, translated by the Energy Saver or as it came",
            {
                "source": "UDP",
                "payload": {"type": "STRING", "encoding": "base64", "value": "aGVsbG8="},
            },
        ),
        (
            "LIFECYCLE",
            "A device was in contact for the first time",
            {
                "lifecycle": {
                    "type": "DEVICE_FIRST_TIME_REGISTERED",
                    "message": "New Device successfully registered for the first time - "
                    "8988228066600000001",
                }
            },
        ),
        (
            "ERROR",
            "Something failed: a translation, an integration, a position",
            {
                "error": {
                    "id": "2lBaYUVBRHjCRdhj2XSLvnNQfR3",
                    "type": "DEVICE",
                    "message": "Translator[UserPayloadError]",
                    "description": "Asset path:longitude, Error: can't extract [0:8] from 1 bytes",
                    "payloadExists": True,
                }
            },
        ),
        (
            "GEOFENCE",
            "A device entered or left a geofence",
            {
                "geofence": {
                    "id": "Wg9ys5VqmSNN8M8YN2rv8",
                    "name": "TEST_GEOFENCE_1",
                    "coordinates": ["24.166234790073986", "56.977086867785"],
                    "source": "CellTower",
                    "type": "EXIT",
                }
            },
        ),
        (
            "LOCATION",
            "A position of a device",
            {"location": {"source": "GPS", "coordinates": ["24.10589", "56.92137111"]}},
        ),
        (
            TEST_MESSAGE,
            "A test of an integration; nobody subscribes to it",
            {"integration": {"id": "C-_wsByVWIW8PCq4OI82C", "name": "my integration"}},
        ),
    )
}
# Those that an integration may ask for.
CHOICES = tuple(name for name in EVENT_TYPES if name != TEST_MESSAGE)
