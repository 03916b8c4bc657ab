"""Orders of SIMs and of volume."""

from typing import Literal

from pydantic import ConfigDict, Field

from nce_api.models.sides import Answer, OpenRequest

Salutation = Literal["1", "2"]
OrderType = Literal["FIRST_ORDER", "ADDITIONAL_ORDER", "TOPUP", "BULK_TOPUP", "TARIFF_CHANGE"]


PaymentMethod = Literal["banktransfer", "creditcard", "monthlyinvoice", "boleto"]


class DeliveryAddress(OpenRequest):
    """Where an order goes: 1 Mr, 2 Ms."""

    salutation: Salutation = "1"
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


class ProductQuantity(OpenRequest):
    """How many of one product."""

    productId: int | None = None
    quantity: int | None = Field(default=None, ge=1)


class NewOrder(OpenRequest):
    """An order; without an address it goes where the last one went."""

    products: list[ProductQuantity]
    delivery_address: DeliveryAddress | None = None
    customer_reference: str | None = None


class ShippingAddress(Answer):
    """Where an order went."""

    salutation: Salutation | str | None = None
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


class AcceptedProduct(Answer):
    """How many of one product."""

    productId: int | None = None
    quantity: int | None = None


class AcceptedOrder(Answer):
    """The order as it was accepted."""

    products: list[AcceptedProduct]
    delivery_address: ShippingAddress | None = None
    customer_reference: str | None = None


class Link(Answer):
    """Where more is found."""

    rel: str | None = None
    href: str | None = None


class OrderedSim(Answer):
    """A SIM that came with an order."""

    # The document begins the name with a line: `_links`.
    model_config = ConfigDict(validate_by_name=True)

    iccid: str | None = None
    links: list[Link] | None = Field(
        default=None, validation_alias="_links", serialization_alias="_links"
    )


class OrderedProduct(Answer):
    """How many of one product were ordered."""

    product_id: int | None = None
    quantity: int | None = None


class Order(Answer):
    """An order."""

    order_number: int | None = None
    order_type: OrderType | str | None = None
    order_date: str | None = None
    order_status: str | None = None
    invoice_number: str | None = None
    invoice_amount: str | None = None
    currency: str | None = None
    shipping_address: ShippingAddress | None = None
    sims: list[OrderedSim] | None = None
    products: list[OrderedProduct] | None = None
