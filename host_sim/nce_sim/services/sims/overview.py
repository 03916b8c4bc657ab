"""An organisation's SIMs in numbers, as the portal's dashboard shows them (1nce_os_2.md, 3.1).

overview_of(subscriptions).data.low
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from nce_sim.account.subscription import Subscription
from nce_sim.account.volume import BELOW_THRESHOLD, NOTHING_LEFT, PLENTY


@dataclass(frozen=True)
class Levels:
    """SIMs by what is left of a quota."""

    sufficient: int
    low: int
    none: int


@dataclass(frozen=True)
class Overview:
    """SIMs by state and by volume."""

    sims: int
    activated: int
    deactivated: int
    data: Levels
    sms: Levels


def overview_of(subscriptions: Iterable[Subscription]) -> Overview:
    """The numbers of these SIMs."""
    sims = list(subscriptions)
    activated = sum(each.sim.is_enabled for each in sims)
    data = Counter(each.data.status for each in sims)
    sms = Counter(each.sms.status for each in sims)
    return Overview(len(sims), activated, len(sims) - activated, _levels(data), _levels(sms))


def _levels(counted: Counter[int]) -> Levels:
    return Levels(counted[PLENTY], counted[BELOW_THRESHOLD], counted[NOTHING_LEFT])
