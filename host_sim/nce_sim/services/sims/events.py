"""Events of a SIM as v1 and v2 show them.

    event_v1(record, subscription)                      # one flat line
    event_v2(record, subscription, names, address)      # a record of the Data Streamer

A SIM of Platform 2.0 has other severities and types, and other texts of locations.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from nce_sim.account.subscription import Subscription
from nce_sim.network.events import SOURCES
from nce_sim.services.sims.dates import iso_time, zoned
from nce_sim.services.sims.devices import EventRecord
from nce_sim.services.sims.position import session_id, uli
from nce_sim.services.sims.record import imeisv
from nce_sim.settings import PLATFORM_1

# [D] the numbers of severities: three of Platform 1.0, five of 2.0.
_SEVERITIES_1 = ("INFO", "WARN", "CRITICAL")
_SEVERITIES_2 = {0: (0, "INFO"), 1: (1, "WARN"), 2: (4, "CRITICAL")}
_TITLES = ("Info", "Warn", "Critical")

# [D] Platform 2.0 has no types 0 and 10: a limit that is exceeded blocks the endpoint, and the end
# of a SIM deletes it. It writes two names in another way.
_TYPES_2 = {0: (11, "Endpoint blocked"), 10: (121, "Endpoint deleted")}
_NAMES_2 = {18: "Quota Threshold Reached"}
_LOCATIONS = (1, 2)

SORT_KEYS: dict[str, Callable[[EventRecord], Any]] = {
    "timestamp": lambda record: record.at_ms,
    "id": lambda record: record.id,
    "event_type": lambda record: record.description,
    "event_severity": lambda record: record.severity,
    "alert": lambda record: record.alert,
}


# [D] the table of PDP contexts of Platform 2.0 has them not.
_NOT_IN_2 = ("imsi", "tariff_profile_id")


class Names(NamedTuple):
    """The numbers and names by which records call a SIM's surroundings."""

    organisation_id: int
    organisation: str
    endpoint_id: int
    sim_id: int
    imsi_id: int


def event_v1(record: EventRecord, subscription: Subscription) -> dict[str, Any]:
    """An event of `GET /v1/sims/{iccid}/events`; what it lacks is left out."""
    detail = record.detail or {}
    context = detail.get("pdp_context") or {}
    country = detail.get("country") or {}
    codes = detail.get("mnc") or [{}]
    shown = {
        "timestamp": zoned(record.at_ms),
        "event_type": record.description,
        "iccid": subscription.sim.iccid,
        "imei": context.get("imeisv")
        or (None if subscription.imei is None else imeisv(subscription.imei)),
        "imsi": subscription.sim.imsi,
        "country": country.get("name"),
        "operator": detail.get("name"),
        "mcc": context.get("mcc") or country.get("mcc"),
        "mnc": context.get("mnc") or codes[0].get("mnc"),
        "alert": record.alert,
        "event_severity": _TITLES[record.severity],
    }
    return {name: value for name, value in shown.items() if value is not None}


def event_v2(
    record: EventRecord, subscription: Subscription, names: Names, address: str | None
) -> dict[str, Any]:
    """An event of `GET /v2/sims/{iccid}/events`, in the shape of the Data Streamer."""
    sim, is_2 = subscription.sim, subscription.platform != PLATFORM_1
    severity = (
        _SEVERITIES_2[record.severity]
        if is_2
        else (
            record.severity,
            _SEVERITIES_1[record.severity],
        )
    )
    kind, name, description = record.type, record.name, record.description
    if is_2:
        kind, name = _TYPES_2.get(kind, (kind, _NAMES_2.get(kind, name)))
        if kind in _LOCATIONS:
            description = description.replace("='", " = '").rstrip(".")
    endpoint = {"id": names.endpoint_id, "name": sim.iccid, "ip_address": address or ""}
    if subscription.imei is not None:
        endpoint["imei"] = imeisv(subscription.imei)
    shown: dict[str, Any] = {
        "id": record.id,
        "event_type": {"id": kind, "description": name},
        "timestamp": iso_time(record.at_ms),
        "alert": record.alert,
        "description": description,
        "event_source": {"id": record.source, "description": SOURCES[record.source]},
        "event_severity": {"id": severity[0], "description": severity[1]},
        "organisation": {"id": names.organisation_id, "name": names.organisation},
        "endpoint": endpoint,
        "sim": {"id": names.sim_id, "iccid": sim.iccid, "msisdn": sim.msisdn},
        "imsi": {"id": names.imsi_id, "imsi": sim.imsi},
    }
    if record.detail is not None:
        shown["detail"] = _detail_2(record.detail) if is_2 else record.detail
    return shown


def _detail_2(detail: dict[str, Any]) -> dict[str, Any]:
    """A detail of Platform 2.0: a session has a UUID, and its place in the words of GTP."""
    context = detail.get("pdp_context")
    if context is None:
        return detail
    found = {name: value for name, value in context.items() if name not in _NOT_IN_2}
    found["ipcan_session_id"] = session_id(context)
    if context.get("lac") is not None:
        found |= uli(context["gtp_version"], context["lac"], context["ci"])
    return {**detail, "pdp_context": found}
