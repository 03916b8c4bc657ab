"""The products, as GET /v1/products lists them.

    product(1001).charges          # what one of it costs, before tax
    SIM_PRODUCTS, TOP_UP, EXTENSION

[D] documented by 1NCE   [U] ours: the documents show one product, 1001, and its charge of 10 EUR.
"""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from nce_sim.account.products.sim_classes import (
    CARD_BUSINESS,
    CARD_INDUSTRIAL,
    CHINA_PLUS,
    CHIP_INDUSTRIAL,
    EUICC,
    UNBRANDED,
    SimClass,
)
from nce_sim.problems import NotFound


class Kind(StrEnum):
    """What becomes of an order of a product."""

    SIM = "SIM"  # delivered, and an organisation has another SIM
    TOP_UP = "TOP_UP"  # volume for a SIM
    EXTENSION = "EXTENSION"  # a lifetime for a SIM
    CREDITS = "CREDITS"  # of the Device Locator


class Charge(NamedTuple):
    """A one-time charge, before tax."""

    name: str
    amount_net: Decimal
    currency: str = "EUR"


class Product(NamedTuple):
    """One product; a duration is in months."""

    id: int
    name: str
    material: str
    kind: Kind
    charges: tuple[Charge, ...]
    package_size: int = 1
    min_quantity: int = 1
    max_quantity: int = 10_000
    min_contract_duration: int | None = None
    sim_class: SimClass | None = None
    credit: str | None = None  # the setting of 1NCE OS that gets the credits
    credits: int = 0  # for one of it

    @property
    def net(self) -> Decimal:
        """What one of it costs, before tax."""
        return sum((charge.amount_net for charge in self.charges), Decimal(0))


def _sim(number: int, name: str, material: str, price: str, sim_class: SimClass) -> Product:
    return Product(
        number,
        name,
        material,
        Kind.SIM,
        (Charge("provisionCharge", Decimal(price)),),
        min_contract_duration=120,  # [D] ten years
        sim_class=sim_class,
    )


SIM_PRODUCTS = (
    # [D] number, name, material, charge and duration of this one; [U] of the others
    _sim(1001, "1NCE IoT FlexSIM - Standard", "1NCE FlexSIM", "10.00", CARD_BUSINESS),
    _sim(1002, "1NCE IoT FlexSIM - Industrial", "1NCE FlexSIM", "12.00", CARD_INDUSTRIAL),
    _sim(1003, "1NCE IoT eSIM - Industrial", "1NCE eSIM", "12.00", CHIP_INDUSTRIAL),
    _sim(1004, "1NCE IoT FlexSIM - China+", "1NCE FlexSIM", "15.00", CHINA_PLUS),
    _sim(1005, "1NCE IoT FlexSIM - Unbranded", "1NCE IoT FlexSIM Unbranded", "10.00", UNBRANDED),
    _sim(1006, "1NCE IoT eSIM - Industrial eUICC", "1NCE eSIM", "15.00", EUICC),
)
TOP_UP = Product(  # [D] 500 MB and 250 SMS
    2001,
    "1NCE IoT Top-Up - 500 MB, 250 SMS",
    "1NCE Top-Up",
    Kind.TOP_UP,
    (Charge("topUpCharge", Decimal("10.00")),),
)
EXTENSION = Product(
    2002,
    "1NCE IoT Lifetime Extension - 10 Years",
    "1NCE Extension",
    Kind.EXTENSION,
    (Charge("extensionCharge", Decimal("10.00")),),
    min_contract_duration=120,
)
CREDIT_PRODUCTS = (  # [D] the names; [U] numbers, prices and amounts
    Product(
        3001,
        "Whereabouts – Device Location",
        "1NCE OS Credits",
        Kind.CREDITS,
        (Charge("creditCharge", Decimal("10.00")),),
        credit="ADVANCED_CELL_TOWER_LOCATION",
        credits=1_000,
    ),
    Product(
        3002,
        "Whereabouts – Geofencing",
        "1NCE OS Credits",
        Kind.CREDITS,
        (Charge("creditCharge", Decimal("10.00")),),
        credit="GEOFENCING",
        credits=1_000,
    ),
)
PRODUCTS = (*SIM_PRODUCTS, TOP_UP, EXTENSION, *CREDIT_PRODUCTS)
_BY_ID = {product.id: product for product in PRODUCTS}


def product(number: int) -> Product:
    """The product of that number; NotFound else."""
    found = _BY_ID.get(number)
    if found is None:
        raise NotFound(
            f"there is no product {number}; GET /v1/products lists those that there are"
        )
    return found
