"""An organisation as it is, and what a new one begins with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from nce_sim.account.postal import PostalAddress
from nce_sim.problems import Invalid

LANGUAGES = ("en", "de", "ja")  # [D] of support; [U] that they are the portal's


@dataclass(frozen=True)
class Organisation:
    """One account or sub-account; its monthly limits are kept by the SIM group."""

    organisation_id: int
    parent_id: int | None
    name: str
    account_number: str
    block: str
    created_ms: int
    email: str
    phone: str | None
    language: str
    vat_id: str | None
    currency: str
    country: str
    payment_methods: tuple[str, ...]
    locks_new_sims: bool
    tops_up_new_sims: bool
    breakout_mode: str | None  # None is the breakout of the world's settings
    breakout_region: str | None
    apn: str | None


@dataclass(frozen=True)
class NewOrganisation:
    """What the portal's wizard asks for (1nce_os_2.md, 3.6)."""

    name: str
    email: str
    country: str
    phone: str | None = None
    language: str = "en"
    vat_id: str | None = None
    address: PostalAddress | None = None  # where bills and SIMs go


def begun(
    organisation_id: int,
    parent_id: int | None,
    account_number: str,
    block: str,
    created_ms: int,
    new: NewOrganisation,
    *,
    currency: str,
    payment_methods: tuple[str, ...],
    breakout: tuple[str, str] | None,
) -> Organisation:
    """A new organisation: without locks and an APN of its own."""
    mode, region = breakout or (None, None)
    return Organisation(
        organisation_id=organisation_id,
        parent_id=parent_id,
        name=new.name,
        account_number=account_number,
        block=block,
        created_ms=created_ms,
        email=new.email,
        phone=new.phone,
        language=new.language,
        vat_id=new.vat_id,
        currency=currency,
        country=new.country,
        payment_methods=payment_methods,
        locks_new_sims=False,
        tops_up_new_sims=False,
        breakout_mode=mode,
        breakout_region=region,
        apn=None,
    )


def row_of(organisation: Organisation) -> dict[str, Any]:
    """The row of the table."""
    methods = ",".join(organisation.payment_methods)
    return {**asdict(organisation), "payment_methods": methods, "is_deleted": None}


def from_row(row: Any) -> Organisation:
    """The organisation of a row."""
    methods = tuple(row.payment_methods.split(",")) if row.payment_methods else ()
    values = {**row._asdict(), "payment_methods": methods}
    del values["is_deleted"]
    return Organisation(**values)


def check_email(email: str) -> None:
    """Raise Invalid for a text that is no e-mail address."""
    local, at, domain = email.partition("@")
    is_address = bool(local and at and domain) and "@" not in domain and len(email) <= 254
    if not is_address or not email.isprintable() or " " in email:
        raise Invalid(f"{email[:254]!r} is no e-mail address; use one as office@example.com")


def check_texts(organisation: Organisation) -> None:
    """Raise Invalid for texts that cannot be an organisation's."""
    name, email, country = organisation.name, organisation.email, organisation.country
    if not 1 <= len(name) <= 100 or not name.isprintable():
        raise Invalid(f"the name {name[:100]!r} is not usable; use 1 to 100 printable characters")
    check_email(email)
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise Invalid(f"country {country!r} is no ISO 3166-1 code; use two capital letters as DE")
    if organisation.language not in LANGUAGES:
        choice = ", ".join(LANGUAGES)
        raise Invalid(f"there is no language {organisation.language!r}; choose one of {choice}")
    for field, text, most in (
        ("phone", organisation.phone, 40),
        ("vat_id", organisation.vat_id, 20),
    ):
        if text is not None and (len(text) > most or not text.isprintable()):
            raise Invalid(f"{field} is not usable; use at most {most} printable characters")
