"""What leaves the simulated 1NCE OS for the customer's own servers: an outbox in the database.

    deliveries = Deliveries(storage, clock, wall_ms, take=intake.take, transport=transport, ...)
    deliveries.register(owner)                     # a service says where its deliveries go
    deliveries.start()                             # what a former run left is sent
    deliveries.add(message, work)                  # in the unit of work of the event

At least once, in order for each target, one in flight for each target, one id over all tries.
"""

from nce_sim.deliveries.message import Delivery, Message, Owner
from nce_sim.deliveries.outbox import Deliveries
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.transport import Body, Outcome, Request, Transport

__all__ = [
    "Body",
    "Deliveries",
    "Delivery",
    "DeliverySettings",
    "Message",
    "Outcome",
    "Owner",
    "Request",
    "Transport",
]
