"""Postal addresses, as orders and accounts have them (the `DeliveryAddress` of 1NCE's API).

address = PostalAddress(company="ACME", street="Sternengasse", house_number="14", zip="50676",
                        city="Koeln", country="DE")
checked(address)            # raises Invalid
stored(address), restored(text)
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields

from nce_sim.problems import Invalid

_MOST_CHARACTERS = 200  # of a line
_NEEDED = ("street", "zip", "city", "country")
SALUTATIONS = ("1", "2")  # [D] Mr and Ms


@dataclass(frozen=True)
class PostalAddress:
    """One address; a line that is None was not given."""

    salutation: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    street: str | None = None
    address_line2: str | None = None
    house_number: str | None = None
    zip: str | None = None
    city: str | None = None
    country: str | None = None  # ISO 3166-1, two letters
    phone: str | None = None


def checked(address: PostalAddress) -> PostalAddress:
    """The address, if a parcel can be sent there; Invalid else."""
    for field in fields(address):
        text = getattr(address, field.name)
        if text is not None and (len(text) > _MOST_CHARACTERS or not text.isprintable()):
            raise Invalid(
                f"{field.name} is not usable; use at most {_MOST_CHARACTERS} printable characters"
            )
        if field.name in _NEEDED and not text:
            raise Invalid(f"the address has no {field.name}; give {', '.join(_NEEDED)}")
    if address.salutation not in (None, *SALUTATIONS):
        raise Invalid(f"salutation {address.salutation!r} is not '1' (Mr) or '2' (Ms)")
    country = address.country or ""
    if len(country) != 2 or not (country.isascii() and country.isalpha() and country.isupper()):
        raise Invalid(f"country {country!r} is no ISO 3166-1 code; use two capital letters as DE")
    return address


def stored(address: PostalAddress) -> str:
    """The text for a column."""
    return json.dumps({name: text for name, text in asdict(address).items() if text is not None})


def restored(text: str) -> PostalAddress:
    """The address that a column has."""
    return PostalAddress(**json.loads(text))
