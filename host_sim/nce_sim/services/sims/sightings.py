"""When each SIM was last located, and that its device changed, from the world's timeline.

sightings = Sightings(timeline, directory)
sightings.of(sim)           # Seen(vlr_ms=…, sgsn_ms=…), by the world's clock
"""

from __future__ import annotations

from typing import NamedTuple

from nce_sim.network.events import NetworkEvent
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.sims.directory import Directory
from nce_sim.sim_card import SimCard

_LOCATION, _GPRS_LOCATION, _SIM_DELETED = 1, 2, 10  # event types


class Seen(NamedTuple):
    """The last location updates of a SIM, by the world's clock; None before the first."""

    vlr_ms: int | None = None
    sgsn_ms: int | None = None


class Sightings:
    """The last location updates of all SIMs."""

    def __init__(self, timeline: Timeline, directory: Directory) -> None:
        self._directory = directory
        self._seen: dict[SimCard, Seen] = {}
        timeline.subscribe(self._heard, ("event",))

    def of(self, sim: SimCard) -> Seen:
        """When `sim` was located last."""
        return self._seen.get(sim, Seen())

    def _heard(self, record: Record) -> None:
        if not isinstance(record.subject, NetworkEvent):
            return
        event = record.subject
        kind = event.kind.type
        if kind == _LOCATION:
            self._seen[event.sim] = self.of(event.sim)._replace(vlr_ms=record.at_ms)
        elif kind == _GPRS_LOCATION:
            self._seen[event.sim] = self.of(event.sim)._replace(sgsn_ms=record.at_ms)
            self._directory.located(event.sim.iccid)
        elif kind == _SIM_DELETED:
            self._directory.changed()
