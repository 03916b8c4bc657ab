"""What an nRF91 remembers beside what all modems do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple


class SystemMode(NamedTuple):
    """`AT%XSYSTEMMODE`."""

    lte_m: int = 1
    nb_iot: int = 0
    gnss: int = 0
    preference: int = 0


class ModemSleep(NamedTuple):
    """`AT%XMODEMSLEEP=1`: a sleep is told again so long before its end; the shortest told."""

    warning_ms: int
    threshold_ms: int


@dataclass
class NordicNvm:
    """Kept through power cycles."""

    system_mode: SystemMode = field(default_factory=SystemMode)
    band_lock: str = "1" * 88  # AT%XBANDLOCK
    # AT%CMNG: content by security tag and type.
    credentials: dict[tuple[int, int], str] = field(default_factory=dict, repr=False)
    release_assistance: int = 0  # AT%RAI


@dataclass
class NordicRam:
    """New after each start."""

    modem_sleep: ModemSleep | None = None  # AT%XMODEMSLEEP; None tells nothing
    gnss_is_active: bool = False  # AT+CFUN
    gnss_status: int = 0  # AT#XGNSS?
    last_failure: str | None = None  # module and cause, for AT+CEER
    receive_timeout_s: int | None = (
        None  # AT#XSOCKETOPT of the first SLM; None: as settings have it
    )
