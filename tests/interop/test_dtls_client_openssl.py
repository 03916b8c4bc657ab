"""The DTLS client against `openssl s_server` over loopback, on CPython and on MicroPython."""

import asyncio
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from memory_stores import Kept
from nce.credentials import parse_credentials
from nce.datagram import open_datagram
from nce.dtls.errors import HandshakeRefused, HandshakeTimeout, SessionClosed
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
from nce.hex_key import read_as_hex
from support.peers import free_port, listening

IDENTITY = "8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
QUICK = Parameters(200, 1000, 4)
# OpenSSL's own timer starts at 1 s: long enough for it to fire twice.
PATIENT = Parameters(400, 3000, 6)

SUITES = (
    ("PSK-AES128-CCM8", PSK_AES_128_CCM_8, ()),
    ("PSK-AES128-CCM", PSK_AES_128_CCM, ()),
    ("PSK-AES128-GCM-SHA256", PSK_AES_128_GCM_SHA256, ()),
    ("PSK-AES128-CBC-SHA256", PSK_AES_128_CBC_SHA256, ()),
    ("PSK-AES128-CBC-SHA256", PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT, ("-no_etm",)),
)

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).with_name("micropython")

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="the openssl command is not installed"
)


@contextmanager
def openssl_server(ciphers="PSK-AES128-CCM8", key=KEY, cookie=True, options=()):
    """`openssl s_server`; yields its port and process. What it reads and writes is the data."""
    port = free_port()
    arguments = ["openssl", "s_server", "-dtls1_2", "-nocert", "-quiet"]
    arguments += ["-accept", f"127.0.0.1:{port}", "-psk", key.hex(), "-psk_identity", IDENTITY]
    arguments += ["-cipher", f"{ciphers}:@SECLEVEL=0"] + ["-listen"] * cookie
    arguments += options
    with listening(port, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield port, process


async def session(port, parameters=QUICK, key=KEY, wrap=lambda port: port, **more):
    beneath = wrap(await open_datagram("127.0.0.1", port))
    return DtlsPort(beneath, IDENTITY, key, parameters=parameters, **more)


async def talk(process, dtls):
    """One record each way; returns what came."""
    await dtls.send(b"ping\n")
    assert await asyncio.to_thread(process.stdout.readline) == b"ping\n"
    process.stdin.write(b"pong\n")
    process.stdin.flush()
    return await dtls.receive(3000)


def test_handshake_data_and_close():
    async def main():
        with openssl_server() as (port, process):
            dtls = await session(port)
            await dtls.connect()
            # 3 flights of ours: hello, hello with a cookie of 20 bytes, proof of the key.
            assert dtls.client.sent_bytes == 75 + (75 + 20) + (103 - 9 + len(IDENTITY))
            assert dtls.client.dropped_records == dtls.client.flight.retransmissions == 0
            assert await talk(process, dtls) == b"pong\n"
            assert await dtls.receive(50) is None
            await dtls.close(notify=True)
            with pytest.raises(SessionClosed):
                await dtls.send(b"late")

    asyncio.run(main())


def test_a_server_without_cookies():
    async def main():
        with openssl_server(cookie=False) as (port, process):
            dtls = await session(port)
            await dtls.connect()
            assert await talk(process, dtls) == b"pong\n"
            await dtls.close()

    asyncio.run(main())


def test_the_suite_with_a_tag_of_16_bytes():
    async def main():
        with openssl_server("PSK-AES128-CCM") as (port, process):
            dtls = await session(port, suites=(PSK_AES_128_CCM_8, PSK_AES_128_CCM))
            await dtls.connect()
            assert dtls.max_datagram == 1252 - 37
            assert await talk(process, dtls) == b"pong\n"
            await dtls.close()

    asyncio.run(main())


@pytest.mark.parametrize(("ciphers", "suite", "option"), SUITES)
@pytest.mark.parametrize("ticket", [False, True])
def test_every_suite_in_full_and_resumed(ciphers, suite, option, ticket):
    options = [*option, *([] if ticket else ["-no_ticket"])]

    async def main():
        with openssl_server(ciphers, cookie=False, options=options) as (port, process):
            kept = b""
            for number in range(2):
                dtls = await session(port, suites=(suite,), ticket=ticket)
                assert not restore(dtls.client, kept)
                await dtls.connect()
                assert await talk(process, dtls) == b"pong\n"
                assert dtls.client.sent_bytes > 0
                session_id, held, _master, _suite = dtls.client.session
                assert bool(held) == ticket
                identity_bytes = 46
                named = 2 * (len(session_id) + len(held)) - identity_bytes if number else 0
                await dtls.close(notify=True)
                if number == 0:
                    first = dtls.client.sent_bytes
                kept = save(dtls.client)
                await asyncio.sleep(0.1)
            assert dtls.client.sent_bytes == first + named

    asyncio.run(main())


def test_a_session_that_slept_goes_on_from_the_same_address_without_a_handshake():
    store = Kept()

    async def open_session(port, local_port):
        beneath = await open_datagram("127.0.0.1", port, local_port=local_port)
        return DtlsPort(beneath, IDENTITY, KEY, parameters=QUICK, store=store, same_address=True)

    async def main():
        with openssl_server() as (port, process):
            local_port = free_port()
            for number in range(3):
                dtls = await open_session(port, local_port)
                await dtls.connect()
                assert (dtls.client.sent_bytes == 0) == (number > 0)
                assert await talk(process, dtls) == b"pong\n"
                await dtls.close()

    asyncio.run(main())


@pytest.mark.parametrize("max_datagram", [128, 200])
def test_a_narrow_path_takes_the_handshake_in_fragments(max_datagram):
    def narrow(port):
        port.max_datagram = max_datagram
        return port

    async def main():
        with openssl_server(cookie=False) as (port, process):
            kept = b""
            for _ in range(2):  # the second hello has a ticket of 192 bytes
                dtls = await session(port, wrap=narrow, ticket=True)
                restore(dtls.client, kept)
                await dtls.connect()
                assert await talk(process, dtls) == b"pong\n"
                await dtls.close(notify=True)
                kept = save(dtls.client)
                await asyncio.sleep(0.1)

    asyncio.run(main())


def test_no_common_suite():
    async def main():
        with openssl_server("PSK-AES128-GCM-SHA256") as (port, _process):
            dtls = await session(port)
            # It says so once in a handshake, in the clear, and then falls silent.
            with pytest.raises(HandshakeTimeout, match="cipher suite") as raised:
                await dtls.connect()
            assert raised.value.hint == 40
            await dtls.close()

    asyncio.run(main())


def test_cbc_without_encrypt_then_mac_is_refused_unless_asked_for():
    async def main():
        with openssl_server("PSK-AES128-CBC-SHA256", options=("-no_etm",)) as (port, _process):
            dtls = await session(port, suites=(PSK_AES_128_CBC_SHA256,))
            with pytest.raises(HandshakeRefused, match="encrypt-then-MAC") as raised:
                await dtls.connect()
            assert raised.value.alert == 40
            await dtls.close()

    asyncio.run(main())


def test_a_wrong_key_is_met_with_silence():
    async def main():
        with openssl_server() as (port, _process):
            dtls = await session(port, Parameters(50, 100, 3), b"another key")
            with pytest.raises(HandshakeTimeout, match="key is wrong") as raised:
                await dtls.connect()
            assert raised.value.flight == 5
            assert "another" not in str(raised.value)
            await dtls.close()

    asyncio.run(main())


def test_a_key_set_as_hex_is_the_bytes_that_its_digits_stand_for():
    # OpenSSL reads the same digits: `-psk` is "in hex".
    digits = KEY.hex().encode()
    line = b"%s,%s,coaps://coap.os.1nce.com" % (IDENTITY.encode(), digits)
    credentials = read_as_hex(parse_credentials(line))

    async def main():
        with openssl_server() as (port, process):
            dtls = await session(port, key=credentials.key)
            await dtls.connect()
            assert await talk(process, dtls) == b"pong\n"
            await dtls.close()

    asyncio.run(main())


def test_nobody_there():
    async def main():
        dtls = await session(free_port())
        with pytest.raises(ConnectionRefusedError):
            await dtls.connect()
        await dtls.close()

    asyncio.run(main())


class LosesOne:
    """A port that loses the nth datagram sent, or the nth received."""

    def __init__(self, port, direction, number):
        self._port = port
        self._left = {direction: number}
        self.max_datagram = port.max_datagram
        self.close = port.close

    def _is_lost(self, direction):
        self._left[direction] = self._left.get(direction, 0) - 1
        return self._left[direction] == 0

    async def send(self, data):
        if not self._is_lost("sent"):
            await self._port.send(data)

    async def receive(self, timeout_ms):
        datagram = await self._port.receive(timeout_ms)
        return None if datagram and self._is_lost("received") else datagram


@pytest.mark.parametrize("direction", ["sent", "received"])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_any_one_datagram_lost(direction, number):
    def lossy(port):
        return LosesOne(port, direction, number)

    async def main():
        with openssl_server() as (port, process):
            dtls = await session(
                port, PATIENT, wrap=lambda port: LosesOne(port, direction, number)
            )
            await dtls.connect()
            assert dtls.client.flight.retransmissions
            assert await talk(process, dtls) == b"pong\n"
            await dtls.close()

    asyncio.run(main())


SCRIPT = """
import asyncio, gc, sys
from nce.datagram import open_datagram
from nce.dtls import ccm, negotiation
from nce.dtls.session import DtlsPort

async def main():
    gc.collect()
    before = gc.mem_alloc()
    port = await open_datagram("127.0.0.1", int(sys.argv[1]))
    dtls = DtlsPort(port, sys.argv[2], sys.argv[3].encode())
    await dtls.connect()
    gc.collect()
    held = gc.mem_alloc() - before
    await dtls.send(b"ping\\n")
    print((await dtls.receive(3000)).decode(), dtls.client.sent_bytes, held)
    await dtls.close()

asyncio.run(main())
"""


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
def test_real_micropython(tmp_path):
    script = tmp_path / "client.py"
    script.write_text(SCRIPT)
    with openssl_server() as (port, process):
        process.stdin.write(b"pong\n")  # sent as soon as there is a session
        process.stdin.flush()
        done = subprocess.run(
            [MICROPYTHON, "-X", "heapsize=128k", script, str(port), IDENTITY, KEY.decode()],
            env={"MICROPYPATH": f"{ROOT / 'sdk'}:.frozen"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, done.stderr + done.stdout
        assert process.stdout.readline() == b"ping\n"
    pong, _empty, figures = done.stdout.partition("\n")
    sent_bytes, held_bytes = map(int, figures.split())
    assert pong == "pong"
    assert sent_bytes == 75 + 95 + 113 + 34
    # 64-bit objects are twice a board's: 6 to 8 kB there are 16 here.
    assert held_bytes < 16 * 1024
