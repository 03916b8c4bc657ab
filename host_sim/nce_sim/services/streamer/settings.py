"""The assumptions of the Data Streamer where no source documents it.

[D] documented by 1NCE   [F] seen in a sample   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

_A_MINUTE_MS = 60_000


@dataclass(frozen=True)
class StreamerSettings:
    """Streams and their records."""

    most_streams: int = 10  # [D] of an account on Platform 2.0; [U] on 1.0
    most_records: int = 3_000  # [D] in one request
    # [U] after these waits, repeated for the last one, a stream fails when `patience_ms` is over.
    waits_min: tuple[int, ...] = (1, 2, 4, 8, 16, 30)
    patience_ms: int = 24 * 60 * _A_MINUTE_MS  # [U]
    timeout_ms: int = 20_000  # [U]
    replay_ms: int = 7 * 24 * 60 * _A_MINUTE_MS  # [D] of Platform 2.0
    tariff: tuple[int, str] = (1, "1NCE Production 01 - 1Mbps")  # [D] the name; [U] the number
    ratezone: tuple[int, str] = (1, "Rate Zone 1 (DE)")  # [D] the name; [U] the number
    # [U] of all IMSIs and SIMs, in records of Platform 1.0
    import_date: str = "2023-01-01T00:00:00Z"
    production_date: str = "2023-01-01T00:00:00Z"

    def wait_ms(self, tries: int) -> int | None:
        """The wait after so many failed tries before; None when the patience is over."""
        waited = sum(self._wait(number) for number in range(tries))
        return self._wait(tries) if waited < self.patience_ms else None

    def _wait(self, tries: int) -> int:
        return self.waits_min[min(tries, len(self.waits_min) - 1)] * _A_MINUTE_MS
