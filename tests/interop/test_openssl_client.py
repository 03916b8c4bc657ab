"""`openssl s_client` against the simulator at the loopback twins: every suite, every lost flight.

The CoAP inside is encoded and decoded by aiocoap, so nothing of ours is on the client's side.
"""

from __future__ import annotations

import asyncio
import shutil

import aiocoap
import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from support.twin_world import open_twins

OPENSSL = shutil.which("openssl")
if OPENSSL is None:
    pytest.skip(
        "no `openssl` here; `make peers` installs it",
        allow_module_level=True,
    )

SUITES = (
    ("PSK-AES128-CCM8", ()),
    ("PSK-AES128-CCM", ()),
    ("PSK-AES128-GCM-SHA256", ()),
    ("PSK-AES128-CBC-SHA256", ()),
    ("PSK-AES128-CBC-SHA256", ("-no_etm",)),
    ("PSK-AES128-CBC-SHA", ()),
    ("PSK-AES128-CBC-SHA", ("-no_etm",)),
    ("PSK-AES256-CBC-SHA", ()),
)
FLIGHTS = (
    ("first ClientHello", "up", 0),
    ("HelloVerifyRequest", "down", 0),
    ("second ClientHello", "up", 1),
    ("ServerHello", "down", 1),
    ("key exchange and Finished", "up", 2),
    ("the server's Finished", "down", 2),
)
TIMEOUT_S = 20


class Proxy(asyncio.DatagramProtocol):
    """Sits before the twin as the SIM: relays one client, dropping chosen datagrams."""

    def __init__(self, drop=()):
        self.drop, self.count, self.client = set(drop), {"up": 0, "down": 0}, None

    async def open(self, sim_host, server):
        loop = asyncio.get_running_loop()
        self.inner, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self, "up"), local_addr=("127.0.0.1", 0)
        )
        self.outer, _ = await loop.create_datagram_endpoint(
            lambda: _Side(self, "down"), local_addr=(sim_host, 0)
        )
        self.server = server
        return self.inner.get_extra_info("sockname")[1]

    def close(self):
        self.inner.close()
        self.outer.close()

    def relay(self, direction, data, addr):
        number, self.count[direction] = self.count[direction], self.count[direction] + 1
        if direction == "up":
            self.client = addr
        if (direction, number) in self.drop:
            return
        if direction == "up":
            self.outer.sendto(data, self.server)
        else:
            self.inner.sendto(data, self.client)


class _Side(asyncio.DatagramProtocol):
    def __init__(self, proxy, direction):
        self.proxy, self.direction = proxy, direction

    def datagram_received(self, data, addr):
        self.proxy.relay(self.direction, data, addr)


async def post_by_openssl(cipher, options=(), drop=()):
    """Post `hello` by CoAP in DTLS in OpenSSL; the CoAP answer and what the Inspector holds."""
    async with open_twins(BackendSettings(dtls=DtlsSettings(retransmit_ms=30_000))) as twins:
        proxy = Proxy(drop)
        port = await proxy.open(twins.sim_twin, (twins.coap_twin, 5684))
        try:
            answer = await asyncio.wait_for(
                _converse(port, twins.sim.iccid, twins.key, cipher, options), TIMEOUT_S
            )
            return answer, twins.stored
        finally:
            proxy.close()


async def _converse(port, identity, key, cipher, options):
    request = aiocoap.Message(code=aiocoap.POST, payload=b"hello")
    request.mtype, request.mid, request.token = aiocoap.CON, 0x4242, b"\x01"
    request.opt.uri_query = ("t=test",)
    process = await asyncio.create_subprocess_exec(
        OPENSSL,
        *("s_client", "-dtls1_2", "-quiet", "-connect", f"127.0.0.1:{port}"),
        *("-psk", key.hex(), "-psk_identity", identity, "-cipher", f"{cipher}:@SECLEVEL=0"),
        *options,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        process.stdin.write(request.encode())
        await process.stdin.drain()
        # A line about the missing server name may come first; the answer is the ACK 2.04.
        got = b""
        while b"\x61\x44\x42\x42" not in got:
            some = await process.stdout.read(1000)
            if not some:
                raise EOFError(f"openssl ended after {got!r}")
            got += some
        return aiocoap.Message.decode(got[got.index(b"\x61\x44\x42\x42") :])
    finally:
        process.kill()
        await process.wait()


@pytest.mark.parametrize(("cipher", "options"), SUITES)
def test_openssl_posts_by_every_suite(cipher, options):
    answer, stored = asyncio.run(post_by_openssl(cipher, options))
    assert answer.code == aiocoap.CHANGED
    assert stored == [b"hello"]


@pytest.mark.parametrize(("name", "direction", "number"), FLIGHTS)
def test_openssl_gets_through_when_any_flight_is_lost(name, direction, number):
    answer, stored = asyncio.run(post_by_openssl("PSK-AES128-CCM8", drop=[(direction, number)]))
    assert answer.code == aiocoap.CHANGED
    assert stored == [b"hello"], name
