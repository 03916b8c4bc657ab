"""What a portal user's session sends and gets; 1NCE has this in its portal alone, without an API.

The simulator serves it under `/portal-api`, its paths and bodies are the simulator's own.
"""

from pydantic import Field

from nce_api.models.sides import Answer, Request


class SignIn(Request):
    """Who signs in."""

    email: str
    password: str = Field(repr=False)


class FollowLink(Request):
    """The code of a link that signs in once."""

    code: str = Field(repr=False)


class Session(Answer):
    """A session: its token, and for how many seconds it is valid."""

    access_token: str = Field(repr=False)
    expires_in: int


class Me(Answer):
    """Who is signed in, and what the role permits."""

    organisation_id: int
    organisation: str
    account_number: str
    email: str
    role: str
    permissions: list[str]


class Levels(Answer):
    """SIMs by what is left of a quota; low is below 20 %."""

    sufficient: int
    low: int
    none: int


class Dashboard(Answer):
    """SIMs by state and by volume."""

    sims: int
    activated: int
    deactivated: int
    data: Levels
    sms: Levels


class UsageWeek(Answer):
    """What all SIMs used in a week of the calendar; data in MB."""

    week: str
    data: float
    sms: int


class LatestOrder(Answer):
    """An order, as the dashboard has it."""

    order_number: int
    order_type: str
    placed: str
    status: str
    amount: str
    currency: str


class LatestOrders(Answer):
    """The latest orders, newest first, and how many are open."""

    open: int
    orders: list[LatestOrder]


class Terms(Answer):
    """Whether the terms of use and of data processing of 1NCE OS are accepted."""

    accepted: bool


class PortalSim(Answer):
    """One SIM of the portal's table; data in MB."""

    iccid: str
    imsi: str
    msisdn: str
    imei: str | None = None
    imei_lock: bool
    ip_address: str | None = None
    label: str
    state: str
    session: str
    sim_type: str
    data_total: float
    data_left: float
    data: str
    sms_total: int
    sms_left: int
    sms: str
    auto_top_up: bool
    activated: str
    ends: str
    is_extendable: bool


class QuotaStep(Answer):
    """What changed a SIM's data volume and was no traffic, such as a top-up; data in MB."""

    time: str
    data_added: float
    data_left: float


class NewUser(Request):
    """A new user; without a password one is made."""

    email: str
    first_name: str
    last_name: str
    role: str
    password: str | None = Field(default=None, repr=False)
    newsletter: bool | None = None
    notifications: bool | None = None


class UserChange(Request):
    """What changes of a user."""

    first_name: str | None = None
    last_name: str | None = None
    role: str | None = None
    state: str | None = None
    newsletter: bool | None = None
    notifications: bool | None = None


class User(Answer):
    """A portal user."""

    id: str
    email: str
    first_name: str
    last_name: str
    role: str
    state: str
    newsletter: bool = False
    notifications: bool = False
    created: str
    last_signed_in: str | None = None


class AddedUser(User):
    """A new user, with the password that was given or made."""

    password: str = Field(repr=False)


class PasswordChange(Request):
    """One's own password, and the one after it."""

    current_password: str = Field(repr=False)
    password: str = Field(repr=False)


class CellEvent(Answer):
    """One attempt to find a device by its cell; degrees where it succeeded."""

    id: str
    iccid: str
    time: str
    access: str
    status: str
    mode: str
    longitude: float | None = None
    latitude: float | None = None


class CellEventDetails(CellEvent):
    """The same with the cell, and in metres how far the place may be wrong."""

    mcc: str
    mnc: str
    area: int
    cell: int
    accuracy_m: float | None = None
    confidence: float | None = None


class Lwm2mClient(Answer):
    """A registered LwM2M client; instances and observations are paths such as /3303/0."""

    endpoint_name: str
    version: str
    binding: str
    is_secure: bool
    is_queueing: bool
    lifetime_s: int
    lifetime_left_s: int
    instances: list[str]
    observations: list[str]
