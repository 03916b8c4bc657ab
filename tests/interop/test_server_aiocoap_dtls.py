"""aiocoap over its own DTLS (tinydtls, by DTLSSocket) at the simulator's twin.

DTLSSocket is built from source and needs a compiler and autoconf. It cannot bind to an address,
so identity decides; its one suite is CCM_8, and it has neither resumption nor connection IDs.
"""

from __future__ import annotations

import asyncio

import aiocoap
import pytest

from nce_sim.backend_settings import BY_IDENTITY, BackendSettings
from support.twin_world import TIMEOUT_S, open_twins

pytest.importorskip(
    "DTLSSocket",
    reason="no DTLSSocket here; `make peers` installs it",
)


async def post():
    async with open_twins(BackendSettings(coaps_device=BY_IDENTITY)) as twins:
        context = await aiocoap.Context.create_client_context(transports=["tinydtls"])
        credentials = {"psk": twins.key, "client-identity": twins.sim.iccid.encode()}
        context.client_credentials.load_from_dict(
            {f"coaps://{twins.coap_twin}/*": {"dtls": credentials}}
        )
        try:
            message = aiocoap.Message(
                code=aiocoap.POST, uri=f"coaps://{twins.coap_twin}/data?t=test", payload=b"hello"
            )
            answer = await asyncio.wait_for(context.request(message).response, TIMEOUT_S)
            return answer, twins.stored, twins.backend.counters
        finally:
            await context.shutdown()


def test_aiocoap_posts_over_tinydtls():
    answer, stored, counters = asyncio.run(post())
    assert answer.code == aiocoap.CHANGED
    assert stored == [b"hello"]
    assert (counters.handshakes, counters.handshakes_failed) == (1, 0)
