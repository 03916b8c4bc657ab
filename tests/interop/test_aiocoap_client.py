"""aiocoap, unmodified, as a device: it is a SIM by the loopback address it binds to."""

from __future__ import annotations

import asyncio
import errno
import socket

import aiocoap
import pytest

from nce_sim.backend.backend import Backend
from nce_sim.clock import LoopClock
from nce_sim.ports.twin import TwinError, TwinPorts, twin_of
from nce_sim.world import World

SERVER = "coap://127.60.2.219"
TIMEOUT_S = 20


async def ask_all(host, requests):
    """What aiocoap bound to `host` gets in a world of one SIM, 10.160.0.1."""
    world = World(seed=1, clock=LoopClock())
    sim = world.add_sim()
    with Backend(world) as backend:
        twins = TwinPorts(world.core, asyncio.get_running_loop())
        await twins.open()
        context = await aiocoap.Context.create_server_context(
            None, bind=(host, 0), transports=["udp6"]
        )
        try:
            answers = [
                await asyncio.wait_for(
                    context.request(
                        aiocoap.Message(
                            code=code,
                            uri=SERVER + path,
                            payload=payload,
                            transport_tuning=tuning,
                        )
                    ).response,
                    TIMEOUT_S,
                )
                for code, path, payload, tuning in requests
            ]
        finally:
            await context.shutdown()
            twins.close()
        return sim, answers, backend.inspector.history(page_size=None)


CON, NON = aiocoap.Reliable, aiocoap.Unreliable
REQUESTS = (
    (aiocoap.GET, "/bootstrap", b"", CON),
    (aiocoap.POST, "/?t=test", b"confirmable", CON),
    (aiocoap.POST, "/data?t=test", b"unconfirmed", NON),
    (aiocoap.POST, "/?t=a//b", b"", CON),
    (aiocoap.GET, "/", b"", CON),
)


def test_aiocoap_at_a_sims_twin_bootstraps_and_posts():
    sim, answers, stored = asyncio.run(ask_all("127.160.0.1", REQUESTS))
    assert [str(answer.code) for answer in answers] == [
        "2.05 Content",
        "2.04 Changed",
        "2.04 Changed",
        "4.00 Bad Request",
        "4.04 Not Found",
    ]
    assert answers[0].payload.decode().split(",")[0] == sim.iccid
    assert answers[4].payload == b"Not Found"
    assert [item.value for item in stored] == [b"unconfirmed", b"confirmable"]


def test_aiocoap_at_an_unknown_address_is_refused():
    for host in ("127.0.0.1", "127.160.0.9"):
        _, answers, stored = asyncio.run(ask_all(host, REQUESTS[:2]))
        assert [answer.code for answer in answers] == [aiocoap.UNAUTHORIZED] * 2
        assert stored == []


def test_a_twin_in_use_is_named_and_leaves_nothing_open():
    async def clash():
        world = World(seed=1, clock=LoopClock())
        with Backend(world), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.bind(("127.60.2.219", 5684))
            twins = TwinPorts(world.core, asyncio.get_running_loop())
            with pytest.raises(TwinError, match=r"127\.60\.2\.219:5684 is in use.*stop") as caught:
                await twins.open()
            assert caught.value.errno == errno.EADDRINUSE
            assert twins.addresses == {}

    asyncio.run(clash())


def test_twins_of_addresses():
    assert twin_of("10.60.2.219") == "127.60.2.219"
    assert twin_of("127.160.0.7") == "10.160.0.7"
    with pytest.raises(ValueError, match="no twin"):
        twin_of("192.0.2.1")
