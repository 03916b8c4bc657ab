"""A SIM's quota over time, reckoned from what is left now and what each day used.

for day in days_of(sim, await sims.usage(iccid)):       # the oldest first
    day.date, day.data, day.left
"""

from __future__ import annotations

from dataclasses import dataclass

from nce_api.models.sims import DailyUsage, UsageDay
from nce_sim.portal.sim_source import SimRow

_DAYS = 56  # [D] eight weeks


@dataclass(frozen=True)
class Day:
    """One day: what was used, and what was left at its end; data in MB, None where untold."""

    date: str
    data: float
    sms: float
    left: float | None


def days_of(sim: SimRow, usage: DailyUsage) -> list[Day]:
    """The last days with usage: what is left now, and before each day its use more."""
    left, found = sim.data_left, []
    for day in reversed((usage.stats or [])[-_DAYS:]):
        data, sms = _used(day)
        found.append(Day((day.date or "")[:10], data, sms, left))
        # Never more than the SIM has in all: a top-up meanwhile is not in the list of days.
        left = None if left is None else min(sim.data_total, left + data)
    return found[::-1]


def _used(day: UsageDay) -> tuple[float, float]:
    data = float(day.data.volume or 0) if day.data else 0.0
    return data, float(day.sms.volume or 0) if day.sms else 0.0
