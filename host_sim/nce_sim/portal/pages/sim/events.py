"""What happened to the SIM, and where its device was."""

from __future__ import annotations

from nce_api.models.events_v2 import RecordedEvent
from nce_api.models.locate import Position
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.sim.first import SHOWN, first
from nce_sim.portal.parts.panel import Panel
from nce_sim.portal.parts.tables import plain_table
from nce_sim.portal.parts.tags import box, words


async def show(frame: Frame, iccid: str) -> None:
    """The tab "Events"."""
    sims, zone = frame.visit.management.sims_v2, frame.zone

    def draw(events: list[RecordedEvent]) -> None:
        with plain_table("Time", "Event", "Description", "Source"):
            for event in events:
                with box("tr"):
                    words("td", zone.text(event.timestamp), "when")
                    words("td", _named(event.event_type))
                    words("td", event.description or "")
                    words("td", _named(event.event_source))

    panel = Panel(
        "Events of the last seven days",
        lambda: first(sims.events(iccid, page_size=SHOWN)),
        draw,
        empty="Nothing happened in the last seven days. Switch a device with this SIM on.",
        width="flat",
    )
    await panel.with_refresh().load()


async def show_positions(frame: Frame, iccid: str) -> None:
    """The tab "Positions"."""
    locator, zone = frame.visit.management.locator, frame.zone

    def draw(positions: list[Position]) -> None:
        with plain_table(
            "Time", "Latitude", "Longitude", "Source", numbers=("Latitude", "Longitude")
        ):
            for position in positions:
                longitude, latitude = position.coordinate[:2]
                with box("tr"):
                    words("td", zone.text(position.sampleTime), "when")
                    words("td", f"{latitude:.5f}°", "num")
                    words("td", f"{longitude:.5f}°", "num")
                    words("td", str(position.source))

    panel = Panel(
        "Positions of the last seven days",
        lambda: first(locator.positions(iccid)),
        draw,
        empty="No position is known. Switch the Device Locator on in 1NCE OS.",
        width="flat",
        icon="location_off",
    )
    await panel.with_refresh().load()


def _named(value: object) -> str:
    return str(getattr(value, "description", None) or value or "–")
