"""The Cloud Integrator: sends events of devices to an organisation's webhooks and to AWS IoT Core.

    clouds = CloudIntegrator(storage, deliveries, clock, wall_ms, random, devices=..., ...)
    integrator.keep(clouds.keep)
    clouds.create_webhook(organisation_id, "mine", "https://example.com/in", {},
                          [("TELEMETRY_DATA", None)], json_payload=False, work=work)
    await clouds.trials.test(organisation_id, integration_id, WEBHOOK)
    clouds.rollouts.done(integration_id, work)

Events go to the outbox in the work that stores them (`deliveries`); `owner` has the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Protocol

from nce_sim.clock import Clock
from nce_sim.deliveries import Deliveries, Message
from nce_sim.deliveries.targets import TargetRules
from nce_sim.problems import Conflict, Invalid
from nce_sim.services.clouds import envelopes, rules
from nce_sim.services.clouds.integration import (
    AWS,
    FAILED,
    ROLLOUT_DONE,
    ROLLOUT_STARTED,
    TAKES_EVENTS,
    WEBHOOK,
    Integration,
)
from nce_sim.services.clouds.owner import KIND, EventOwner
from nce_sim.services.clouds.rollouts import Rollouts, WriteSoon
from nce_sim.services.clouds.settings import VERSION, CloudsSettings
from nce_sim.services.clouds.stack_token import stack_token
from nce_sim.services.clouds.store import Integrations
from nce_sim.services.clouds.trials import Trials, Write
from nce_sim.services.identifiers import ksuid, nanoid, trace_id
from nce_sim.services.logs.service import AdminLogs, LogItem
from nce_sim.storage import Storage, Work

Chosen = Iterable[tuple[str, "str | None"]]

DISABLED = "CloudIntegrator[IntegrationDisabled]"  # [D]
_DISABLED_TEXT = (  # [D]
    'Integration with ID {integration_id} and name "{name}" was disabled due to consecutive '
    "failed requests. Please review affected integration details in Cloud Integrator."
)


class Owners(Protocol):
    """Whose a SIM is."""

    def organisation_of(self, iccid: str) -> int | None: ...


class Publisher(Protocol):
    """Passes an event on to whoever hears of events (`uplink.Integrator`)."""

    def publish(self, event: dict[str, Any], work: Work) -> None: ...


class CloudIntegrator:
    """All integrations of a world."""

    def __init__(
        self,
        storage: Storage,
        deliveries: Deliveries,
        clock: Clock,
        wall_ms: Callable[[], int],
        random: Random,
        *,
        owners: Owners,
        events: Publisher,
        logs: AdminLogs,
        write: Write,
        write_soon: WriteSoon,
        settings: CloudsSettings | None = None,
    ) -> None:
        self.settings = settings or CloudsSettings()
        self._integrations = Integrations(storage)
        self._deliveries = deliveries
        self._wall_ms = wall_ms
        self._random = random
        self._owners = owners
        self._events = events
        self._logs = logs
        self._targets = TargetRules(deliveries.settings.allow_loopback)
        self._key = random.randbytes(32)
        owner = EventOwner(self._integrations, self.settings, wall_ms, self._fail)
        deliveries.register(owner)
        self.rollouts = Rollouts(self._integrations, clock, wall_ms, write_soon, self.settings)
        self.trials = Trials(self._integrations, owner, deliveries, wall_ms, random, write)

    # -- events ----------------------------------------------------------------------------

    def keep(self, event: dict[str, Any], work: Work) -> None:
        """Put an event of a device into the outbox for each integration that asked for it."""
        device = event.get("device")
        if device is None:
            return
        organisation_id = self._owners.organisation_of(device["iccid"])
        if organisation_id is not None:
            self.offer(organisation_id, event, work)

    def offer(self, organisation_id: int, event: dict[str, Any], work: Work) -> None:
        """Put an event into the outbox for the integrations of an organisation."""
        for one in self._integrations.of(organisation_id):
            if one.state in TAKES_EVENTS and event["type"] in one.event_types:
                body = envelopes.body(event, one.json_payload)
                message = Message(organisation_id, KIND, one.integration_id, event["id"], body)
                self._deliveries.add(message, work)

    def _fail(self, integration: Integration, reason: str, work: Work) -> None:
        """Disable an integration, as it is after its last try."""
        now_ms, failed_id = self._wall_ms(), integration.integration_id
        self._integrations.put(
            replace(integration, state=FAILED, error=reason, updated_ms=now_ms), work
        )
        self._deliveries.drop(KIND, failed_id, work)
        text = _DISABLED_TEXT.format(integration_id=failed_id, name=integration.name)
        event_id = trace_id(now_ms, self._random)
        log = LogItem(
            ksuid(now_ms, self._random),
            now_ms,
            "INTEGRATION",
            "error",
            DISABLED,
            text,
            event_id,
            None,
            None,
            integration.organisation_id,
            integration_id=failed_id,
        )
        self._logs.add(log, work)
        event = {
            "id": event_id,
            "type": "ERROR",
            "received": str(now_ms),
            "version": VERSION,
            "error": {
                "id": log.log_id,
                "type": "INTEGRATION",
                "message": DISABLED,
                "description": text,
                "payloadExists": False,
            },
        }
        # It names no device, so that `keep` cannot know whose it is.
        self.offer(integration.organisation_id, event, work)
        self._events.publish(event, work)

    # -- integrations ----------------------------------------------------------------------

    def list(self, organisation_id: int) -> Sequence[Integration]:
        """The integrations of an organisation, oldest first."""
        return self._integrations.of(organisation_id)

    def get(self, organisation_id: int, integration_id: str) -> Integration:
        """One integration; NotFound when it is not there."""
        return self._integrations.get(organisation_id, integration_id)

    def create_webhook(
        self,
        organisation_id: int,
        name: str,
        url: str,
        headers: Mapping[str, str],
        event_types: Chosen,
        *,
        json_payload: bool = False,
        work: Work,
    ) -> Integration:
        """A webhook, which gets events from now on."""
        return self._integrations.put(
            replace(
                self._new(organisation_id, WEBHOOK, name, event_types, json_payload),
                state=ROLLOUT_DONE,
                url=self._url(organisation_id, url),
                headers=rules.headers(headers, self.settings),
            ),
            work,
        )

    def create_aws(
        self,
        organisation_id: int,
        name: str,
        event_types: Chosen,
        *,
        json_payload: bool = False,
        work: Work,
    ) -> Integration:
        """An integration with AWS IoT Core, which gets events once its stack is rolled out."""
        new = self._new(organisation_id, AWS, name, event_types, json_payload)
        wait_ms = self.settings.rollout_ms
        claims = {"customerId": str(organisation_id), "integrationId": new.integration_id}
        now_s = new.created_ms // 1000
        new = replace(
            new,
            jwt=stack_token(claims, now_s, self.settings.jwt_life_s, self._key),
            rollout_due_ms=None if wait_ms is None else new.created_ms + wait_ms,
        )
        work.after_commit(lambda: self.rollouts.arm(new))
        return self._integrations.put(new, work)

    def patch(
        self,
        organisation_id: int,
        integration_id: str,
        *,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        event_types: Chosen | None = None,
        json_payload: bool | None = None,
        only: str | None = None,
        work: Work,
    ) -> Integration:
        """Change what is given; `only` a type: of other integrations NotFound."""
        former = self._integrations.get(organisation_id, integration_id, only)
        changed = replace(former, updated_ms=self._wall_ms())
        if former.type != WEBHOOK and (url is not None or headers is not None):
            raise Invalid("url and headers belong to webhooks; this integration is AWS's")
        if url is not None:
            changed = replace(changed, url=self._url(organisation_id, url, integration_id))
        if headers is not None:
            changed = replace(changed, headers=rules.headers(headers, self.settings))
        if event_types is not None:
            changed = replace(changed, event_types=rules.event_types(event_types))
        if json_payload is not None:
            changed = replace(changed, json_payload=json_payload)
        return self._integrations.put(changed, work)

    def delete(self, organisation_id: int, integration_id: str, work: Work) -> None:
        """Remove an integration, and what waits for it."""
        self._integrations.remove(self.get(organisation_id, integration_id), work)
        self._deliveries.drop(KIND, integration_id, work)

    # -- inside ----------------------------------------------------------------------------

    def _new(
        self, organisation_id: int, kind: str, name: str, event_types: Chosen, json_payload: bool
    ) -> Integration:
        count = len(self._integrations.of(organisation_id))
        if count >= self.settings.most_integrations:
            raise Conflict(f"there are {count} integrations already; delete one first")
        now_ms = self._wall_ms()
        return Integration(
            nanoid(self._random),
            organisation_id,
            kind,
            rules.name(name),
            ROLLOUT_STARTED,
            rules.event_types(event_types),
            json_payload,
            now_ms,
            now_ms,
        )

    def _url(self, organisation_id: int, url: str, own_id: str | None = None) -> str:
        for one in self._integrations.of(organisation_id):
            if one.url == url and one.integration_id != own_id:
                raise Conflict(  # [D] the same URL may not be used twice
                    f"integration {one.integration_id} has this URL already; use another one"
                )
        return rules.url(url, self._targets)
