"""The assumptions of settings and agreements where no source documents it.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class OsSettings:
    """Settings, credits and agreements."""

    # [U] a simulated world is there to be used: its own organisation has accepted the terms.
    default_has_accepted: bool = True
    credits_at_start: int = 0  # [U] of each kind; they are bought
    credit_lifetime_ms: int = 10 * 365 * 86_400_000  # [U] of credits that are bought
    max_page_size: int = 50  # [U] of a list of settings
