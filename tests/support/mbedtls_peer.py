"""Mbed TLS's ssl_client2 and ssl_server2: a DTLS peer with Connection IDs (RFC 9146).

    command = [program("ssl_server2"), *options(server_port=port, **cid("c1d0"))]
    code, output, server, nat = await visit(DtlsSettings(), cipher, exchanges=3)

The client's data are no CoAP, so `visit` has it meet the simulator's DTLS server alone, over UDP;
a relay between the two is a NAT that may forget its mapping.

`tools/build_mbedtls_peer.sh build/mbedtls` builds them in half a minute; the first test that wants
them has it done.
"""

from __future__ import annotations

import asyncio
import contextlib
import os

from nce_sim.endpoints.dtls import Data, DtlsServer
from support.built_program import built_program

COMMAND = "tools/build_mbedtls_peer.sh build/mbedtls"
IDENTITY = "8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
ANSWER = b"an answer"
TIMEOUT_S = 30


def program(name):
    """The path of one of the two; built when it is not there, skipped when it cannot be."""
    return built_program(COMMAND, name)


def options(**more):
    """The arguments of either program, as it takes them: name=value."""
    common = {"dtls": 1, "server_addr": "127.0.0.1", "psk": KEY.hex(), "psk_identity": IDENTITY}
    # Certificates of RSA take longer to load than a handshake by key does.
    common |= {"ca_file": "none", "crt_file": "none", "key_file": "none"}
    return [f"{name}={value}" for name, value in (common | more).items()]


def cid(value):
    """The options that ask for records with the ID `value` (hex); None offers none."""
    return {} if value is None else {"cid": 1, "cid_val": value}


class Server(asyncio.DatagramProtocol):
    """A `DtlsServer` on a UDP socket that answers all data; `events` are kept."""

    def __init__(self, settings, answer):
        self._answer = answer
        self.server = DtlsServer(
            look_up_psk=lambda identity, peer: KEY if identity == IDENTITY.encode() else None,
            random_bytes=os.urandom,
            settings=settings,
        )
        self.events = []

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        for event in self.server.receive_datagram(data, addr, 0):
            self.events.append(event)
            if isinstance(event, Data):
                self.server.send_to_session(event.session, self._answer, 0)
        for peer, answer in self.server.datagrams_to_send():
            self.transport.sendto(answer, peer)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


class Mapping(asyncio.DatagramProtocol):
    """One outside port of the NAT."""

    def __init__(self, nat):
        self._nat = nat

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        # What comes for a mapping that was forgotten comes nowhere.
        if self is self._nat.mapping:
            self._nat.passed.append((False, data))
            self._nat.transport.sendto(data, self._nat.inside)


class Nat(asyncio.DatagramProtocol):
    """A relay to the server; its outside port changes before each datagram of `forgets_at`.

    They are counted from 0 among the datagrams that begin with a record of epoch 1.
    """

    def __init__(self, server, forgets_at=()):
        self._server = server
        self._forgets_at = set(forgets_at)
        self.passed = []  # (is up, datagram)
        self.protected = 0
        self.mapping = None
        self.mappings = []
        self._waiting = asyncio.Queue()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        self.inside = addr
        self._waiting.put_nowait(data)

    async def run(self):
        while True:
            data = await self._waiting.get()
            if data[3:5] == b"\x00\x01":
                if self.protected in self._forgets_at:
                    self.mapping = None
                self.protected += 1
            if self.mapping is None:
                _, self.mapping = await asyncio.get_running_loop().create_datagram_endpoint(
                    lambda: Mapping(self), local_addr=("127.0.0.1", 0), remote_addr=self._server
                )
                self.mappings.append(self.mapping)
            self.passed.append((True, data))
            self.mapping.transport.sendto(data)

    def close(self):
        for mapping in self.mappings:
            mapping.transport.close()


async def visit(settings, cipher, forgets_at=(), answer=ANSWER, **more):
    """Run ssl_client2, with `more` options, through a NAT; (exit code, output, server, NAT)."""
    loop = asyncio.get_running_loop()
    async with contextlib.AsyncExitStack() as stack:
        transport, server = await loop.create_datagram_endpoint(
            lambda: Server(settings, answer), local_addr=("127.0.0.1", 0)
        )
        stack.callback(transport.close)
        address = transport.get_extra_info("sockname")
        front, nat = await loop.create_datagram_endpoint(
            lambda: Nat(address, forgets_at), local_addr=("127.0.0.1", 0)
        )
        stack.callback(front.close)
        stack.callback(nat.close)
        relaying = loop.create_task(nat.run())
        stack.callback(relaying.cancel)
        port = front.get_extra_info("sockname")[1]
        # A read that times out is tried once more, and then it is an error.
        process = await asyncio.create_subprocess_exec(
            program("ssl_client2"),
            *options(server_port=port, force_ciphersuite=cipher, read_timeout=1500, **more),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        await asyncio.sleep(0.05)  # its goodbye is under way
        return process.returncode, output.decode(), server, nat
