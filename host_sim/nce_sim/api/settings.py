"""What the doors allow, and what no source documents about them.

[D] documented by 1NCE   [F] seen at 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RateLimit:
    """At most `most` requests in `window_ms`, for a customer or for an address."""

    most: int
    window_ms: int
    is_by_customer: bool = False


# By the beginning of the path below `/management-api`; the longest that fits counts.
RATE_LIMITS = {
    "/oauth": RateLimit(600, 60_000),  # [D]
    "/v1/sims": RateLimit(10, 1_000, is_by_customer=True),  # [D]
    "/v2/sims": RateLimit(10, 1_000, is_by_customer=True),  # [D]
    "/v1/orders": RateLimit(100, 300_000),  # [D]
    "/v1/products": RateLimit(100, 300_000),  # [D]
    "/v1/support": RateLimit(100, 300_000),  # [D]
    "/v1/locate/geofences": RateLimit(30, 60_000, is_by_customer=True),  # [D]
    "/": RateLimit(10, 1_000, is_by_customer=True),  # [D] the default of all others
}


@dataclass(frozen=True)
class ApiSettings:
    """Limits of the doors; `rate_limits={}` lifts all rate limits."""

    rate_limits: dict[str, RateLimit] | None = None  # None: `RATE_LIMITS`
    body_max_bytes: int = 2_097_152  # [U] one more is 413; 5000 keys are 1.2 MB
    body_patience_s: float = 30  # [U] for the whole body; then 408
    # [U] names that a request may be sent to, besides loopback's: against a page in a browser that
    # makes its own name point here (DNS rebinding).
    hosts: tuple[str, ...] = ()
    # [U] pages that may call from a browser, besides those of the API itself.
    origins: tuple[str, ...] = ()
    # [U] wrong passwords of portal users by address, at either door; right ones do not count.
    failed_sign_ins: RateLimit = RateLimit(10, 60_000)

    @property
    def limits(self) -> dict[str, RateLimit]:
        return RATE_LIMITS if self.rate_limits is None else self.rate_limits
