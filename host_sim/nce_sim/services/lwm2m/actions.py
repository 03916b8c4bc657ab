"""The controller's actions on registered clients: read, write, execute, observe (1nce_os.md, 3.1).

    actions.act(registration, Lwm2mCall(iccid, "read", "/3303/0/5700"), ended)

`data` is always a text, which becomes a value of the resource's type. One that cannot is told in
the administration log, and the client is not asked.
"""

from __future__ import annotations

from collections.abc import Callable

from nce.coap import codes
from nce_sim.services.controller.outbound import (
    Lwm2mCall,
    Lwm2mEnded,
    Lwm2mReply,
    NoReply,
    Refusal,
)
from nce_sim.services.lwm2m.alerts import Alerts
from nce_sim.services.lwm2m.clients import Clients
from nce_sim.services.lwm2m.observations import Observation, Observations
from nce_sim.services.lwm2m.outbound import Reply
from nce_sim.services.lwm2m.registration import Registration
from nce_sim.services.lwm2m.requests import Requests, records_of
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.lwm2m.telemetry import Telemetry
from nce_sim.storage import Work
from nce_sim.wire.lwm2m import flat, registry
from nce_sim.wire.lwm2m.record import Kind, LwM2mMistake, Path, Record, parse_path, path_text

NOT_OBSERVED = "The device does not observe this: it answered as to a read"  # [U]

Also = Callable[[Work, Reply], None]


class Actions:
    """Does what the controller asks for."""

    def __init__(
        self,
        requests: Requests,
        telemetry: Telemetry,
        clients: Clients,
        observations: Observations,
        *,
        write: Callable[[Callable[[Work], None]], None],
        wall_ms: Callable[[], int],
        alerts: Alerts,
        settings: Lwm2mSettings,
    ) -> None:
        self._requests = requests
        self._telemetry = telemetry
        self._clients = clients
        self._observations = observations
        self._write = write
        self._wall_ms = wall_ms
        self._alerts = alerts
        self._settings = settings

    def act(self, registration: Registration, call: Lwm2mCall, ended: Lwm2mEnded) -> None:
        """Do an action; `ended` is called once."""
        path = parse_path(call.address)
        if call.action == "read":
            self._read(registration, path, ended)
        elif call.action == "write":
            self._write_value(registration, path, call.data or "", ended)
        elif call.action == "execute":
            self._requests.execute(registration, path, lambda reply: ended(_plain(reply)))
        elif call.action == "observe-start":
            self._observe(registration, path, ended)
        else:
            self._end(registration, path, ended)

    def _read(self, registration: Registration, path: Path, ended: Lwm2mEnded) -> None:
        self._requests.read(
            registration, path, lambda reply: self._got(registration, path, reply, ended)
        )

    def _write_value(
        self, registration: Registration, path: Path, data: str, ended: Lwm2mEnded
    ) -> None:
        try:
            record = Record(path, flat.value_of(data, _kind_of(path), path))
        except LwM2mMistake as mistake:
            where = path_text(path)
            self._alerts.mistyped(registration.client, where, str(mistake), data)
            ended(Refusal(str(mistake)))
            return
        self._requests.write(registration, record, lambda reply: ended(_plain(reply)))

    def _observe(self, registration: Registration, path: Path, ended: Lwm2mEnded) -> None:
        iccid, most = registration.iccid, self._settings.most_observations
        is_new = self._observations.find(iccid, path) is None
        if is_new and len(self._observations.of(iccid)) >= most:
            ended(Refusal(f"{most} observations of the device are the most; end one first"))
            return
        token = self._observations.token(iccid, path)

        def begin(work: Work, reply: Reply) -> None:
            if reply.observe is not None and reply.code == codes.CONTENT:
                now_ms = self._wall_ms()
                observation = Observation(token, iccid, path, now_ms)
                self._observations.put(observation.notified(reply.observe, now_ms), work)

        def got(reply: Reply | NoReply) -> None:
            is_observed = isinstance(reply, Reply) and reply.observe is not None
            self._got(registration, path, reply, ended, begin, "" if is_observed else NOT_OBSERVED)

        self._requests.observe(registration, path, token, got, end=False)

    def _end(self, registration: Registration, path: Path, ended: Lwm2mEnded) -> None:
        observation = self._observations.find(registration.iccid, path)
        if observation is None:
            ended(Refusal(f"{path_text(path)} is not observed; start with observe-start"))
            return

        def end(work: Work, reply: Reply) -> None:
            if self._observations.by_token(observation.token) is not None:
                self._observations.remove(observation, work)

        def got(reply: Reply | NoReply) -> None:
            self._got(registration, path, reply, ended, end)

        self._requests.observe(registration, path, observation.token, got, end=True)

    def _got(
        self,
        registration: Registration,
        path: Path,
        reply: Reply | NoReply,
        ended: Lwm2mEnded,
        also: Also | None = None,
        remark: str = "",
    ) -> None:
        """Pass on what a client was asked for, and write what follows from its answer."""
        if isinstance(reply, NoReply):
            ended(reply)
            return
        records: list[Record] = []
        result = Lwm2mReply(reply.code)
        if reply.code == codes.CONTENT:
            try:
                records = records_of(path, reply)
            except LwM2mMistake as mistake:
                where = path_text(path)
                self._alerts.misread(registration.client, where, str(mistake), reply.payload)
                result = Lwm2mReply(reply.code, None, str(mistake), is_readable=False)
            else:
                result = Lwm2mReply(reply.code, flat.flat_json(records), remark)

        def write(work: Work) -> None:
            # One that registered again meanwhile observes nothing any more.
            if also is not None and self._clients.is_current(registration):
                also(work, reply)
            now = self._clients.alive(registration.iccid)
            is_same = now is not None and now.organisation_id == registration.organisation_id
            if records and is_same and self._settings.reads_are_telemetry:
                self._telemetry.report(registration.client, records, work)

        self._write(write)
        ended(result)


def _plain(reply: Reply | NoReply) -> Lwm2mReply | NoReply:
    return reply if isinstance(reply, NoReply) else Lwm2mReply(reply.code)


def _kind_of(path: Path) -> Kind:
    """The type of a resource; [U] one that no definition names takes a text."""
    return registry.types(path) or Kind.STRING
