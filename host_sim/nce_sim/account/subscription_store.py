"""The subscriptions in the database: read at the start, written as they change.

    store = SubscriptionStore(storage, saver, account, core.address_of, clock.now_ms, epoch_ms=...)
    store.restore(world.restore_sim)        # the SIMs of earlier runs, as they were
    account.keep_in(store)

What a customer does is written with the customer's `Work`; what traffic changes (counts of bytes)
by the `Saver`. Times in the database are milliseconds since 1970; `epoch_ms` is the time at which
the world's clock shows 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import insert, select

from nce_sim.account.account import Account
from nce_sim.account.state import values_of
from nce_sim.account.subscription import Subscription
from nce_sim.account.tables import QUOTA_STEP, SUBSCRIPTION
from nce_sim.sim_card import SimCard
from nce_sim.storage import Saver, Storage, Work, upsert

_PUT = upsert(SUBSCRIPTION)
_ADD_STEP = insert(QUOTA_STEP)

# Gives a SIM of an earlier run to the world: the one with its ICCID, which may be there already.
Bring = Callable[[SimCard, str, int], SimCard]


class SubscriptionStore:
    """A `Keeper` of an account."""

    def __init__(
        self,
        storage: Storage,
        saver: Saver,
        account: Account,
        address_of: Callable[[SimCard], str | None],
        now_ms: Callable[[], int],
        *,
        epoch_ms: int,
    ) -> None:
        self._storage = storage
        self._saver = saver
        saver.serve(self)
        self._account = account
        self._address_of = address_of
        self._now_ms = now_ms
        self._epoch_ms = epoch_ms
        self._changed: dict[Subscription, None] = {}  # it keeps the order
        self._steps: list[dict[str, Any]] = []  # that wait for the saver

    def restore(self, bring: Bring) -> None:
        """Bring the SIMs of earlier runs into the world; those that are new are written soon."""
        query = select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.number)
        known = set()
        for row in self._storage.read(query):
            values = dict(row._mapping)
            sim = bring(SimCard(row.iccid, row.imsi, row.msisdn), row.address, row.organisation_id)
            sim.imsi = row.current_imsi  # of a card with two profiles
            self._account.restore(sim, _shifted(values, -self._epoch_ms))
            known.add(sim)
        for subscription in self._account.subscriptions():
            if subscription.sim not in known:
                self.changed(subscription)

    # -- for the account -------------------------------------------------------------------

    def changed(self, subscription: Subscription) -> None:
        """Write it within a second."""
        self._changed[subscription] = None
        self._saver.ask()

    def write(self, subscription: Subscription, work: Work) -> None:
        """Write it with `work`, and again when it changed meanwhile."""
        row = self._row(subscription)
        work.write(_PUT, row)
        # All that changed in passing is in the row; a SIM that is new is not saved without `work`.
        self._changed.pop(subscription, None)

        def committed() -> None:
            if self._row(subscription) != row:
                self.changed(subscription)

        work.after_commit(committed)
        work.on_rollback(lambda: self.changed(subscription))

    def stepped(self, subscription: Subscription, data_added: int, work: Work | None) -> None:
        """Write a step of the data volume with `work`, or within a second."""
        row = {
            "iccid": subscription.sim.iccid,
            "at_ms": self._now_ms() + self._epoch_ms,
            "data_added": data_added,
            "data_left": subscription.data.remaining,
        }
        if work is not None:
            work.write(_ADD_STEP, row)
        else:
            self._steps.append(row)
            self._saver.ask()

    def removed(self, subscription: Subscription) -> None:
        """Do not write it: its SIM was taken back."""
        self._changed.pop(subscription, None)

    # -- for the saver ---------------------------------------------------------------------

    def save(self, work: Work) -> None:
        """Write what changed in passing."""
        steps, self._steps = self._steps, []
        for row in steps:
            work.write(_ADD_STEP, row)
        work.on_rollback(lambda: self._steps.extend(steps))
        changed, self._changed = self._changed, {}
        for subscription in changed:
            work.write(_PUT, self._row(subscription))
        work.on_rollback(lambda: self._changed.update(changed))

    def _row(self, subscription: Subscription) -> dict[str, Any]:
        sim = subscription.sim
        return {
            **_shifted(values_of(subscription), self._epoch_ms),
            "iccid": sim.iccid,
            "imsi": sim.first_imsi,
            "current_imsi": sim.imsi,
            "msisdn": sim.msisdn,
            "address": self._address_of(sim) or "",
        }


def _shifted(values: dict[str, Any], by_ms: int) -> dict[str, Any]:
    """The values with every time shifted."""
    return {
        name: value + by_ms if name.endswith("_ms") and value is not None else value
        for name, value in values.items()
    }
