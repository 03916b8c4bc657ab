"""The assumptions of the Energy Saver where no source documents it.

[D] documented by 1NCE   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

ACTIVE = "ACTIVE"
INACTIVE = "INACTIVE"


@dataclass(frozen=True)
class EnergySaverSettings:
    """Templates of customers."""

    max_template_bytes: int = 65_536  # [D] of the request's body; the text alone is bounded alike
    max_templates: int = 100  # [U] per organisation, or a customer could fill the memory
    new_status: str = INACTIVE  # [U] of a template whose creator gives no status

    def __post_init__(self) -> None:
        if self.new_status not in (ACTIVE, INACTIVE):
            raise ValueError(f"new_status is {self.new_status!r}; use ACTIVE or INACTIVE")
