"""What the SIM used by day, and how its quota shrank by that (1nce_os_2.md, 3.2: eight weeks)."""

from __future__ import annotations

from nicegui import ui

from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.charts import Bar, bars, curve
from nce_sim.portal.parts.figures import data_text
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.quota_days import Day, days_of
from nce_sim.portal.sim_source import SimRow, source_of

_LISTED = 14


async def show(frame: Frame, iccid: str) -> None:
    """The tab "Usage"."""
    sims, source = frame.visit.management.sims_v2, source_of(frame.visit)

    async def load() -> tuple[SimRow, list[Day]] | None:
        found = await sims.usage(iccid)
        sim = await source.one(iccid)
        return (sim, days_of(sim, found)) if sim is not None and found.stats else None

    panel = Panel(
        "Data used by day",
        load,
        lambda found: _draw(frame, *found),
        empty="This SIM has used nothing yet.",
        width="flat",
        icon="bar_chart",
    )
    await panel.with_refresh().load()


def _draw(frame: Frame, sim: SimRow, days: list[Day]) -> None:
    bars("Data used by day", [Bar(day.date[5:], day.data, data_text(day.data)) for day in days])
    left = [day.left for day in days if day.left is not None]
    if left:
        words("h3", "Data left over time", "small")
        with box("div", "quota"):
            words("span", f"of {data_text(sim.data_total)}", "note")
            ui.html(curve(left, len(left), sim.data_total), sanitize=False)
        words(
            "p",
            f"{data_text(left[0])} at the end of {days[0].date}, {data_text(left[-1])} now. "
            "Reckoned back from what is left now; volume that was bought meanwhile is in it.",
            "note",
        )
    words("h3", f"The last {min(_LISTED, len(days))} days", "small")
    with plain_table("Day (UTC)", "Data used", "SMS used", "Data left"):
        for day in reversed(days[-_LISTED:]):
            with box("tr"):
                words("td", day.date, "when")
                words("td", data_text(day.data))
                words("td", f"{day.sms:.0f}")
                words("td", "–" if day.left is None else data_text(day.left))
