"""The record of a SIM, the same in v1 and v2; what is not set is left out, as clients expect.

sim_record(subscription, "10.160.0.1", wall)["iccid_with_luhn"]
"""

from __future__ import annotations

from typing import Any

from nce_sim.account.subscription import Subscription
from nce_sim.services.sims.dates import zoned
from nce_sim.services.sims.quota import Wall, quota_status, unit_of

ENABLED, DISABLED = "Enabled", "Disabled"


def imeisv(imei: str) -> str:
    """Sixteen digits, as the API calls an IMEI: a version replaces the check digit (TS 23.003)."""
    return imei[:14] + "00"


def sim_record(subscription: Subscription, address: str | None, wall: Wall) -> dict[str, Any]:
    """The record of one SIM with the static address `address`."""
    sim = subscription.sim
    shown: dict[str, Any] = {
        "iccid": sim.iccid,
        "iccid_with_luhn": sim.iccid_with_luhn,
        "imsi": sim.first_imsi,
        "imsi_2": subscription.imsi_2,
        "current_imsi": sim.imsi,
        "msisdn": sim.msisdn,
        "imei": None if subscription.imei is None else imeisv(subscription.imei),
        "imei_lock": subscription.is_imei_locked,
        "status": ENABLED if sim.is_enabled else DISABLED,
        "activation_date": zoned(wall(subscription.activation_ms)),
        "ip_address": address,
        # [F] clients read whole numbers; "the overall set data quota" is the document's word.
        "current_quota": round(subscription.data.total / unit_of(subscription, "data")),
        "quota_status": quota_status(subscription.data, wall),
        "current_quota_SMS": subscription.sms.total,
        "quota_status_SMS": quota_status(subscription.sms, wall),
        "label": subscription.label or None,
    }
    return {name: value for name, value in shown.items() if value is not None}
