"""The SIMs of a world with all that they may use and have used, and the steps of their quotas.

The columns of subscriptions are the names of `state`, and the SIM's own numbers. January 2026
is 202601.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text

from nce_sim.account.state import QUOTAS
from nce_sim.account.subscription import LIMITS
from nce_sim.storage.columns import BIG
from nce_sim.storage.metadata import METADATA


def _quota(kind: str) -> list[Column[int]]:
    return [
        Column(f"{kind}_total", BIG, nullable=False),
        Column(f"{kind}_used", BIG, nullable=False),
        Column(f"{kind}_basis", BIG, nullable=False),
        Column(f"{kind}_last_added", BIG, nullable=False),
        Column(f"{kind}_threshold_reached_at_ms", BIG),
        Column(f"{kind}_exceeded_at_ms", BIG),
    ]


def _limit(kind: str) -> list[Column[int]]:
    return [
        Column(f"{kind}_limit", BIG),
        Column(f"{kind}_in_month", BIG, nullable=False),
        Column(f"{kind}_month", Integer, nullable=False),
    ]


SUBSCRIPTION = Table(
    "subscription",
    METADATA,
    Column("iccid", String(19), primary_key=True),
    Column("imsi", String(15), nullable=False),
    Column("current_imsi", String(15), nullable=False),
    Column("msisdn", String(15), nullable=False),
    Column("address", String(15), nullable=False),
    Column("number", BIG, nullable=False),
    Column("organisation_id", BIG, nullable=False, index=True),
    Column("is_enabled", Boolean, nullable=False),
    Column("activation_ms", BIG, nullable=False),
    Column("platform", String(3), nullable=False),
    Column("sim_class", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("imsi_2", String(15)),
    Column("label", Text),
    Column("imei", String(16)),
    Column("locked_imei", String(16)),
    Column("is_imei_locked", Boolean, nullable=False),
    Column("tops_up_by_itself", Boolean, nullable=False),
    Column("is_expired", Boolean, nullable=False),
    Column("is_deleted", Boolean, nullable=False),
    Column("expires_at_ms", BIG, nullable=False),
    *(column for kind in QUOTAS for column in _quota(kind)),
    *(column for kind in LIMITS for column in _limit(kind)),
)

# What changed a SIM's data volume and was no traffic, such as a top-up; in bytes.
QUOTA_STEP = Table(
    "quota_step",
    METADATA,
    Column("number", BIG, primary_key=True, autoincrement=True),
    Column("iccid", String(19), nullable=False),
    Column("at_ms", BIG, nullable=False, index=True),
    Column("data_added", BIG, nullable=False),  # negative for volume that was lost
    Column("data_left", BIG, nullable=False),  # afterwards
    Index("quota_step_by_sim", "iccid", "at_ms"),
)
