"""The customer's server of one test: a webhook that keeps every event of the account.

    async def test_a_level_reaches_the_cloud(device, webhook_receiver):
        await device.send(b"42")
        requests = await webhook_receiver.wait_for(2)       # LIFECYCLE and TELEMETRY_DATA

In virtual time it stands inside the world, in real time at a port of 127.0.0.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from nce_sim.clock import VirtualLoop
from nce_sim.pytest_plugin.stage import Stage

if TYPE_CHECKING:
    from nce_sim import Backend
    from nce_sim.deliveries.receiver import Receiver

NAME = "webhook_receiver"


@pytest.fixture
def webhook_receiver(backend: Backend, _nce_stage: Stage) -> Iterator[Receiver]:
    """A server that a webhook of the account leads to, for all events: `requests`, `wait_for`.

    `status` and `delay_ms` are its answers from now on; a status of None closes the connection.
    """
    from nce_sim.deliveries.receiver import LoopbackReceiver, VirtualReceiver
    from nce_sim.deliveries.virtual import VirtualTransport

    transport = backend.deliveries.transport
    if isinstance(transport, VirtualTransport):
        receiver = VirtualReceiver(transport)
        _integrate(backend, receiver.url)
        yield receiver
        receiver.close()
        return
    opened = LoopbackReceiver.opened()
    real = _nce_stage.run(opened.__aenter__())
    _integrate(backend, real.url)
    yield real
    _nce_stage.run(opened.__aexit__(None, None, None))


def settings_with_receiver(request: pytest.FixtureRequest, stage: Stage, given: Any) -> Any:
    """The settings of 1NCE OS: in real time a test with a receiver delivers to loopback."""
    if NAME not in request.fixturenames or isinstance(stage.loop, VirtualLoop):
        return given
    from nce_sim import BackendSettings

    settings = given or BackendSettings()
    return replace(settings, deliveries=replace(settings.deliveries, allow_loopback=True))


def _integrate(backend: Backend, url: str) -> None:
    from nce_sim.services.clouds.event_types import CHOICES

    organisation_id = backend.world.settings.account.organisation_id
    with backend.storage.unit(backend.wall_ms()) as work:
        backend.clouds.create_webhook(
            organisation_id, NAME, url, {}, [(kind, None) for kind in CHOICES], work=work
        )
