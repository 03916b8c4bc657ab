"""Network events and usage records, as the Data Streamer of later work streams them.

    core.events.emit("data_threshold", sim, detail={...})
    record = timeline.records(kind="event")[-1]
    record.fields["type"], record.fields["description"]     # subscriber numbers masked
    record.subject.sim, record.subject.description          # a NetworkEvent, unmasked

Ids, names, severities, sources and texts are those of 1NCE's Data Streamer documentation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from nce_sim.record.timeline import Timeline
from nce_sim.sim_card import SimCard, masked

INFO, WARN, CRITICAL = range(3)
SEVERITIES = ("INFO", "WARN", "CRITICAL")
NETWORK, POLICY_CONTROL, API = range(3)
SOURCES = ("Network", "Policy Control", "API")

# The names come from sample records; without a sample, from 1NCE's table.
TYPES = {
    0: "Generic",
    1: "Update location",
    2: "Update GPRS location",
    3: "Create PDP Context",
    4: "Update PDP Context",
    5: "Delete PDP Context",
    8: "SIM activation",
    9: "SIM suspension",
    10: "SIM deletion",
    15: "Purge location",
    16: "Purge GPRS location",
    18: "Quota threshold reached",
    19: "Quota used up",
    20: "SMS quota threshold reached",
    21: "SMS quota used up",
    42: "Endpoint enabled",
    43: "Endpoint disabled",
    56: "Data quota assigned",
    58: "SMS quota assigned",
    60: "Data Quota expired",
    61: "SMS Quota expired",
}
# The network raises none of the others: 6, 7, 13, 14, 17 (portal and API log-ins), 29, 30 (VPN),
# 11, 12 (billing), 50..55, 57, 59, 100..103, 121 (orders, tariffs and pools).


class Kind(NamedTuple):
    """One row of the table: the constant part of an event."""

    type: int
    text: str
    severity: int = INFO
    source: int = NETWORK
    alert: bool = False


_POLICY_ALERT = (WARN, POLICY_CONTROL, True)

# The texts come from 1NCE's sample records. No sample shows the texts of 4, 10, 42, 43, 60, 61 and
# of "pdp_rejected": those texts and their severities are written in the same style.
KINDS = {
    "location": Kind(
        1, "New location received from VLR for IMSI='{imsi}', now attached to VLR='{vlr}'."
    ),
    "gprs_location": Kind(
        2,
        "New location received from SGSN for IMSI='{imsi}', now attached to SGSN='{sgsn}', "
        "IP='{sgsn_ip}', RAT type='{rat_type}'.",
    ),
    "pdp_created": Kind(
        3, "New PDP Context successfully activated with SGSN CP={sgsn_ip}, DP={sgsn_ip}."
    ),
    "pdp_updated": Kind(4, "PDP Context updated, now with SGSN CP={sgsn_ip}, DP={sgsn_ip}."),
    "pdp_deleted": Kind(5, "PDP Context deleted."),
    "sim_activated": Kind(8, "Status of SIM changed from 'Suspended' to 'Activated'", source=API),
    "sim_suspended": Kind(9, "Status of SIM changed from 'Activated' to 'Suspended'", source=API),
    "sim_deleted": Kind(10, "Status of SIM changed from 'Suspended' to 'Deleted'", source=API),
    "location_purged": Kind(15, "VLR location information has been purged for IMSI='{imsi}'."),
    "gprs_location_purged": Kind(
        16, "SGSN location information has been purged for IMSI='{imsi}'."
    ),
    "data_threshold": Kind(
        18,
        "Endpoint quota threshold reached, volume is below {percent}%.",
        *_POLICY_ALERT,
    ),
    "data_used_up": Kind(
        19,
        "Quota volume is completely used up and data access denied for endpoint.",
        *_POLICY_ALERT,
    ),
    "sms_threshold": Kind(
        20, "SMS quota threshold reached, volume is below {percent}%.", *_POLICY_ALERT
    ),
    "sms_used_up": Kind(
        21,
        "SMS quota volume is completely used up and SMS access denied for endpoint.",
        *_POLICY_ALERT,
    ),
    "endpoint_enabled": Kind(42, "Endpoint has been enabled.", source=API),
    "endpoint_disabled": Kind(43, "Endpoint has been disabled.", source=API),
    "data_assigned": Kind(
        56,
        "Data quota got assigned with volume of {volume:.6f} MB. On exhaustion, the data service "
        "will be blocked.",
        INFO,
        API,
        True,
    ),
    "sms_assigned": Kind(
        58,
        "SMS quota got assigned with volume of {volume} SMS. On exhaustion, the SMS service will "
        "be blocked.",
        INFO,
        API,
        True,
    ),
    "data_expired": Kind(60, "Data quota has expired.", WARN, POLICY_CONTROL),
    "sms_expired": Kind(61, "SMS quota has expired.", WARN, POLICY_CONTROL),
    "over_limit": Kind(
        0,
        "PDP Context Request rejected, because endpoint is currently blocked due to exceeded "
        "traffic limit.",
        *_POLICY_ALERT,
    ),
    "pdp_rejected": Kind(0, "PDP Context Request rejected, because {reason}.", *_POLICY_ALERT),
    "disconnected": Kind(
        0,
        "Disconnecting data access for endpoint, because it has been disabled.",
        *_POLICY_ALERT,
    ),
    "dispatch_failed": Kind(
        0,
        "Unable to dispatch {what} to API Callback URL '{url}' (HTTP code={http_status}), please "
        "verify the URL is correct and the application server is accepting requests.",
        WARN,
        NETWORK,
        True,
    ),
    "no_forwarder": Kind(
        0,
        "SMS to {destination} cannot be forwarded, because no API Callback URL defined in "
        "service profile.",
        WARN,
        NETWORK,
        True,
    ),
}


@dataclass(frozen=True, slots=True)
class NetworkEvent:
    """One event, unmasked, with its SIM."""

    kind: Kind
    sim: SimCard
    description: str = field(repr=False)
    detail: Mapping[str, Any] | None = field(repr=False)

    @property
    def name(self) -> str:
        """The event type's description."""
        return TYPES[self.kind.type]


class Events:
    """Puts network events on a timeline."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def emit(
        self,
        name: str,
        sim: SimCard,
        /,
        detail: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
        **texts: object,
    ) -> NetworkEvent:
        """Emit the event called `name` in `KINDS`; `texts` fill its description.

        `more` are fields of the timeline's record alone.
        """
        kind = KINDS[name]
        event = NetworkEvent(kind, sim, kind.text.format(imsi=sim.imsi, **texts), detail)
        self._timeline.add(
            "core",
            "event",
            event,
            type=kind.type,
            name=event.name,
            sim=sim.masked,
            **(more or {}),
            severity=SEVERITIES[kind.severity],
            event_source=SOURCES[kind.source],
            alert=kind.alert,
            description=_without_numbers(event.description, sim),
            detail=_masked_detail(detail, sim),
        )
        return event


def _without_numbers(text: str, sim: SimCard) -> str:
    for number in (sim.iccid, sim.imsi, sim.msisdn):
        text = text.replace(number, masked(number))
    return text


def _masked_detail(value: Any, sim: SimCard) -> Any:
    if isinstance(value, Mapping):
        return {
            name: masked(item) if name == "imeisv" and item else _masked_detail(item, sim)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_masked_detail(item, sim) for item in value]
    if isinstance(value, str):
        return _without_numbers(value, sim)
    return value
