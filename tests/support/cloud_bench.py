"""A Cloud Integrator over an outbox in virtual time, with two organisations and a SIM of each."""

from __future__ import annotations

from random import Random

from nce_sim.clock import run_virtual
from nce_sim.endpoints.jobs import OwnJob
from nce_sim.services.clouds.service import CloudIntegrator
from nce_sim.services.clouds.settings import CloudsSettings
from nce_sim.services.logs.service import AdminLogs
from support.outboxes import Bench

URL = "https://receiver.example.com/in"
OWN, OTHER = 8_000_001, 8_000_002
SIMS = {"8988228066600000001": OWN, "8988228066600000002": OTHER}
ALL = [(kind, None) for kind in ("TELEMETRY_DATA", "LIFECYCLE", "ERROR", "GEOFENCE", "LOCATION")]


class Cloud(Bench):
    """A Cloud Integrator over an outbox; `logs` and `published` are what others hear."""

    def __init__(self, storage=None, clock=None, **settings):
        super().__init__(storage, clock=clock)
        self.published = []
        self.logs = AdminLogs(
            self.storage,
            self.wall_ms,
            organisation_id=OWN,
            link_key=b"key",
            retention_ms=7 * 86_400_000,
        )
        self.clouds = CloudIntegrator(
            self.storage,
            self.deliveries,
            self.clock,
            self.wall_ms,
            Random(3),
            owners=self,
            events=self,
            logs=self.logs,
            write=self.write,
            write_soon=lambda call: self.intake.take(OwnJob(call, self.never)),
            settings=CloudsSettings(**settings),
        )

    def organisation_of(self, iccid):
        return SIMS.get(iccid)

    def publish(self, event, work):
        self.published.append(event)

    def never(self):
        raise AssertionError("the database refused a write")

    async def write(self, call):
        with self.storage.unit() as work:
            return call(work)

    def create(self, organisation_id=OWN, url=URL, headers=(), types=ALL, **more):
        with self.storage.unit() as work:
            return self.clouds.create_webhook(
                organisation_id, "mine", url, dict(headers), types, work=work, **more
            )

    def emit(self, kind="TELEMETRY_DATA", iccid="8988228066600000001", **own):
        event = {"id": f"1-{len(self.published)}", "type": kind, "version": "1.0.0"}
        if iccid:
            event["device"] = {"iccid": iccid, "ip": "10.160.0.1", "imsi": "901405100000001"}
        with self.storage.unit() as work:
            self.clouds.keep({**event, **own}, work)

    def state(self, integration):
        return self.clouds.get(integration.organisation_id, integration.integration_id).state


def in_time(cloud, coroutine):
    return run_virtual(lambda clock: coroutine, cloud.clock)
