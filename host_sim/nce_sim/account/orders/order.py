"""An order as it is, and the way from one status to the next as a table."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from nce_sim.account.postal import PostalAddress


class OrderType(StrEnum):
    """The types of the API."""

    FIRST_ORDER = "FIRST_ORDER"
    ADDITIONAL_ORDER = "ADDITIONAL_ORDER"
    TOPUP = "TOPUP"
    BULK_TOPUP = "BULK_TOPUP"
    TARIFF_CHANGE = "TARIFF_CHANGE"


# [D] COMPLETED is the API's example; the portal has "in progress", "in preparation", "cancelled".
IN_PROGRESS, IN_PREPARATION, COMPLETED, CANCELLED = STATUSES = (
    "IN_PROGRESS",
    "IN_PREPARATION",
    "COMPLETED",
    "CANCELLED",
)

# What has to be waited for in a status, and the status that follows; the others are ends.
PAYMENT, DELIVERY = "payment", "delivery"
_BY_MAIL = {
    IN_PROGRESS: (PAYMENT, IN_PREPARATION),
    IN_PREPARATION: (DELIVERY, COMPLETED),
}
_BY_WIRE = {IN_PROGRESS: (PAYMENT, COMPLETED)}


@dataclass(frozen=True)
class OrderLine:
    """How many of one product."""

    product_id: int
    quantity: int


@dataclass(frozen=True)
class Order:
    """One order; `iccids` are the SIMs it is for, or those it delivered.

    An order that is sent by mail has an address; `due_ms` is the time of its next status.
    """

    order_number: int
    organisation_id: int
    order_type: OrderType
    placed_ms: int
    status: str
    due_ms: int | None
    invoice_number: str
    invoice_amount: str
    currency: str
    payment_method: str
    reference: str | None
    address: PostalAddress | None
    lines: tuple[OrderLine, ...]
    iccids: tuple[str, ...] = ()


class OrderInBrief(NamedTuple):
    """An order without its lines and SIMs, which may be thousands."""

    order_number: int
    order_type: OrderType
    placed_ms: int
    status: str
    invoice_amount: str
    currency: str


def next_step(order: Order) -> tuple[str, str] | None:
    """What the order waits for and the status after that; None at the end."""
    way = _BY_WIRE if order.address is None else _BY_MAIL
    return way.get(order.status)
