"""Who the SIM is, and its label."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from nce_api.models.sims_v2 import SimUpdate
from nce_sim.portal.frame import Frame
from nce_sim.portal.pages.sim_columns import STATES
from nce_sim.portal.parts.acts import LABEL
from nce_sim.portal.parts.asking import Values, filled_in
from nce_sim.portal.parts.permitted import permitted_sign
from nce_sim.portal.parts.tags import box, words
from nce_sim.portal.sim_source import SimRow


def draw(frame: Frame, sim: SimRow, reload: Callable[[], Awaitable[None]]) -> None:
    """The card's body."""

    async def change() -> None:
        async def save(values: Values) -> None:
            update = SimUpdate(label=values["label"])
            await frame.visit.management.sims_v2.update(sim.iccid, update)

        fields = (LABEL._replace(value=sim.label),)
        if await filled_in("Label", fields, save, done="The label is changed."):
            await reload()

    state, tone = STATES.get(sim.state, ("Expired", "bad"))
    with box("dl", "facts"):
        words("dt", "State")
        with box("dd"):
            words("span", state, f"chip {tone}")
        words("dt", "Label")
        with box("dd"):
            words("span", sim.label or "–")
            reason = frame.visit.lacks("sims.state")
            permitted_sign("edit", "Change the label", change, reason).props("size=sm")
        for name, value in (
            ("ICCID", sim.iccid),
            ("IMSI", sim.imsi),
            ("MSISDN", sim.msisdn),
            ("IMEI", sim.imei or "not known yet"),
            ("IMEI lock", "Locked" if sim.imei_lock else "Unlocked"),
            ("SIM type", sim.sim_type or "–"),
        ):
            words("dt", name)
            words("dd", value, "number" if value.isdecimal() else "")
