"""The customer's CloudFormation stack, which an AWS integration waits for.

rollouts.arm(integration)                   # done by itself, where the settings say when
rollouts.done(integration_id, work)
rollouts.failed(integration_id, "the stack was rolled back", work)
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nce_sim.clock import Clock
from nce_sim.services.clouds.integration import (
    ROLLOUT_DONE,
    ROLLOUT_FAILED,
    ROLLOUT_STARTED,
    Integration,
)
from nce_sim.services.clouds.settings import CloudsSettings
from nce_sim.services.clouds.store import Integrations
from nce_sim.storage import Work

# Writes in line with the devices' messages, until it is stored (`Ground.write_soon`).
WriteSoon = Callable[[Callable[[Work], None]], None]


class Rollouts:
    """From ROLLOUT_STARTED to ROLLOUT_DONE or ROLLOUT_FAILED."""

    def __init__(
        self,
        integrations: Integrations,
        clock: Clock,
        wall_ms: Callable[[], int],
        write_soon: WriteSoon,
        settings: CloudsSettings,
    ) -> None:
        self._integrations = integrations
        self._clock = clock
        self._wall_ms = wall_ms
        self._write_soon = write_soon
        self._settings = settings
        for one in integrations:
            self.arm(one)

    def arm(self, one: Integration) -> None:
        """Let a rollout end when it is due."""
        if one.state == ROLLOUT_STARTED and one.rollout_due_ms is not None:
            delay_ms = max(0, one.rollout_due_ms - self._wall_ms())
            self._clock.call_later(
                delay_ms,
                lambda: self._write_soon(lambda work: self.done(one.integration_id, work)),
            )

    def done(
        self,
        integration_id: str,
        work: Work,
        aws_account_id: str | None = None,
        region: str | None = None,
    ) -> None:
        """The stack is there: events go to it from now on."""
        one = self._integrations.find(integration_id)
        if one is not None and one.state in (ROLLOUT_STARTED, ROLLOUT_FAILED):
            done = replace(
                one,
                state=ROLLOUT_DONE,
                error=None,
                aws_account_id=aws_account_id or self._settings.aws_account_id,
                region=region or self._settings.aws_region,
                updated_ms=self._wall_ms(),
                rollout_due_ms=None,
            )
            self._integrations.put(done, work)

    def failed(self, integration_id: str, error: str, work: Work) -> None:
        """The stack could not be made."""
        one = self._integrations.find(integration_id)
        if one is not None and one.state == ROLLOUT_STARTED:
            failed = replace(one, state=ROLLOUT_FAILED, error=error, updated_ms=self._wall_ms())
            self._integrations.put(replace(failed, rollout_due_ms=None), work)
