"""A geofence of a customer: its shape, whom it watches, and what it tells of.

fence = Geofence(fence_id, 8_000_001, "depot", None, shape, EVENT_TYPES, SOURCES)
fence.watches(position)         # whether that position is evaluated
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nce_sim.problems import Invalid
from nce_sim.services.locator.geometry import Shape, read_shape
from nce_sim.services.locator.position import SOURCES, Position

ENTER, EXIT = "ENTER", "EXIT"
EVENT_TYPES = (ENTER, EXIT)
MAX_NAME_CHARACTERS = 50


@dataclass(frozen=True)
class Geofence:
    """One geofence; without a device it watches all devices of its organisation."""

    fence_id: str
    organisation_id: int
    name: str
    device_id: str | None
    shape: Shape
    event_types: tuple[str, ...]
    sources: tuple[str, ...]
    created_ms: int = 0
    updated_ms: int = 0

    @classmethod
    def of_row(cls, row: Any) -> Geofence:
        """The geofence of a row."""
        return cls(
            row.fence_id,
            row.organisation_id,
            row.name,
            row.device_id,
            read_shape(json.loads(row.shape)),
            tuple(row.event_types.split(",")),
            tuple(row.sources.split(",")),
            row.created_ms,
            row.updated_ms,
        )

    def row(self) -> dict[str, Any]:
        """The geofence as a row, without its number."""
        return {
            **vars(self),
            "shape": json.dumps(self.shape.written()),
            "event_types": ",".join(self.event_types),
            "sources": ",".join(self.sources),
        }

    def watches(self, position: Position) -> bool:
        """Whether the fence is meant for that device and that source."""
        return self.device_id in (None, position.iccid) and position.source in self.sources


def wanted_name(name: str) -> str:
    """The name of a geofence; Invalid for one that is too long, or that no database takes."""
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS:
        raise Invalid(f"a name of {len(name)} characters; it has 1 to {MAX_NAME_CHARACTERS}")
    if "\0" in name or any("\ud800" <= character <= "\udfff" for character in name):
        raise Invalid("the name has half a surrogate pair or a NUL; leave it out")
    return name


def wanted_types(types: Iterable[str] | None) -> tuple[str, ...]:
    """The event types of a geofence, both by default; Invalid for none or another."""
    return _chosen("eventTypes", types, EVENT_TYPES)


def wanted_sources(sources: Iterable[str] | None) -> tuple[str, ...]:
    """The sources of a geofence, both by default; Invalid for none or another."""
    return _chosen("eventSources", sources, SOURCES)


def _chosen(what: str, given: Iterable[str] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    chosen = known if given is None else tuple(dict.fromkeys(given))
    if not chosen or not set(chosen) <= set(known):
        raise Invalid(f"{what} is {list(chosen)}; give one or both of {', '.join(known)}")
    return chosen
