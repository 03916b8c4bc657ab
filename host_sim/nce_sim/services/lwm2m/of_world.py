"""The LwM2M service put together from its parts, and the network as it asks for it.

lwm2m = lwm2m_of(storage, clock, wall_ms, random, core=…, devices=…, timeline=…, …)
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from nce_sim.clock import Clock
from nce_sim.network.core import Core
from nce_sim.record.timeline import Timeline
from nce_sim.services.lwm2m.admission import Admission
from nce_sim.services.lwm2m.needs import (
    Endpoints,
    Events,
    Keys,
    Located,
    Owners,
    States,
    Stored,
    Terms,
    Write,
)
from nce_sim.services.lwm2m.service import Lwm2m
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.lwm2m.telemetry import Telemetry
from nce_sim.sim_card import SimCard
from nce_sim.storage import Storage


class WorldNetwork:
    """The SIMs of a core network and their sessions."""

    def __init__(self, core: Core, owners: Owners, epoch_ms: int) -> None:
        self._core = core
        self._owners = owners
        self._epoch_ms = epoch_ms

    def organisation_of(self, iccid: str) -> int | None:
        return self._owners.organisation_of(iccid)

    def sim_of(self, iccid: str) -> SimCard | None:
        return self._core.sim_of(iccid)

    def connected_ms(self, iccid: str) -> int | None:
        sim = self._core.sim_of(iccid)
        session = None if sim is None else self._core.session_of(sim)
        return None if session is None else self._epoch_ms + session.opened_at_ms

    def server_host(self, iccid: str) -> str:
        host = self._core.settings.lwm2m_host
        sim = self._core.sim_of(iccid)
        if sim is not None and self._core.session_of(sim) is None:
            # A program at a twin reaches the twin of the server.
            return "127." + host.removeprefix("10.")
        return host


def lwm2m_of(
    storage: Storage,
    clock: Clock,
    wall_ms: Callable[[], int],
    random: Random,
    *,
    core: Core,
    owners: Owners,
    endpoints: Endpoints,
    terms: Terms,
    keys: Keys,
    events: Events,
    located: Located,
    states: States,
    stored: Stored,
    timeline: Timeline,
    epoch_ms: int,
    write: Write,
    settings: Lwm2mSettings,
) -> Lwm2m:
    """The service of a world."""
    network = WorldNetwork(core, owners, epoch_ms)

    def tell(sim: SimCard, event: str, **fields: Any) -> None:
        timeline.add("backend", "lwm2m", sim=sim.masked, event=event, **fields)

    return Lwm2m(
        storage,
        clock,
        wall_ms,
        random,
        network=network,
        endpoints=endpoints,
        admission=Admission(
            storage,
            wall_ms,
            network=network,
            endpoints=endpoints,
            terms=terms,
            keys=keys,
            settings=settings,
        ),
        events=events,
        telemetry=Telemetry(network, events, located, states, stored, wall_ms),
        write=write,
        tell=tell,
        settings=settings,
    )
