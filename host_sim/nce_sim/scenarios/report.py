"""Compares the result of a run of first light with its input.

    report = compare(rows_of(track), inspector_history, air, firmware)
    report.is_perfect, report.as_dict()

The oracle is the track's own CSV, read here with the standard library alone: the firmware's reader
and the codec's encoder have no part in it.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


def rows_of(track: Path) -> list[dict[str, Any]]:
    """The JSON object each row of the track should have become, in order."""
    with track.open(newline="") as file:
        return [expected(row) for row in csv.DictReader(file)]


def expected(row: Mapping[str, str]) -> dict[str, Any]:
    """One row of the track as the Energy Saver should decode it."""
    instant = datetime.fromisoformat(row["date_time"]).replace(tzinfo=UTC)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    elapsed = instant - epoch
    return {
        "record": "fix",
        "time_ms": (elapsed.days * 86_400 + elapsed.seconds) * 1000 + elapsed.microseconds // 1000,
        "position": {
            "latitude": float(row["latitude"]),
            "longitude": float(row["longitude"]),
            "accuracy_m": int(row["accuracy_m"]),
            "altitude_m": float(row["altitude_m"]),
        },
        "speed_mps": float(row["speed_mps"]),
        "bearing_deg": int(row["bearing_deg"]),
        "satellites": {"used": int(row["sat_used"]), "in_view": int(row["sat_inview"])},
    }


@dataclass(frozen=True)
class Air:
    """The traffic over the radio link, in bytes with IP and UDP headers, and in round trips."""

    handshake_bytes_up: int
    handshake_bytes_down: int
    handshakes: int
    bootstrap_bytes: int
    fix_bytes: int
    dns_queries: int
    round_trips_to_first_acknowledgement: int


@dataclass(frozen=True)
class Firmware:
    """The firmware's own report."""

    interpreter: str
    acknowledged: int
    repeated: int
    heap_peak_bytes: int | None
    heap_size_bytes: int | None


@dataclass(frozen=True)
class Report:
    """One run of first light."""

    interpreter: str
    fixes: int
    acknowledged: int
    decoded: int
    equal: int
    stored_twice: int
    payload_bytes: int
    json_payload_bytes: float
    bytes_per_fix: float
    json_bytes_per_fix: float
    handshakes: int
    handshake_bytes: int
    bootstrap_bytes: int
    dns_queries: int
    round_trips_to_first_acknowledgement: int
    heap_peak_bytes: int | None
    heap_size_bytes: int | None
    unexpected: tuple[str, ...] = ()

    @property
    def is_perfect(self) -> bool:
        """Every fix sent, acknowledged, decoded and equal, and nothing else stored."""
        return (
            self.fixes == self.acknowledged == self.equal > 0
            and self.decoded == self.equal + self.stored_twice
            and not self.unexpected
        )

    def as_dict(self) -> dict[str, Any]:
        """For `--json`."""
        return {**asdict(self), "is_perfect": self.is_perfect}


def compare(
    rows: Sequence[Mapping[str, Any]],
    decoded: Iterable[Mapping[str, Any]],
    payload_bytes: int,
    air: Air,
    firmware: Firmware,
) -> Report:
    """Match every decoded object with the row it came from (they share `time_ms`)."""
    by_time = {row["time_ms"]: row for row in rows}
    equal: set[int] = set()
    unexpected = []
    stored_twice = total = 0
    for value in decoded:
        total += 1
        time_ms = value.get("time_ms")
        row = by_time.get(time_ms) if isinstance(time_ms, int) else None
        if row is None or value != row:
            unexpected.append(_difference(value, row))
        elif time_ms in equal:
            stored_twice += 1
        else:
            equal.add(row["time_ms"])
    json_payload = statistics.fmean(len(compact_json(row)) for row in rows)
    messages = max(total, 1)
    bytes_per_fix = air.fix_bytes / messages
    return Report(
        interpreter=firmware.interpreter,
        fixes=len(rows),
        acknowledged=firmware.acknowledged,
        decoded=total,
        equal=len(equal),
        stored_twice=stored_twice,
        payload_bytes=payload_bytes,
        json_payload_bytes=json_payload,
        bytes_per_fix=bytes_per_fix,
        # CoAP, DTLS (CCM) and IP add the same to any payload that fits one datagram.
        json_bytes_per_fix=bytes_per_fix - payload_bytes + json_payload,
        handshakes=air.handshakes,
        handshake_bytes=air.handshake_bytes_up + air.handshake_bytes_down,
        bootstrap_bytes=air.bootstrap_bytes,
        dns_queries=air.dns_queries,
        round_trips_to_first_acknowledgement=air.round_trips_to_first_acknowledgement,
        heap_peak_bytes=firmware.heap_peak_bytes,
        heap_size_bytes=firmware.heap_size_bytes,
        unexpected=tuple(unexpected[:5]),
    )


def compact_json(value: Mapping[str, Any]) -> bytes:
    """As a device would send it: no spaces, shortest numbers."""
    return json.dumps(value, separators=(",", ":")).encode()


def _difference(value: Mapping[str, Any], row: Mapping[str, Any] | None) -> str:
    if row is None:
        return f"decoded {dict(value)!r}, which is no row of the track"
    names = [name for name in {**row, **value} if value.get(name) != row.get(name)]
    pairs = ", ".join(f"{name}: {value.get(name)!r} is not {row.get(name)!r}" for name in names)
    return f"the fix of {row['time_ms']} differs in {pairs}"
