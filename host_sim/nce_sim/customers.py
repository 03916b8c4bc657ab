"""The customers of a world: their organisations, SIMs, users, orders and questions.

customers = Customers(world, storage, settings)
customers.start()
customers.organisations.get(organisation_id); customers.access.token_for(client_id, secret, now_ms)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nce_sim.account.access.service import Access
from nce_sim.account.arrivals import Arrivals
from nce_sim.account.orders.fulfilment import Fulfilment
from nce_sim.account.orders.service import Orders
from nce_sim.account.organisations.network import CoreNetwork
from nce_sim.account.organisations.service import Organisations
from nce_sim.account.organisations.transfer import Transfer
from nce_sim.account.organisations.transfer_log import TransferLog
from nce_sim.account.subscription_store import SubscriptionStore
from nce_sim.account.support.service import Support
from nce_sim.account.world_sims import WorldSims
from nce_sim.backend_settings import BackendSettings
from nce_sim.ground import Ground
from nce_sim.services.settings.service import CustomerSettings
from nce_sim.storage import Storage, Work

if TYPE_CHECKING:
    from nce_sim.world import World


class Customers(Ground):
    """What belongs to customers, before any service of 1NCE OS."""

    def __init__(self, world: World, storage: Storage, settings: BackendSettings) -> None:
        super().__init__(world, storage, settings)
        subscriptions = SubscriptionStore(
            storage,
            self.saver,
            world.account,
            self.core.address_of,
            self.clock.now_ms,
            epoch_ms=self.epoch_ms,
        )
        subscriptions.restore(world.restore_sim)
        world.account.keep_in(subscriptions)
        world_sims = self.world_sims = WorldSims(world.account, world.core)
        self.arrivals = Arrivals()
        self.organisations = Organisations(
            storage,
            self.random("backend.organisations"),
            world_sims,
            CoreNetwork(world.core),
            settings.organisations,
            world.settings.account.organisation_id,
            self.wall_ms(),
        )
        log = TransferLog(storage, self.wall_ms)
        self.transfer = Transfer(self.organisations, world_sims, self.arrivals, log)
        self.access = Access(
            storage,
            self.random("backend.access"),
            settings.access,
            self.organisations.account_number_of,
        )
        self.customer_settings = CustomerSettings(storage, self.wall_ms, settings.os)
        self.orders = Orders(
            storage,
            self.clock,
            self.wall_ms,
            self.organisations,
            world_sims,
            Fulfilment(
                world_sims, world, self.organisations.rules, self.arrivals, self.customer_settings
            ),
            self.write_soon,
            settings.orders,
        )
        world.account.buy_at(self.orders)
        self.support = Support(storage, self.wall_ms)

    def start(self) -> None:
        """Arm what is due."""
        self.orders.start()

    def close_customers(self) -> None:
        """End what would still become due."""
        self.orders.close()

    def delete_sub_account(self, organisation_id: int, sub_id: int, work: Work) -> None:
        """Delete a sub-account with everybody who signs in to it."""
        self.organisations.delete(
            organisation_id, sub_id, has_open_orders=self.orders.has_open(sub_id), work=work
        )
        self.access.forget(sub_id, work)
