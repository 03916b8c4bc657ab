"""The Device Controller: what is sent to devices, alone and in bulk, and what became of it."""

from typing import Annotated, Literal

from pydantic import Field

from nce_api.models.sides import Answer, JsonObject, Request

Lwm2mVerb = Literal["read", "write", "execute", "observe-start", "observe-end"]
RequestMode = Literal["SEND_NOW", "SEND_WHEN_ACTIVE"]
PayloadType = Literal["STRING", "BASE64"]
CoapMethod = Literal["GET", "POST", "PUT", "DELETE", "PATCH"]
ActionState = Literal["SCHEDULED", "IN_PROGRESS", "FAILED", "SUCCEEDED", "CANCELLED"]
Protocol = Literal["UDP", "COAP", "LWM2M"]

DeviceId = Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,}$")]
DeviceIds = Annotated[list[DeviceId], Field(min_length=1, max_length=100)]
"""Devices that an action in bulk goes to."""


class Lwm2mAction(Request):
    """A verb on one LwM2M resource of one device."""

    action: Lwm2mVerb
    resourceAddress: str
    data: str | None = None
    requestMode: RequestMode = "SEND_NOW"
    sendAttempts: int = Field(default=1, ge=1, le=5)


class Lwm2mBulkAction(Request):
    """A verb on one LwM2M resource of many devices."""

    deviceIds: DeviceIds
    action: Lwm2mVerb
    resourceAddress: str
    data: str | None = None
    requestMode: RequestMode = "SEND_NOW"
    sendAttempts: int = Field(default=1, ge=1, le=5)


class CoapAction(Request):
    """A CoAP request to one device."""

    payload: str | None = None
    payloadType: PayloadType | None = None
    port: int = Field(ge=1, le=65535)
    path: str = Field(pattern=r"^[a-zA-Z0-9\-._~%:/?#@!$&'()*+,;=]{0,255}$")
    requestType: CoapMethod
    requestMode: RequestMode = "SEND_NOW"
    sendAttempts: int = Field(default=1, ge=1, le=5)


class CoapBulkAction(Request):
    """A CoAP request to many devices."""

    deviceIds: DeviceIds
    payload: str | None = None
    payloadType: PayloadType | None = None
    port: int = Field(ge=1, le=65535)
    path: str = Field(pattern=r"^[a-zA-Z0-9\-._~%:/?#@!$&'()*+,;=]{0,255}$")
    requestType: CoapMethod
    requestMode: RequestMode = "SEND_NOW"
    sendAttempts: int = Field(default=1, ge=1, le=5)


class UdpAction(Request):
    """A datagram to one device."""

    payload: str
    payloadType: PayloadType
    port: int = Field(ge=1, le=65535)
    requestMode: RequestMode = "SEND_NOW"


class UdpBulkAction(Request):
    """A datagram to many devices."""

    deviceIds: DeviceIds
    payload: str
    payloadType: PayloadType
    port: int = Field(ge=1, le=65535)
    requestMode: RequestMode = "SEND_NOW"


class AcceptedAction(Answer):
    """The number of an accepted action; what became of it is asked later."""

    id: str
    message: str


class AcceptedBulkRequest(Answer):
    """The action of one device among many."""

    deviceId: str | None = None
    requestId: str | None = None


class AcceptedBulkAction(Answer):
    """Which devices the action is accepted for."""

    acceptedRequests: list[AcceptedBulkRequest]
    rejectedDevices: list[str]
    message: str


class Action(Answer):
    """One action, and what became of it."""

    id: str
    status: ActionState | str
    deviceId: str
    ip: str
    protocol: Protocol | str
    created: str
    updated: str
    mode: RequestMode | str
    resultData: JsonObject | None = None
    requestData: JsonObject | None = None
    sendAttemptsLeft: int | None = None
    sendAttempts: int | None = None


class ActionPage(Answer):
    """Actions of all devices."""

    items: list[Action]
    page: int
    pageAmount: int


class CancelledAction(Answer):
    """An action that is not sent any more."""

    id: str
    status: ActionState | str
