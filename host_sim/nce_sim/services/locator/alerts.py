"""What the Device Locator tells: events for the clouds, and administration logs beside them.

alerts.located(sim, address, position, work)                # LOCATION
alerts.crossed(device, position, crossing, work)            # GEOFENCE, and a log
alerts.failed(device, "Locator[InvalidPosition]", description, work)    # ERROR, and a log

1NCE documents the shapes of the events and the type LOCATION of a log; the texts of these logs are
ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from nce_sim.services.identifiers import ksuid
from nce_sim.services.locator.crossings import Crossing
from nce_sim.services.locator.position import Position
from nce_sim.services.logs.service import LogItem
from nce_sim.sim_card import SimCard, masked
from nce_sim.storage import Work

Event = dict[str, Any]

INVALID_POSITION = "Locator[InvalidPosition]"
CREDITS_USED_UP = "Locator[CreditsUsedUp]"
GEOFENCE_ENTER = "Geofence[Enter]"
GEOFENCE_EXIT = "Geofence[Exit]"
_CROSSED = {"ENTER": (GEOFENCE_ENTER, "entered"), "EXIT": (GEOFENCE_EXIT, "left")}


class Events(Protocol):
    """Makes envelopes and passes events on (`services.uplink`)."""

    def event(self, kind: str, sim: SimCard, address: str, received_ms: int) -> Event: ...

    def publish(self, event: Event, work: Work) -> None: ...


class Logs(Protocol):
    """The administration logs (`services.logs`)."""

    def add(self, item: LogItem, work: Work) -> None: ...


@dataclass(frozen=True)
class Whose:
    """A device of a customer, as an event names it."""

    organisation_id: int
    sim: SimCard
    address: str

    def __repr__(self) -> str:
        return f"Whose({self.organisation_id}, {masked(self.sim.iccid)})"


class Alerts:
    """Events and logs, by the world's time."""

    def __init__(
        self, events: Events, logs: Logs, wall_ms: Callable[[], int], random: Random
    ) -> None:
        self._events = events
        self._logs = logs
        self._wall_ms = wall_ms
        self._random = random

    def location(self, whose: Whose, position: Position) -> Event:
        """The LOCATION event of a position; the caller publishes it."""
        event = self._event("LOCATION", whose)
        event["location"] = {"source": position.source, "coordinates": position.texts}
        if position.metadata is not None:
            event["location"]["metadata"] = position.metadata
        return event

    def publish(self, event: Event, work: Work) -> None:
        """Pass an event on."""
        self._events.publish(event, work)

    def crossed(
        self, whose: Whose, position: Position, crossing: Crossing, is_logged: bool, work: Work
    ) -> None:
        """Tell that a device crossed the border of a geofence."""
        fence = crossing.fence
        event = self._event("GEOFENCE", whose)
        event["geofence"] = {
            "id": fence.fence_id,
            "name": fence.name,
            "coordinates": position.texts,
            "source": position.source,
            "type": crossing.type,
        }
        if is_logged:
            message, verb = _CROSSED[crossing.type]
            text = f'Device {whose.sim.iccid} {verb} the geofence "{fence.name}"'
            self._log(event, whose, "info", message, text, work, fence.fence_id)
        self.publish(event, work)

    def failed(self, whose: Whose, message: str, description: str, work: Work) -> None:
        """Tell that something of a device could not be done."""
        event = self._event("ERROR", whose)
        log_id = self._log(event, whose, "error", message, description, work)
        event["error"] = {
            "id": log_id,
            "type": "LOCATION",
            "message": message,
            "description": description,
            "payloadExists": False,
        }
        self.publish(event, work)

    def _event(self, kind: str, whose: Whose) -> Event:
        return self._events.event(kind, whose.sim, whose.address, self._wall_ms())

    def _log(
        self,
        event: Event,
        whose: Whose,
        category: str,
        message: str,
        description: str,
        work: Work,
        fence_id: str | None = None,
    ) -> str:
        logged_ms = int(event["received"])
        log_id = ksuid(logged_ms, self._random)
        item = LogItem(
            log_id,
            logged_ms,
            "LOCATION",
            category,
            message,
            description,
            event["id"],
            whose.sim.iccid,
            None,
            organisation_id=whose.organisation_id,
            imsi=whose.sim.imsi,
            ip=whose.address or None,
            geofence_id=fence_id,
        )
        self._logs.add(item, work)
        return log_id
