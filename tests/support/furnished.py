"""What no operation of 1NCE's brings about, made for a customer: every operation finds its thing.

known = await furnish(world, backend, organisation_id)
known["iccid"], known["adminLogId"], known["failedWebhook"]

SIMs, a sub-account, credits, a message that failed in its template (a log with a payload), and
three targets that gave up: a webhook, an integration with AWS, a plugin. Time passes meanwhile.
"""

from __future__ import annotations

import asyncio
from typing import Any

from nce_sim import Backend, SimCard, World
from nce_sim.account.organisations.organisation import NewOrganisation
from nce_sim.clock import VirtualClock
from nce_sim.deliveries.virtual import Answer, VirtualTransport
from nce_sim.services.plugins.partners import TartabitDetails
from nce_sim.services.settings.service import GEOFENCING
from nce_sim.steered_clock import SteeredClock

LEVEL = '{"sense": [{"asset": "level", "value": {"byte": 0, "type": "uint"}}]}'
_MINUTE_MS = 60_000
_MOST_MINUTES = 90  # webhooks, plugins and AWS give up after half an hour


async def furnish(
    world: World, backend: Backend, organisation_id: int, *, name: str = "Branch"
) -> dict[str, Any]:
    """The ids of what is there now, by the names of path parameters and bodies."""
    sims = [world.issue_sim(organisation_id) for _ in range(4)]
    sim = sims[0]
    session = backend.core.open_session(sim, lambda datagram: None)
    new = NewOrganisation(name, f"{name.lower()}@example.com", "DE")
    branch = await backend.write(
        lambda work: backend.organisations.create(organisation_id, new, backend.wall_ms(), work)
    )
    await backend.write(
        lambda work: backend.customer_settings.add_credits(
            organisation_id, GEOFENCING, 100, work=work
        )
    )
    failed = await _targets(backend, organisation_id)
    template = await backend.write(
        lambda work: backend.energy_saver.templates.create(
            organisation_id, "level", LEVEL, ["UDP"], "ACTIVE", work=work
        )
    )
    servers = backend.deliveries.transport
    assert isinstance(servers, VirtualTransport)
    close = [servers.serve(url, lambda request: Answer(500)) for url in ("https://", "aws-iot://")]
    await _message(backend, sim, b"")
    await _message(backend, sim, b"\x2a")
    await _until_they_failed(world, backend, organisation_id, failed)
    for stop in close:
        stop()
    servers.serve("https://", lambda request: Answer(200))
    servers.serve("aws-iot://", lambda request: Answer(200))
    logs = backend.logs.listed(organisation_id, page=1, page_size=25).items
    session.close()
    return {
        "iccid": sim.iccid,
        "deviceId": sim.iccid,
        "iccids": [sim.iccid for sim in sims],
        "transferred": sims[-1].iccid,
        "branch": branch.organisation_id,
        "templateId": template.template_id,
        "adminLogId": next(log.log_id for log in logs if log.payload is not None),
        **failed,
    }


async def _targets(backend: Backend, organisation_id: int) -> dict[str, str]:
    clouds, plugins = backend.clouds, backend.plugins
    types = [("TELEMETRY_DATA", None)]
    url = f"https://{organisation_id}.example.com/"
    details = TartabitDetails("bridge-us.tartabit.com", "webhook-secret-0042")
    webhook = await backend.write(
        lambda work: clouds.create_webhook(organisation_id, "bad", url, {}, types, work=work)
    )
    aws = await backend.write(
        lambda work: clouds.create_aws(organisation_id, "bad", types, work=work)
    )
    plugin = await backend.write(lambda work: plugins.install(organisation_id, details, work))
    _pass_time(backend.clock, _MINUTE_MS)  # the stack is rolled out
    await asyncio.sleep(0.01)
    return {
        "failedWebhook": webhook.integration_id,
        "failedAws": aws.integration_id,
        "failedPlugin": plugin.plugin_id,
    }


async def _message(backend: Backend, sim: SimCard, payload: bytes) -> None:
    address = backend.core.address_of(sim)
    await backend.write(
        lambda work: backend.integrator.accept(sim, "UDP", payload, address=address, work=work)
    )


async def _until_they_failed(
    world: World, backend: Backend, organisation_id: int, failed: dict[str, str]
) -> None:
    for _ in range(_MOST_MINUTES):
        states = [
            backend.clouds.get(organisation_id, failed["failedWebhook"]).state,
            backend.clouds.get(organisation_id, failed["failedAws"]).state,
            backend.plugins.get(organisation_id, failed["failedPlugin"]).status,
        ]
        if all(state.endswith("FAILED") for state in states):
            return
        _pass_time(world.clock, _MINUTE_MS)
        await asyncio.sleep(0.01)
    raise AssertionError(f"after {_MOST_MINUTES} minutes they are {states}")


def _pass_time(clock: Any, duration_ms: int) -> None:
    assert isinstance(clock, VirtualClock | SteeredClock)
    clock.advance(duration_ms)
