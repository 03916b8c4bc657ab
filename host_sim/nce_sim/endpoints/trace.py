"""The counters of the backend, and its records on the timeline.

trace = Trace(world.timeline)
trace.note(event)                          # of an engine
trace.trouble("locked by ...", 12)         # 12 requests are not stored
trace.counters.messages

ICCIDs are masked, and keys are never told.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nce.coap import codes
from nce_sim.endpoints import dtls
from nce_sim.endpoints.coap.server import Answered
from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import SimCard, masked

_log = logging.getLogger(__name__)


@dataclass
class Counters:
    """The traffic so far. The engines keep finer counts: `backend.coap.counters` and so on."""

    bootstraps: int = 0
    handshakes: int = 0
    handshakes_resumed: int = 0  # of these, by session id or ticket
    handshakes_failed: int = 0
    messages: int = 0  # uplink messages of enabled SIMs, each once
    decoded: int = 0  # of these, by a template, or from LwM2M
    payload_bytes: int = 0
    duplicates: int = 0  # CoAP requests answered again without being processed again
    refused: int = 0  # requests that the database did not take: 5.03, or a lost UDP message


class Trace:
    """Counts what happens, and puts it on the timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self.counters = Counters()
        self._timeline = timeline

    def note(self, event: Any) -> None:
        """Take an event of a CoAP or DTLS engine."""
        counters = self.counters
        if isinstance(event, Answered):
            counters.duplicates += event.is_duplicate
        elif isinstance(event, dtls.Established):
            counters.handshakes += 1
            counters.handshakes_resumed += event.is_resumed
        elif isinstance(event, dtls.Failed):
            counters.handshakes_failed += 1
        kind, fields = described(event)
        self._timeline.add("backend", kind, **fields)

    def uplink(
        self,
        sim: SimCard,
        protocol: str,
        topic: str | None,
        payload: bytes,
        event: Mapping[str, Any],
    ) -> None:
        """Tell of a message that is stored; `event` is its TELEMETRY_DATA."""
        is_decoded = event["payload"]["type"] == "JSON"
        self.counters.messages += 1
        self.counters.decoded += is_decoded
        self.counters.payload_bytes += len(payload)
        self._timeline.add(
            "backend",
            "uplink",
            event,
            sim=sim.masked,
            protocol=protocol,
            topic=topic,
            size=len(payload),
            decoded=is_decoded,
            payload=payload,
        )

    def trouble(self, reason: str, count: int) -> None:
        """Tell that the database did not take `count` requests; with "", that it does again."""
        if not reason:
            _log.warning("the database takes messages again")
            self._timeline.add("backend", "storing_again", requests=count)
            return
        self.counters.refused += count
        _log.warning("%d requests are not stored: %s", count, reason)
        self._timeline.add("backend", "not_stored", requests=count, reason=reason)

    def not_saved(self, reason: str) -> None:
        """Tell that counts were not written; they are tried again."""
        _log.warning("counts are not saved: %s", reason)
        self._timeline.add("backend", "not_saved", reason=reason)


def described(event: Any) -> tuple[str, dict[str, Any]]:
    """The kind of record and its fields."""
    if isinstance(event, Answered):
        request = event.request
        return "coap", {
            "peer": f"{event.peer.host}:{event.peer.port}",
            "path": request.path if request else None,
            "code": None if event.code is None else codes.dotted(event.code),
            "note": event.note,
        }
    peer = f"{event.peer[0]}:{event.peer[1]}"
    if isinstance(event, dtls.Established):
        identity = masked(event.identity.decode("utf-8", "replace"))
        return "dtls_established", {
            "peer": peer,
            "identity": identity,
            "suite": event.suite,
            "resumed": event.is_resumed,
        }
    if isinstance(event, dtls.Moved):
        return "dtls_moved", {"peer": peer, "previous": f"{event.previous[0]}:{event.previous[1]}"}
    kind = "dtls_failed" if isinstance(event, dtls.Failed) else "dtls_closed"
    return kind, {"peer": peer, "reason": event.reason}
