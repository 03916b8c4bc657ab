"""DTLS of OpenSSL under an LwM2M client: bootstrapped with one key, registered with the other.

The CoAP inside is written by hand; `s_client` carries each message in a record.
"""

from __future__ import annotations

import asyncio
import shutil

import cbor2
import pytest

from support.hand_coap import FORMAT, PATH, QUERY, message, read, uint
from support.lwm2m_world import activate, done, reported, set_key
from support.twin_world import TIMEOUT_S, open_twins

OPENSSL = shutil.which("openssl")
if OPENSSL is None:
    pytest.skip("no `openssl` here; `make peers` installs it", allow_module_level=True)

CUSTOMERS = b"the customer's key"
TEMPERATURE = bytes.fromhex("e4164441ac0000")  # 21.5 at /3303/0/5700, in TLV


class Client:
    """One `s_client`; messages go in and come out one at a time."""

    def __init__(self, process):
        self._process = process

    @classmethod
    async def connect(cls, twins, server, key):
        """With a socket of the SIM, before which nothing stands."""
        process = await asyncio.create_subprocess_exec(
            OPENSSL,
            *("s_client", "-dtls1_2", "-quiet", "-connect", f"{server}:5684"),
            *("-bind", f"{twins.sim_twin}:0", "-psk", key.hex()),
            *("-psk_identity", twins.sim.iccid, "-cipher", "PSK-AES128-CCM8:@SECLEVEL=0"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        return cls(process)

    async def send(self, data):
        self._process.stdin.write(data)
        await self._process.stdin.drain()

    async def receive(self):
        data = await asyncio.wait_for(self._process.stdout.read(4096), TIMEOUT_S)
        if not data:
            raise EOFError("openssl ended")
        return data

    async def ask(self, path, query, payload=b"", options=()):
        """The answer to a POST, and what came with it."""
        listed = [(PATH, path.encode()), *((QUERY, one.encode()) for one in query), *options]
        await self.send(message("CON", "0.02", 0x4242, b"\x01", listed, payload))
        data = await self.receive()
        start = data.index(b"\x42\x42\x01") - 2  # a line about the server's name may come first
        # An answer without payload and options has five bytes; the first step may follow.
        end = start + 5 if data[start + 1] == 0x44 else len(data)
        return read(data[start:end]), data[end:]

    async def answer(self, asked, code, options=(), payload=b""):
        await self.send(message("ACK", code, asked.mid, asked.token, options, payload))

    async def close(self):
        self._process.kill()
        await self._process.wait()


async def bootstrapped(client):
    """The paths of all steps, and the key of the LwM2M server."""
    answer, rest = await client.ask("bs", ["ep=a", "pct=112"])
    assert answer.code == "2.04"
    seen = []
    while not seen or seen[-1].path != "/bs":
        seen.append(read(rest or await client.receive()))
        rest = b""
        await client.answer(seen[-1], "2.02" if seen[-1].code == "0.04" else "2.04")
    [server] = [cbor2.loads(one.payload) for one in seen if one.path == "/0/0"]
    return [one.path for one in seen], next(one[8] for one in server if one.get(0) == "5")


async def converse():
    async with open_twins() as twins:
        activate(twins.world, twins.backend)
        set_key(twins.world, twins.backend, twins.sim.iccid, CUSTOMERS)
        server = twins.coap_twin.rpartition(".")[0] + ".240"
        first = await Client.connect(twins, server, CUSTOMERS)
        try:
            paths, fresh = await bootstrapped(first)
        finally:
            await first.close()
        second = await Client.connect(twins, server, fresh)
        try:
            query = ["ep=a", "lt=300", "lwm2m=1.1"]
            listed = [(FORMAT, uint(40))]
            registered, _ = await second.ask("rd", query, b"</3303/0>", listed)
            action = asyncio.ensure_future(done(twins, "read", "/3303/0/5700"))
            asked = read(await second.receive())
            await second.answer(asked, "2.05", [(FORMAT, uint(11542))], TEMPERATURE)
            result = await action
        finally:
            await second.close()
        return paths, registered.code, asked.what, result, reported(twins.backend, twins.sim)


def test_openssl_bootstraps_and_registers_with_the_key_of_the_bootstrap():
    paths, registered, asked, result, values = asyncio.run(converse())
    assert paths == ["/0", "/1", "/0/0", "/0/1", "/1/0", "/bs"]
    assert (registered, asked) == ("2.01", "GET /3303/0/5700")
    assert result.status == "SUCCEEDED"
    assert values[-1] == {"/3303/0/5700": 21.5}
