"""What a user does to SIMs: each with its permission, its question, and how it is done.

    for act in ACTS:
        act.permission, act.name, act.done(visit, iccid)

One table for a SIM and for many: many are done one after the other, and what fails is told.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from nce_api.models.sims import AutoTopUp, Extension
from nce_api.models.sims_v2 import SimUpdate
from nce_sim.portal.parts.asking import Field, Values
from nce_sim.portal.visit import NO_WORLD, Visit

Do = Callable[[Visit, str, Values], Awaitable[object]]
LABEL = Field("label", "Label", most=255)


class Act(NamedTuple):
    """One thing to do; a question is asked where it interrupts a device or costs money.

    `fields` are what the user fills in first; `needs_world` is of a simulated world alone.
    """

    name: str
    sign: str
    permission: str
    do: Do
    done: str
    question: str = ""
    fields: tuple[Field, ...] = ()
    needs_world: bool = False

    def why_not(self, visit: Visit) -> str | None:
        """Why the visitor cannot do it, for a tooltip; None when nothing is in the way."""
        reason = visit.lacks(self.permission)
        if reason is None and self.needs_world and visit.control is None:
            return visit.lacks("world.steer") or NO_WORLD
        return reason


def _update(**what: object) -> Do:
    def do(visit: Visit, iccid: str, _: Values) -> Awaitable[object]:
        return visit.management.sims_v2.update(iccid, SimUpdate.model_validate(what))

    return do


def _auto_top_up(enabled: bool) -> Do:
    def do(visit: Visit, iccid: str, _: Values) -> Awaitable[object]:
        wanted = AutoTopUp(enabled=enabled, iccids=[iccid])
        return visit.management.sims_v2.set_auto_top_up(wanted)

    return do


def _reset(visit: Visit, iccid: str, _: Values) -> Awaitable[object]:
    return visit.management.sims_v2.reset(iccid)


def _top_up(visit: Visit, iccid: str, _: Values) -> Awaitable[object]:
    return visit.management.sims_v2.top_up(iccid)


def _extend(visit: Visit, iccid: str, _: Values) -> Awaitable[object]:
    return visit.management.sims_v2.extend(Extension(iccids=[iccid]))


def _label(visit: Visit, iccid: str, values: Values) -> Awaitable[object]:
    return visit.management.sims_v2.update(iccid, SimUpdate(label=values["label"]))


async def _limit(visit: Visit, iccid: str, values: Values) -> object:
    assert visit.control is not None  # the button is disabled without it
    volume = int(values["volume"]) if values["volume"] else None
    if volume is not None and values["kind"] == "data":
        volume *= _MEGABYTE
    return await visit.control.verb("limit", sim=iccid, kind=values["kind"], volume=volume)


_LIMITED = {"data": "Data, in MB", "sms_mt": "SMS to the device", "sms_mo": "SMS from the device"}
_MEGABYTE = 1_000_000

ACTS = (
    Act("Activate", "play_circle", "sims.state", _update(status="Enabled"), "activated"),
    Act(
        "Deactivate",
        "pause_circle",
        "sims.state",
        _update(status="Disabled"),
        "deactivated",
        "A deactivated SIM loses its connection at once and cannot attach.",
    ),
    Act("Lock IMEI", "lock", "sims.imei_lock", _update(imei_lock=True), "locked to a device"),
    Act("Unlock IMEI", "lock_open", "sims.imei_lock", _update(imei_lock=False), "unlocked"),
    Act(
        "Reset connection",
        "restart_alt",
        "sims.reset",
        _reset,
        "reset",
        "The session ends, and the device has to attach again.",
    ),
    Act(
        "Top up",
        "add_card",
        "sims.top_up",
        _top_up,
        "topped up",
        "More data volume and SMS are ordered, to be paid by bank transfer.",
    ),
    Act(
        "Extend",
        "event_repeat",
        "sims.top_up",
        _extend,
        "extended",
        "Another lifetime is ordered, to be paid by bank transfer.",
    ),
    Act(
        "Auto top-up on",
        "autorenew",
        "sims.auto_top_up",
        _auto_top_up(True),
        "set to top up by itself",
        "Volume is ordered again and again, whenever less than 20 % is left.",
    ),
    Act(
        "Auto top-up off",
        "sync_disabled",
        "sims.auto_top_up",
        _auto_top_up(False),
        "set to top up no more",
    ),
    Act("Label", "label", "sims.state", _label, "labelled", fields=(LABEL,)),
    # 1NCE limits all SIMs of an account alike (Configuration); one by one it is the simulator's.
    Act(
        "Monthly limit",
        "speed",
        "configuration.monthly_limit",
        _limit,
        "limited",
        fields=(
            Field("kind", "What is limited", options=_LIMITED),
            Field(
                "volume",
                "In a month",
                kind="number",
                most=9,
                hint="Empty: no limit",
            ),
        ),
        needs_world=True,
    ),
)
