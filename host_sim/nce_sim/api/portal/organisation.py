"""Customer data, payment, postal addresses and sub-accounts.

An account sees of its sub-accounts who they are and how many SIMs they have, and deletes them
(1nce_os_2.md, 3.6); everything else of them is theirs.
"""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from pydantic import Field

from nce_sim.account.organisations.addresses import Entry
from nce_sim.account.organisations.organisation import NewOrganisation, Organisation
from nce_sim.account.postal import PostalAddress
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Body, Line, Shown
from nce_sim.api.portal.pages import ThePage, cut
from nce_sim.api.portal.permission import needs

router = APIRouter(tags=["Organisation"])
_ADDRESSES = needs("account.addresses")
_FOUNDER = needs("organisation.add")


class ShownOrganisation(Shown):
    """An account or a sub-account."""

    organisation_id: int
    parent_id: int | None
    name: str
    account_number: str
    email: str
    phone: str | None
    language: str
    vat_id: str | None
    currency: str
    country: str
    payment_methods: tuple[str, ...]
    sims: int
    open_orders: int


class ChangeOrganisation(Body):
    """What is to change; name and country are fixed."""

    email: Line | None = None
    phone: Line | None = None
    language: Line | None = None
    vat_id: Line | None = None


class SetPaymentMethods(Body):
    """How the organisation may pay; "creditcard" is a saved card."""

    methods: list[Line] = Field(max_length=10)


class Lines(Body):
    """The lines of a postal address."""

    salutation: Line | None = None
    first_name: Line | None = None
    last_name: Line | None = None
    company: Line | None = None
    street: Line | None = None
    address_line2: Line | None = None
    house_number: Line | None = None
    zip: Line | None = None
    city: Line | None = None
    country: Line | None = None
    phone: Line | None = None


class AddSubAccount(Body):
    """A new sub-account; with an address, bills and SIMs go there."""

    name: Line
    email: Line
    country: Line
    phone: Line | None = None
    language: Line = "en"
    vat_id: Line | None = None
    address: Lines | None = None


class AddAddress(Body):
    """A new address."""

    kind: Literal["BILLING", "SHIPPING"]
    is_default: bool = False
    address: Lines


class ChangeAddress(Body):
    """What is to change; an address is given as a whole."""

    is_default: bool | None = None
    address: Lines | None = None


class ShownAddress(Shown):
    """One address; a line that was not given is null."""

    id: str
    kind: str
    is_default: bool
    address: dict[str, str | None]


@router.get("/organisation", **needs("account.see"))
async def own(backend: TheBackend, caller: PortalCaller) -> ShownOrganisation:
    """The caller's organisation."""
    return _shown(backend, backend.organisations.get(caller.organisation_id))


@router.patch("/organisation", **needs("account.customer_data"))
async def change(
    backend: TheBackend, caller: PortalCaller, body: ChangeOrganisation
) -> ShownOrganisation:
    """Change customer data."""
    changed = await backend.write(
        lambda work: backend.organisations.change(
            caller.organisation_id, **body.model_dump(), work=work
        )
    )
    return _shown(backend, changed)


@router.put("/organisation/payment-methods", **needs("account.payment"))
async def set_payment_methods(
    backend: TheBackend, caller: PortalCaller, body: SetPaymentMethods
) -> ShownOrganisation:
    """Set how the organisation may pay."""
    changed = await backend.write(
        lambda work: backend.organisations.set_payment_methods(
            caller.organisation_id, tuple(body.methods), work
        )
    )
    return _shown(backend, changed)


@router.get("/organisation/addresses", **needs("account.see"))
async def addresses(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownAddress]:
    """The billing and shipping addresses."""
    found = backend.organisations.addresses.of(caller.organisation_id)
    return [_entry(entry) for entry in cut(found, page, response)]


@router.post("/organisation/addresses", status_code=201, **_ADDRESSES)
async def add_address(backend: TheBackend, caller: PortalCaller, body: AddAddress) -> ShownAddress:
    """Add an address."""
    address = PostalAddress(**body.address.model_dump())
    entry = await backend.write(
        lambda work: backend.organisations.addresses.add(
            caller.organisation_id, body.kind, address, is_default=body.is_default, work=work
        )
    )
    return _entry(entry)


@router.patch("/organisation/addresses/{address_id}", **_ADDRESSES)
async def change_address(
    backend: TheBackend, caller: PortalCaller, address_id: str, body: ChangeAddress
) -> ShownAddress:
    """Change an address."""
    address = None if body.address is None else PostalAddress(**body.address.model_dump())
    entry = await backend.write(
        lambda work: backend.organisations.addresses.change(
            caller.organisation_id,
            address_id,
            address=address,
            is_default=body.is_default,
            work=work,
        )
    )
    return _entry(entry)


@router.delete("/organisation/addresses/{address_id}", status_code=204, **_ADDRESSES)
async def delete_address(backend: TheBackend, caller: PortalCaller, address_id: str) -> None:
    """Delete an address."""
    await backend.write(
        lambda work: backend.organisations.addresses.delete(
            caller.organisation_id, address_id, work
        )
    )


@router.get("/sub-accounts", **needs("organisation.see"))
async def sub_accounts(
    backend: TheBackend, caller: PortalCaller, page: ThePage, response: Response
) -> list[ShownOrganisation]:
    """The sub-accounts of the account."""
    found = backend.organisations.subs(caller.organisation_id)
    return [_shown(backend, sub) for sub in cut(found, page, response)]


@router.get("/sub-accounts/{organisation_id}", **needs("organisation.see"))
async def sub_account(
    backend: TheBackend, caller: PortalCaller, organisation_id: int
) -> ShownOrganisation:
    """One sub-account of the account."""
    return _shown(backend, backend.organisations.sub(caller.organisation_id, organisation_id))


@router.post("/sub-accounts", status_code=201, **_FOUNDER)
async def add_sub_account(
    backend: TheBackend, caller: PortalCaller, body: AddSubAccount
) -> ShownOrganisation:
    """Add a sub-account with a block of addresses of its own."""
    address = None if body.address is None else PostalAddress(**body.address.model_dump())
    new = NewOrganisation(**body.model_dump(exclude={"address"}), address=address)
    made = await backend.write(
        lambda work: backend.organisations.create(
            caller.organisation_id, new, backend.wall_ms(), work
        )
    )
    return _shown(backend, made)


@router.delete("/sub-accounts/{organisation_id}", status_code=204, **_FOUNDER)
async def delete_sub_account(
    backend: TheBackend, caller: PortalCaller, organisation_id: int
) -> None:
    """Delete a sub-account without SIMs and open orders."""
    await backend.write(
        lambda work: backend.delete_sub_account(caller.organisation_id, organisation_id, work)
    )


def _shown(backend: TheBackend, organisation: Organisation) -> ShownOrganisation:
    key = organisation.organisation_id
    counted = {
        "sims": len(backend.world_sims.iccids(key)),
        "open_orders": backend.orders.open_count(key),
    }
    return ShownOrganisation.model_validate({**vars(organisation), **counted})


def _entry(entry: Entry) -> ShownAddress:
    return ShownAddress(
        id=entry.address_id,
        kind=entry.kind,
        is_default=entry.is_default,
        address=vars(entry.address),
    )
