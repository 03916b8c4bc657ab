"""Orders: what was ordered and what became of it, its SIMs as a file, and a new order."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from fastapi import Request
from nicegui import ui

from nce_api.calls import OnePage
from nce_api.models.orders import AcceptedOrder, NewOrder, Order, ProductQuantity
from nce_api.models.products import Product
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.answer import answer_of
from nce_sim.portal.parts.buttons import main, quiet, sign
from nce_sim.portal.parts.figures import count_text, money_text
from nce_sim.portal.parts.panel import Panel, asked
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.turning import turning

_PAGE = 10  # the most that a call gives


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/orders", "Orders") as frame:
        await _Orders(frame).build()


class _Orders:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._management = frame.visit.management
        self._page = 1
        self._products: dict[int, Product] = {}

    async def build(self) -> None:
        reason = self._frame.visit.lacks("orders.create")
        with self._frame.more, box("span", tabindex=None if reason is None else "0"):
            button = quiet("New order", "add_shopping_cart", self._order)
            if reason is not None:
                button.disable()
                ui.tooltip(reason)
        self._panel = Panel(
            "Orders",
            self._load,
            self._show,
            empty="There are no orders yet. Order SIMs, and they are listed here.",
            width="w12",
            icon="receipt_long",
        ).with_refresh()
        await self._panel.load()

    async def _load(self) -> OnePage[Order] | None:
        if not self._products:
            found = [product async for product in self._management.products.list()]
            self._products = {one.id: one for one in found if one.id is not None}
        # The API gives the oldest first: the newest are on its last page.
        page = await self._asked_page(1)
        of_the_api = -(-(page.total or 0) // _PAGE) - self._page + 1
        if of_the_api > 1:
            page = await self._asked_page(of_the_api)
        return OnePage(page.items[::-1], page.total) if page.items else None

    async def _asked_page(self, number: int) -> OnePage[Order]:
        return await self._management.orders.one_page(page=number, page_size=_PAGE)

    def _show(self, found: OnePage[Order]) -> None:
        zone = self._frame.zone
        may_list = self._frame.visit.may("orders.affected_sims")
        with plain_table(
            "Order",
            "Date",
            "Type",
            "Products",
            "State",
            "Invoice",
            "Amount",
            numbers=("Amount",),
            actions=True,
        ):
            for order in found.items:
                with box("tr"):
                    words("td", str(order.order_number), "mono")
                    words("td", zone.day(order.order_date), "when")
                    words("td", _plain(order.order_type))
                    words("td", self._named(order))
                    words("td", _plain(order.order_status))
                    words("td", order.invoice_number or "–")
                    words("td", money_text(order.invoice_amount, order.currency), "num")
                    with box("td"):
                        if order.sims and may_list:
                            self._sims_button(order)
        turning(self._page, -(-(found.total or 0) // _PAGE), self._turn)

    def _sims_button(self, order: Order) -> None:
        def download() -> None:
            iccids = [sim.iccid or "" for sim in order.sims or ()]
            ui.download.content(_csv(iccids), f"order-{order.order_number}.csv", "text/csv")

        sign("download", f"SIMs of order {order.order_number} as CSV", download)

    def _named(self, order: Order) -> str:
        names = []
        for line in order.products or ():
            product = self._products.get(line.product_id or 0)
            name = str(line.product_id) if product is None else str(product.product)
            names.append(f"{count_text(line.quantity or 0)} × {name}")
        return ", ".join(names) or "–"

    async def _turn(self, page: int) -> None:
        self._page = page
        await self._panel.load()

    async def _order(self) -> None:
        if not self._products:
            ui.notify("The products could not be loaded; refresh the page.", type="negative")
            return
        names = {number: _offer(product) for number, product in self._products.items()}
        with ui.dialog() as dialog, ui.card():
            words("h2", "New order", "text-h6")
            product = ui.select(names, label="Product", value=next(iter(names)))
            product.props("outlined dense").classes("full-width")
            product.props["aria-label"] = "Product"
            quantity = ui.number("Quantity", value=1, min=1, format="%d")
            quantity.props("outlined dense").classes("full-width")
            reference = ui.input("Your reference").props("outlined dense maxlength=100")
            reference.classes("full-width")
            words("p", "It goes to your default shipping address, and is paid by bank transfer.")
            with box("div", "row justify-end q-gutter-sm full-width"):
                quiet("Cancel", on_click=lambda: dialog.submit(False), shape="flat")
                main("Order and pay", lambda: dialog.submit(True))
        is_wanted = await answer_of(dialog)
        if is_wanted is not True:
            return
        line = ProductQuantity(productId=product.value, quantity=max(1, int(quantity.value or 1)))
        new = NewOrder(products=[line])
        if reference.value:
            new = NewOrder(products=[line], customer_reference=reference.value)

        async def ask() -> bool:
            accepted: AcceptedOrder | None = await self._management.orders.create(new)
            return accepted is not None

        _, problem = await asked(ask)
        if problem is not None:
            ui.notify(problem, type="negative")
            return
        ui.notify("The order is placed.", type="positive")
        self._page = 1
        await self._panel.load()


def _offer(product: Product) -> str:
    charges = ", ".join(
        f"{charge.amount_net:g} {charge.currency}" for charge in product.one_time_charges or ()
    )
    return f"{product.product} ({charges or 'no charge'} each)"


def _plain(text: object) -> str:
    return str(text or "–").replace("_", " ").capitalize()


def _csv(iccids: Sequence[str]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["iccid"])
    writer.writerows([iccid] for iccid in iccids)
    return out.getvalue()
