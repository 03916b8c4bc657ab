"""A world: one clock, one network, SIM cards and modems; reproducible from its seed.

    world = World(seed=1)
    sim = world.add_sim()
    modem = world.add_modem(sim)
    world.advance(10_000)               # the clock is virtual unless one is given

Services attach from outside: they take the world and listen on `world.core`.
"""

from __future__ import annotations

import datetime
from collections import deque
from random import Random
from typing import TYPE_CHECKING, Any

from nce_sim.account.account import Account
from nce_sim.account.products.sim_classes import SimClass
from nce_sim.clock import Clock, VirtualClock
from nce_sim.modem.core import Modem
from nce_sim.modem.personalities import BY_NAME
from nce_sim.modem.personality import Personality
from nce_sim.network.core import Core
from nce_sim.network.events import Events
from nce_sim.network.operator import Operator
from nce_sim.network.short_messages import IsReachable, RatOf
from nce_sim.problems import Conflict
from nce_sim.record.timeline import Timeline
from nce_sim.settings import PLATFORM_1, Settings
from nce_sim.sim_card import SimCard, luhn_digit
from nce_sim.sms.centre import SmsCenter

if TYPE_CHECKING:
    from nce_sim.storage import Work

Positions = dict[str, Any]  # of random streams, by their names


class World:
    """Everything between a modem's UART and the services, in one place."""

    def __init__(
        self, seed: int, clock: Clock | None = None, settings: Settings | None = None
    ) -> None:
        self.seed = seed
        self._streams: dict[str, Random] = {}
        self.clock: Clock = clock or VirtualClock()
        self.settings = settings or Settings()
        self.timeline = Timeline(self.clock, self.settings.timeline_bytes)
        start_s = self.settings.calendar_start_s
        events = Events(self.timeline)
        # The customer's account: quotas, limits, locks, top-ups.
        self.account = Account(self.clock, self.timeline, events, self.settings.account, start_s)
        self.core = Core(
            self.clock,
            self.timeline,
            self.random("core"),
            self.random("tcp"),
            self.settings.network,
            self.account,
            events,
            start_s,
        )
        self.operator = Operator(self.core, self.settings.cell, self.settings, self._open_sms)
        self.account.serve(self.operator)
        self.sims: list[SimCard] = []
        self.modems: list[Modem] = []
        self._by_iccid: dict[str, SimCard] = {}
        self._not_taken: deque[SimCard] = deque()
        self._first_serial = self.random("serial").randrange(10_000_000, 90_000_000)

    def random(self, name: str) -> Random:
        """A random stream for `name` alone: other consumers do not change its numbers."""
        stream = self._streams[name] = Random(f"{self.seed}/{name}")
        return stream

    def positions(self) -> Positions:
        """Where the random streams are: `set_positions` of an equal world goes on there."""
        return {name: stream.getstate() for name, stream in self._streams.items()}

    def set_positions(self, positions: Positions) -> None:
        """Go on with the random streams where another world was."""
        for name, stream in self._streams.items():
            if name in positions:
                stream.setstate(positions[name])

    def _open_sms(self, rat_of: RatOf, is_reachable: IsReachable) -> SmsCenter:
        # The short message service of this world.
        self.sms = SmsCenter(self.core, self.account, self.settings.sms, rat_of, is_reachable)
        return self.sms

    def advance(self, duration_ms: int) -> None:
        """Let virtual time pass; TypeError when the world runs on another clock."""
        if not isinstance(self.clock, VirtualClock):
            raise TypeError(f"{type(self.clock).__name__} advances by itself; wait instead")
        self.clock.advance(duration_ms)

    def now(self) -> datetime.datetime:
        """The date and time in this world, UTC."""
        start = datetime.datetime.fromtimestamp(self.settings.calendar_start_s, datetime.UTC)
        return start + datetime.timedelta(milliseconds=self.clock.now_ms())

    def add_sim(self) -> SimCard:
        """The next SIM: the first that its database knows and nobody took, or a new one."""
        return self._not_taken.popleft() if self._not_taken else self.issue_sim()

    def issue_sim(self, organisation_id: int | None = None) -> SimCard:
        """Make a SIM and give it its address, one of the world's own organisation or another."""
        serial = self._first_serial + len(self.sims)
        follows = self.settings.account.platform == PLATFORM_1
        sim = SimCard.numbered(serial, msisdn_follows=follows)
        while sim.iccid in self._by_iccid:  # SIMs of a world with another seed
            serial += 1
            sim = SimCard.numbered(serial, msisdn_follows=follows)
        self._add(sim, organisation_id)
        return sim

    def issue(self, organisation_id: int, sim_class: SimClass, work: Work) -> str:
        """Make a SIM of a class, as a part of `work`; its ICCID. Conflict without an address."""
        try:
            sim = self.issue_sim(organisation_id)
        except ValueError as full:
            raise Conflict(str(full)) from full
        work.on_rollback(lambda: self._withdraw(sim))
        second = sim_class.second_imsi
        with self.account.change(sim, work) as (subscription, _):
            subscription.sim_class = sim_class.name
            subscription.form = ", ".join(sim_class.forms)
            if second is not None:
                subscription.imsi_2 = second.prefix + sim.imsi[len(second.prefix) :]
        return sim.iccid

    def restore_sim(self, sim: SimCard, address: str, organisation_id: int) -> SimCard:
        """Take up a SIM of an earlier run; the result is the card of that number in this world."""
        known = self._by_iccid.get(sim.iccid)
        if known is not None:
            return known
        self._add(sim, organisation_id, address)
        self._not_taken.append(sim)
        return sim

    def _withdraw(self, sim: SimCard) -> None:
        self.core.remove_subscriber(sim)
        self.account.remove(sim)
        self.sims.remove(sim)
        del self._by_iccid[sim.iccid]

    def _add(
        self, sim: SimCard, organisation_id: int | None = None, former: str | None = None
    ) -> None:
        self.core.add_subscriber(sim, organisation_id, former)
        self.sims.append(sim)
        self._by_iccid[sim.iccid] = sim

    def set_sim_enabled(self, sim: SimCard, is_enabled: bool) -> None:
        """Enable a SIM, or disable it and end its sessions at once."""
        self.account.set_enabled(sim, is_enabled)

    def add_modem(self, sim: SimCard | None, personality: str | Personality = "bg95") -> Modem:
        """Make a modem, powered off, with `sim` in its holder; None leaves the holder empty.

        A changed family is `dataclasses.replace(BG95, boot_ms=5_000)`.
        """
        if isinstance(personality, str):
            if personality not in BY_NAME:
                names = ", ".join(sorted(BY_NAME))
                raise ValueError(f"unknown modem {personality!r}; choose one of {names}")
            personality = BY_NAME[personality]
        self.operator.serve(personality.access_technologies)
        number = len(self.modems) + 1
        random = self.random(f"modem {number}")
        digits = f"{personality.imei_tac}{random.randrange(1_000_000):06d}"
        modem = Modem(
            f"modem {number}",
            personality,
            clock=self.clock,
            timeline=self.timeline,
            random=random,
            operator=self.operator,
            sim=sim,
            imei=digits + luhn_digit(digits),
            calendar_start_s=self.settings.calendar_start_s,
            settings=self.settings.modem,
        )
        self.modems.append(modem)
        return modem
