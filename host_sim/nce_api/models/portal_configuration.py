"""What a portal user's session sends and gets about the configuration of an organisation.

The simulator serves it under `/portal-api`, its paths and bodies are the simulator's own.
"""

from pydantic import Field

from nce_api.models.sides import Answer, Request


class NetworkSettings(Answer):
    """What holds for all SIMs, and what can be chosen."""

    apn: str
    custom_apn: str | None = None
    smsc: str
    breakout_mode: str
    breakout_region: str
    breakout_regions: list[str]
    os_regions: list[str]
    ip_address_space: list[str]
    ip_addresses_total: int
    ip_addresses_used: int
    sims: int
    sims_with_imei_lock: int
    imei_lock_for_new_sims: bool
    auto_top_up_for_new_sims: bool
    has_credit_card: bool
    stream_types: list[str]
    stream_apis: list[str]


class BreakoutChange(Request):
    """The breakout of new sessions; without a region it stays."""

    mode: str
    region: str | None = None


class ApnChange(Request):
    """A custom APN; null ends it."""

    may_be_null = frozenset({"apn"})

    apn: str | None


class Switch(Request):
    """On or off."""

    enabled: bool


class LimitOption(Answer):
    """A monthly limit by its number; the limit is a number as text, or "No Limit"."""

    id: int
    limit: str
    unit: str


class MonthlyLimit(LimitOption):
    """A monthly limit that is set, and what can be chosen in its place."""

    options: list[LimitOption]


class MonthlyLimits(Answer):
    """The monthly limits of all SIMs."""

    data: MonthlyLimit
    sms_mt: MonthlyLimit
    sms_mo: MonthlyLimit


class LimitsChange(Request):
    """The options to choose; what is left out stays."""

    data: int | None = None
    sms_mt: int | None = None
    sms_mo: int | None = None


class NewStream(Request):
    """A new stream of data; with `replay` it begins with the records of the last seven days."""

    name: str
    type: str
    url: str = Field(repr=False)
    user: str = Field(default="", repr=False)
    password: str | None = Field(default=None, repr=False)
    replay: bool = False


class DataStream(Answer):
    """A stream of data; its password is never told."""

    id: str
    name: str
    type: str
    api: str
    url: str = Field(repr=False)
    user: str = Field(repr=False)
    state: str
    error: str | None = None
    created: str


class ForwarderChange(Request):
    """The server that gets POST for a message and PATCH for a delivery report."""

    url: str = Field(repr=False)


class Forwarder(Answer):
    """The server that is set."""

    url: str | None = Field(default=None, repr=False)


class NewVpn(Request):
    """A VPN to set up, with the fields of its kind."""

    kind: str
    name: str
    fields: dict[str, str | list[str]] = Field(default_factory=dict)


class Vpn(Answer):
    """A configuration, or the request for one; `file` is the name of OpenVPN's file."""

    id: str
    kind: str
    name: str
    created: str
    fields: dict[str, str | list[str]]
    file: str | None = None


class AddedVpn(Vpn):
    """A new one; what OpenVPN signs in with is told here alone."""

    token: str | None = Field(default=None, repr=False)
    credentials: str | None = Field(default=None, repr=False)
