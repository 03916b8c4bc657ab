"""Records of the Data Streamer, as Platform 1.0 and 2.0 write them.

    event(record_id, at_ms, network_event, whose, settings)
    usage(record_id, usage_record, whose, operator, session, start_ms, end_ms, settings)

The tables below name the fields that one platform has and the other has not, each with its source
in 1NCE's pages on Data Streamer records (event and usage records of 1.0, of 2.0).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from nce_sim.account.subscription import Subscription
from nce_sim.network.events import NetworkEvent
from nce_sim.network.usage import DATA, UsageRecord
from nce_sim.services.sims.devices import EventRecord
from nce_sim.services.sims.events import Names, event_v2
from nce_sim.services.sims.position import session_id
from nce_sim.services.sims.record import imeisv
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.settings import PLATFORM_1, PLATFORMS

Detail = Mapping[str, Any]

_TRAFFIC = {5: "Data", 6: "SMS"}
_CURRENCY = {"id": 1, "symbol": "€", "code": "EUR"}  # [D]


class Whose(NamedTuple):
    """The SIM of a record."""

    subscription: Subscription
    names: Names
    address: str | None

    @property
    def is_1(self) -> bool:
        return self.subscription.platform == PLATFORM_1


def timestamp(at_ms: int) -> str:
    """[F] UTC to the second."""
    return f"{datetime.fromtimestamp(at_ms // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def event(
    record_id: int, at_ms: int, happened: NetworkEvent, whose: Whose, settings: StreamerSettings
) -> dict[str, Any]:
    """The record of a network event."""
    kind = happened.kind
    plain = EventRecord(
        record_id,
        at_ms,
        kind.type,
        happened.name,
        kind.severity,
        kind.source,
        kind.alert,
        happened.description,
        None if happened.detail is None else dict(happened.detail),
    )
    record = event_v2(plain, whose.subscription, whose.names, whose.address)
    record["timestamp"] = timestamp(at_ms)
    record["user"] = None  # [D] of portal log-ins alone
    record["endpoint"] = {**record["endpoint"], "tags": None}
    record["endpoint"].setdefault("imei", None)
    if whose.is_1:
        record["imsi"]["import_date"] = settings.import_date
        record["sim"]["production_date"] = settings.production_date
    return record


def usage(
    record_id: int,
    used: UsageRecord,
    whose: Whose,
    operator: Detail | None,
    session: Detail | None,
    times_ms: tuple[int, int],
    settings: StreamerSettings,
) -> dict[str, Any]:
    """The record of used volume; `session` is the PDP context that it was used in."""
    subscription, names = whose.subscription, whose.names
    sim, is_data = subscription.sim, used.traffic_type == DATA
    unit = PLATFORMS[subscription.platform].megabyte if is_data else 1
    total = round(used.total / unit, 6)
    record: dict[str, Any] = {
        "id": record_id,
        "start_timestamp": timestamp(times_ms[0]),
        "end_timestamp": timestamp(times_ms[1]),
        "volume": {
            "total": total,
            "tx": round(used.tx / unit, 6),
            "rx": round(used.rx / unit, 6),
        },
        "cost": total,  # [D] the volume once more
        "currency": _CURRENCY,
        "traffic_type": {"id": used.traffic_type, "description": _TRAFFIC[used.traffic_type]},
        "imsi": sim.imsi,
        "imsi_id": names.imsi_id,
        "organisation": {"id": names.organisation_id, "name": names.organisation},
        "operator": None if operator is None else _operator(operator),
        "sim": {"id": names.sim_id, "iccid": sim.iccid, "msisdn": sim.msisdn},
        "tariff": {
            "id": settings.tariff[0],
            "name": settings.tariff[1],
            "ratezone": {"id": settings.ratezone[0], "name": settings.ratezone[1]},
        },
        "endpoint": {
            "id": names.endpoint_id,
            "name": sim.iccid,
            "ip_address": whose.address,
            "tags": None,
            "imei": None if subscription.imei is None else imeisv(subscription.imei),
            "balance": None,  # [D] legacy
        },
    }
    if whose.is_1:
        record["sim"]["production_date"] = settings.production_date
    else:
        del record["currency"]  # [D] retired
        if is_data and session is not None:
            record["detail"] = {
                "pdp_context": {
                    "rat_type": session.get("rat_type"),
                    "ipcan_session_id": session_id(session),
                }
            }
    return record


def _operator(detail: Detail) -> dict[str, Any]:
    country = detail["country"]
    return {
        "id": detail["id"],
        "name": detail["name"],
        "mnc": detail["mnc"],
        "country": {name: country[name] for name in ("id", "mcc", "name")},
    }
