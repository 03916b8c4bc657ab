"""aiocoap, unmodified, as a device: it is a SIM by the loopback address it binds to."""

from __future__ import annotations

import asyncio

import aiocoap

from support.twin_world import TIMEOUT_S, open_twins


async def ask_all(host_of, requests):
    """What aiocoap bound to `host_of(twins)` gets in a world of one SIM."""
    async with open_twins() as twins:
        context = await aiocoap.Context.create_server_context(
            None, bind=(host_of(twins), 0), transports=["udp6"]
        )
        try:
            answers = [
                await asyncio.wait_for(
                    context.request(
                        aiocoap.Message(
                            code=code,
                            uri=twins.coap + path,
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
        return twins.sim, answers, twins.backend.inspector.history(page_size=None)


CON, NON = aiocoap.Reliable, aiocoap.Unreliable
REQUESTS = (
    (aiocoap.GET, "/bootstrap", b"", CON),
    (aiocoap.POST, "/?t=test", b"confirmable", CON),
    (aiocoap.POST, "/data?t=test", b"unconfirmed", NON),
    (aiocoap.POST, "/?t=a//b", b"", CON),
    (aiocoap.GET, "/", b"", CON),
)


def test_aiocoap_at_a_sims_twin_bootstraps_and_posts():
    sim, answers, stored = asyncio.run(ask_all(lambda twins: twins.sim_twin, REQUESTS))
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
    def no_sim(twins):
        return twins.sim_twin.rpartition(".")[0] + ".9"

    for host_of in (lambda twins: "127.0.0.1", no_sim):
        _, answers, stored = asyncio.run(ask_all(host_of, REQUESTS[:2]))
        assert [answer.code for answer in answers] == [aiocoap.UNAUTHORIZED] * 2
        assert stored == []
