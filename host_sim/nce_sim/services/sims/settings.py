"""The assumptions about SIMs in the Management API where no source documents it.

[D] documented by 1NCE   [F] seen in a log, a screenshot or a client   [U] ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

# One monthly limit that a customer may choose: its id, and its volume in MB or messages.
Options = tuple[tuple[int, int], ...]

NO_LIMIT = 0  # [U] the id of "No Limit"


@dataclass(frozen=True)
class SimsSettings:
    """Delays, limits and numbers of the SIM group."""

    # [D] a bulk update and a reset are "placed into the queue"; [U] how long they wait there
    queue_ms: int = 2_000
    # [D] 2026-12-31 is the end of v1; [U] v1 goes on here unless an end is set (ms since 1970)
    v1_ends_ms: int | None = None
    most_in_bulk: int = 10_000  # [U] SIMs in one request
    label_characters: int = 255  # [U]
    events_kept_ms: int = 7 * 86_400_000  # [F] the portal shows 7 days
    records_kept_ms: int = 31 * 86_400_000  # [U] events in the database
    messages_kept_ms: int = 7 * 86_400_000  # [D]
    usage_months: int = 6  # [D]
    idle_days_are_shown: bool = False  # [U] days without usage in the answer on usage
    peak_throughput: int = 1_000_000  # [D] bits a second; 128000 in an older capture
    # [F] "3 MB per 1 month", "25 SMS per 1 month" and "No Limit" are on a screenshot;
    # [U] are the other options, and all ids.
    data_limits: Options = ((1, 1), (2, 3), (3, 5), (4, 10), (5, 25), (6, 50), (7, 100))
    sms_limits: Options = ((1, 5), (2, 10), (3, 25), (4, 50), (5, 100), (6, 250))
    # The document describes a list of options and shows the object of the limits that are set.
    # [U] False: that object, with the list as `options` beside it; True: the list alone.
    options_are_a_list: bool = False
    first_sim_id: int = 1_000_000  # [U] numbers of SIMs and IMSIs in records
    first_imsi_id: int = 2_000_000  # [U]
