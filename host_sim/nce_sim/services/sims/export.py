"""The list of SIMs as a file, as the portal exports it: CSV with PIN and PUK.

text = export_csv(records, locks)
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from typing import Any

from nce_sim.sim_card import PinLock

COLUMNS = (  # [U] their names and order; [D] that PIN and PUK are among them
    "iccid",
    "iccid_with_luhn",
    "imsi",
    "imsi_2",
    "msisdn",
    "imei",
    "imei_lock",
    "status",
    "activation_date",
    "ip_address",
    "current_quota",
    "current_quota_SMS",
    "label",
    "pin",
    "puk",
)
# A spreadsheet would run a cell that begins so.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_csv(rows: Iterable[tuple[Mapping[str, Any], PinLock | None]]) -> str:
    """Records of SIMs with their PIN locks as a table; 1NCE's SIMs have none."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\r\n")
    writer.writeheader()
    for record, lock in rows:
        row = dict(record)
        if lock is not None:
            row |= {"pin": lock.pin, "puk": lock.puk}
        label = row.get("label")
        if isinstance(label, str) and label.startswith(_FORMULA):
            row["label"] = f"'{label}"
        writer.writerow(row)
    return out.getvalue()
