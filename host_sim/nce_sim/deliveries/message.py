"""What is delivered, and what its service says of it.

    message = Message(1, "webhook", integration_id, event["id"], body, {"topic": "gps"})
    deliveries.add(message, work)

An `Owner` is the service of one kind of target. It makes requests of its deliveries at the moment
they leave, so that a customer who corrects a URL or renews a secret need not wait for a backlog.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from nce_sim.deliveries.transport import Outcome, Request
from nce_sim.storage import Work


@dataclass(frozen=True, slots=True)
class Message:
    """What a service has to deliver; `details` are texts that it needs again for the request."""

    organisation_id: int
    kind: str
    target_id: str
    event_id: str
    body: str = field(repr=False)
    details: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message in the outbox; `delivery_id` is the same over all its tries."""

    number: int
    delivery_id: str
    organisation_id: int
    kind: str
    target_id: str
    event_id: str
    body: str = field(repr=False)
    details: Mapping[str, str] = field(repr=False)
    created_ms: int
    tries: int  # that have failed

    @classmethod
    def of_row(cls, row: Any) -> Delivery:
        return cls(
            row.number,
            row.delivery_id,
            row.organisation_id,
            row.kind,
            row.target_id,
            row.event_id,
            row.body,
            json.loads(row.details),
            row.created_ms,
            row.tries,
        )


class Owner(Protocol):
    """The service of one kind of target."""

    @property
    def kind(self) -> str: ...

    @property
    def most_together(self) -> int:
        """How many deliveries may go in one request."""

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        """The request for these; None while the target takes none, until `Deliveries.wake`."""

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        """How the request ended: ms until the next try, or None when these are over.

        What the owner writes because of it is stored together with that.
        """
