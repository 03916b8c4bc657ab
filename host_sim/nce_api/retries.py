"""When a call is sent again, and after how long."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

AGAIN_LATER = (429, 502, 503, 504)
"""Statuses after which the same call may succeed."""


@dataclass(frozen=True)
class Retries:
    """How often, and how long between; times in seconds.

    The waits double from `first_wait_s`, each shortened by up to half at random, so that many
    clients do not come back together. `Retry-After` counts if it is longer; one above
    `longest_wait_s` ends the call instead.
    """

    attempts: int = 4
    first_wait_s: float = 0.5
    longest_wait_s: float = 60.0

    def __post_init__(self) -> None:
        if self.attempts < 1:
            raise ValueError("attempts is %d: a call is sent once at least" % self.attempts)

    def wait_s(self, attempts: int, retry_after_s: float | None) -> float | None:
        """How long to wait after so many attempts; none to give up."""
        if attempts >= self.attempts or (retry_after_s or 0) > self.longest_wait_s:
            return None
        doubled = min(self.first_wait_s * 2.0 ** (attempts - 1), self.longest_wait_s)
        return max(doubled * random.uniform(0.5, 1), retry_after_s or 0)


def retry_after_s(header: str | None) -> float | None:
    """The header's seconds, or the time until its date (RFC 9110, 10.2.3); none if unreadable."""
    if header is None:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        date = parsedate_to_datetime(header)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return max(0.0, (date - datetime.now(UTC)).total_seconds())
