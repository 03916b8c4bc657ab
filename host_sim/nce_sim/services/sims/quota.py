"""Quotas of a SIM as v1 and v2 show them, and their state in the SIM's record.

    quota_v1(subscription, "data", ...)     # rest, total, expiry
    quota_v2(subscription, "sms", ...)      # with a state and the threshold's volume

1 MB is 10^6 bytes on Platform 1.0 and 1024 kB on 2.0; a SIM has the unit of its platform in
both versions, so that 500 MB bought are 500 MB shown.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nce_sim.account.subscription import Subscription
from nce_sim.account.volume import Quota
from nce_sim.services.sims.dates import iso_time
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.settings import PLATFORMS

# [F] the first text; [U] the others, in its style.
_TEXTS = ("More than 20% available", "Less than 20% available", "No volume available")

EXHAUSTED, ACTIVE, EXPIRED = range(3)  # [D] the status of v2
_STATES = ("EXHAUSTED", "ACTIVE", "EXPIRED")

Wall = Callable[[int], int]  # the world's clock to milliseconds since 1970


def number(value: float) -> float | int:
    """Six decimals; a whole number without any, as clients in the field expect totals."""
    rounded = round(value, 6)
    return int(rounded) if rounded == int(rounded) else rounded


def unit_of(subscription: Subscription, service: str) -> int:
    """Bytes in a MB of the SIM's platform; one message is one message."""
    if service == "sms":
        return 1
    return PLATFORMS[subscription.platform].megabyte


def quota_of(subscription: Subscription, service: str) -> Quota:
    """The quota of "data" or "sms"."""
    return subscription.data if service == "data" else subscription.sms


def quota_status(quota: Quota, wall: Wall) -> dict[str, Any]:
    """The `quota_status` of a SIM's record."""
    status = quota.status
    shown: dict[str, Any] = {"id": status, "description": _TEXTS[status]}
    if quota.threshold_reached_at_ms is not None:
        shown["threshold_reached_date"] = iso_time(wall(quota.threshold_reached_at_ms))
    if quota.exceeded_at_ms is not None:
        shown["quota_exceeded_date"] = iso_time(wall(quota.exceeded_at_ms))
    return shown


def quota_v1(
    subscription: Subscription, service: str, settings: SimsSettings, wall: Wall
) -> dict[str, Any]:
    """The answer of `GET /v1/sims/{iccid}/quota/{service}`."""
    quota, unit = quota_of(subscription, service), unit_of(subscription, service)
    changed = (
        quota.exceeded_at_ms,
        quota.threshold_reached_at_ms,
        subscription.activation_ms,
    )
    shown = {
        "volume": number(quota.remaining / unit),
        "total_volume": number(quota.total / unit),
        "expiry_date": iso_time(wall(subscription.expires_at_ms)),
        "last_volume_added": number(quota.last_added / unit),
        "last_status_change_date": iso_time(wall(max(at for at in changed if at is not None))),
        "threshold_percentage": round(quota.threshold * 100),
    }
    if service == "data":
        shown["peak_throughput"] = settings.peak_throughput
    return shown


def quota_v2(
    subscription: Subscription, service: str, settings: SimsSettings, wall: Wall
) -> dict[str, Any]:
    """The answer of `GET /v2/sims/{iccid}/quota/{service}`."""
    quota, unit = quota_of(subscription, service), unit_of(subscription, service)
    # What is used beyond the total counts: the rest can be negative [D].
    rest = quota.total - quota.used
    state = EXPIRED if subscription.is_expired else ACTIVE if rest > 0 else EXHAUSTED
    return {
        "id": subscription.number * 2 + (service == "sms"),
        "status": {"id": state, "description": _STATES[state]},
        "volume": number(rest / unit),
        "total_volume": number(quota.basis / unit),
        "accumulated_total_volume": number(quota.total / unit),
        "last_volume_added": number(quota.last_added / unit),
        "service": service,
        "threshold_percentage": round(quota.threshold * 100),
        "threshold_volume": number(quota.threshold_volume / unit),
        "expiry_date": iso_time(wall(subscription.expires_at_ms)),
        "created_at": iso_time(wall(subscription.activation_ms)),
    }
