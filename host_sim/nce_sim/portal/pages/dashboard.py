"""Dashboard: SIMs by state and volume, what they used, the latest orders, what happened last."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import Request

from nce_api.models.portal import Dashboard, LatestOrders, Levels, UsageWeek
from nce_sim.portal.door import ROOT
from nce_sim.portal.frame import Frame, page_frame
from nce_sim.portal.parts.charts import Bar, Share, bars, donut
from nce_sim.portal.parts.drawing import Drawing, table, tag
from nce_sim.portal.parts.feed import Feed
from nce_sim.portal.parts.figures import Zone, count_text, data_text, money_text
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.states import empty_state
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.parts.together import Together
from nce_sim.portal.visit import NO_PORTAL


async def build(request: Request) -> None:
    """The page."""
    with page_frame(request, "/", "Dashboard") as frame:
        portal = frame.visit.portal
        if portal is None:
            empty_state(NO_PORTAL, "cloud_off")
            words("a", "Go to My SIMs", href=f"{ROOT}/sims")
            return
        with box("div", "grid"):
            overview, usage = Together(portal.dashboard), Together(portal.usage)
            numbers = Panel("SIMs", overview.ask, _sims, empty=_NO_SIMS, width="w4")
            data = Panel("Data volume", overview.ask, _data, empty=_NO_SIMS, width="w4")
            sms = Panel("SMS volume", overview.ask, _sms, empty=_NO_SIMS, width="w4")

            async def data_weeks() -> list[UsageWeek] | None:
                weeks = await usage.ask()
                return weeks if any(week.data for week in weeks) else None

            async def sms_weeks() -> list[UsageWeek] | None:
                weeks = await usage.ask()
                return weeks if any(week.sms for week in weeks) else None

            used = Panel("Data used", data_weeks, _data_weeks, empty=_NO_DATA, icon="bar_chart")
            sent = Panel("SMS used", sms_weeks, _sms_weeks, empty=_NO_SMS, icon="sms")
            panels: list[Panel[Any]] = [numbers, data, sms, used, sent]
            for panel in panels:
                panel.with_refresh()
            if frame.visit.may("dashboard.latest_orders"):
                panels.append(_orders(frame))
            await asyncio.gather(*(panel.load() for panel in panels))
            await _last(frame)


_NO_DATA = "No SIM used data in the last eight weeks."
_NO_SMS = "No SMS was sent or received in the last eight weeks."
_NO_SIMS = "This account has no SIMs yet. Order some, and they are counted here."


def _sims(found: Dashboard) -> None:
    if not found.sims:
        empty_state(_NO_SIMS, "sim_card")
        return
    donut(
        [
            Share("Activated", found.activated, "good"),
            Share("Deactivated", found.deactivated, "calm"),
        ]
    )
    words("a", "Show all SIMs", "note", href=f"{ROOT}/sims")


def _data(found: Dashboard) -> None:
    _levels(found.data, "data")


def _sms(found: Dashboard) -> None:
    _levels(found.sms, "sms")


def _levels(levels: Levels, name: str) -> None:
    donut(
        [
            Share("Sufficient", levels.sufficient, "good"),
            Share("Low (< 20 %)", levels.low, "warn"),
            Share("None left", levels.none, "bad"),
        ]
    )
    if levels.none:
        words("a", "Show SIMs without volume", "note", href=f"{ROOT}/sims?{name}=NONE")


def _data_weeks(weeks: list[UsageWeek]) -> None:
    bars(
        "Data used by week",
        [Bar(_week(one), one.data, data_text(one.data)) for one in weeks],
    )


def _sms_weeks(weeks: list[UsageWeek]) -> None:
    bars("SMS used by week", [Bar(_week(one), one.sms, count_text(one.sms)) for one in weeks])


def _week(one: UsageWeek) -> str:
    return one.week.partition("-")[2]


def _orders(frame: Frame) -> Panel[LatestOrders]:
    portal, zone = frame.visit.portal, frame.zone
    assert portal is not None

    async def load() -> LatestOrders | None:
        found = await portal.latest_orders()
        return found if found.orders else None

    def show(found: LatestOrders) -> None:
        _order_table(found, zone)

    return Panel(
        "Latest orders", load, show, empty="There are no orders yet.", icon="receipt_long"
    ).with_refresh()


def _order_table(found: LatestOrders, zone: Zone) -> None:
    words("p", f"{found.open} open order{'' if found.open == 1 else 's'}", "note q-mt-none")
    rows = [
        tag(
            "tr",
            tag("td", zone.day(order.placed), class_="when", title=zone.text(order.placed)),
            tag("td", str(order.order_number), class_="mono"),
            tag("td", order.order_type.replace("_", " ").capitalize()),
            tag("td", order.status.capitalize()),
            tag("td", money_text(order.amount, order.currency), class_="num"),
        )
        for order in found.orders
    ]
    Drawing(table(("Date", "Order", "Type", "State", "Amount"), rows, numbers=("Amount",)))


async def _last(frame: Frame) -> None:
    control = frame.visit.control
    if control is None:
        return
    await Feed("What happened last", control, frame.zone, empty="Nothing happened yet.").start()
