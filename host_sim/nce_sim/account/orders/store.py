"""Orders in the database: written with a work, read by pages.

store.insert(order, work); store.update(order, new_iccids, work)
orders, total = store.page(organisation_id, ["order_status"], offset=0, limit=10)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from nce_sim.account.orders.order import Order, OrderInBrief, OrderLine, OrderType
from nce_sim.account.orders.tables import ORDER, ORDER_LINE, ORDER_SIM
from nce_sim.account.postal import restored, stored
from nce_sim.storage import Storage, Work

_INSERT, _INSERT_LINE, _INSERT_SIM = insert(ORDER), insert(ORDER_LINE), insert(ORDER_SIM)
_UPDATE = (
    update(ORDER)
    .where(ORDER.c.order_number == bindparam("key"))
    .values(status=bindparam("new_status"), due_ms=bindparam("new_due_ms"))
)
# [D] the keys of `sort`
SORT_KEYS = {
    "order_number": ORDER.c.order_number,
    "order_status": ORDER.c.status,
    "order_date": ORDER.c.placed_ms,
}


class OrderStore:
    """The tables of orders."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def last_numbers(self) -> tuple[int | None, int | None]:
        """The highest numbers of an order and of an invoice."""
        [(number,)] = self._storage.read(select(func.max(ORDER.c.order_number)))
        # The invoices of a world have one length, so the last one by text is the last one.
        [(invoice,)] = self._storage.read(select(func.max(ORDER.c.invoice_number)))
        return number, None if invoice is None else int(invoice)

    def open_orders(self) -> list[Order]:
        """The orders that wait for something."""
        return self._orders(select(ORDER).where(ORDER.c.due_ms.is_not(None)))

    def get(self, organisation_id: int, order_number: int) -> Order | None:
        """An order of an organisation."""
        query = select(ORDER).where(
            ORDER.c.order_number == order_number, ORDER.c.organisation_id == organisation_id
        )
        found = self._orders(query)
        return found[0] if found else None

    def page(
        self, organisation_id: int, keys: Sequence[str], offset: int, limit: int
    ) -> tuple[list[Order], int]:
        """Some orders of an organisation, and how many there are."""
        own = ORDER.c.organisation_id == organisation_id
        [(total,)] = self._storage.read(select(func.count()).select_from(ORDER).where(own))
        order_by = [SORT_KEYS[key] for key in keys]
        query = select(ORDER).where(own).order_by(*order_by, ORDER.c.order_number)
        return self._orders(query.offset(offset).limit(limit)), total

    def latest(self, organisation_id: int, most: int) -> list[OrderInBrief]:
        """The latest orders of an organisation, newest first."""
        own = ORDER.c.organisation_id == organisation_id
        columns = [ORDER.c[name] for name in OrderInBrief._fields]
        newest = ORDER.c.order_number.desc()
        rows = self._storage.read(select(*columns).where(own).order_by(newest).limit(most))
        return [
            OrderInBrief(number, OrderType(order_type), *rest)
            for number, order_type, *rest in rows
        ]

    def insert(self, order: Order, work: Work) -> None:
        """Keep a new order."""
        work.write(
            _INSERT,
            {
                "order_number": order.order_number,
                "organisation_id": order.organisation_id,
                "order_type": order.order_type.value,
                "placed_ms": order.placed_ms,
                "status": order.status,
                "due_ms": order.due_ms,
                "invoice_number": order.invoice_number,
                "invoice_amount": order.invoice_amount,
                "currency": order.currency,
                "payment_method": order.payment_method,
                "reference": order.reference,
                "address": None if order.address is None else stored(order.address),
            },
        )
        for position, line in enumerate(order.lines):
            work.write(
                _INSERT_LINE,
                {
                    "order_number": order.order_number,
                    "position": position,
                    "product_id": line.product_id,
                    "quantity": line.quantity,
                },
            )
        self._insert_sims(order.order_number, order.iccids, work)

    def update(self, order: Order, delivered: Sequence[str], work: Work) -> None:
        """Keep another status, and the SIMs that came with it."""
        work.write(
            _UPDATE,
            {"key": order.order_number, "new_status": order.status, "new_due_ms": order.due_ms},
        )
        self._insert_sims(order.order_number, delivered, work)

    def _insert_sims(self, order_number: int, iccids: Sequence[str], work: Work) -> None:
        for iccid in iccids:
            work.write(_INSERT_SIM, {"order_number": order_number, "iccid": iccid})

    def _orders(self, query: Any) -> list[Order]:
        rows = self._storage.read(query)
        numbers = [row.order_number for row in rows]
        lines: dict[int, list[OrderLine]] = {number: [] for number in numbers}
        iccids: dict[int, list[str]] = {number: [] for number in numbers}
        of_these = ORDER_LINE.c.order_number.in_(numbers)
        for row in self._storage.read(
            select(ORDER_LINE).where(of_these).order_by(ORDER_LINE.c.position)
        ):
            lines[row.order_number].append(OrderLine(row.product_id, row.quantity))
        for row in self._storage.read(
            select(ORDER_SIM)
            .where(ORDER_SIM.c.order_number.in_(numbers))
            .order_by(ORDER_SIM.c.iccid)
        ):
            iccids[row.order_number].append(row.iccid)
        return [
            Order(
                row.order_number,
                row.organisation_id,
                OrderType(row.order_type),
                row.placed_ms,
                row.status,
                row.due_ms,
                row.invoice_number,
                row.invoice_amount,
                row.currency,
                row.payment_method,
                row.reference,
                None if row.address is None else restored(row.address),
                tuple(lines[row.order_number]),
                tuple(iccids[row.order_number]),
            )
            for row in rows
        ]
