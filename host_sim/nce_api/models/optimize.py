"""The Energy Saver: templates, their test, and what they saved."""

from typing import Literal, Self

from pydantic import Field, model_validator

from nce_api.models.sides import Answer, Request

TemplateProtocol = Literal["COAP", "UDP"]
TemplateState = Literal["ACTIVE", "INACTIVE"]


class TemplateTest(Request):
    """A template, and a payload in base64 to try it with."""

    template: str = Field(min_length=1)
    payload: str = Field(min_length=1)


class TemplateTestResult(Answer):
    """What the payload becomes."""

    translatedPayload: str
    reducedBytes: int
    energyUsageReduction: float


class Saving(Answer):
    """A figure, and how it differs from the period before."""

    value: float
    delta: float


class Savings(Answer):
    """What the templates saved."""

    messagesTranslated: Saving
    averageBytesReducedPerMessage: Saving
    bytesSaved: Saving


class NewTemplate(Request):
    """A translation template."""

    name: str = Field(min_length=1, max_length=64)
    template: str = Field(min_length=1)
    protocolFilter: list[TemplateProtocol] = Field(min_length=1)
    status: TemplateState | None = None


class TemplateUpdate(Request):
    """What changes of a template, at least one thing."""

    name: str | None = Field(default=None, min_length=1, max_length=64)
    template: str | None = Field(default=None, min_length=1)
    protocolFilter: list[TemplateProtocol] | None = Field(default=None, min_length=1)
    status: TemplateState | None = None

    @model_validator(mode="after")
    def _something_changes(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("nothing to change: give name, template, protocolFilter or status")
        return self


class Template(Answer):
    """A translation template."""

    name: str
    template: str
    status: TemplateState | str
    id: str
    protocolFilter: list[TemplateProtocol | str]
