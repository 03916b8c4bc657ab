"""What clients send by themselves: notifications, and Send (OMA LwM2M Core 1.1, 6.4).

    reception.sent(client, 112, payload, work)
    reception.notified(client, token, reply, work)      # False: the client is answered with RST

A notification that comes again, because its ACK was lost or the world was killed, is known by the
number of the last one, which is stored with it.
"""

from __future__ import annotations

from collections.abc import Callable

from nce.coap import codes
from nce_sim.services.lwm2m.alerts import Alerts
from nce_sim.services.lwm2m.clients import Clients
from nce_sim.services.lwm2m.observations import Observations
from nce_sim.services.lwm2m.outbound import Answer, Client, Reply
from nce_sim.services.lwm2m.requests import records_of
from nce_sim.services.lwm2m.settings import Lwm2mSettings
from nce_sim.services.lwm2m.telemetry import Telemetry
from nce_sim.storage import Work
from nce_sim.wire.lwm2m import formats
from nce_sim.wire.lwm2m.record import LwM2mMistake, path_text

_SENT_FORMATS = (formats.SENML_JSON, formats.SENML_CBOR)


class Reception:
    """Takes values of registered clients."""

    def __init__(
        self,
        clients: Clients,
        observations: Observations,
        telemetry: Telemetry,
        alerts: Alerts,
        wall_ms: Callable[[], int],
        settings: Lwm2mSettings,
    ) -> None:
        self._clients = clients
        self._observations = observations
        self._telemetry = telemetry
        self._alerts = alerts
        self._wall_ms = wall_ms
        self._settings = settings

    def sent(
        self, client: Client, content_format: int | None, payload: bytes, work: Work
    ) -> Answer:
        """The answer to a Send."""
        if self._clients.of(client) is None:
            return Answer(codes.NOT_FOUND, payload=b"there is no registration; register first")
        if content_format not in _SENT_FORMATS:
            return Answer(codes.UNSUPPORTED_CONTENT_FORMAT, payload=b"send SenML: 110 or 112")
        try:
            records = formats.decode(content_format, (), payload)
        except LwM2mMistake as mistake:
            self._alerts.misread(client, "Send", str(mistake), payload, work)
            return Answer(codes.BAD_REQUEST, payload=str(mistake).encode())
        self._telemetry.report(client, records, work)
        return Answer(codes.CHANGED)

    def notified(self, client: Client, token: bytes, reply: Reply, work: Work) -> bool:
        """Whether somebody observes that; its values are in `work`."""
        observation = self._observations.by_token(token)
        if observation is None or observation.iccid != client.identity:
            return False
        if self._clients.of(client) is None:
            return False
        now_ms, is_success = self._wall_ms(), codes.is_success(reply.code)
        if reply.observe is None or not is_success:
            # RFC 7641, 3.2: an error, or an answer without the option, is the last one.
            self._observations.remove(observation, work)
        elif observation.is_news(reply.observe, now_ms):
            self._observations.put(observation.notified(reply.observe, now_ms), work)
        elif self._settings.drops_stale_notifications:
            return True
        if is_success:
            try:
                records = records_of(observation.path, reply)
            except LwM2mMistake as mistake:
                where = path_text(observation.path)
                self._alerts.misread(client, where, str(mistake), reply.payload, work)
            else:
                self._telemetry.report(client, records, work)
        return True
