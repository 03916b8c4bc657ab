"""Gives SIMs from an account to its sub-account, or back (1nce_os_2.md, 3.6).

    transfer = Transfer(organisations, sims, arrivals, log)
    transfer.preview(organisation_id, source_id, target_id, ranges)     # what each range has
    transfer.start(organisation_id, target_id, iccids, ranges, work)

A SIM never goes from one sub-account to another, nor to another customer. It gets an address of
its new organisation, its sessions end, and the limits of that organisation hold for it.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from nce_sim.account.arrivals import Arrivals
from nce_sim.account.organisations.organisation import Organisation
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.transfer_log import TransferLog
from nce_sim.account.sims import Sims, check_alive
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Work

_MOST = 10_000  # [U] SIMs of one transfer


class IccidRange(NamedTuple):
    """The SIMs from one ICCID to another, both included."""

    first: str
    last: str


class Seen(NamedTuple):
    """A range before its transfer: its SIMs, and why it cannot be transferred."""

    range: IccidRange
    iccids: list[str]
    problem: str | None


class Transfer:
    """Moves SIMs between the organisations of one customer."""

    def __init__(
        self, organisations: Organisations, sims: Sims, arrivals: Arrivals, log: TransferLog
    ) -> None:
        self._organisations = organisations
        self._sims = sims
        self._arrivals = arrivals
        self.log = log

    def preview(
        self,
        organisation_id: int,
        source_id: int | None,
        target_id: int | None,
        ranges: Sequence[IccidRange],
    ) -> list[Seen]:
        """What each range has, and what is wrong with it; nothing is moved."""
        source_id = self._source(organisation_id, source_id)
        self._pair(source_id, self._target(organisation_id, target_id), "The SIMs")
        name = self._organisations.get(source_id).name
        known, taken, seen = sorted(self._sims.iccids(source_id)), set[str](), []
        for one in ranges:
            iccids: list[str] = []
            problem = _wrong(one)
            if problem is None:
                iccids = _within(known, one)
                expired = sum(map(self._sims.is_expired, iccids))
                if not iccids:
                    problem = f"{name} has no SIM in it"
                elif not taken.isdisjoint(iccids):
                    problem = "it has SIMs of an earlier range; name each SIM once"
                elif expired:
                    problem = f"{expired} of its SIMs have expired; extend them first"
                taken.update(iccids)
            seen.append(Seen(one, iccids, problem))
        return seen

    def start(
        self,
        organisation_id: int,
        target_id: int | None,
        iccids: Sequence[str],
        ranges: Sequence[IccidRange],
        work: Work,
        *,
        source_id: int | None = None,
        user: str | None = None,
    ) -> list[str]:
        """Give the SIMs to `target_id`; without one, to the account above. The ICCIDs moved.

        With `source_id` they are of that organisation alone.
        """
        target_id = self._target(organisation_id, target_id)
        visible = self._visible(organisation_id)
        if source_id is not None:
            visible = [self._source(organisation_id, source_id)]
        chosen = self._chosen(visible, iccids, ranges)
        moved: dict[int, list[str]] = {}
        for iccid in chosen:
            owner_id = self._sims.organisation_of(iccid) or 0
            self._pair(owner_id, target_id, f"SIM {iccid}")
            moved.setdefault(owner_id, []).append(iccid)
        check_alive(self._sims, chosen)
        for iccid in chosen:
            self._sims.move(iccid, target_id, work)
            self._arrivals.arrived(target_id, iccid, work)
        for owner_id, part in moved.items():
            self._note(owner_id, target_id, part, organisation_id, user, work)
        return chosen

    def _note(
        self,
        owner_id: int,
        target_id: int,
        iccids: Sequence[str],
        by_id: int,
        user: str | None,
        work: Work,
    ) -> None:
        owner, target = (self._organisations.get(one) for one in (owner_id, target_id))
        is_to_sub = target.parent_id == owner_id
        account, sub = (owner, target) if is_to_sub else (target, owner)
        self.log.note(account, sub, iccids, is_to_sub=is_to_sub, by_id=by_id, user=user, work=work)

    def _visible(self, organisation_id: int) -> list[int]:
        """The organisations whose SIMs a caller may transfer: its own and its sub-accounts'."""
        subs = [sub.organisation_id for sub in self._organisations.subs(organisation_id)]
        return [organisation_id, *subs]

    def _source(self, organisation_id: int, source_id: int | None) -> int:
        if source_id is None:
            return organisation_id
        if source_id not in self._visible(organisation_id):
            raise NotFound(f"there is no organisation {source_id}; list the sub-accounts")
        return source_id

    def _target(self, organisation_id: int, target_id: int | None) -> int:
        if target_id is None:
            parent_id = self._organisations.get(organisation_id).parent_id
            if parent_id is None:
                raise Invalid("target_organisation is missing; name the sub-account")
            return parent_id
        if target_id not in self._organisations.customer_of(organisation_id):
            raise NotFound(f"there is no organisation {target_id}; list the sub-accounts")
        return target_id

    def _chosen(
        self, visible: Sequence[int], iccids: Sequence[str], ranges: Sequence[IccidRange]
    ) -> list[str]:
        for one in ranges:
            problem = _wrong(one)
            if problem is not None:
                raise Invalid(f"the range {one.first!r} to {one.last!r} is none; {problem}")
        known = sorted(iccid for owner in visible for iccid in self._sims.iccids(owner))
        chosen = dict.fromkeys(iccids)
        for iccid in chosen:
            if self._sims.organisation_of(iccid) not in visible:
                raise NotFound(f"there is no SIM {iccid}; list the SIMs that there are")
        for one in ranges:
            found = _within(known, one)
            if not found:
                raise NotFound(f"there is no SIM from {one.first} to {one.last}")
            chosen.update(dict.fromkeys(found))
        if not 1 <= len(chosen) <= _MOST:
            raise Invalid(f"{len(chosen)} SIMs are chosen; name 1 to {_MOST}")
        return list(chosen)

    def _pair(self, owner_id: int, target_id: int, what: str) -> None:
        """Conflict, unless one of them is the account of the other."""
        if owner_id == target_id:
            raise Conflict(f"{what} cannot move: organisation {target_id} has them already")
        owner: Organisation = self._organisations.get(owner_id)
        target = self._organisations.get(target_id)
        if owner.parent_id != target_id and target.parent_id != owner_id:
            raise Conflict(
                f"{what} cannot go from sub-account {owner_id} to sub-account {target_id}; "
                "transfer to the account first"
            )


def _within(known: Sequence[str], one: IccidRange) -> list[str]:
    """Those of a sorted list that are in the range."""
    return list(known[bisect_left(known, one.first) : bisect_right(known, one.last)])


def _wrong(one: IccidRange) -> str | None:
    if _is_iccid(one.first) and _is_iccid(one.last) and one.first <= one.last:
        return None
    return "give two ICCIDs of 19 digits, the smaller one first"


def _is_iccid(text: str) -> bool:
    return len(text) == 19 and text.isascii() and text.isdecimal()
