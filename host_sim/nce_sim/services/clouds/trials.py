"""Tests and restarts: a TEST_MESSAGE goes to an integration at once, past the outbox.

tried = await trials.test(organisation_id, integration_id, WEBHOOK)
tried.is_ok, tried.message                          # True, "Test was successful"
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Protocol, TypeVar

from nce_sim.deliveries import Deliveries, Outcome
from nce_sim.problems import Conflict
from nce_sim.services.clouds import envelopes
from nce_sim.services.clouds.integration import (
    ACTIVE,
    FAILED,
    ROLLOUT_FAILED,
    ROLLOUT_STARTED,
    Integration,
)
from nce_sim.services.clouds.owner import EventOwner, is_taken
from nce_sim.services.clouds.store import Integrations
from nce_sim.services.identifiers import trace_id
from nce_sim.storage import Work

Result = TypeVar("Result")


class Write(Protocol):
    """Writes in line with the devices' messages (`Backend.write`)."""

    def __call__(self, call: Callable[[Work], Result]) -> Awaitable[Result]: ...


@dataclass(frozen=True)
class Tried:
    """How a test or a restart went, and the integration after it."""

    is_ok: bool
    message: str
    integration: Integration


class Trials:
    """Tries integrations of one type."""

    def __init__(
        self,
        integrations: Integrations,
        owner: EventOwner,
        deliveries: Deliveries,
        wall_ms: Callable[[], int],
        random: Random,
        write: Write,
    ) -> None:
        self._integrations = integrations
        self._owner = owner
        self._deliveries = deliveries
        self._wall_ms = wall_ms
        self._random = random
        self._write = write

    async def test(self, organisation_id: int, integration_id: str, only: str) -> Tried:
        """Send a TEST_MESSAGE; how that went changes nothing."""
        one = self._integrations.get(organisation_id, integration_id, only)
        outcome = await self._try(one)
        text = "Test was successful" if is_taken(outcome) else f"Test has failed: {outcome}"
        return Tried(is_taken(outcome), text, one)

    async def restart(self, organisation_id: int, integration_id: str, only: str) -> Tried:
        """Send a TEST_MESSAGE to a failed integration: an answer makes it active again."""
        one = self._integrations.get(organisation_id, integration_id, only)
        if one.state != FAILED:
            raise Conflict(
                f"integration {integration_id} is in state {one.state}; only one in state "
                f"{FAILED} is restarted"
            )
        outcome = await self._try(one)
        if not is_taken(outcome):
            return Tried(False, f"Restart has failed: {outcome}", one)

        def restarted(work: Work) -> Integration:
            now = self._integrations.get(organisation_id, integration_id, only)
            work.after_commit(lambda: self._deliveries.wake(self._owner.kind, integration_id))
            again = replace(now, state=ACTIVE, error=None, updated_ms=self._wall_ms())
            return self._integrations.put(again, work)

        return Tried(True, "Restart was successful", await self._write(restarted))

    async def _try(self, one: Integration) -> Outcome:
        if one.state in (ROLLOUT_STARTED, ROLLOUT_FAILED):
            raise Conflict(
                f"integration {one.integration_id} is in state {one.state}; roll out its stack"
            )
        now_ms = self._wall_ms()
        event = envelopes.test_message(
            trace_id(now_ms, self._random), now_ms, one.integration_id, one.name
        )
        body = envelopes.body(event, json_payload=False)
        request = self._owner.request_of(one, event, body, event["id"])
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if not answer.done():
                answer.set_result(outcome)

        handle = self._deliveries.transport.send(request, done)
        try:
            return await answer
        finally:
            handle.cancel()
