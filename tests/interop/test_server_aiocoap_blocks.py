"""aiocoap, unmodified, sends and fetches large bodies at the twins (RFC 7959)."""

from __future__ import annotations

import asyncio
from random import Random

import aiocoap
import pytest

from nce.coap import codes
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.coap.request import Response
from nce_sim.endpoints.coap.settings import CoapSettings
from support.twin_world import TIMEOUT_S, open_twins

BODY = Random(1).randbytes(65_536)


async def ask(settings, *requests, large=None):
    """What aiocoap at the SIM's twin gets for (code, path, payload); and what arrived."""
    async with open_twins(BackendSettings(coap=CoapSettings(**settings))) as twins:
        if large is not None:
            answer = Response(codes.CONTENT, large)
            twins.backend.coap_resources.add("/large", {codes.GET: lambda *_: answer})
        got = []
        twins.backend.integrator.subscribe(lambda event: got.append(event["type"]))
        context = await aiocoap.Context.create_server_context(
            None, bind=(twins.sim_twin, 0), transports=["udp6"]
        )
        try:
            answers = []
            for code, path, payload in requests:
                message = aiocoap.Message(code=code, uri=twins.coap + path, payload=payload)
                answers.append(
                    await asyncio.wait_for(context.request(message).response, TIMEOUT_S)
                )
        finally:
            await context.shutdown()
        return answers, twins.backend.counters, got


@pytest.mark.parametrize("size", [1025, 5120, 65_536])
def test_aiocoap_uploads_in_blocks(size):
    settings = {"block_wise": True, "upload_max_bytes": 65_536}
    [answer], counters, got = asyncio.run(ask(settings, (aiocoap.POST, "/?t=large", BODY[:size])))
    assert answer.code == aiocoap.CHANGED
    assert (counters.messages, counters.payload_bytes) == (1, size)
    assert got.count("TELEMETRY_DATA") == 1


def test_aiocoap_uploads_in_the_blocks_that_the_server_asks_for():
    settings = {"block_wise": True, "block_bytes": 64}
    [answer], counters, _ = asyncio.run(ask(settings, (aiocoap.POST, "/", BODY[:3000])))
    assert answer.code == aiocoap.CHANGED
    assert counters.payload_bytes == 3000


def test_aiocoap_is_told_that_a_body_is_too_large():
    [answer], counters, _ = asyncio.run(
        ask({"block_wise": True}, (aiocoap.POST, "/", BODY[:6000]))
    )
    assert answer.code == aiocoap.REQUEST_ENTITY_TOO_LARGE
    assert answer.opt.size1 == 5120
    assert counters.messages == 0


def test_blocks_are_refused_by_default():
    [answer], counters, _ = asyncio.run(ask({}, (aiocoap.POST, "/", BODY[:2000])))
    assert answer.code == aiocoap.BAD_OPTION
    assert counters.messages == 0


def test_aiocoap_fetches_a_large_response():
    for block_bytes in (1024, 256):
        [answer], _, _ = asyncio.run(
            ask(
                {"block_wise": True, "block_bytes": block_bytes},
                (aiocoap.GET, "/large", b""),
                large=BODY,
            )
        )
        assert answer.code == aiocoap.CONTENT
        assert answer.payload == BODY


def test_aiocoap_waits_for_separate_responses():
    answers, counters, _ = asyncio.run(
        ask(
            {"separate_after_ms": 300},
            (aiocoap.GET, "/bootstrap", b""),
            (aiocoap.POST, "/", b"hello"),
        )
    )
    assert [answer.code for answer in answers] == [aiocoap.CONTENT, aiocoap.CHANGED]
    assert counters.messages == 1
