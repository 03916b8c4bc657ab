"""The fixture `webhook_receiver`: in virtual time, and a server on loopback in real time."""

from __future__ import annotations

import asyncio

from nce_sim import Backend, BackendSettings, World
from nce_sim.clock import Limits, LoopClock
from nce_sim.deliveries import DeliverySettings
from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.pytest_plugin.stage import Stage
from nce_sim.pytest_plugin.webhook import settings_with_receiver, webhook_receiver

LIMIT_S = 30


async def test_a_record_of_the_device_arrives(device, webhook_receiver):
    await device.send(b"hello")
    lifecycle, telemetry = await webhook_receiver.wait_for(2)
    assert lifecycle.json["type"] == "LIFECYCLE"
    assert telemetry.json["payload"]["value"] == "aGVsbG8="


def test_a_test_that_is_not_async_finds_the_requests(world, backend, sim_card, webhook_receiver):
    assert isinstance(webhook_receiver, VirtualReceiver)
    address = world.core.address_of(sim_card)
    with backend.storage.unit() as work:
        backend.integrator.accept(sim_card, "UDP", b"hello", address=address, work=work)
    world.advance(1_000)
    assert [body["type"] for body in webhook_receiver.bodies] == ["LIFECYCLE", "TELEMETRY_DATA"]


def test_in_real_time_it_is_a_server_on_loopback():
    class Request:
        fixturenames = ("webhook_receiver",)

    stage = Stage(asyncio.new_event_loop(), Limits(real_s=LIMIT_S))
    settings = settings_with_receiver(Request(), stage, None)
    assert settings == BackendSettings(deliveries=DeliverySettings(allow_loopback=True))
    Request.fixturenames = ()
    assert settings_with_receiver(Request(), stage, None) is None

    world = World(1, LoopClock(stage.loop))
    sim = world.add_sim()

    async def story(backend, receiver):
        address = world.core.address_of(sim)
        await backend.write(
            lambda work: backend.integrator.accept(
                sim, "UDP", b"hello", address=address, work=work
            )
        )
        return await receiver.wait_for(2, LIMIT_S)

    with Backend(world, settings=settings) as backend:
        fixture = webhook_receiver.__wrapped__(backend, stage)
        receiver = next(fixture)
        assert receiver.url.startswith("http://127.0.0.1:")
        lifecycle, telemetry = stage.run(story(backend, receiver))
        assert lifecycle.json["type"] == "LIFECYCLE"
        assert telemetry.json["device"]["iccid"] == sim.iccid
        assert list(fixture) == []
    stage.close()
