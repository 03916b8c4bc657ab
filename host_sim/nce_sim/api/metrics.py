"""What a world has done so far, in Prometheus' text format.

metrics_text(backend)           # "# HELP nce_messages_total ..."
"""

from __future__ import annotations

import dataclasses
from math import nan

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from nce_sim.backend import Backend
from nce_sim.endpoints.trace import Counters
from nce_sim.storage import StorageUnavailable

# The names of `Counters`, and what they count.
_HELP = {
    "bootstraps": "Keys given to devices.",
    "handshakes": "DTLS handshakes that succeeded.",
    "handshakes_resumed": "Of these, resumed by session id or ticket.",
    "handshakes_failed": "DTLS handshakes that failed.",
    "messages": "Messages of devices, each once.",
    "decoded": "Of these, decoded by a template.",
    "payload_bytes": "Bytes of their payloads.",
    "duplicates": "CoAP requests answered again.",
    "refused": "Messages that the database did not take.",
}


class _World:
    """Collects from one backend, at the moment it is asked."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def collect(self) -> list[Metric]:
        backend = self._backend
        found: list[Metric] = [
            CounterMetricFamily(f"nce_{name}", _HELP[name], value=getattr(backend.counters, name))
            for name in (field.name for field in dataclasses.fields(Counters))
        ]
        deliveries = backend.deliveries
        more = (
            ("nce_deliveries", "Requests to customers' servers.", deliveries.requests),
            ("nce_deliveries_failed", "Of these, without a 2xx answer.", deliveries.failures),
            ("nce_commits", "Commits of the database.", backend.storage.commits),
        )
        found.extend(CounterMetricFamily(name, text, value=value) for name, text, value in more)
        world = backend.world
        gauges = (
            ("nce_world_time_seconds", "The world's time, since 1970.", backend.wall_ms() / 1000),
            ("nce_sims", "SIMs of the world.", len(world.sims)),
            ("nce_modems", "Modems of the world.", len(world.modems)),
            (
                "nce_sessions",
                "SIMs with an open PDP session.",
                sum(world.core.session_of(sim) is not None for sim in world.sims),
            ),
            ("nce_lwm2m_clients", "LwM2M clients that are registered.", backend.lwm2m.count()),
            ("nce_timeline_records", "Records of the timeline so far.", backend.timeline.count),
            ("nce_intake_waiting", "Writes that wait for the database.", backend.intake.waiting),
            (
                "nce_deliveries_waiting",
                "Events that wait for customers' servers.",
                deliveries.all_waiting,
            ),
            (
                "nce_actions_active",
                "Requests of the Device Controller.",
                backend.controller.active,
            ),
            ("nce_database_bytes", "What the database takes.", _size_bytes(backend)),
        )
        found.extend(GaugeMetricFamily(name, text, value=value) for name, text, value in gauges)
        return found


def _size_bytes(backend: Backend) -> float:
    try:
        return backend.storage.size_bytes()
    except StorageUnavailable:
        return nan  # Prometheus' word for a value that is not known


def metrics_text(backend: Backend) -> bytes:
    """All metrics of a backend."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_World(backend))
    return generate_latest(registry)
