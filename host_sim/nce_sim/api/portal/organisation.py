"""Customer data, postal addresses, sub-accounts and the transfer of SIMs."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field

from nce_sim.account.access.service import Caller
from nce_sim.account.organisations.addresses import Entry
from nce_sim.account.organisations.organisation import NewOrganisation, Organisation
from nce_sim.account.organisations.transfer import IccidRange
from nce_sim.account.postal import PostalAddress
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.bodies import Body, Shown
from nce_sim.api.portal.permission import needs

router = APIRouter(tags=["Organisation"])
Seer = Annotated[Caller, needs("account.see")]
Addresses = Annotated[Caller, needs("account.addresses")]
Founder = Annotated[Caller, needs("organisation.add")]


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


class ChangeOrganisation(Body):
    """What is to change; name and country are fixed."""

    email: str | None = None
    phone: str | None = None
    language: str | None = None
    vat_id: str | None = None


class AddSubAccount(Body):
    """A new sub-account."""

    name: str
    email: str
    country: str
    phone: str | None = None
    language: str = "en"
    vat_id: str | None = None


class Lines(Body):
    """The lines of a postal address."""

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


class AddAddress(Body):
    """A new address."""

    kind: Literal["BILLING", "SHIPPING"]
    is_default: bool = False
    address: Lines


class TransferSims(Body):
    """SIMs, and the organisation that gets them; without one, the account above."""

    target_organisation: int | None = None
    iccids: list[str] = Field(default_factory=list)
    ranges: list[tuple[str, str]] = Field(default_factory=list)


@router.get("/organisation")
async def own(backend: TheBackend, caller: Seer) -> ShownOrganisation:
    """The caller's organisation."""
    return _shown(backend.organisations.get(caller.organisation_id))


@router.patch("/organisation")
async def change(
    backend: TheBackend,
    caller: Annotated[Caller, needs("account.customer_data")],
    body: ChangeOrganisation,
) -> ShownOrganisation:
    """Change customer data."""
    changed = await backend.write(
        lambda work: backend.organisations.change(
            caller.organisation_id, **body.model_dump(), work=work
        )
    )
    return _shown(changed)


@router.get("/organisation/addresses")
async def addresses(backend: TheBackend, caller: Seer) -> list[dict[str, Any]]:
    """The billing and shipping addresses."""
    return [_entry(entry) for entry in backend.organisations.addresses.of(caller.organisation_id)]


@router.post("/organisation/addresses", status_code=201)
async def add_address(backend: TheBackend, caller: Addresses, body: AddAddress) -> dict[str, Any]:
    """Add an address."""
    address = PostalAddress(**body.address.model_dump())
    entry = await backend.write(
        lambda work: backend.organisations.addresses.add(
            caller.organisation_id, body.kind, address, is_default=body.is_default, work=work
        )
    )
    return _entry(entry)


@router.delete("/organisation/addresses/{address_id}", status_code=204)
async def delete_address(backend: TheBackend, caller: Addresses, address_id: str) -> None:
    """Delete an address."""
    await backend.write(
        lambda work: backend.organisations.addresses.delete(
            caller.organisation_id, address_id, work
        )
    )


@router.get("/sub-accounts")
async def sub_accounts(
    backend: TheBackend, caller: Annotated[Caller, needs("organisation.see")]
) -> list[ShownOrganisation]:
    """The sub-accounts of the account."""
    return [_shown(sub) for sub in backend.organisations.subs(caller.organisation_id)]


@router.post("/sub-accounts", status_code=201)
async def add_sub_account(
    backend: TheBackend, caller: Founder, body: AddSubAccount
) -> ShownOrganisation:
    """Add a sub-account with a block of addresses of its own."""
    new = NewOrganisation(**body.model_dump())
    made = await backend.write(
        lambda work: backend.organisations.create(
            caller.organisation_id, new, backend.wall_ms(), work
        )
    )
    return _shown(made)


@router.delete("/sub-accounts/{organisation_id}", status_code=204)
async def delete_sub_account(backend: TheBackend, caller: Founder, organisation_id: int) -> None:
    """Delete a sub-account without SIMs and open orders."""
    await backend.write(
        lambda work: backend.delete_sub_account(caller.organisation_id, organisation_id, work)
    )


@router.post("/transfers", status_code=201)
async def transfer(
    backend: TheBackend,
    caller: Annotated[Caller, needs("organisation.sim_transfer")],
    body: TransferSims,
) -> dict[str, list[str]]:
    """Give SIMs to a sub-account, or take them back from one."""
    ranges = [IccidRange(first, last) for first, last in body.ranges]
    moved = await backend.write(
        lambda work: backend.transfer.start(
            caller.organisation_id, body.target_organisation, body.iccids, ranges, work
        )
    )
    return {"iccids": moved}


def _shown(organisation: Organisation) -> ShownOrganisation:
    return ShownOrganisation.model_validate(organisation)


def _entry(entry: Entry) -> dict[str, Any]:
    lines = {name: text for name, text in entry.address.__dict__.items() if text is not None}
    return {
        "id": entry.address_id,
        "kind": entry.kind,
        "is_default": entry.is_default,
        "address": lines,
    }
