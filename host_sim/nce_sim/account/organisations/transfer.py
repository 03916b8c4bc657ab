"""Gives SIMs from an account to its sub-account, or back (1nce_os_2.md, 3.6).

    transfer = Transfer(organisations, sims, arrivals)
    transfer.start(organisation_id, target_id, iccids, ranges, work)

A SIM never goes from one sub-account to another, nor to another customer. It gets an address of
its new organisation, its sessions end, and the limits of that organisation hold for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from nce_sim.account.arrivals import Arrivals
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.sims import Sims, check_alive
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Work

_MOST = 10_000  # [U] SIMs of one transfer


class IccidRange(NamedTuple):
    """The SIMs from one ICCID to another, both included."""

    first: str
    last: str


class Transfer:
    """Moves SIMs between the organisations of one customer."""

    def __init__(self, organisations: Organisations, sims: Sims, arrivals: Arrivals) -> None:
        self._organisations = organisations
        self._sims = sims
        self._arrivals = arrivals

    def start(
        self,
        organisation_id: int,
        target_id: int | None,
        iccids: Sequence[str],
        ranges: Sequence[IccidRange],
        work: Work,
    ) -> list[str]:
        """Give the SIMs to `target_id`; without one, to the account above. The ICCIDs moved."""
        own = self._organisations.get(organisation_id)
        if target_id is None:
            if own.parent_id is None:
                raise Invalid("target_organisation is missing; name the sub-account")
            target_id = own.parent_id
        visible = self._visible(organisation_id)
        if target_id not in self._organisations.customer_of(organisation_id):
            raise NotFound(f"there is no organisation {target_id}; list the sub-accounts")
        chosen = self._chosen(visible, iccids, ranges)
        for iccid in chosen:
            self._check(self._sims.organisation_of(iccid) or 0, target_id, iccid)
        check_alive(self._sims, chosen)
        for iccid in chosen:
            self._sims.move(iccid, target_id, work)
            self._arrivals.arrived(target_id, iccid, work)
        return chosen

    def _visible(self, organisation_id: int) -> list[int]:
        """The organisations whose SIMs a caller may transfer: its own and its sub-accounts'."""
        subs = [sub.organisation_id for sub in self._organisations.subs(organisation_id)]
        return [organisation_id, *subs]

    def _chosen(
        self, visible: Sequence[int], iccids: Sequence[str], ranges: Sequence[IccidRange]
    ) -> list[str]:
        for one in ranges:
            if not _is_iccid(one.first) or not _is_iccid(one.last) or one.first > one.last:
                raise Invalid(
                    f"the range {one.first!r} to {one.last!r} is none; give two ICCIDs of 19 "
                    "digits, the smaller one first"
                )
        known = sorted(iccid for owner in visible for iccid in self._sims.iccids(owner))
        chosen = dict.fromkeys(iccids)
        for iccid in chosen:
            if self._sims.organisation_of(iccid) not in visible:
                raise NotFound(f"there is no SIM {iccid}; list the SIMs that there are")
        for one in ranges:
            found = [iccid for iccid in known if one.first <= iccid <= one.last]
            if not found:
                raise NotFound(f"there is no SIM from {one.first} to {one.last}")
            chosen.update(dict.fromkeys(found))
        if not 1 <= len(chosen) <= _MOST:
            raise Invalid(f"{len(chosen)} SIMs are chosen; name 1 to {_MOST}")
        return list(chosen)

    def _check(self, owner_id: int, target_id: int, iccid: str) -> None:
        if owner_id == target_id:
            raise Conflict(f"SIM {iccid} is in organisation {target_id} already")
        owner, target = (self._organisations.get(one) for one in (owner_id, target_id))
        if owner.parent_id != target_id and target.parent_id != owner_id:
            raise Conflict(
                f"SIM {iccid} cannot go from sub-account {owner_id} to sub-account {target_id}; "
                "transfer it to the account first"
            )


def _is_iccid(text: str) -> bool:
    return len(text) == 19 and text.isascii() and text.isdecimal()
