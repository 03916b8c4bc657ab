"""Whose SIM it is, and whether a version of the API serves it.

    finding.find(organisation_id, iccid, version=1)         # NotFound, also for another's
    finding.changeable(organisation_id, [iccid], version=2) # a refusal when it has expired

[D] Both versions serve SIMs of Platform 1.0. A SIM of Platform 2.0 does not exist in v1.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from nce_sim.account.subscription import Subscription
from nce_sim.problems import Invalid, NotFound
from nce_sim.services.sims.devices import Devices
from nce_sim.services.sims.refusals import refusal
from nce_sim.services.sims.settings import SimsSettings
from nce_sim.settings import PLATFORM_1, PLATFORM_2

_EXPIRED = (  # [D]
    "The following SIMs are expired and cannot be modified via API. Only extensions are permitted"
)
SERVED = {1: (PLATFORM_1,), 2: (PLATFORM_1, PLATFORM_2)}  # whose SIMs a version of the API serves


class Finding:
    """The SIMs of all organisations, for those who may see them."""

    def __init__(
        self, devices: Devices, settings: SimsSettings, wall_ms: Callable[[], int]
    ) -> None:
        self.settings = settings
        self._devices = devices
        self._wall_ms = wall_ms

    def find(self, organisation_id: int, iccid: str, version: int) -> Subscription:
        """A SIM of the organisation that this version serves; NotFound for any other."""
        self.check_version(version)
        subscription = self._devices.subscription_of(iccid)
        if (
            subscription is None
            or subscription.organisation_id != organisation_id
            or subscription.is_deleted
        ):
            raise NotFound(f"there is no SIM {iccid[:40]!r} in this account")
        if subscription.platform not in SERVED[version]:
            raise NotFound(
                f"the SIM {iccid!r} is on Platform {subscription.platform}; use /v2/sims"
            )
        return subscription

    def find_all(
        self, organisation_id: int, iccids: Iterable[str], version: int
    ) -> list[Subscription]:
        """Several SIMs; NotFound when one of them is not there, Invalid for none or too many."""
        wanted = list(dict.fromkeys(iccids))
        most = self.settings.most_in_bulk
        if not 1 <= len(wanted) <= most:
            raise Invalid(f"{len(wanted)} SIMs are named; a request takes 1 to {most}")
        return [self.find(organisation_id, iccid, version) for iccid in wanted]

    def changeable(
        self, organisation_id: int, iccids: Iterable[str], version: int
    ) -> list[Subscription]:
        """Several SIMs that have not expired; [D] an expired one can only be extended."""
        found = self.find_all(organisation_id, iccids, version)
        expired = [each.sim.iccid for each in found if each.is_expired]
        if expired:
            raise refusal(version, f"{_EXPIRED}: {', '.join(expired)}")
        return found

    def check_version(self, version: int) -> None:
        """NotFound when this version of the API has ended."""
        end_ms = self.settings.v1_ends_ms
        if version == 1 and end_ms is not None and self._wall_ms() >= end_ms:
            day = datetime.fromtimestamp(end_ms // 1000, UTC)
            raise NotFound(f"version 1 of the SIM API ended on {day:%Y-%m-%d}; use /v2/sims")
