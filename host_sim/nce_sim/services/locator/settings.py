"""The assumptions of the Device Locator where no source documents it.

[D] documented by 1NCE   [F] seen in a screenshot or a sample   [U] undocumented: ours
"""

from __future__ import annotations

from dataclasses import dataclass

DAY_MS = 86_400_000

ACCESS_TYPES = ("2G", "3G", "3.5G", "4G", "NB-IoT", "LTE-M")  # [D] of `radioAccessType`


@dataclass(frozen=True)
class LocatorSettings:
    """Positions, resolvers and geofences."""

    kept_ms: int = 7 * DAY_MS  # [D] positions and cell tower events
    activity_ms: int = DAY_MS  # [D] when a query on cell tower events names no times
    most_events: int = 1_000  # [U] cell tower events in one answer, the newest
    summary_points: int = 10  # [U] of a SUMMARY: the first, the last "and some in between"
    # [D] a position of a LwM2M device carries its own time. [U] one that is further ahead than
    # this, or older than what is kept, counts as sampled when it arrived.
    clock_ahead_ms: int = 60_000
    # -- cell towers
    every_ms: int = 3_600_000  # [D] at most once an hour for a device
    # [D] "the update is skipped and a retry will be done in the next PDP Context"
    failure_waits_too: bool = False
    event_types: tuple[int, ...] = (3,)  # [D] Create PDP Context; 4 is an update of one
    # [D] 2G, "not guaranteed" for 3G, 4G, LTE-M and NB-IoT; [F] 4G is resolved in screenshots.
    basic_access: tuple[str, ...] = ("2G", "3G", "3.5G", "4G")
    plus_access: tuple[str, ...] = ("2G", "3G", "3.5G", "4G", "LTE-M")  # [D] no NB-IoT
    failure_costs_a_credit: bool = False  # [U] 1NCE: a credit for each location
    confidence: float = 0.68  # [F] of every accuracy in 1NCE's samples
    vertical_accuracy_m: int | None = 45  # [F] some samples have none
    # -- towers
    most_towers: int = 200_000  # [U] in one file of OpenCelliD
    # -- geofences
    most_global: int = 10  # [D] of an organisation
    most_of_device: int = 1  # [D]
    most_on_page: int = 1_000  # [U] of a list; 1NCE's pageSize has no end
    most_points: int = 1_000  # [U] of a polygon, all rings together
    # [U] the first position of a device that a fence sees, inside: an ENTER. Outside it is none.
    first_inside_is_enter: bool = True
    # [U] a log for each ENTER and EXIT: 1NCE's logs have a `geofenceId`, but no sample shows one.
    crossings_are_logged: bool = True

    def __post_init__(self) -> None:
        for name in ("basic_access", "plus_access"):
            unknown = set(getattr(self, name)) - set(ACCESS_TYPES)
            if unknown:
                raise ValueError(
                    f"{name} has {sorted(unknown)}; choose from {', '.join(ACCESS_TYPES)}"
                )
        if self.summary_points < 2:
            raise ValueError(f"summary_points is {self.summary_points}; first and last are 2")
