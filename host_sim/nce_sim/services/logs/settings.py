"""The assumptions of the administration logs where no source documents it.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LogsSettings:
    """The administration logs."""

    link_lifetime_ms: int = 3_600_000  # [U] of a link to a payload, which needs no token
    max_page_size: int = 25  # [D] of a list
