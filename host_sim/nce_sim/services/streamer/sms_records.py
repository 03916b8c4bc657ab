"""Records of short messages: the third type of stream, of Platform 2.0 alone.

[D] (sms-records): a message of a SIM, and the delivery report of one to a SIM.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from nce_sim.services.sims.events import Names
from nce_sim.services.streamer.records import timestamp
from nce_sim.sms.short_message import ShortMessage


def from_sim(message: ShortMessage, names: Names, submitted_ms: int) -> dict[str, Any]:
    """The record of a message that a SIM sent."""
    submitted = datetime.fromtimestamp(submitted_ms // 1000, UTC)
    return {
        "id": message.id,
        "submit_date": f"{submitted:%Y-%m-%d %H:%M:%S}",
        "pid": message.pid,
        "organisation": {"id": names.organisation_id},
        "dest_address": message.destination,
        "source_address": message.source,
        "dcs": message.user_data.dcs,
        "payload": message.user_data.text,
        "endpoint": {"id": names.endpoint_id, "name": message.sim.iccid},
    }


def report(
    record_id: int, message: ShortMessage, names: Names, submitted_ms: int, final_ms: int
) -> dict[str, Any]:
    """The record of how a message to a SIM ended."""
    return {
        "id": record_id,
        "submit_date": timestamp(submitted_ms),
        "final_date": timestamp(final_ms),
        "organisation": {"id": names.organisation_id},
        "endpoint": {"id": names.endpoint_id, "name": message.sim.iccid},
        "status": {"id": int(message.status), "status": message.status.name},
        "detail": {"sms": {"id": message.id}},
    }
