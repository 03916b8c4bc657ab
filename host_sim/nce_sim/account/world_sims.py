"""The SIMs of a world, as `sims.Sims` has them: the account decides, the network obeys.

    sims = WorldSims(world.account, world.core)
    sims.iccids(organisation_id)
    sims.move(iccid, organisation_id, work)

What a call does to a SIM is seen on the air once its work is stored.
"""

from __future__ import annotations

from collections.abc import Sequence

from nce_sim.account.account import Account
from nce_sim.network.core import Core
from nce_sim.problems import Conflict, NotFound
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work


class WorldSims:
    """The account and the core of one world."""

    def __init__(self, account: Account, core: Core) -> None:
        self._account = account
        self._core = core

    def iccids(self, organisation_id: int) -> Sequence[str]:
        subscription = self._account.subscription
        return [
            sim.iccid
            for sim in self._core.subscribers()
            if subscription(sim).organisation_id == organisation_id
        ]

    def organisation_of(self, iccid: str) -> int | None:
        sim = self._core.sim_of(iccid)
        return None if sim is None else self._account.subscription(sim).organisation_id

    def is_expired(self, iccid: str) -> bool:
        return self._account.subscription(self._sim(iccid)).is_expired

    def is_deleted(self, iccid: str) -> bool:
        return self._account.subscription(self._sim(iccid)).is_deleted

    def move(self, iccid: str, organisation_id: int, work: Work) -> None:
        sim, core = self._sim(iccid), self._core
        before = core.organisation_of(sim), core.address_of(sim)
        try:
            host = core.blocks.next_host(organisation_id)
        except ValueError as full:
            raise Conflict(str(full)) from full

        def undo() -> None:
            core.blocks.release(host, organisation_id)
            if before[0] is not None and before[1] is not None:
                core.readdress(sim, before[0], before[1])

        work.on_rollback(undo)
        # The address is a part of the row that the change writes.
        core.readdress(sim, organisation_id, host)
        with self._account.change(sim, work) as (subscription, later):
            subscription.organisation_id = organisation_id
            later(lambda: core.transferred(sim))
            later(lambda: core.blocks.release(before[1] or "", before[0]))

    def has_imei_lock(self, iccid: str) -> bool:
        return self._account.subscription(self._sim(iccid)).is_imei_locked

    def set_imei_lock(self, iccid: str, is_on: bool, work: Work) -> None:
        act = self._account.lock_imei if is_on else self._account.unlock_imei
        act(self._sim(iccid), work)

    def set_auto_top_up(self, iccid: str, is_on: bool, work: Work) -> None:
        self._account.set_auto_top_up(self._sim(iccid), is_on, work)

    def top_up(self, iccid: str, work: Work) -> None:
        self._account.top_up(self._sim(iccid), work)

    def extend(self, iccid: str, work: Work) -> None:
        sim = self._sim(iccid)
        self._account.extend(sim, work)
        self._account.top_up(sim, work)  # [D] an extension renews data and SMS

    def switch_profile(self, iccid: str, work: Work) -> str:
        """Let a card with two IMSIs use the other one; the IMSI that it uses then.

        On the air it is another subscriber: its device attaches again. A stand-in for GSMA's
        remote provisioning (SGP.02), which has no operation in 1NCE's API.
        """
        sim = self._sim(iccid)
        with self._account.change(sim, work) as (subscription, later):
            if subscription.imsi_2 is None:
                raise Conflict(
                    f"SIM {iccid} ({subscription.sim_class}) has one profile; order a China+ card "
                    "or an eUICC"
                )
            before = sim.imsi
            is_first = before == sim.first_imsi
            sim.imsi = subscription.imsi_2 if is_first else sim.first_imsi

            def undo() -> None:
                sim.imsi = before

            work.on_rollback(undo)
            later(lambda: self._account.reset_connection(sim))
        return sim.imsi

    def _sim(self, iccid: str) -> SimCard:
        sim = self._core.sim_of(iccid)
        if sim is None:
            raise NotFound(f"there is no SIM {iccid}; list the SIMs that there are")
        return sim
