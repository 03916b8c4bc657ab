"""A SIM's quota over time, reckoned from what is left now, what each day used, and its steps.

days = days_of(sim, await sims.usage(iccid), await portal.quota_steps(iccid))
for day in days:                        # the oldest first
    day.date, day.data, day.added, day.left
line_of(days)                           # its points: a top-up is a step
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nce_api.models.portal import QuotaStep
from nce_api.models.sims import DailyUsage, UsageDay
from nce_sim.portal.parts.charts import Point
from nce_sim.portal.sim_source import SimRow

_DAYS = 56  # [D] eight weeks
_DAY_S = 86_400


@dataclass(frozen=True)
class Day:
    """One day: what was used, and what was there before and after it; data in MB."""

    date: str
    data: float
    sms: float
    before: float | None  # None where the service does not tell what is left
    left: float | None
    steps: tuple[QuotaStep, ...]

    @property
    def added(self) -> float:
        """What was bought, less what was lost."""
        return sum(step.data_added for step in self.steps)


def most_of(sim: SimRow, steps: Sequence[QuotaStep]) -> float:
    """The most that the SIM had at once, as far as that is known."""
    at_steps = (max(step.data_left, step.data_left - step.data_added) for step in steps)
    return max(sim.data_total, *at_steps, 0)


def days_of(sim: SimRow, usage: DailyUsage, steps: Sequence[QuotaStep] = ()) -> list[Day]:
    """The last days with usage or a step, the oldest first.

    What is left now is known, and each day began with what it used more, and its steps less.
    """
    used = {(day.date or "")[:10]: _used(day) for day in usage.stats or []}
    dates = sorted({*used, *(step.time[:10] for step in steps)})
    most = most_of(sim, steps)
    left, found = sim.data_left, []
    for date in reversed(dates[-_DAYS:]):
        data, sms = used.get(date, (0.0, 0.0))
        of_day = tuple(step for step in steps if step.time.startswith(date))
        before = left
        if left is not None:
            # Steps of long ago, or of a service that tells none, may be missing.
            more = data - sum(step.data_added for step in of_day)
            before = min(most, max(0.0, round(left + more, 6)))
        found.append(Day(date, data, sms, before, left, of_day))
        left = before
    return found[::-1]


def line_of(days: Sequence[Day]) -> list[Point]:
    """What was left, by the days' number: at both ends of each, and around each step."""
    points: list[Point] = []
    for number, day in enumerate(days):
        if day.before is None or day.left is None:
            continue
        if not points:
            points.append(Point(number, day.before))
        for step in day.steps:
            x = number + _share_of_day(step.time)
            points.append(Point(x, max(0.0, step.data_left - step.data_added)))
            points.append(Point(x, step.data_left))
        points.append(Point(number + 1, day.left))
    return points


def _share_of_day(time: str) -> float:
    at = datetime.fromisoformat(time)
    return (at.hour * 3600 + at.minute * 60 + at.second) / _DAY_S


def _used(day: UsageDay) -> tuple[float, float]:
    data = float(day.data.volume or 0) if day.data else 0.0
    return data, float(day.sms.volume or 0) if day.sms else 0.0
