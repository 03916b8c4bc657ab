"""What is left of the SIM's volume and of its lifetime."""

from __future__ import annotations

from nce_sim.portal.pages.sim_columns import (
    TONES,
    data_left_text,
    share,
    sms_left_text,
    switch_text,
)
from nce_sim.portal.parts.facts import facts
from nce_sim.portal.parts.figures import Zone
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.sim_source import SimRow

_EXTENDABLE = {True: "Yes", False: "From 3 months before the end", None: "–"}


def draw(zone: Zone, sim: SimRow) -> None:
    """The card's body."""
    data = share(sim.data_left, sim.data_total, sim.data)
    _meter("Data left", data_left_text(sim), data, TONES.get(sim.data, "good"))
    sms = share(sim.sms_left, sim.sms_total, sim.sms)
    _meter("SMS left", sms_left_text(sim), sms, TONES.get(sim.sms, "good"))
    with box("div", "q-mt-md"):
        facts(
            ("Activated", zone.day(sim.activated)),
            ("Ends", zone.day(sim.ends)),
            ("Can be extended", _EXTENDABLE[sim.is_extendable]),
            ("Auto top-up", switch_text(sim.auto_top_up)),
        )


def _meter(name: str, text: str, percent: float, tone: str) -> None:
    with box("div", "q-mb-md"):
        with box("div", "row justify-between"):
            words("span", name, "soft")
            words("strong", text)
        with box("div", f"meter {tone}", aria_hidden="true"):
            box("div").style(f"width: {min(100, max(0, percent))}%")
