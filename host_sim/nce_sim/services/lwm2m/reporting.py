"""Passive reporting: a client is read when it registers or updates (1nce_os.md, 2.5).

    reporting = Reporting(requests, telemetry, clients, write, ...)
    reporting.begin(registration)

Object after object, one request at a time; a client that does not answer is left in peace until
its next update. It is in no database: after a kill, the next update begins again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from functools import partial

from nce.coap import codes
from nce_sim.services.lwm2m.alerts import Alerts
from nce_sim.services.lwm2m.clients import Clients
from nce_sim.services.lwm2m.outbound import NoReply, Reply
from nce_sim.services.lwm2m.registration import Registration
from nce_sim.services.lwm2m.requests import Requests, records_of
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.lwm2m.telemetry import Telemetry
from nce_sim.storage import Work
from nce_sim.wire.lwm2m.record import LwM2mMistake, Path, Record, path_text


class Reporting:
    """Reads clients; one round of a client at a time."""

    def __init__(
        self,
        requests: Requests,
        telemetry: Telemetry,
        clients: Clients,
        write: Callable[[Callable[[Work], None]], None],
        alerts: Alerts,
        settings: Lwm2mSettings,
    ) -> None:
        self._requests = requests
        self._telemetry = telemetry
        self._clients = clients
        self._write = write
        self._alerts = alerts
        self._settings = settings
        self._left: dict[str, deque[Path]] = {}  # by location

    def begin(self, registration: Registration) -> None:
        """Read all objects of a client, unless that is under way."""
        if registration.location in self._left:
            return
        objects = registration.parsed.objects
        paths = [(one,) for one in objects if one not in self._settings.not_reported]
        self._left[registration.location] = deque(paths)
        self._next(registration)

    def _next(self, registration: Registration) -> None:
        location = registration.location
        left, is_current = self._left[location], self._clients.is_current(registration)
        if not left or not is_current:
            del self._left[location]
            return
        path = left.popleft()
        self._requests.read(
            registration, path, lambda reply: self._read(registration, path, reply)
        )

    def _read(self, registration: Registration, path: Path, reply: Reply | NoReply) -> None:
        if isinstance(reply, NoReply):
            del self._left[registration.location]
            return
        if reply.code == codes.CONTENT:
            try:
                records = records_of(path, reply)
            except LwM2mMistake as mistake:
                where = path_text(path)
                self._alerts.misread(registration.client, where, str(mistake), reply.payload)
            else:
                self._write(partial(self._report, registration, records))
        # Refused: an object without anything to read, or one that is gone.
        self._next(registration)

    def _report(self, registration: Registration, records: Sequence[Record], work: Work) -> None:
        if self._clients.is_current(registration):  # or the SIM may be another customer's
            self._telemetry.report(registration.client, records, work)
