"""Orders: place one, list them, one of them (order-management, v2.0)."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Response

from nce_api.models import orders as models
from nce_sim.account.orders.order import Order, OrderLine
from nce_sim.account.postal import PostalAddress
from nce_sim.api.caller import ManagementCaller
from nce_sim.api.documented import documented
from nce_sim.api.paging import Page
from nce_sim.api.platform import TheBackend, TheDoor, answer, answer_list
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.identifiers import iso_time

router = APIRouter()

_MOST_DIGITS = 12


@router.get("/v1/orders", **documented("get", "/v1/orders"))
async def orders(
    backend: TheBackend,
    caller: ManagementCaller,
    door: TheDoor,
    page: Annotated[int, Query(ge=1)] = 1,
    page_size: Annotated[int, Query(ge=1, le=10, alias="pageSize")] = 10,
    sort: str = "order_number",
) -> Response:
    """A page of the orders."""
    number = Page(page, page_size)
    found, total = backend.orders.page(caller.organisation_id, sort, page=page, size=page_size)
    return answer_list(
        [_order(order, door) for order in found], headers=number.headers(total, len(found))
    )


@router.post("/v1/orders", **documented("post", "/v1/orders"))
async def place(
    backend: TheBackend, caller: ManagementCaller, door: TheDoor, body: models.NewOrder
) -> Response:
    """Place an order. [U] 200 with the order as it was accepted, not the 201 without a body."""
    lines = []
    for line in body.products:
        if line.productId is None or line.quantity is None:
            raise Invalid("a product has no productId or no quantity; give both")
        lines.append(OrderLine(line.productId, line.quantity))
    address = None
    if body.delivery_address is not None:
        given = body.delivery_address.model_dump(include=set(PostalAddress.__dataclass_fields__))
        address = PostalAddress(**given)
    order = await backend.write(
        lambda work: backend.orders.place(
            caller.organisation_id, lines, address, body.customer_reference, work
        )
    )
    accepted = models.AcceptedOrder(
        products=[
            models.AcceptedProduct(productId=line.product_id, quantity=line.quantity)
            for line in order.lines
        ]
    )
    if order.address is not None:
        accepted.delivery_address = _address(order.address)
    if order.reference is not None:
        accepted.customer_reference = order.reference
    location = f"{door}/v1/orders/{order.order_number}"
    return answer(accepted, headers={"Location": location})


@router.get("/v1/orders/{order_number}", **documented("get", "/v1/orders/{order_number}"))
async def order(
    backend: TheBackend, caller: ManagementCaller, door: TheDoor, order_number: int
) -> Response:
    """One order."""
    if not 0 <= order_number < 10**_MOST_DIGITS:  # more than a column holds
        raise NotFound(f"there is no order {order_number}; list the orders that there are")
    found = backend.orders.get(caller.organisation_id, order_number)
    return answer(_order(found, door))


def _order(order: Order, door: str) -> models.Order:
    shown = models.Order(
        order_number=order.order_number,
        order_type=order.order_type.value,
        order_date=iso_time(order.placed_ms),
        order_status=order.status,
        invoice_number=order.invoice_number,
        invoice_amount=order.invoice_amount,
        currency=order.currency,
        sims=[
            models.OrderedSim(
                iccid=iccid,
                links=[models.Link(rel="self", href=f"{door}/v1/sims/{iccid}")],
            )
            for iccid in order.iccids
        ],
        products=[
            models.OrderedProduct(product_id=line.product_id, quantity=line.quantity)
            for line in order.lines
        ],
    )
    if order.address is not None:
        shown.shipping_address = _address(order.address)
    return shown


def _address(address: PostalAddress) -> models.ShippingAddress:
    given = {name: text for name, text in asdict(address).items() if text is not None}
    return models.ShippingAddress(**given)
