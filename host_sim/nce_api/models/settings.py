"""Settings of 1NCE OS, and its agreements."""

from typing import Literal

from nce_api.models.integrate import SwitchState
from nce_api.models.sides import Answer, OpenRequest, Request


class SettingDetails(Answer):
    """What is left of the credits."""

    credits: int
    expiryDate: str


class Setting(Answer):
    """A switch of 1NCE OS."""

    name: str
    description: str
    state: SwitchState | str
    details: SettingDetails | None = None


class SettingPage(Answer):
    """Switches of 1NCE OS."""

    items: list[Setting]
    page: int
    pageAmount: int


class SettingChange(Request):
    """How a switch is set."""

    state: SwitchState
    readAndAcceptedDisclaimer: bool | None = None


class ChangedSetting(Answer):
    """How a switch is set now."""

    customerId: str
    name: str
    state: SwitchState | str


class Agreement(OpenRequest):
    """The terms of use and of data processing; only `True` is accepted."""

    accepted: Literal[True]
