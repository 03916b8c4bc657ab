"""Values of clients as 1NCE OS passes them on: flat JSON in history, state, events, and positions.

    telemetry = Telemetry(network, events, located, states, stored, wall_ms)
    telemetry.report(client, records, work)         # {"/3303/0/5700": 21.5}

The state of a device is what is known of all its resources: each report changes some. Values of
several times are several messages, the oldest first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nce_sim.services.json_text import json_text
from nce_sim.services.lwm2m.needs import Events, Located, Network, States, Stored
from nce_sim.services.lwm2m.outbound import Client
from nce_sim.storage import Work
from nce_sim.wire.lwm2m import flat
from nce_sim.wire.lwm2m.record import Record, absolute

LWM2M = "LWM2M"
_TIMESTAMP = "/6/0/5"  # of a position (OMA object 6)


class Telemetry:
    """From records to events."""

    def __init__(
        self,
        network: Network,
        events: Events,
        located: Located,
        states: States,
        stored: Stored,
        wall_ms: Callable[[], int],
    ) -> None:
        self._wall_ms = wall_ms
        self._network = network
        self._events = events
        self._located = located
        self._states = states
        self._stored = stored
        self._known: dict[str, dict[str, Any]] = {}  # of registered clients, what their state is

    def report(self, client: Client, records: Sequence[Record], work: Work) -> None:
        """Pass on values; none of a SIM that has left."""
        sim = self._network.sim_of(client.identity)
        if sim is None or self._network.organisation_of(client.identity) is None:
            return
        for time_s, of_moment in flat.moments(absolute(records, self._wall_ms() / 1000)):
            values = flat.flat_json(of_moment)
            state = self._state(client.identity, values, work)
            event = self._events.report(sim, LWM2M, values, state, address=client.host, work=work)
            work.after_commit(partial(self._stored, sim, event))
            if time_s is not None and _TIMESTAMP not in values:
                values = {**values, _TIMESTAMP: int(time_s * 1000)}
            self._located.moved(sim, values, address=client.host, work=work)

    def forget(self, iccid: str) -> None:
        """Its state is in the database; nobody needs it here for now."""
        self._known.pop(iccid, None)

    def _state(self, iccid: str, values: dict[str, Any], work: Work) -> str:
        before = self._known.get(iccid)
        known = before
        if known is None:
            stored = self._states.state(iccid, LWM2M) or {}
            known = stored.get("message", {})
        changed = self._known[iccid] = {**known, **values}

        def undo() -> None:
            if before is None:
                self._known.pop(iccid, None)
            else:
                self._known[iccid] = before

        work.on_rollback(undo)
        return json_text(changed)
