"""What a completed order brings about: SIMs, volume, lifetimes, credits.

fulfilment = Fulfilment(sims, issuer, rules, arrivals, credits)
delivered = fulfilment.fulfil(order, work)          # the ICCIDs of SIMs that are new
"""

from __future__ import annotations

from typing import Protocol

from nce_sim.account.arrivals import Arrivals
from nce_sim.account.orders.order import Order
from nce_sim.account.organisations.sim_rules import SimRules
from nce_sim.account.products.catalogue import Kind, product
from nce_sim.account.products.sim_classes import SimClass
from nce_sim.account.sims import Sims
from nce_sim.storage import Work


class Issuer(Protocol):
    """Who makes SIMs."""

    def issue(self, organisation_id: int, sim_class: SimClass, work: Work) -> str:
        """Make a SIM of an organisation; its ICCID. Rolled back with `work`."""


class Credits(Protocol):
    """Who keeps the credits of 1NCE OS."""

    def add_credits(self, organisation_id: int, name: str, amount: int, *, work: Work) -> object:
        """Add to what an organisation has."""


class Fulfilment:
    """Acts on the SIMs of a world."""

    def __init__(
        self, sims: Sims, issuer: Issuer, rules: SimRules, arrivals: Arrivals, credits: Credits
    ) -> None:
        self._sims = sims
        self._issuer = issuer
        self._rules = rules
        self._arrivals = arrivals
        self._credits = credits

    def fulfil(self, order: Order, work: Work) -> list[str]:
        """Do what was ordered; the SIMs that are new."""
        delivered: list[str] = []
        for line in order.lines:
            ordered = product(line.product_id)
            if ordered.sim_class is not None and order.iccids == ():
                for _ in range(line.quantity * ordered.package_size):
                    delivered.append(
                        self._issuer.issue(order.organisation_id, ordered.sim_class, work)
                    )
            elif ordered.credit is not None:
                amount = ordered.credits * line.quantity
                self._credits.add_credits(order.organisation_id, ordered.credit, amount, work=work)
            elif ordered.kind is Kind.TOP_UP:
                self._for_each(order, self._sims.top_up, work)
            else:
                self._for_each(order, self._sims.extend, work)
        for iccid in delivered:
            self._arrivals.arrived(order.organisation_id, iccid, work)
            self._rules.delivered(order.organisation_id, iccid, work)
        return delivered

    def _for_each(self, order: Order, act: Act, work: Work) -> None:
        for iccid in order.iccids:
            # A SIM that was transferred or deleted since the order is no longer the buyer's.
            owner = self._sims.organisation_of(iccid)
            if owner == order.organisation_id and not self._sims.is_deleted(iccid):
                act(iccid, work)


class Act(Protocol):
    """One thing that is done to a SIM."""

    def __call__(self, iccid: str, work: Work) -> None: ...
