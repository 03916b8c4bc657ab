"""The Cloud Integrator: webhooks and AWS IoT Core."""

from typing import Literal

from pydantic import Field

from nce_api.models.sides import Answer, JsonObject, OpenRequest, Request

EventName = Literal["TELEMETRY_DATA", "LIFECYCLE", "ERROR", "GEOFENCE", "LOCATION"]
IntegrationState = Literal[
    "ROLLOUT_STARTED", "ROLLOUT_DONE", "ROLLOUT_FAILED", "INTEGRATION_ACTIVE", "INTEGRATION_FAILED"
]
IntegrationType = Literal["AWS", "WEBHOOK"]
Outcome = Literal["SUCCESS", "FAILURE"]


class CloudFormationStack(Answer):
    """One version of the stack that the customer runs at AWS."""

    version: str
    url: str


class CloudFormationParameters(Answer):
    """The versions of the stack."""

    awsIntegration: list[CloudFormationStack]


class EventType(Answer):
    """A kind of event that an integration is sent."""

    type: EventName | str
    version: str | None = None


class EventChoice(OpenRequest):
    """A kind of event that a new integration is sent."""

    type: EventName
    version: str | None = None


class EventChange(Request):
    """A kind of event that an integration is sent from now on."""

    type: EventName
    version: str | None = None


class EventDescription(Answer):
    """A kind of event, with a sample of its payload."""

    name: EventName | str
    description: str
    version: str
    payload: JsonObject


class EventDescriptions(Answer):
    """All kinds of events."""

    eventTypes: list[EventDescription]


class NewAwsIntegration(Request):
    """An integration with AWS IoT Core."""

    name: str = Field(min_length=1, max_length=128)
    eventTypes: list[EventChoice] = Field(min_length=1)
    jsonPayloadEnabled: bool = False


class NewWebhook(Request):
    """An integration by webhook."""

    name: str = Field(min_length=1, max_length=128)
    url: str
    headers: dict[str, str] = Field(repr=False)
    eventTypes: list[EventChoice] = Field(min_length=1)
    jsonPayloadEnabled: bool = False


class IntegrationUpdate(Request):
    """What changes of an integration; `url` and `headers` are for webhooks."""

    url: str | None = None
    headers: dict[str, str] | None = Field(default=None, repr=False)
    eventTypes: list[EventChange] | None = Field(default=None, min_length=1)
    jsonPayloadEnabled: bool | None = None


class Integration(Answer):
    """An integration in short."""

    id: str
    lastSuccessfulMessageDelivery: str | None = None
    name: str
    eventTypes: list[EventType]
    state: IntegrationState | str
    type: IntegrationType | str
    createdTime: str
    updatedTime: str
    jsonPayloadEnabled: bool | None = None


class IntegrationPage(Answer):
    """All integrations."""

    items: list[Integration]
    page: int
    pageAmount: int


class IntegrationDetails(Answer):
    """An integration: `url` and `headers` of a webhook, `jwt` and the account of AWS."""

    id: str
    lastSuccessfulMessageDelivery: str | None = None
    name: str
    eventTypes: list[EventType]
    state: IntegrationState | str
    type: IntegrationType | str
    awsAccountId: str | None = None
    region: str | None = None
    error: str | None = None
    jwt: str | None = Field(default=None, repr=False)
    createdTime: str
    updatedTime: str
    url: str | None = None
    headers: JsonObject | None = Field(default=None, repr=False)
    jsonPayloadEnabled: bool


class RestartedIntegration(Answer):
    """How the restart went."""

    integration: Integration
    restartStatus: Outcome | str
    message: str


class IntegrationTest(Answer):
    """How the test message went."""

    testStatus: Outcome | str
    message: str
