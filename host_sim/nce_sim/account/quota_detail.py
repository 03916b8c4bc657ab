"""The `detail` of quota events, as 1NCE's records have it."""

from __future__ import annotations

from typing import Any

from nce_sim.account.volume import Quota


def quota_detail(quota: Quota, kind: str, megabyte: int = 1_000_000) -> dict[str, Any]:
    """The detail of a quota event: "data" in MB, "sms" in messages."""
    unit = megabyte if kind == "data" else 1
    shown: dict[str, Any] = {
        "volume": round(quota.remaining / unit, 6),
        "threshold_volume": round(quota.threshold_volume / unit, 6),
        "threshold_percentage": round(quota.threshold * 100),
    }
    if kind == "sms":
        shown["traffic_type"] = {"id": 6, "description": "SMS"}
    return {"quota": shown}
