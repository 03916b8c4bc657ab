"""mbedTLS (python-mbedtls, which carries 2.28) posts to the simulator at the loopback twins.

Its Python face has no session resumption and no connection ID. PyPI: python-mbedtls
"""

from __future__ import annotations

import asyncio

import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from support.twin_world import TIMEOUT_S, open_twins

tls = pytest.importorskip(
    "mbedtls.tls", reason="no python-mbedtls here; install it: pip install python-mbedtls"
)

SUITES = (
    "TLS-PSK-WITH-AES-128-CCM-8",
    "TLS-PSK-WITH-AES-128-CCM",
    "TLS-PSK-WITH-AES-128-GCM-SHA256",
    "TLS-PSK-WITH-AES-128-CBC-SHA256",
    "TLS-PSK-WITH-AES-128-CBC-SHA",
    "TLS-PSK-WITH-AES-256-CBC-SHA",
)
POST, CHANGED = b"\x41\x02\x42\x41\x01\xffhello", b"\x61\x44\x42\x41\x01"
_MAX_STEPS = 100


class Socket(asyncio.DatagramProtocol):
    def __init__(self):
        self.received = asyncio.Queue()

    def datagram_received(self, data, addr):
        self.received.put_nowait(data)


async def post(suite, settings):
    """Post by mbedTLS from the SIM's twin; the answer, the counters, what is stored."""
    async with open_twins(settings) as twins:
        transport, socket = await asyncio.get_running_loop().create_datagram_endpoint(
            Socket, local_addr=(twins.sim_twin, 0), remote_addr=(twins.coap_twin, 5684)
        )
        configuration = tls.DTLSConfiguration(
            pre_shared_key=(twins.sim.iccid, twins.key),
            ciphers=(suite,),
            validate_certificates=False,
        )
        buffer = tls.ClientContext(configuration).wrap_buffers(None)
        try:
            await asyncio.wait_for(shake_hands(buffer, transport, socket), TIMEOUT_S)
            buffer.write(POST)
            send(buffer, transport)
            buffer.receive_from_network(await asyncio.wait_for(socket.received.get(), TIMEOUT_S))
            return buffer.read(100), twins.backend.counters, twins.stored
        finally:
            transport.close()


def send(buffer, transport):
    data = bytes(buffer.peek_outgoing(10_000))
    if data:
        buffer.consume_outgoing(len(data))
        transport.sendto(data)


async def shake_hands(buffer, transport, socket):
    for _ in range(_MAX_STEPS):
        wants_data = False
        try:
            buffer.do_handshake()
        except tls.WantReadError:
            wants_data = True
        except tls.WantWriteError:
            pass
        send(buffer, transport)
        if buffer._handshake_state is tls.HandshakeStep.HANDSHAKE_OVER:
            return
        if wants_data:
            buffer.receive_from_network(await socket.received.get())
    raise AssertionError(f"no end after {_MAX_STEPS} steps: {buffer._handshake_state}")


@pytest.mark.parametrize("suite", SUITES)
def test_mbedtls_posts_by_every_suite(suite):
    answer, counters, stored = asyncio.run(post(suite, None))
    assert answer == CHANGED
    assert stored == [b"hello"]
    assert (counters.handshakes, counters.handshakes_failed) == (1, 0)


def test_mbedtls_is_not_disturbed_by_what_a_server_may_offer():
    dtls = DtlsSettings(session_ids=True, session_tickets=True, connection_id_bytes=8)
    answer, _, stored = asyncio.run(post(SUITES[0], BackendSettings(dtls=dtls)))
    assert (answer, stored) == (CHANGED, [b"hello"])
