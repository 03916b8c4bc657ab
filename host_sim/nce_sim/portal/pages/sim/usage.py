"""What the SIM used by day, and what became of its quota (1nce_os_2.md, 3.2: eight weeks)."""

from __future__ import annotations

from nicegui import ui

from nce_sim.portal.frame import Frame
from nce_sim.portal.parts.charts import Bar, bars, line
from nce_sim.portal.parts.figures import data_text
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.quota_days import Day, days_of, line_of, most_of
from nce_sim.portal.sim_source import SimRow, source_of

_LISTED = 14


async def show(frame: Frame, iccid: str) -> None:
    """The tab "Usage"."""
    visit = frame.visit
    sims, source = visit.management.sims_v2, source_of(visit)

    async def load() -> tuple[SimRow, float, list[Day]] | None:
        found = await sims.usage(iccid)
        steps = [] if visit.portal is None else await visit.portal.quota_steps(iccid)
        sim = await source.one(iccid)
        if sim is None:
            return None
        days = days_of(sim, found, steps)
        return (sim, most_of(sim, steps), days) if days else None

    panel = Panel(
        "Data used by day",
        load,
        lambda found: _draw(frame, *found),
        empty="This SIM has used nothing yet.",
        width="flat",
        icon="bar_chart",
    )
    await panel.with_refresh().load()


def _draw(frame: Frame, sim: SimRow, most: float, days: list[Day]) -> None:
    bars("Data used by day", [Bar(day.date[5:], day.data, data_text(day.data)) for day in days])
    left = [day.left for day in days if day.left is not None]
    if left:
        words("h3", "Data left over time", "small")
        with box("div", "quota"):
            words("span", f"of {data_text(most)}", "note")
            ui.html(line(line_of(days), len(days), most), sanitize=False)
        how = (
            "Volume that was bought meanwhile is in it."
            if frame.visit.portal is None
            else "A top-up, and volume that was lost, is a step."
        )
        words(
            "p",
            f"{data_text(left[0])} at the end of {days[0].date}, {data_text(left[-1])} now. "
            f"Reckoned back from what is left now. {how}",
            "note",
        )
    words("h3", f"The last {min(_LISTED, len(days))} days", "small")
    with plain_table("Day (UTC)", "Data used", "SMS used", "Data added", "Data left"):
        for day in reversed(days[-_LISTED:]):
            with box("tr"):
                words("td", day.date, "when")
                words("td", data_text(day.data))
                words("td", f"{day.sms:.0f}")
                words("td", _signed(day.added))
                words("td", "–" if day.left is None else data_text(day.left))


def _signed(data: float) -> str:
    if not data:
        return "–"
    return f"{'+' if data > 0 else '−'}{data_text(abs(data))}"
