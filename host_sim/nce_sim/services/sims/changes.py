"""Changes of SIMs: at once, or accepted now and done after a while.

    changes.apply(Change(iccid, is_enabled=False), work)
    changes.queue(organisation_id, [Change(iccid, label="DX-137")], work)

[D] "The actual change will be done asynchronously": a bulk update and a reset are placed into a
queue. It is in the database, so that a world which was stopped does what it accepted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import bindparam, delete, func, insert, select

from nce_sim.account.subscription import Subscription
from nce_sim.clock import Clock, Handle
from nce_sim.services.sims.devices import Customer, Devices
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.services.sims.tables import SIM_CHANGE
from nce_sim.storage import Storage, Work

_ADD = insert(SIM_CHANGE)
_DROP = delete(SIM_CHANGE).where(SIM_CHANGE.c.number == bindparam("done"))
_RETRY_MS = 1_000  # when the database did not take it


@dataclass(frozen=True)
class Change:
    """How a SIM shall be; None leaves a part as it is."""

    iccid: str
    is_enabled: bool | None = None
    imei_lock: bool | None = None
    label: str | None = None
    is_reset: bool = False


class Changes:
    """What customers want of their SIMs, done in the order of its acceptance.

    `take(job)` puts a job in line with the devices' messages, as the intake does.
    """

    def __init__(
        self,
        clock: Clock,
        storage: Storage,
        devices: Devices,
        customer: Customer,
        settings: SimsSettings,
        wall_ms: Callable[[], int],
        take: Callable[[Changes], None],
    ) -> None:
        self._clock = clock
        self._storage = storage
        self._devices = devices
        self._customer = customer
        self._settings = settings
        self._wall_ms = wall_ms
        self._take = take
        self._handle: Handle | None = None
        last = storage.read(select(func.max(SIM_CHANGE.c.number)))[0][0]
        self._count: int = last or 0
        self._schedule()

    def apply(self, change: Change, work: Work) -> None:
        """Make the change now: the network hears of it with the commit."""
        subscription = self._devices.subscription_of(change.iccid)
        if subscription is not None and not subscription.is_deleted:
            self._apply(subscription, change, work)

    def queue(self, organisation_id: int, changes: Iterable[Change], work: Work) -> None:
        """Accept changes that are made after a while."""
        due_ms = self._wall_ms() + self._settings.queue_ms
        for change in changes:
            self._count += 1
            row = vars(change) | {
                "number": self._count,
                "organisation_id": organisation_id,
                "due_ms": due_ms,
            }
            work.write(_ADD, row)
        work.after_commit(self._schedule)

    def set_auto_top_up(
        self, subscriptions: Iterable[Subscription], is_on: bool, work: Work
    ) -> None:
        """Let SIMs top themselves up, or not."""
        for subscription in subscriptions:
            if subscription.tops_up_by_itself != is_on:
                self._customer.set_auto_top_up(subscription.sim, is_on, work)

    def close(self) -> None:
        """Cancel the timer; what waits is done at the next start."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _apply(self, subscription: Subscription, change: Change, work: Work) -> None:
        sim, customer = subscription.sim, self._customer
        if change.label is not None and change.label != (subscription.label or ""):
            customer.set_label(sim, change.label, work)
        if change.is_enabled is not None and change.is_enabled != sim.is_enabled:
            customer.set_enabled(sim, change.is_enabled, work)
        if change.imei_lock is not None and change.imei_lock != subscription.is_imei_locked:
            if change.imei_lock:
                customer.lock_imei(sim, work)
            else:
                customer.unlock_imei(sim, work)
        if change.is_reset:
            work.after_commit(lambda: customer.reset_connection(sim))

    def _schedule(self, at_least_ms: int = 0) -> None:
        if self._handle is not None:
            return
        due_ms = self._storage.read(select(func.min(SIM_CHANGE.c.due_ms)))[0][0]
        if due_ms is not None:
            delay_ms = max(due_ms - self._wall_ms(), at_least_ms)
            self._handle = self._clock.call_later(delay_ms, self._due)

    def _due(self) -> None:
        self._handle = None
        self._take(self)

    # -- a job of the intake ---------------------------------------------------------------

    def serve(self, work: Work) -> None:
        query = (
            select(SIM_CHANGE)
            .where(SIM_CHANGE.c.due_ms <= self._wall_ms())
            .order_by(SIM_CHANGE.c.number)
        )
        for row in self._storage.read(query):
            subscription = self._devices.subscription_of(row.iccid)
            # Meanwhile it may have moved to another organisation, or expired.
            is_still_theirs = (
                subscription is not None and subscription.organisation_id == row.organisation_id
            )
            if subscription is not None and is_still_theirs and not subscription.is_expired:
                change = Change(row.iccid, row.is_enabled, row.imei_lock, row.label, row.is_reset)
                self._apply(subscription, change, work)
            work.write(_DROP, {"done": row.number})

    def stored(self) -> None:
        self._schedule()

    def refused(self, reason: str) -> None:
        self._schedule(_RETRY_MS)

    def failed(self) -> None:
        self._schedule(_RETRY_MS)
