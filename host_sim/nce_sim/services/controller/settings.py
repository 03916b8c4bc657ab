"""The assumptions of the Device Controller where no source documents it.

[D] documented by 1NCE   [F] seen in the field   [U] undocumented: ours, change freely
"""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 86_400_000


@dataclass(frozen=True)
class ControllerSettings:
    """Limits and waits of the Device Controller."""

    most_scheduled: int = 10  # [D] of one device
    most_devices: int = 100  # [D] of one bulk request
    most_attempts: int = 5  # [D]
    expires_after_ms: int = DAY_MS  # [D] a scheduled request that nothing triggered
    deleted_after_ms: int = 7 * DAY_MS  # [D] after its creation, whatever became of it
    udp_max_bytes: int = 508  # [D]
    coap_max_bytes: int = 1_024  # [D]
    # [U] from an uplink to the actions that it triggers: its own answer comes first.
    trigger_delay_ms: int = 100
    # [U] of an answer with 4.xx or 5.xx: whether the attempts that are left are made all the same.
    refusals_are_repeated: bool = False
    content_format_of_text: int | None = 0  # [F] text/plain, an empty option
    content_format_of_base64: int | None = 42  # [U] application/octet-stream
    write_again_ms: int = 1_000  # [U] when the database did not take what became of a request

    def __post_init__(self) -> None:
        if not 0 < self.expires_after_ms <= self.deleted_after_ms:
            raise ValueError(
                f"expires_after_ms is {self.expires_after_ms}; give 1 to deleted_after_ms, "
                f"{self.deleted_after_ms}"
            )
