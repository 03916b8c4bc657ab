"""The Device Inspector: devices, their state, and their messages' history."""

from nce_api.models.actions import Protocol
from nce_api.models.sides import Answer, JsonObject


class Device(Answer):
    """A SIM as 1NCE OS sees it."""

    name: str | None = None
    id: str
    iccid: str
    imsi1: str
    ip: str


class DevicePage(Answer):
    """Devices."""

    items: list[Device]
    page: int
    pageAmount: int


class DeviceState(Answer):
    """The last message of each protocol."""

    id: str
    state: JsonObject


class Message(Answer):
    """A message that a device sent."""

    iccid: str
    time: str
    payload: str
    protocol: Protocol | str
    deviceId: str
    topic: str | None = None


class MessagePage(Answer):
    """Messages, and the token of the next page."""

    items: list[Message]
    nextToken: str | None = None
    firstToken: str | None = None


class Insight(Answer):
    """How many messages came by one protocol in one interval."""

    time: str
    protocol: Protocol | str
    amount: int


class Insights(Answer):
    """How many messages came."""

    items: list[Insight]
    interval: str


class DeviceStatistics(Answer):
    """How many devices there are."""

    totalDevices: int
    activatedDevices: int
