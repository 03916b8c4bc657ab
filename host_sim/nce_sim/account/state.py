"""The state of a subscription as one flat mapping, and back.

before = values_of(subscription)        # {"label": None, "data_total": 500000000, ...}
take(subscription, before)              # as it was
undo(subscription, before, after)       # take back what was changed between the two

Names that end in `_ms` are times of the world's clock.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nce_sim.account.subscription import LIMITS, Subscription

Values = Mapping[str, Any]

PLAIN = (
    "number",
    "organisation_id",
    "activation_ms",
    "platform",
    "sim_class",
    "form",
    "imsi_2",
    "label",
    "imei",
    "locked_imei",
    "is_imei_locked",
    "tops_up_by_itself",
    "is_expired",
    "is_deleted",
    "expires_at_ms",
)
QUOTAS = ("data", "sms")
_OF_A_QUOTA = (
    "total",
    "used",
    "basis",
    "last_added",
    "threshold_reached_at_ms",
    "exceeded_at_ms",
)
# Traffic counts on while a change waits for its commit.
_COUNTED = {f"{kind}_{name}" for kind in QUOTAS for name in ("total", "used")}


def values_of(subscription: Subscription) -> dict[str, Any]:
    """Everything that a subscription keeps over a restart, but the SIM's own numbers."""
    values = {name: getattr(subscription, name) for name in PLAIN}
    values["is_enabled"] = subscription.sim.is_enabled
    for kind in QUOTAS:
        quota = getattr(subscription, kind)
        values.update((f"{kind}_{name}", getattr(quota, name)) for name in _OF_A_QUOTA)
    for kind in LIMITS:
        limit = subscription.limits[kind]
        year, month = limit.month
        values[f"{kind}_limit"] = limit.volume
        values[f"{kind}_in_month"] = limit.used
        values[f"{kind}_month"] = year * 100 + month
    return values


def take(subscription: Subscription, values: Values) -> None:
    """Give a subscription the state in `values`; names that are missing stay as they are."""
    for name in PLAIN:
        if name in values:
            setattr(subscription, name, values[name])
    if "is_enabled" in values:
        subscription.sim.is_enabled = values["is_enabled"]
    for kind in QUOTAS:
        quota = getattr(subscription, kind)
        for name in _OF_A_QUOTA:
            if f"{kind}_{name}" in values:
                setattr(quota, name, values[f"{kind}_{name}"])
    for kind in LIMITS:
        limit = subscription.limits[kind]
        if f"{kind}_limit" in values:
            limit.volume = values[f"{kind}_limit"]
        if f"{kind}_in_month" in values:
            limit.used = values[f"{kind}_in_month"]
        if f"{kind}_month" in values:
            year, month = divmod(values[f"{kind}_month"], 100)
            limit.month = (year, month)


def undo(subscription: Subscription, before: Values, after: Values) -> None:
    """Take back the change from `before` to `after`, and nothing that came after it."""
    now = values_of(subscription)
    changed = [name for name in before if before[name] != after[name]]
    take(
        subscription,
        {
            name: now[name] - after[name] + before[name] if name in _COUNTED else before[name]
            for name in changed
        },
    )
