"""The DTLS client against Mbed TLS's ssl_server2: every suite, resumption, Connection IDs.

The program is built by tools/build_mbedtls_peer.sh. Its socket is connected to the address that
the handshake came from, so it cannot follow a client to a new one: test_server_mbedtls_programs
has that, the other way round.
"""

import asyncio
import contextlib
import subprocess
import time

import pytest

from memory_stores import Kept
from nce.datagram import open_datagram
from nce.dtls.parameters import Parameters
from nce.dtls.saved import restore, save
from nce.dtls.session import DtlsPort
from nce.dtls.suites import (
    PSK_AES_128_CBC_SHA256,
    PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,
    PSK_AES_128_CCM,
    PSK_AES_128_CCM_8,
    PSK_AES_128_GCM_SHA256,
)
from support.mbedtls_peer import IDENTITY, KEY, cid, options, program
from support.peers import free_port

pytestmark = pytest.mark.slow  # the program is built first

# Neither side sends a flight again on a busy machine, so that a dropped record is a defect.
PATIENT = Parameters(5000, 5000, 2)
SERVER_RETRANSMITS_MS = "5000-60000"
# (Mbed TLS's name, ours, encrypt-then-MAC)
SUITES = (
    ("TLS-PSK-WITH-AES-128-CCM-8", PSK_AES_128_CCM_8, 1),
    ("TLS-PSK-WITH-AES-128-CCM", PSK_AES_128_CCM, 1),
    ("TLS-PSK-WITH-AES-128-GCM-SHA256", PSK_AES_128_GCM_SHA256, 1),
    ("TLS-PSK-WITH-AES-128-CBC-SHA256", PSK_AES_128_CBC_SHA256, 1),
    ("TLS-PSK-WITH-AES-128-CBC-SHA256", PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT, 0),
)
CONNECTION_IDS = (None, "", "c1", "c1d0c1d0c1d0c1d0", "c1d0" * 16)
CONNECTION_ID_RECORD = 25  # RFC 9146, 4
TIMEOUT_S = 20


@contextlib.contextmanager
def ssl_server2(tmp_path, cipher, connection_id, **more):
    """Yields its port; what it printed is in tmp_path/"output" at the end."""
    port = free_port()
    output = tmp_path / "output"
    with open(output, "wb") as file:
        process = subprocess.Popen(
            [
                program("ssl_server2"),
                *options(server_port=port, force_ciphersuite=cipher, exchanges=100),
                *options(hs_timeout=SERVER_RETRANSMITS_MS, **cid(connection_id), **more),
            ],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + TIMEOUT_S
        while b"Waiting for a remote connection" not in output.read_bytes():
            assert process.poll() is None, output.read_text()
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(0.02)
        yield port
        process.terminate()  # it ends its loop and writes the last of its output
        process.wait(TIMEOUT_S)
    finally:
        process.kill()
        process.wait()


class Watched:
    """A datagram port that keeps the first byte of each datagram sent: the type of its record."""

    def __init__(self, port):
        self._port = port
        self.max_datagram = port.max_datagram
        self.receive, self.close = port.receive, port.close
        self.kinds = []

    async def send(self, data):
        self.kinds.append(data[0])
        await self._port.send(data)


@contextlib.asynccontextmanager
async def open_dtls(port, suite, local_port=None, **more):
    beneath = Watched(await open_datagram("127.0.0.1", port, local_port=local_port or 0))
    dtls = DtlsPort(beneath, IDENTITY, KEY, parameters=PATIENT, suites=(suite,), **more)
    try:
        yield beneath, dtls
    finally:
        await dtls.close()


async def talk(dtls, text):
    """One record each way; the server answers with a page that names the suite."""
    await dtls.send(text)
    answer = await dtls.receive(3000)
    assert answer is not None
    assert b"Successful connection using" in answer


def session_of(port, suite, connection_id, ticket):
    """A full handshake and one that resumes it; what is asserted of both."""

    async def main():
        kept = b""
        masters = set()
        for number in range(2):
            offered = connection_id is not None
            async with open_dtls(port, suite, connection_id=offered, ticket=ticket) as (
                beneath,
                dtls,
            ):
                client = dtls.client
                assert not restore(client, kept)
                await dtls.connect()
                masters.add(client.session[2])
                assert client.records.connection_id == bytes.fromhex(connection_id or "")
                assert bool(client.session[1]) == ticket
                await talk(dtls, b"hello %d\n" % number)
                await talk(dtls, b"again %d\n" % number)
                assert (beneath.kinds[-1] == CONNECTION_ID_RECORD) == bool(connection_id)
                assert client.dropped_records == 0
                await dtls.close(notify=True)
            kept = save(client)
            await asyncio.sleep(0.1)
        assert len(masters) == 1, "the session was not taken up again"

    asyncio.run(asyncio.wait_for(main(), TIMEOUT_S))


@pytest.mark.parametrize("connection_id", CONNECTION_IDS)
@pytest.mark.parametrize(("cipher", "suite", "etm"), SUITES)
@pytest.mark.parametrize("ticket", [False, True])
def test_every_suite_in_full_and_resumed(tmp_path, cipher, suite, etm, ticket, connection_id):
    with ssl_server2(tmp_path, cipher, connection_id, etm=etm, tickets=int(ticket)) as port:
        session_of(port, suite, connection_id, ticket)
    output = (tmp_path / "output").read_text()
    assert output.count(f"Ciphersuite is {cipher} ]") == 2
    negotiated = 2 if connection_id else 0  # two empty ones count as none there
    assert output.count("(initial handshake) Use of Connection ID has been") == negotiated
    assert "hello 0" in output
    assert "again 1" in output


@pytest.mark.parametrize(("cipher", "suite", "etm"), SUITES)
def test_a_session_with_a_connection_id_goes_on_after_a_sleep(tmp_path, cipher, suite, etm):
    async def main():
        store = Kept()
        local_port = free_port()
        for number in range(3):
            async with open_dtls(port, suite, local_port, connection_id=True, store=store) as (
                _beneath,
                dtls,
            ):
                await dtls.connect()
                assert (dtls.client.sent_bytes == 0) == (number > 0)
                await talk(dtls, b"awake %d\n" % number)

    with ssl_server2(tmp_path, cipher, "c1d0c1d0c1d0c1d0", etm=etm) as port:
        asyncio.run(asyncio.wait_for(main(), TIMEOUT_S))
    output = (tmp_path / "output").read_text()
    assert output.count(f"Ciphersuite is {cipher} ]") == 1
    assert "awake 2" in output


def test_the_handshake_in_fragments_with_a_connection_id(tmp_path):
    async def main():
        beneath = Watched(await open_datagram("127.0.0.1", port))
        beneath.max_datagram = 160
        dtls = DtlsPort(
            *(beneath, IDENTITY, KEY), parameters=PATIENT, connection_id=True, ticket=True
        )
        await dtls.connect()
        await dtls.send(b"narrow\n")
        assert await dtls.receive(3000) is not None
        await dtls.close(notify=True)

    # The server's own flights come in pieces, too.
    with ssl_server2(tmp_path, SUITES[0][0], "c1d0", mtu=128, response_size=32) as port:
        asyncio.run(asyncio.wait_for(main(), TIMEOUT_S))
    assert "narrow" in (tmp_path / "output").read_text()
