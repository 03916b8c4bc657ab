"""Volume of a SIM: quotas with their threshold, and the customer's monthly limits.

quota = Quota(total=500_000_000, threshold=0.2)
quota.take(400_000_001)         # ["threshold"]
quota.add(500_000_000)          # a top-up
limit = Limit(25); limit.take(1, month=(2026, 1))
"""

from __future__ import annotations

from dataclasses import dataclass

Month = tuple[int, int]

PLENTY, BELOW_THRESHOLD, NOTHING_LEFT = range(3)  # quota_status of the API


@dataclass
class Quota:
    """Bytes or messages bought and used.

    `threshold` is a share of `basis`, the volume after the last purchase. (A record of 1NCE's
    shows 118.98 MB as 20 %: 500 MB were bought on top of the 94.9 MB that were left.)
    """

    total: int
    threshold: float
    used: int = 0
    basis: int = 0
    last_added: int = 0
    threshold_reached_at_ms: int | None = None
    exceeded_at_ms: int | None = None

    def __post_init__(self) -> None:
        self.basis = self.basis or self.total
        self.last_added = self.last_added or self.total

    @property
    def remaining(self) -> int:
        """The volume that is left, never below 0."""
        return max(0, self.total - self.used)

    @property
    def status(self) -> int:
        """PLENTY, BELOW_THRESHOLD or NOTHING_LEFT."""
        left = self.total - self.used
        if left <= 0:
            return NOTHING_LEFT
        return BELOW_THRESHOLD if left < self.threshold_volume else PLENTY

    @property
    def threshold_volume(self) -> float:
        """The owner of the SIM is warned when less than this is left."""
        return self.basis * self.threshold

    def take(self, amount: int, now_ms: int = 0) -> list[str]:
        """Use `amount`; the result names the limits it crossed: "threshold", "used up"."""
        before = self.status
        self.used += amount
        crossed = []
        if before < BELOW_THRESHOLD <= self.status:
            self.threshold_reached_at_ms = now_ms
            crossed.append("threshold")
        if before < NOTHING_LEFT <= self.status:
            self.exceeded_at_ms = now_ms
            crossed.append("used_up")
        return crossed

    def expire(self, now_ms: int) -> None:
        """Drop the rest: unused volume ends with the SIM's lifetime."""
        if self.remaining:
            self.total = self.used
            self.exceeded_at_ms = now_ms

    def add(self, amount: int) -> None:
        """Buy `amount` more."""
        # Use beyond the total is not charged to the new volume.
        self.used = min(self.used, self.total)
        self.total += amount
        self.last_added = amount
        self.basis = self.remaining
        if self.status == PLENTY:
            self.threshold_reached_at_ms = None
        if self.status != NOTHING_LEFT:
            self.exceeded_at_ms = None


@dataclass
class Limit:
    """The customer's monthly limit; None is no limit. Consumption is counted in any case."""

    volume: int | None = None
    used: int = 0
    month: Month = (0, 0)

    def take(self, amount: int, month: Month) -> None:
        """Count `amount` in `month`."""
        self.turn_to(month)
        self.used += amount

    def turn_to(self, month: Month) -> None:
        """A new month starts from 0; a higher limit keeps the count."""
        if month != self.month:
            self.month, self.used = month, 0

    def is_reached(self, month: Month, volume: int | None = None) -> bool:
        """Whether nothing more fits, by this limit or by the earlier one in `volume`."""
        self.turn_to(month)
        volume = self.volume if volume is None else volume
        return volume is not None and self.used >= volume
