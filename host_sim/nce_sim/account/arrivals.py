"""Tells of SIMs that are new in an organisation: delivered by an order, or transferred.

    arrivals.keep(lambda organisation_id, iccid, work: limits.apply(iccid, work))
    arrivals.arrived(organisation_id, iccid, work)

A call writes with the same work, so that its change is kept with the arrival or not at all.
"""

from __future__ import annotations

from collections.abc import Callable

from nce_sim.storage import Work

Arrived = Callable[[int, str, Work], None]


class Arrivals:
    """Who wants to know."""

    def __init__(self) -> None:
        self._calls: list[Arrived] = []

    def keep(self, call: Arrived) -> None:
        """Make `call(organisation_id, iccid, work)` for every SIM that arrives."""
        self._calls.append(call)

    def arrived(self, organisation_id: int, iccid: str, work: Work) -> None:
        """A SIM is new in an organisation."""
        for call in self._calls:
            call(organisation_id, iccid, work)
