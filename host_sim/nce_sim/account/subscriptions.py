"""The SIMs of an account, changed as a part of a unit of work or in passing.

    subscriptions.add(sim)
    with subscriptions.change(sim, work) as (subscription, later):
        subscription.label = "DX-137"
        later(network.tell)                 # after the commit of `work`

A change is in memory at once. It is undone when its work is rolled back; a `Keeper` has it in the
database when that is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from nce_sim.account.schedule import DAY_MS, Schedule
from nce_sim.account.state import Values, take, undo, values_of
from nce_sim.account.subscription import Subscription
from nce_sim.account.volume import Quota
from nce_sim.clock import Clock
from nce_sim.settings import PLATFORMS
from nce_sim.sim_card import SimCard

if TYPE_CHECKING:
    from nce_sim.settings import AccountSettings, PlatformRules
    from nce_sim.storage import Work

Later = Callable[[Callable[[], object]], None]


class Keeper(Protocol):
    """Keeps subscriptions over the end of the program."""

    def changed(self, subscription: Subscription) -> None:
        """It changed in passing: write it soon."""

    def write(self, subscription: Subscription, work: Work) -> None:
        """Write it with `work`."""

    def stepped(self, subscription: Subscription, data_added: int, work: Work | None) -> None:
        """Its data volume changed by no traffic: write that with `work`, or soon."""

    def removed(self, subscription: Subscription) -> None:
        """It was never stored and is gone: do not write it."""


class Subscriptions:
    """All SIMs that have been added, by their cards."""

    def __init__(self, clock: Clock, settings: AccountSettings, schedule: Schedule) -> None:
        self.settings = settings
        self._clock = clock
        self._schedule = schedule
        self._subscriptions: dict[SimCard, Subscription] = {}
        self._count = 0
        self._keeper: Keeper | None = None

    def keep_in(self, keeper: Keeper) -> None:
        """Tell `keeper` of every change from now on."""
        self._keeper = keeper

    def add(self, sim: SimCard, organisation_id: int | None = None) -> Subscription:
        """Add `sim` to an organisation's account, with its first volume and its lifetime."""
        settings, now_ms = self.settings, self._clock.now_ms()
        self._count += 1
        subscription = self._subscriptions[sim] = Subscription(
            sim,
            self._count,
            Quota(settings.data_volume, settings.threshold),
            Quota(settings.sms_volume, settings.threshold),
            now_ms + settings.lifetime_days * DAY_MS,
            settings.organisation_id if organisation_id is None else organisation_id,
            now_ms,
            settings.platform,
        )
        self._schedule.arm(subscription)
        self._changed(subscription)
        return subscription

    def remove(self, sim: SimCard) -> None:
        """Take back the `add` of a SIM whose work is not stored."""
        subscription = self._subscriptions.pop(sim)
        if subscription.end is not None:
            subscription.end.cancel()
        if self._keeper is not None:
            self._keeper.removed(subscription)

    def restore(self, sim: SimCard, values: Values) -> None:
        """Give a SIM that was added the state of an earlier run; its ends are scheduled again."""
        subscription = self._subscriptions[sim]
        take(subscription, values)
        self._count = max(self._count, subscription.number)
        self._schedule.arm(subscription)
        self._schedule.arm_top_up(subscription)

    def subscriptions(self) -> list[Subscription]:
        """All of them, in the order in which the SIMs were added."""
        return list(self._subscriptions.values())

    def subscription(self, sim: SimCard) -> Subscription:
        """The subscription of `sim`; KeyError when the SIM is not in the account."""
        return self._subscriptions[sim]

    def data_limit(self, sim: SimCard) -> int | None:
        """The monthly limit of data in bytes, or None."""
        return self._subscriptions[sim].limits["data"].volume

    def other_platform(self, sim: SimCard) -> PlatformRules | None:
        """The rules of a SIM that is on another platform than the world's own; else None."""
        platform = self.platform_of(sim)
        return None if platform == self.settings.platform else PLATFORMS[platform]

    def platform_of(self, sim: SimCard) -> str:
        """The platform of a SIM, "1.0" or "2.0"."""
        return self._subscriptions[sim].platform

    def megabyte(self, sim: SimCard) -> int:
        """The bytes of a megabyte on the SIM's platform."""
        return PLATFORMS[self.platform_of(sim)].megabyte

    def data_volume(self, sim: SimCard) -> int:
        """The bytes of one purchase of data."""
        other = self.other_platform(sim)
        return self.settings.data_volume if other is None else other.data_volume

    def seen(self, sim: SimCard, imei: str | None) -> None:
        """A device attached; a lock without an IMEI takes the IMEI of this device."""
        subscription = self._subscriptions[sim]
        if subscription.seen(imei):
            self._changed(subscription)

    def imei_of(self, sim: SimCard) -> str | None:
        """The device that attached last, or None."""
        return self._subscriptions[sim].imei

    def endpoint_id(self, sim: SimCard) -> int:
        """The number by which event and usage records name the SIM."""
        return self.settings.first_endpoint_id + self._subscriptions[sim].number

    @contextmanager
    def change(self, sim: SimCard, work: Work | None) -> Iterator[tuple[Subscription, Later]]:
        """Change the subscription of `sim` in the block, as a part of `work` if there is one.

        `later(call)` makes a call after the commit, or after the block.
        """
        subscription = self._subscriptions[sim]
        calls: list[Callable[[], object]] = []
        before = values_of(subscription)
        yield subscription, calls.append
        if work is None:
            self._changed(subscription)
            for call in calls:
                call()
            return
        after = values_of(subscription)
        if self._keeper is not None:
            self._keeper.write(subscription, work)
        work.on_rollback(lambda: undo(subscription, before, after))
        for call in calls:
            work.after_commit(call)

    @contextmanager
    def _step(self, subscription: Subscription, work: Work | None) -> Iterator[None]:
        """What the block does to the data volume is no traffic, and is kept as a step."""
        before = subscription.data.remaining
        yield
        if self._keeper is not None and subscription.data.remaining != before:
            self._keeper.stepped(subscription, subscription.data.remaining - before, work)

    def _changed(self, subscription: Subscription) -> None:
        if self._keeper is not None:
            self._keeper.changed(subscription)
