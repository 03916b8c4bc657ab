"""The account's data in the portal, its credentials, exports, and how the service performs."""

from typing import Literal

from pydantic import Field

from nce_api.models.sides import Answer, Request

Kind = Literal["INVOICE", "VOLUME"]


class Organisation(Answer):
    """An account or a sub-account."""

    organisation_id: int
    parent_id: int | None = None
    name: str
    account_number: str
    email: str
    phone: str | None = None
    language: str
    vat_id: str | None = None
    currency: str
    country: str
    payment_methods: list[str]
    sims: int
    open_orders: int


class OrganisationChange(Request):
    """What changes of the customer data."""

    email: str | None = None
    phone: str | None = None
    language: str | None = None
    vat_id: str | None = None


class PaymentMethods(Request):
    """How the organisation may pay; "creditcard" is a saved card."""

    methods: list[str]


class PostalLines(Request):
    """The lines of a postal address that is given."""

    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: str | None = None
    address_line2: str | None = None
    house_number: str | None = None
    zip: str | None = None
    city: str | None = None
    country: str | None = None
    phone: str | None = None


class NewAddress(Request):
    """A new billing or shipping address."""

    kind: Literal["BILLING", "SHIPPING"]
    is_default: bool = False
    address: PostalLines


class AddressChange(Request):
    """What changes of an address; its lines are given as a whole."""

    is_default: bool | None = None
    address: PostalLines | None = None


class Address(Answer):
    """A billing or shipping address; a line that was not given is null."""

    id: str
    kind: str
    is_default: bool
    address: dict[str, str | None]


class NewEmail(Request):
    """Another e-mail address, and what is sent there."""

    kind: Kind
    email: str


class Email(Answer):
    """An additional e-mail address."""

    id: str
    kind: Kind | str
    email: str


class OwnUser(Answer):
    """The user who is signed in; a salutation is "1" (Mr) or "2" (Ms)."""

    email: str
    salutation: str | None = None
    first_name: str
    last_name: str
    role: str
    newsletter: bool = False
    notifications: bool = False


class OwnUserChange(Request):
    """What changes of one's own data; an empty salutation takes it away."""

    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    newsletter: bool | None = None
    notifications: bool | None = None


class EmailChange(Request):
    """One's own password, and the address to sign in with."""

    current_password: str = Field(repr=False)
    email: str


class NewCredential(Request):
    """What a pair of client id and secret is for."""

    name: str


class AddedCredential(Answer):
    """A new pair: its secret is told here alone."""

    client_id: str
    client_secret: str = Field(repr=False)


class Credential(Answer):
    """A pair without its secret."""

    client_id: str
    name: str
    created: str
    last_used: str | None = None


class NewExport(Request):
    """Which SIMs are exported; what is left out is any."""

    text: str | None = None
    field: str | None = None
    state: str | None = None
    session: str | None = None
    data: str | None = None
    sms: str | None = None
    imei_lock: bool | None = None


class Export(Answer):
    """A file of SIMs."""

    id: str
    created: str
    state: str
    user: str
    filters: dict[str, str]
    sims: int


class Component(Answer):
    """A component of the service: AVAILABLE, DEGRADED or OUTAGE."""

    name: str
    state: str
    information: str


class Incident(Answer):
    """A time in which a component was not available; without an end it lasts."""

    component: str
    state: str
    information: str
    began: str
    ended: str | None = None


class Performance(Answer):
    """The components, and their incidents, the newest first."""

    components: list[Component]
    incidents: list[Incident]
