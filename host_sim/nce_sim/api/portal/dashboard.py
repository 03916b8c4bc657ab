"""The numbers of the dashboard, the latest orders, and what is left of credits."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter

from nce_sim.account.orders.order import OrderInBrief
from nce_sim.api.caller import PortalCaller
from nce_sim.api.platform import TheBackend
from nce_sim.api.portal.models import Shown
from nce_sim.api.portal.permission import needs
from nce_sim.services.identifiers import iso_time
from nce_sim.services.settings.service import KINDS

router = APIRouter(tags=["Dashboard"])
_LATEST = 5  # [D] rows of the tile
_WEEKS = 8  # [F] of the lines
_MEGABYTE = 1_000_000  # [U] SIMs of both platforms are in one sum


class Levels(Shown):
    """SIMs by what is left of a quota; low is below 20 %."""

    sufficient: int
    low: int
    none: int


class Dashboard(Shown):
    """The donuts."""

    sims: int
    activated: int
    deactivated: int
    data: Levels
    sms: Levels


class UsageWeek(Shown):
    """What all SIMs used in a week of the calendar (ISO 8601, "2026-W49"); data in MB."""

    week: str
    data: float
    sms: int


class LatestOrder(Shown):
    """One row of the tile."""

    order_number: int
    order_type: str
    placed: str
    status: str
    amount: str
    currency: str


class LatestOrders(Shown):
    """The latest orders, newest first, and how many are open."""

    open: int
    orders: list[LatestOrder]


class CreditsLeft(Shown):
    """Credits of a setting of 1NCE OS, and until when they are valid."""

    name: str
    credits: int
    expires: str


@router.get("/dashboard", **needs("dashboard.see"))
async def dashboard(backend: TheBackend, caller: PortalCaller) -> Dashboard:
    """The SIMs of the organisation by state and volume."""
    return Dashboard.model_validate(backend.sims.overview(caller.organisation_id))


@router.get("/dashboard/usage", **needs("dashboard.see"))
async def usage(backend: TheBackend, caller: PortalCaller) -> list[UsageWeek]:
    """What all SIMs used in the last eight weeks, the oldest first."""
    return [
        UsageWeek(
            week=f"{datetime.fromtimestamp(week.start_ms // 1000, UTC):%G-W%V}",
            data=round(week.data_bytes / _MEGABYTE, 3),
            sms=week.messages,
        )
        for week in backend.sims.weeks(caller.organisation_id, _WEEKS)
    ]


@router.get("/dashboard/orders", **needs("dashboard.latest_orders"))
async def latest_orders(backend: TheBackend, caller: PortalCaller) -> LatestOrders:
    """The latest orders."""
    orders, organisation_id = backend.orders, caller.organisation_id
    return LatestOrders(
        open=orders.open_count(organisation_id),
        orders=[_shown(order) for order in orders.latest(organisation_id, _LATEST)],
    )


@router.get("/credits", **needs("os.open"))
async def credits_left(backend: TheBackend, caller: PortalCaller) -> list[CreditsLeft]:
    """What is left of credits for locations and geofences."""
    return [
        CreditsLeft(name=name, credits=held.amount, expires=iso_time(held.expires_ms))
        for name, kind in KINDS.items()
        if kind.has_credits
        for held in (backend.customer_settings.credits(caller.organisation_id, name),)
    ]


def _shown(order: OrderInBrief) -> LatestOrder:
    return LatestOrder(
        order_number=order.order_number,
        order_type=order.order_type.value,
        placed=iso_time(order.placed_ms),
        status=order.status,
        amount=order.invoice_amount,
        currency=order.currency,
    )
