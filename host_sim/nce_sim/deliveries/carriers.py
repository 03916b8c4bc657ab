"""The carriers of a world: functions in virtual time, sockets in real time.

transport = transport_of(clock, settings)
"""

from __future__ import annotations

from nce_sim.clock import Clock, VirtualClock
from nce_sim.deliveries.aws import AwsTransport
from nce_sim.deliveries.http import HttpTransport
from nce_sim.deliveries.mqtt import MqttTransport
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.transport import ByScheme, Transport
from nce_sim.deliveries.virtual import VirtualTransport


def transport_of(clock: Clock, settings: DeliverySettings) -> Transport:
    """What carries the requests of a world with that clock."""
    if isinstance(clock, VirtualClock):
        return VirtualTransport(clock)
    http, aws = HttpTransport(settings), AwsTransport(settings)
    mqtt = MqttTransport(settings)
    carriers: dict[str, Transport] = {"https": http, "http": http, "mqtts": mqtt}
    carriers |= {"aws-iot": aws, "kinesis": aws, "s3": aws}
    return ByScheme(clock, carriers)
