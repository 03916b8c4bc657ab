"""From the world's timeline to the Device Locator: the cells in which sessions begin.

feed = CellFeed(timeline, locator, write_soon, epoch_ms, event_types=(3,))
feed.close()
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from nce_sim.network.events import NetworkEvent
from nce_sim.record.timeline import Record, Timeline
from nce_sim.services.locator.cell_events import Sighting
from nce_sim.storage import Work

# By `rat_type` (TS 29.274, 8.17). Operators' cores that report LTE-M as LTE have 6 there.
ACCESS = {1: "3G", 2: "2G", 5: "3.5G", 6: "4G", 8: "NB-IoT", 9: "LTE-M"}


class Hearer(Protocol):
    """Who hears of cells (`Locator`)."""

    def hears(self, iccid: str) -> bool: ...

    def seen(self, sighting: Sighting, work: Work) -> None: ...


class CellFeed:
    """Hears the timeline; what it finds is written in line with the messages."""

    def __init__(
        self,
        timeline: Timeline,
        hearer: Hearer,
        write_soon: Callable[[Callable[[Work], None]], None],
        epoch_ms: int,
        event_types: Collection[int],
    ) -> None:
        self._hearer = hearer
        self._write_soon = write_soon
        self._epoch_ms = epoch_ms
        self._event_types = event_types
        self.close = timeline.subscribe(self._hear, ("event",))

    def _hear(self, record: Record) -> None:
        event = record.subject
        if not isinstance(event, NetworkEvent) or event.kind.type not in self._event_types:
            return
        sighting = _sighting(event, self._epoch_ms + record.at_ms)
        if sighting is not None and self._hearer.hears(sighting.iccid):
            self._write_soon(lambda work: self._hearer.seen(sighting, work))


def _sighting(event: NetworkEvent, sampled_ms: int) -> Sighting | None:
    """The cell of a PDP event; None for a session that no cell carries, as that of a twin."""
    context = (event.detail or {}).get("pdp_context")
    if context is None or context["ci"] is None:
        return None
    return Sighting(
        event.sim.iccid,
        sampled_ms,
        context["mcc"],
        context["mnc"],
        context["lac"],
        context["ci"],
        ACCESS[context["rat_type"]],
    )
