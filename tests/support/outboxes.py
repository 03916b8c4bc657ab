"""An outbox by itself: storage in memory, a virtual clock, an owner that a test can ask."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from nce_sim.clock import VirtualClock
from nce_sim.deliveries import Deliveries, Delivery, DeliverySettings, Message, Outcome, Request
from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.deliveries.virtual import VirtualTransport
from nce_sim.endpoints.intake import Intake
from nce_sim.record.timeline import Timeline
from nce_sim.storage import Storage, Work
from nce_sim.tables import METADATA

START_MS = 1_800_000_000_000


@dataclass(frozen=True)
class Patience:
    store_patience_ms: int = 1_500
    store_retry_ms: int = 25
    store_max_waiting: int = 20_000


@dataclass
class PlainOwner:
    """Sends to `url`; tries again after `waits_ms`, then gives up."""

    url: str = "https://receiver.example.com/"
    waits_ms: Sequence[int] = (1_000, 2_000)
    most_together: int = 1
    kind: str = "plain"
    is_open: bool = True
    taken: list[str] = field(default_factory=list)
    given_up: list[str] = field(default_factory=list)

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        if not self.is_open:
            return None
        body = ",".join(delivery.body for delivery in deliveries).encode()
        headers = {"X-Delivery": deliveries[0].delivery_id}
        url = self.url + target_id
        return Request("POST", url, headers, body, deliveries[0].delivery_id)

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        bodies = [delivery.body for delivery in deliveries]
        if outcome.status == 200:
            work.after_commit(lambda: self.taken.extend(bodies))
            return None
        tries = deliveries[0].tries
        if tries < len(self.waits_ms):
            return self.waits_ms[tries]
        work.after_commit(lambda: self.given_up.extend(bodies))
        return None


class Bench:
    """An outbox whose time a test moves: `bench.clock.advance(ms)`."""

    def __init__(
        self,
        storage: Storage | None = None,
        settings: DeliverySettings | None = None,
        clock: VirtualClock | None = None,
        **options: Any,
    ) -> None:
        self.storage = storage or Storage(METADATA)
        self.clock = clock or VirtualClock()
        self.timeline = Timeline(self.clock)
        self.transport = VirtualTransport(self.clock)
        self.receiver = VirtualReceiver(self.transport)
        self.troubles: list[str] = []
        self.intake = Intake(
            self.clock,
            self.storage,
            self.wall_ms,
            Patience(),
            on_batch=lambda: None,
            on_trouble=lambda reason, count: self.troubles.append(reason),
        )
        self.deliveries = Deliveries(
            self.storage,
            self.clock,
            self.wall_ms,
            take=self.intake.take,
            transport=self.transport,
            timeline=self.timeline,
            random=random.Random(7),
            settings=settings,
        )
        self.owner = PlainOwner(**options)
        self.deliveries.register(self.owner)
        self.deliveries.start()

    def wall_ms(self) -> int:
        return START_MS + self.clock.now_ms()

    def add(self, *bodies: str, target: str = "a") -> None:
        with self.storage.unit() as work:
            for body in bodies:
                message = Message(1, "plain", target, f"event-{body}", body)
                assert self.deliveries.add(message, work)

    @property
    def bodies(self) -> list[str]:
        return [request.body.decode() for request in self.receiver.requests]
