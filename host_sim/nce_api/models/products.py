"""Products that can be ordered."""

from nce_api.models.sides import Answer


class Charge(Answer):
    """What a product costs."""

    name: str | None = None
    amount_net: float | None = None
    currency: str | None = None


class Product(Answer):
    """A product."""

    id: int | None = None
    product: str | None = None
    material: str | None = None
    package_size: int | None = None
    minQuantity: int | None = None
    maxQuantity: int | None = None
    maxQuantityPerCustomer: int | None = None
    min_contract_duration: int | None = None
    one_time_charges: list[Charge] | None = None
    recurring_charges: list[Charge] | None = None
