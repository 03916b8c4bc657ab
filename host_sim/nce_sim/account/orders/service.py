"""Orders of an organisation, from their placing to their completion.

    order = orders.place(organisation_id, [OrderLine(1001, 3)], None, None, work)
    number = orders.top_up(organisation_id, [iccid], "banktransfer", work)
    found, total = orders.page(organisation_id, "order_date", page=1, size=10)

An order is paid after a while, which depends on how. SIMs are then packed and delivered; volume
and lifetimes are there with the payment. What waits is in the database with the time when it is
due. An order that cannot be delivered, since no address is left for a SIM, is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import partial

from nce_sim.account.orders.fulfilment import Fulfilment
from nce_sim.account.orders.order import (
    CANCELLED,
    DELIVERY,
    IN_PROGRESS,
    PAYMENT,
    Order,
    OrderInBrief,
    OrderLine,
    OrderType,
    next_step,
)
from nce_sim.account.orders.settings import OrderSettings
from nce_sim.account.orders.store import SORT_KEYS, OrderStore
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.settings import BANK_TRANSFER, CREDIT_CARD
from nce_sim.account.postal import PostalAddress, checked
from nce_sim.account.products.catalogue import EXTENSION, TOP_UP, Kind, product
from nce_sim.account.sims import Sims, check_alive, owned
from nce_sim.clock import Clock, Handle
from nce_sim.problems import Invalid, NotFound, PaymentRefused, Problem
from nce_sim.sim_card import SimCard
from nce_sim.storage import Storage, Work

WRONG_PAYMENT = "Payment method used is not valid."  # [D] the text of 400
_CENT = Decimal("0.01")

Write = Callable[[Callable[[Work], None]], None]


class Orders:
    """The orders of all organisations; those that wait are in memory, too."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        organisations: Organisations,
        sims: Sims,
        fulfilment: Fulfilment,
        write: Write,
        settings: OrderSettings,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._wall_ms = wall_ms
        self._organisations = organisations
        self._sims = sims
        self._fulfilment = fulfilment
        self._write = write
        self._store = OrderStore(storage)
        number, invoice = self._store.last_numbers()
        self._number = number or settings.first_order_number - 1
        self._invoice = invoice or settings.first_invoice_number - 1
        self._open = {order.order_number: order for order in self._store.open_orders()}
        self._handle: Handle | None = None

    def start(self) -> None:
        """Go on with the orders that wait since an earlier run."""
        self._arm()

    def close(self) -> None:
        """Cancel the timer; calling it again is harmless."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    # -- reading ---------------------------------------------------------------------------

    def get(self, organisation_id: int, order_number: int) -> Order:
        """One order of an organisation."""
        found = self._store.get(organisation_id, order_number)
        if found is None:
            raise NotFound(f"there is no order {order_number}; list the orders that there are")
        return found

    def page(
        self, organisation_id: int, sort: str, *, page: int, size: int
    ) -> tuple[list[Order], int]:
        """A page of the orders, and how many there are; `sort` is a list with commas."""
        keys = [key.strip() for key in sort.split(",")]
        for key in keys:
            if key not in SORT_KEYS:
                raise Invalid(f"orders have no key {key!r}; sort by {', '.join(SORT_KEYS)}")
        return self._store.page(organisation_id, keys, (page - 1) * size, size)

    def latest(self, organisation_id: int, most: int) -> list[OrderInBrief]:
        """The latest orders, newest first."""
        return self._store.latest(organisation_id, most)

    def has_open(self, organisation_id: int) -> bool:
        """Whether an order of the organisation waits for something."""
        return self.open_count(organisation_id) > 0

    def open_count(self, organisation_id: int) -> int:
        """How many orders of the organisation wait for something."""
        return sum(order.organisation_id == organisation_id for order in self._open.values())

    # -- placing ---------------------------------------------------------------------------

    def place(
        self,
        organisation_id: int,
        lines: Sequence[OrderLine],
        address: PostalAddress | None,
        reference: str | None,
        work: Work,
    ) -> Order:
        """Order SIMs and credits; without an address they go to the default one."""
        if not 1 <= len(lines) <= self.settings.most_lines:
            raise Invalid(f"{len(lines)} products; order 1 to {self.settings.most_lines}")
        for line in lines:
            _check(line)
        if reference is not None and (len(reference) > 200 or not reference.isprintable()):
            raise Invalid("customer_reference is not usable; use 1 to 200 printable characters")
        kinds = _kinds(lines)
        if Kind.SIM not in kinds:
            address = None
        elif address is None:
            address = self._organisations.addresses.for_delivery(organisation_id)
        else:
            address = checked(address)
        is_first = not self._sims.iccids(organisation_id) and not self.has_open(organisation_id)
        order_type = OrderType.FIRST_ORDER if is_first else OrderType.ADDITIONAL_ORDER
        return self._placed(
            organisation_id,
            order_type,
            lines,
            (),
            self._usual_payment(organisation_id),
            address,
            reference,
            work,
        )

    def top_up(
        self, organisation_id: int, iccids: Sequence[str], payment_method: str, work: Work
    ) -> int:
        """Order volume for SIMs; the number of the order."""
        chosen = self._chosen(organisation_id, iccids, payment_method)
        check_alive(self._sims, chosen)
        order_type = OrderType.TOPUP if len(chosen) == 1 else OrderType.BULK_TOPUP
        lines = [OrderLine(TOP_UP.id, len(chosen))]
        return self._placed(
            organisation_id, order_type, lines, chosen, payment_method, None, None, work
        ).order_number

    def extend(
        self,
        organisation_id: int,
        iccids: Sequence[str],
        product_id: int | None,
        payment_method: str,
        work: Work,
    ) -> int:
        """Order another lifetime for SIMs, expired ones too; the number of the order."""
        chosen = self._chosen(organisation_id, iccids, payment_method)
        wanted = product(EXTENSION.id if product_id is None else product_id)
        if wanted.kind not in (Kind.EXTENSION, Kind.SIM):
            raise Invalid(f"product {wanted.id} ({wanted.name}) is no tariff of a SIM")
        lines = [OrderLine(wanted.id, len(chosen))]
        return self._placed(
            organisation_id,
            OrderType.TARIFF_CHANGE,
            lines,
            chosen,
            payment_method,
            None,
            None,
            work,
        ).order_number

    def top_up_by_itself(self, sim: SimCard) -> None:
        """Order volume for a SIM that tops itself up; soon, in line with the others."""
        self._write(partial(self._top_up_by_itself, sim.iccid))

    # -- inside ----------------------------------------------------------------------------

    def _top_up_by_itself(self, iccid: str, work: Work) -> None:
        organisation_id = self._sims.organisation_of(iccid)
        if organisation_id is None:
            return
        # [D] it needs a saved card: without one nothing is bought.
        if CREDIT_CARD in self._organisations.get(organisation_id).payment_methods:
            self.top_up(organisation_id, [iccid], CREDIT_CARD, work)

    def _chosen(
        self, organisation_id: int, iccids: Sequence[str], payment_method: str
    ) -> list[str]:
        if not iccids:
            raise Invalid("no SIM is named; give one or more ICCIDs")
        chosen = owned(self._sims, organisation_id, iccids)
        for iccid in chosen:
            if self._sims.is_deleted(iccid):
                raise NotFound(f"there is no SIM {iccid}; it expired and was deleted")
        if payment_method not in self._organisations.get(organisation_id).payment_methods:
            raise PaymentRefused(WRONG_PAYMENT)
        return chosen

    def _placed(
        self,
        organisation_id: int,
        order_type: OrderType,
        lines: Sequence[OrderLine],
        iccids: Sequence[str],
        payment_method: str,
        address: PostalAddress | None,
        reference: str | None,
        work: Work,
    ) -> Order:
        # Numbers of work that is rolled back are not given again.
        self._number, self._invoice = self._number + 1, self._invoice + 1
        now_ms = self._wall_ms()
        order = Order(
            self._number,
            organisation_id,
            order_type,
            now_ms,
            IN_PROGRESS,
            now_ms,
            str(self._invoice),
            self._gross(lines),
            self._organisations.get(organisation_id).currency,
            payment_method,
            reference,
            address,
            tuple(lines),
            tuple(iccids),
        )
        order, delivered = self._advanced(self._timed(order), work)
        order = replace(order, iccids=(*order.iccids, *delivered))
        self._store.insert(order, work)
        self._remember(order, work)
        work.after_commit(self._arm)
        return order

    def _usual_payment(self, organisation_id: int) -> str:
        """An order names no payment method: the bank transfer is the default [D]."""
        methods = self._organisations.get(organisation_id).payment_methods
        if not methods:
            raise PaymentRefused(WRONG_PAYMENT)
        return BANK_TRANSFER if BANK_TRANSFER in methods else methods[0]

    def _gross(self, lines: Sequence[OrderLine]) -> str:
        net = sum((product(line.product_id).net * line.quantity for line in lines), Decimal(0))
        gross = net * (100 + self.settings.tax_percent) / 100
        return str(gross.quantize(_CENT, ROUND_HALF_UP))

    def _timed(self, order: Order) -> Order:
        """The order with the time of its next step, counted from the last one."""
        step = next_step(order)
        if step is None or order.due_ms is None:
            return replace(order, due_ms=None)
        waits = {
            PAYMENT: self.settings.paid_after_ms[order.payment_method],
            DELIVERY: self.settings.prepared_after_ms + self.settings.delivered_after_ms,
        }
        return replace(order, due_ms=order.due_ms + waits[step[0]])

    def _advanced(self, order: Order, work: Work) -> tuple[Order, list[str]]:
        """The order after all steps that are due, and the SIMs that it delivered."""
        while order.due_ms is not None and order.due_ms <= self._wall_ms():
            step = next_step(order)
            if step is None:
                raise RuntimeError(f"order {order.order_number} waits in status {order.status}")
            order = self._timed(replace(order, status=step[1]))
            if order.due_ms is None:
                return order, self._fulfilment.fulfil(order, work)
        return order, []

    def _remember(self, order: Order, work: Work) -> None:
        number, before = order.order_number, self._open.get(order.order_number)
        if order.due_ms is None:
            self._open.pop(number, None)
        else:
            self._open[number] = order

        def undo() -> None:
            if before is None:
                self._open.pop(number, None)
            else:
                self._open[number] = before

        work.on_rollback(undo)

    # -- the timer -------------------------------------------------------------------------

    def _arm(self) -> None:
        """Schedule the next step of all orders."""
        self.close()
        due = [order.due_ms for order in self._open.values() if order.due_ms is not None]
        if due:
            delay_ms = max(0, min(due) - self._wall_ms())
            self._handle = self._clock.call_later(delay_ms, self._due)

    def _due(self) -> None:
        self._handle = None
        for order in list(self._open.values()):
            if order.due_ms is not None and order.due_ms <= self._wall_ms():
                self._write(partial(self._go_on, order))

    def _go_on(self, order: Order, work: Work) -> None:
        if self._open.get(order.order_number) is not order:
            return  # an earlier try was stored after all
        try:
            after, delivered = self._advanced(order, work)
        except Problem:
            work.discard()
            after, delivered = replace(order, status=CANCELLED, due_ms=None), []
        self._store.update(after, delivered, work)
        self._remember(after, work)
        work.after_commit(self._arm)


def _kinds(lines: Sequence[OrderLine]) -> frozenset[Kind]:
    return frozenset(product(line.product_id).kind for line in lines)


def _check(line: OrderLine) -> None:
    wanted = product(line.product_id)
    if wanted.kind not in (Kind.SIM, Kind.CREDITS):
        raise Invalid(
            f"product {wanted.id} ({wanted.name}) is for SIMs that you have; "
            "order it with their ICCIDs, by POST /v1/sims/topup or /v1/sims/extension"
        )
    if not wanted.min_quantity <= line.quantity <= wanted.max_quantity:
        raise Invalid(
            f"{line.quantity} of product {wanted.id}; order {wanted.min_quantity} to "
            f"{wanted.max_quantity}"
        )
