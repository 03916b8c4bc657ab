"""The Cloud Integrator's side of the outbox: requests of events, and what their outcome changes.

A webhook is taken by any 2xx within 20 s. After the documented waits it is disabled: what waits
for it is dropped, the administration log and the other integrations hear of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace

from nce_sim.deliveries import Delivery, Outcome, Request
from nce_sim.services.clouds.envelopes import Event, topic
from nce_sim.services.clouds.integration import (
    ACTIVE,
    AWS,
    TAKES_EVENTS,
    Integration,
)
from nce_sim.services.clouds.placeholders import filled
from nce_sim.services.clouds.settings import CloudsSettings
from nce_sim.services.clouds.store import Integrations
from nce_sim.storage import Work

KIND = "integration"


def is_taken(outcome: Outcome) -> bool:
    """[D] a 2xx; another carrier than HTTP says 200."""
    return outcome.status is not None and 200 <= outcome.status < 300


class EventOwner:
    """What `Deliveries` asks; `fail(integration, reason, work)` disables an integration."""

    kind = KIND
    most_together = 1  # [I] one event for each request

    def __init__(
        self,
        integrations: Integrations,
        settings: CloudsSettings,
        wall_ms: Callable[[], int],
        fail: Callable[[Integration, str, Work], None],
    ) -> None:
        self._integrations = integrations
        self._settings = settings
        self._wall_ms = wall_ms
        self._fail = fail

    def request(self, target_id: str, deliveries: Sequence[Delivery]) -> Request | None:
        integration = self._integrations.find(target_id)
        if integration is None or integration.state not in TAKES_EVENTS:
            return None
        [delivery] = deliveries
        return self.request_of(
            integration, json.loads(delivery.body), delivery.body, delivery.delivery_id
        )

    def request_of(
        self, integration: Integration, event: Event, body: str, delivery_id: str
    ) -> Request:
        """The request that carries an event to an integration."""
        timeout_ms = self._settings.timeout_ms
        if integration.type == AWS:
            url = f"{self._settings.aws_url}/{topic(event)}"
            return Request("PUBLISH", url, {}, body.encode(), delivery_id, timeout_ms)
        device = event.get("device", {})
        # [I] the customer's headers may say another type.
        headers = {"content-type": "application/json"}
        for name, value in integration.headers.items():
            headers[name.lower()] = filled(value, device)
        url = filled(integration.url or "", device)
        return Request("POST", url, headers, body.encode(), delivery_id, timeout_ms)

    def answered(
        self, target_id: str, deliveries: Sequence[Delivery], outcome: Outcome, work: Work
    ) -> int | None:
        integration = self._integrations.find(target_id)
        if integration is None:
            return None
        if is_taken(outcome):
            self._taken(integration, deliveries[0].body, work)
            return None
        tries = deliveries[0].tries
        if tries < len(self._settings.waits_ms):
            return self._settings.waits_ms[tries]
        self._fail(integration, str(outcome), work)
        return None

    def _taken(self, integration: Integration, body: str, work: Work) -> None:
        """[D] the first message of a device is remembered; others make it active alone."""
        first_ms = integration.first_success_ms
        if first_ms is None and "device" in json.loads(body):
            first_ms = self._wall_ms()
        elif integration.state == ACTIVE:
            return
        now = replace(integration, state=ACTIVE, error=None, first_success_ms=first_ms)
        self._integrations.put(now, work)
