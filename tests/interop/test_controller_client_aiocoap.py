"""The backend's CoAP client pushes to aiocoap as a device, at the SIM's twin, port 3000."""

from __future__ import annotations

import asyncio
from random import Random

import aiocoap
import aiocoap.resource

from nce.coap import codes
from nce_sim.endpoints.coap.client import CoapClient, Failed, Succeeded
from nce_sim.endpoints.coap.settings import Transmission
from nce_sim.endpoints.endpoint import Endpoint
from nce_sim.wire.datagram import Address
from support.twin_world import TIMEOUT_S, open_twins

PORT = 3000


class Example(aiocoap.resource.Resource):
    """Notes what the device was told, and answers late when it is told so."""

    def __init__(self):
        super().__init__()
        self.seen = []

    async def render_post(self, request):
        self.seen.append(request)
        if request.payload == b"slow":
            # aiocoap confirms with an empty ACK after a while and answers by itself.
            await asyncio.sleep(0.5)
        return aiocoap.Message(code=aiocoap.CHANGED, payload=b"done")


async def push(*requests):
    """What becomes of (method, target, payload) at the device, and what it saw."""
    async with open_twins() as twins:
        done = {}
        arrived = asyncio.Event()

        def on_event(event):
            done[event.number] = event
            arrived.set()

        client = CoapClient(Random(1), Transmission(ack_timeout_ms=1_000, max_retransmit=1))
        # Beside the service that the world's block was claimed by.
        coap_host = twins.world.settings.network.coap_host
        controller = Address(coap_host.rpartition(".")[0] + ".242", 5683)
        endpoint = Endpoint(
            twins.world.core, twins.world.clock, controller, client, on_event=on_event
        )
        await twins.ports.open()  # the controller's own twin, beside those of the endpoints
        site, example = aiocoap.resource.Site(), Example()
        site.add_resource(["example"], example)
        device = await aiocoap.Context.create_server_context(
            site, bind=(twins.sim_twin, PORT), transports=["udp6"]
        )
        try:
            for method, target, payload, port in requests:
                now_ms = twins.world.clock.now_ms()
                client.request((twins.sim_host, port), method, target, payload, now_ms)
                endpoint.flush()
            while len(done) < len(requests):
                arrived.clear()
                await asyncio.wait_for(arrived.wait(), TIMEOUT_S)
        finally:
            await device.shutdown()
            endpoint.close()
        return twins, [done[number] for number in sorted(done)], example.seen


def test_a_device_is_told_and_its_answer_counts():
    target = "/example?param1=query_example1"
    twins, events, seen = asyncio.run(
        push(
            (codes.POST, target, b"on", 3000),
            (codes.POST, target, b"slow", 3000),
            (codes.POST, "/nowhere", b"", 3000),
            (codes.POST, "/example", b"", 3001),
        )
    )
    told, late, lost, silent = events
    assert told == Succeeded(1, (twins.sim_host, PORT), codes.CHANGED, b"done")
    assert late == Succeeded(2, (twins.sim_host, PORT), codes.CHANGED, b"done")
    assert (lost.number, lost.code) == (3, codes.NOT_FOUND)
    assert silent == Failed(4, (twins.sim_host, 3001), "no answer from the device")
    assert [request.payload for request in seen] == [b"on", b"slow"]
    assert seen[0].opt.uri_query == ("param1=query_example1",)
    assert seen[0].opt.content_format == 0
    assert seen[0].opt.uri_host is None
    assert len(seen[0].token) == 8
    assert seen[0].remote.hostinfo == twins.coap_twin.rpartition(".")[0] + ".242"
