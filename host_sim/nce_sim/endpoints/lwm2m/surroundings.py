"""What the LwM2M endpoint stands on: whose a message is, the line of writers, troubles, notes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.intake import Job
from nce_sim.endpoints.troubles import Troubles
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work


@dataclass(frozen=True)
class Surroundings:
    """Handed in by the backend.

    `of_source` and `of_association` tell the SIM of a message; `take` puts a job in line, and
    `write_soon` a write of the endpoint's own; `note` counts an event of an engine, and
    `record(kind, **fields)` puts something on the timeline.
    """

    of_source: Callable[[CoapPeer], SimCard | None]
    of_association: Callable[[CoapPeer], SimCard | None]
    take: Callable[[Job], None]
    write_soon: Callable[[Callable[[Work], None]], None]
    note: Callable[[Any], None]
    record: Callable[..., object]
    troubles: Troubles
    retry_after_s: int
