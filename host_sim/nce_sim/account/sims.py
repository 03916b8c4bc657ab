"""What organisations and orders do to SIMs, as a protocol; `world_sims` does it to a world.

    sims.iccids(organisation_id)
    sims.top_up(iccid, work)              # takes effect once the work is stored

An ICCID that does not exist is told by `organisation_of`, which gives None.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from nce_sim.problems import NotFound, Unprocessable
from nce_sim.storage import Work

# [D] the text of 422 in the SIM group.
EXPIRED = (
    "The following SIMs are expired and cannot be modified via API. Only extensions are permitted"
)


class Sims(Protocol):
    """The SIMs of all organisations."""

    def iccids(self, organisation_id: int) -> Sequence[str]:
        """The SIMs of an organisation."""

    def organisation_of(self, iccid: str) -> int | None:
        """Whose SIM it is, or None when there is no such SIM."""

    def is_expired(self, iccid: str) -> bool:
        """Whether its lifetime is over."""

    def is_deleted(self, iccid: str) -> bool:
        """Whether the time to extend it is over, too."""

    def move(self, iccid: str, organisation_id: int, work: Work) -> None:
        """Give it to another organisation: another address, and its sessions end."""

    def set_imei_lock(self, iccid: str, is_on: bool, work: Work) -> None:
        """Lock it to the device of its next attach, or unlock it."""

    def set_auto_top_up(self, iccid: str, is_on: bool, work: Work) -> None:
        """Whether it is topped up by itself."""

    def top_up(self, iccid: str, work: Work) -> None:
        """Add the volume of a top-up."""

    def extend(self, iccid: str, work: Work) -> None:
        """Add a lifetime, and its volume."""


def owned(sims: Sims, organisation_id: int, iccids: Iterable[str]) -> list[str]:
    """The ICCIDs without repetitions; NotFound when one is not the organisation's."""
    found = list(dict.fromkeys(iccids))
    for iccid in found:
        if sims.organisation_of(iccid) != organisation_id:
            raise NotFound(f"there is no SIM {iccid}; list the SIMs that there are")
    return found


def check_alive(sims: Sims, iccids: Iterable[str]) -> None:
    """Unprocessable when one has expired: it may only be extended."""
    expired = [iccid for iccid in iccids if sims.is_expired(iccid)]
    if expired:
        raise Unprocessable(f"{EXPIRED}: {', '.join(expired)}")
