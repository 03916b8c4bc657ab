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
from nce_sim.portal.visit import Visit

Do = Callable[[Visit, str], Awaitable[object]]


class Act(NamedTuple):
    """One thing to do; a question is asked where it interrupts a device or costs money."""

    name: str
    sign: str
    permission: str
    do: Do
    done: str
    question: str = ""


def _update(**what: object) -> Do:
    def do(visit: Visit, iccid: str) -> Awaitable[object]:
        return visit.management.sims_v2.update(iccid, SimUpdate.model_validate(what))

    return do


def _auto_top_up(enabled: bool) -> Do:
    def do(visit: Visit, iccid: str) -> Awaitable[object]:
        wanted = AutoTopUp(enabled=enabled, iccids=[iccid])
        return visit.management.sims_v2.set_auto_top_up(wanted)

    return do


def _reset(visit: Visit, iccid: str) -> Awaitable[object]:
    return visit.management.sims_v2.reset(iccid)


def _top_up(visit: Visit, iccid: str) -> Awaitable[object]:
    return visit.management.sims_v2.top_up(iccid)


def _extend(visit: Visit, iccid: str) -> Awaitable[object]:
    return visit.management.sims_v2.extend(Extension(iccids=[iccid]))


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
)
