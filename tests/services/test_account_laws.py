"""Laws of accounts: SIMs are neither lost nor made twice, and each belongs to one organisation.

A small model is kept beside the world: who has which SIM, with how much data, and which orders
wait. Any step may be rolled back, and the world may stop and go on from its database.
"""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from nce_sim import World
from nce_sim.account.access.settings import AccessSettings
from nce_sim.account.orders.order import OrderLine
from nce_sim.account.orders.settings import OrderSettings
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.account.postal import PostalAddress
from nce_sim.backend_settings import BackendSettings
from nce_sim.customers import Customers
from nce_sim.problems import Conflict, NotFound, Problem
from nce_sim.storage import Work
from support.account_tables import storage_with

OWN = 8_000_001
DAY = 86_400_000
DELIVERED = 660_000
VOLUME = 500_000_000
HOME = PostalAddress(street="Weg", zip="50667", city="Cologne", country="DE")
SETTINGS = BackendSettings(
    access=AccessSettings(scrypt_cost=2),
    orders=OrderSettings(paid_after_ms={"banktransfer": DAY, "creditcard": 0}),
)
anyone = st.integers(0, 3)  # an organisation by its place in the model
some_sims = st.lists(st.integers(0, 7), min_size=1, max_size=3, unique=True)
is_stored = st.sampled_from([True, True, True, False])


class Accounts(RuleBasedStateMachine):
    """Customers of one world, and what the model says of them."""

    @initialize()
    def begin(self):
        self.storage = storage_with()
        self.parents = {OWN: None}
        self.owners = {}  # by ICCID
        self.data = {}
        self.top_ups = []  # (due at, organisation, ICCIDs)
        self.deliveries = []  # (due at, organisation, how many)
        self.now = 0
        self.open()

    def open(self):
        world = World(1)
        world.advance(self.now)  # its clock goes on where it stopped
        self.world = world
        self.customers = Customers(world, self.storage, SETTINGS)
        self.customers.start()

    def teardown(self):
        if hasattr(self, "storage"):
            self.storage.close()

    def attempt(self, call, stored):
        """Let `call(work)` write; None when it is rolled back."""
        work = Work()
        try:
            result = call(work)
        except Problem:
            work.rolled_back()
            raise
        if not stored:
            work.rolled_back()
            return None
        self.storage.commit([work], self.now)
        work.committed()
        return result

    def organisation(self, place):
        return list(self.parents)[place % len(self.parents)]

    def sims(self, places):
        known = list(self.owners)
        return list(dict.fromkeys(known[place % len(known)] for place in places))

    # -- steps -----------------------------------------------------------------------------

    @rule(parent=anyone, stored=is_stored)
    def open_a_sub_account(self, parent, stored):
        parent = self.organisation(parent)
        new = NewOrganisation("Branch", "branch@example.com", "DE")

        def create(work):
            return self.customers.organisations.create(parent, new, self.now, work)

        if self.parents[parent] is not None:
            with pytest.raises(Conflict):
                self.attempt(create, stored)
            return
        made = self.attempt(create, stored)
        if made is not None:
            self.parents[made.organisation_id] = parent

    @rule(buyer=anyone, quantity=st.integers(1, 3), stored=is_stored)
    def order_sims(self, buyer, quantity, stored):
        buyer = self.organisation(buyer)
        lines = [OrderLine(1001, quantity)]
        made = self.attempt(
            lambda work: self.customers.orders.place(buyer, lines, HOME, None, work), stored
        )
        if made is not None:
            self.deliveries.append((self.now + DAY + DELIVERED, buyer, quantity))

    @precondition(lambda self: self.owners)
    @rule(
        buyer=anyone,
        places=some_sims,
        method=st.sampled_from(["banktransfer", "creditcard"]),
        stored=is_stored,
    )
    def top_up(self, buyer, places, method, stored):
        buyer, chosen = self.organisation(buyer), self.sims(places)

        def order(work):
            return self.customers.orders.top_up(buyer, chosen, method, work)

        if any(self.owners[iccid] != buyer for iccid in chosen):
            with pytest.raises(NotFound):
                self.attempt(order, stored)
        elif self.attempt(order, stored) is not None:
            if method == "creditcard":
                for iccid in chosen:
                    self.data[iccid] += VOLUME
            else:
                self.top_ups.append((self.now + DAY, buyer, chosen))

    @precondition(lambda self: self.owners)
    @rule(caller=anyone, receiver=anyone, places=some_sims, stored=is_stored)
    def transfer(self, caller, receiver, places, stored):
        caller, target = self.organisation(caller), self.organisation(receiver)
        chosen = self.sims(places)
        visible = {caller, *(sub for sub, parent in self.parents.items() if parent == caller)}
        owners = {self.owners[iccid] for iccid in chosen}
        may = owners <= visible and all(
            self.parents[owner] == target or self.parents[target] == owner for owner in owners
        )

        def start(work):
            return self.customers.transfer.start(caller, target, chosen, [], work)

        if not may:
            with pytest.raises((Conflict, NotFound)):
                self.attempt(start, stored)
        elif self.attempt(start, stored) is not None:
            self.owners.update(dict.fromkeys(chosen, target))

    @rule(
        duration=st.sampled_from([1, 60_000, DELIVERED, DAY, DAY + DELIVERED]),
        restarts=st.booleans(),
    )
    def time_passes(self, duration, restarts):
        if restarts:
            self.world.advance(2_000)  # what changed in passing is saved
            self.happened(2_000)
            self.customers.close_customers()
            self.open()
        self.world.advance(duration)
        self.happened(duration)

    def happened(self, duration):
        """What became due meanwhile, in the order of time."""
        self.now += duration
        due = [("top-up", *entry) for entry in self.top_ups if entry[0] <= self.now]
        for _, _, buyer, iccids in due:
            for iccid in iccids:
                if self.owners[iccid] == buyer:  # it may have been transferred meanwhile
                    self.data[iccid] += VOLUME
        self.top_ups = [entry for entry in self.top_ups if entry[0] > self.now]
        arrived = [entry for entry in self.deliveries if entry[0] <= self.now]
        self.deliveries = [entry for entry in self.deliveries if entry[0] > self.now]
        new = [sim.iccid for sim in self.world.sims if sim.iccid not in self.owners]
        assert len(new) == sum(quantity for _, _, quantity in arrived)
        owners = [buyer for _, buyer, quantity in arrived for _ in range(quantity)]
        sims = self.customers.world_sims
        assert sorted(map(sims.organisation_of, new)) == sorted(owners)
        for iccid in new:
            self.owners[iccid] = sims.organisation_of(iccid)
            self.data[iccid] = VOLUME

    # -- laws ------------------------------------------------------------------------------

    @invariant()
    def every_sim_has_its_owner_its_volume_and_an_address_of_its_own(self):
        core, account = self.world.core, self.world.account
        assert {sim.iccid for sim in self.world.sims} == set(self.owners)
        addresses = set()
        for iccid, owner in self.owners.items():
            sim = core.sim_of(iccid)
            assert account.subscription(sim).organisation_id == core.organisation_of(sim) == owner
            assert account.subscription(sim).data.remaining == self.data[iccid]
            address = core.address_of(sim)
            assert core.sim_at(address) is sim
            blocks = [block.rpartition(".")[0] for block in core.blocks.blocks_of(owner)]
            assert address.rpartition(".")[0] in blocks
            addresses.add(address)
        assert len(addresses) == len(self.owners)

    @invariant()
    def nobody_has_a_block_of_another(self):
        blocks = [
            block for owner in self.parents for block in self.customers.organisations.blocks(owner)
        ]
        assert len(set(blocks)) == len(blocks)

    @invariant()
    def open_orders_are_those_that_wait(self):
        for owner in self.parents:
            waits = any(entry[1] == owner for entry in (*self.top_ups, *self.deliveries))
            assert self.customers.orders.has_open(owner) == waits


def run(examples, steps):
    run_state_machine_as_test(
        Accounts,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_accounts_follow_their_model():
    run(examples=60, steps=30)


@pytest.mark.exhaustive
def test_accounts_follow_their_model_for_long():
    run(examples=2_000, steps=60)
