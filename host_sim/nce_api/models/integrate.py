"""Endpoints of the Device Integrator, and pre-shared keys."""

from typing import Annotated, Literal

from pydantic import Field

from nce_api.models.sides import Answer, OpenRequest, Request

SwitchState = Literal["ENABLED", "DISABLED"]
KeyProtocol = Literal["COAP", "LWM2M"]
KeyFormat = Literal["STRING", "HEX"]
KeyJobState = Literal["IN_PROGRESS", "DONE"]


class EndpointSummary(Answer):
    """One protocol that devices send by."""

    protocol: str
    active: bool
    domain: str
    ipAddresses: list[str]
    port: int
    securePort: int | None = None


class EndpointPage(Answer):
    """All protocols."""

    items: list[EndpointSummary]
    page: int
    pageAmount: int


class EndpointSetting(Answer):
    """A switch of one endpoint."""

    name: str
    state: SwitchState | str
    description: str | None = None


class Endpoint(Answer):
    """One protocol with its switches."""

    protocol: str
    active: bool
    domain: str
    ipAddresses: list[str]
    port: int
    securePort: int | None = None
    settings: list[EndpointSetting] | None = None


class EndpointSettingChange(OpenRequest):
    """How one switch is set."""

    name: Literal["LWM2M_PASSIVE_REPORTING"]
    state: SwitchState


class EndpointUpdate(Request):
    """Switches of one endpoint."""

    active: bool | None = None
    settings: list[EndpointSettingChange]


class NewPreSharedKey(Request):
    """The key of one device."""

    secretKey: str = Field(min_length=8, max_length=256, repr=False)
    protocol: KeyProtocol
    format: KeyFormat | None = None


class PreSharedKey(Answer):
    """The key of one device, with the identity that it proves."""

    deviceId: str
    identity: str
    secretKey: str = Field(repr=False)
    createdAt: str
    updatedAt: str
    protocol: KeyProtocol | str
    format: KeyFormat | str


class NewPreSharedKeyOfDevice(Request):
    """One key among many."""

    deviceId: str
    secretKey: str = Field(min_length=8, max_length=128, repr=False)
    protocol: KeyProtocol
    format: KeyFormat | None = None


NewKeyJob = Annotated[list[NewPreSharedKeyOfDevice], Field(min_length=1, max_length=5000)]
"""Keys of many devices, set one after the other."""


class KeyJob(Answer):
    """How far the keys of many devices are."""

    id: str
    createdAt: str
    updatedAt: str
    status: KeyJobState | str
    amount: int
    failed: int
    done: int


class KeyJobPage(Answer):
    """Jobs that set keys."""

    items: list[KeyJob]
    page: int
    pageAmount: int
