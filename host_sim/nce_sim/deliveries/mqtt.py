"""Deliveries to a broker by MQTT over TLS with a client's certificate, in real time (aiomqtt).

    transport = MqttTransport(settings)         # the files of authority, certificate and key
    transport.send(Request("PUBLISH", "mqtts://broker:8883/8988…/messages", {}, body, id), done)

One connection for each message, published with QoS 1: its PUBACK is the outcome 200.
"""

from __future__ import annotations

import asyncio
import ssl

from nce_sim.clock import Handle
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.task_handle import TaskHandle
from nce_sim.deliveries.transport import Done, Outcome, Request

PORT = 8883


class MqttTransport:
    """Publishes to the broker that the settings let us into."""

    def __init__(self, settings: DeliverySettings | None = None) -> None:
        self._settings = settings or DeliverySettings()

    def send(self, request: Request, done: Done) -> Handle:
        return TaskHandle(self._outcome(request), done)

    def close(self) -> None:
        """Each request closes its own connection."""

    async def _outcome(self, request: Request) -> Outcome:
        try:
            import aiomqtt
        except ImportError:
            return Outcome(None, "aiomqtt is not installed; pip install 'nce-iot[aws]'")
        authority, _, topic = request.url.partition("://")[2].partition("/")
        host, _, port = authority.rpartition(":")
        try:
            async with (
                asyncio.timeout(request.timeout_ms / 1000),
                aiomqtt.Client(
                    host or port,
                    int(port) if host else PORT,
                    tls_context=self._context(),
                    identifier=f"nce-{request.delivery_id[:18]}",
                ) as client,
            ):
                await client.publish(topic, request.body, qos=1, timeout=None)
                return Outcome(200)
        except TimeoutError:
            return Outcome(None, f"no answer within {request.timeout_ms / 1000:g} s")
        except (aiomqtt.MqttError, OSError) as error:
            return Outcome(None, f"the broker did not take it: {' '.join(str(error).split())}")

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._settings.mqtt_ca_file)
        # By 1.3 a broker that refuses our certificate says so after the handshake: aiomqtt waits
        # for its time-out then, and leaves the socket open.
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_2
        if self._settings.mqtt_certificate_file is not None:
            context.load_cert_chain(
                self._settings.mqtt_certificate_file, self._settings.mqtt_key_file
            )
        return context
