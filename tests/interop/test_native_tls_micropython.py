"""The port over MicroPython's own `tls`: the simulator's CoAPS server and `openssl s_server`.

Both run with a real MicroPython that has pre-shared keys over DTLS: PyPI's `micropython` 1.29.
"""

from __future__ import annotations

import asyncio
import re
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.dtls import DtlsSettings
from support.peers import free_port, listening, program
from support.portable_runs import ROOT
from support.twin_world import TIMEOUT_S, open_twins

MICROPYTHON = Path(sys.executable).with_name("micropython")
ENVIRONMENT = {"MICROPYPATH": f"{ROOT / 'sdk'}:{ROOT / 'bcl'}:.frozen"}
IDENTITY, KEY = "8988228066604086910", "aB3dE6gH9jK2mN5p"
GCM, CCM_8 = 0x00A8, 0xC0A8

PRELUDE = """
import asyncio, sys
from nce.coap.client import CoapClient
from nce.coap.codes import POST
from nce.datagram import open_datagram
from nce.dtls.errors import HandshakeBroken, HandshakeRefused, HandshakeTimeout
from nce.dtls.errors import RecordTooLarge, SessionClosed
from nce.dtls.native import NativeDtlsPort
from nce.dtls.parameters import Parameters

async def opened(host, port, local=None, parameters=Parameters(1000, 4000, 4)):
    beneath = await open_datagram(host, port, local)
    return NativeDtlsPort(beneath, sys.argv[1], sys.argv[2].encode(), parameters)
"""


# Not by `is_available`, which is tested here.
PROBE = """
import tls
context = tls.SSLContext(tls.PROTOCOL_DTLS_CLIENT)
context.psk_identity = b"identity"
print(True)
"""


def has_native_psk():
    if not MICROPYTHON.exists():
        return False
    done = subprocess.run(
        [MICROPYTHON, "-c", PROBE],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return done.stdout.strip() == "True"


pytestmark = pytest.mark.skipif(
    not has_native_psk(), reason="no MicroPython with DTLS and pre-shared keys beside this Python"
)


async def at_twins(twins, tmp_path, script, identity=None, key=None, more=()):
    path = tmp_path / "script.py"
    path.write_text(PRELUDE + script)
    process = await asyncio.create_subprocess_exec(
        *(str(MICROPYTHON), str(path), identity or twins.sim.iccid, key or twins.key.decode()),
        *(twins.coap_twin, twins.sim_twin, *more),
        env=ENVIRONMENT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return output.decode().splitlines()


def test_messages_to_the_simulator_s_coaps_server(tmp_path):
    script = """
async def main():
    dtls = await opened(sys.argv[3], 5684, sys.argv[4])
    try:
        await dtls.send(b"early")
    except SessionClosed as error:
        print(error)
    await dtls.connect()
    print(dtls.max_datagram)
    client = CoapClient(dtls)
    for number in range(5):
        payload = b"message %d" % number
        response = await client.request(POST, "/", query=("t=native",), payload=payload)
        print(response.code)
    print(await dtls.receive(20))
    try:
        await dtls.send(bytes(2000))
    except RecordTooLarge as error:
        print(error)
    await dtls.close()
    try:
        await dtls.send(b"late")
    except SessionClosed as error:
        print(error)

asyncio.run(main())
"""

    async def main():
        async with open_twins(BackendSettings(dtls=DtlsSettings(suites=(CCM_8, GCM)))) as twins:
            return await at_twins(twins, tmp_path, script), twins.stored

    lines, stored = asyncio.run(main())
    assert lines == [
        "there is no DTLS session: connect first",
        str(1252 - 37),
        *["68"] * 5,  # 2.04
        "None",
        "2000 bytes are too many, a datagram of 1252 carries 1215: send less at once",
        "the DTLS session was closed here: connect again",
    ]
    assert len(stored) == 5


# mbed TLS says its hello again after 1 s: within 3 s two of them are refused, and believed.
REFUSED = """
async def main():
    dtls = await opened(sys.argv[3], 5684, sys.argv[4], Parameters(1500, 1500, 2))
    try:
        await dtls.connect()
    except (HandshakeRefused, HandshakeTimeout) as error:
        print(type(error).__name__, error)
    await dtls.close()

asyncio.run(main())
"""


@pytest.mark.parametrize(
    ("settings", "identity", "key", "words"),
    [
        ({"suites": (CCM_8,)}, None, None, "HandshakeRefused .* alert 40, .*no cipher suite"),
        ({}, "nobody", None, "HandshakeRefused .* alert 115, .*does not know our identity"),
        ({"wrong_key": "alert"}, None, "wrong", "HandshakeRefused .* alert 51, .*key is wrong"),
        ({}, None, "wrong", "HandshakeTimeout .*our proof of the key.*fetch it again"),
    ],
)
def test_refusals_have_the_words_of_the_other_port(tmp_path, settings, identity, key, words):
    async def main():
        async with open_twins(BackendSettings(dtls=DtlsSettings(**settings))) as twins:
            return await at_twins(twins, tmp_path, REFUSED, identity, key)

    lines = asyncio.run(main())
    assert len(lines) == 1, lines
    assert re.match(words, lines[0]), lines


FORGED = """
class Forging:
    # In front of each datagram of the server's comes somebody's alert, in one with it or alone.
    def __init__(self, port):
        self.port = port
        self.max_datagram = port.max_datagram
        self.held = None
        self.count = 0

    async def receive(self, timeout_ms):
        if self.held is None:
            self.held = await self.port.receive(timeout_ms)
            if self.held is None:
                return None
            self.count += 1
            alert = bytes.fromhex("15fefd00000000000000070002") + bytes.fromhex(sys.argv[5])
            if self.count % 2:
                self.held = alert + self.held
            else:
                return alert
        datagram, self.held = self.held, None
        return datagram

    async def send(self, data):
        await self.port.send(data)

    async def close(self):
        await self.port.close()

async def main():
    beneath = Forging(await open_datagram(sys.argv[3], 5684, sys.argv[4]))
    dtls = NativeDtlsPort(beneath, sys.argv[1], sys.argv[2].encode(), Parameters(1000, 4000, 4))
    await dtls.connect()
    client = CoapClient(dtls)
    for number in range(3):
        print((await client.request(POST, "/", query=("t=native",), payload=b"message")).code)
    await dtls.close()

asyncio.run(main())
"""


@pytest.mark.parametrize("alert", ["0228", "0273", "0100", "0200"])
def test_an_alert_in_the_clear_ends_neither_a_handshake_nor_a_session(tmp_path, alert):
    async def main():
        async with open_twins(BackendSettings(dtls=DtlsSettings(suites=(GCM,)))) as twins:
            return await at_twins(twins, tmp_path, FORGED, more=(alert,)), twins.stored

    lines, stored = asyncio.run(main())
    assert lines == ["68"] * 3  # 2.04
    assert len(stored) == 3


def test_an_alert_that_one_hello_met_is_a_hint(tmp_path):
    """With a stand-in for the network: the first hello is refused, the second meets silence."""
    script = """
class Once:
    max_datagram = 1252
    alerts = 1

    async def receive(self, timeout_ms):
        if Once.alerts:
            Once.alerts -= 1
            return bytes.fromhex("15fefd000000000000000700020228")
        clock[0] += timeout_ms
        await asyncio.sleep_ms(timeout_ms)

    async def send(self, data):
        pass

clock = [0]

async def main():
    port = NativeDtlsPort(
        Once(), sys.argv[1], b"key", Parameters(1500, 1500, 2), now_ms=lambda: clock[0]
    )
    try:
        await port.connect()
    except HandshakeTimeout as error:
        print(error.flight, error.hint, "perhaps forged" in str(error))

asyncio.run(main())
"""
    path = tmp_path / "script.py"
    path.write_text(PRELUDE + script)
    done = subprocess.run(
        [MICROPYTHON, path, IDENTITY],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.splitlines() == ["1 40 True"], done


@contextmanager
def openssl_server(port):
    arguments = [program("openssl"), "s_server", "-dtls1_2", "-nocert", "-quiet", "-listen"]
    arguments += ["-accept", f"127.0.0.1:{port}", "-cipher", "PSK-AES128-GCM-SHA256:@SECLEVEL=0"]
    arguments += ["-psk", KEY.encode().hex(), "-psk_identity", IDENTITY]
    with listening(port, *arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield process


def test_openssl_s_server(tmp_path):
    script = """
async def main():
    dtls = await opened("127.0.0.1", int(sys.argv[3]))
    await dtls.connect()
    await dtls.send(b"ping\\n")
    print((await dtls.receive(3000)).decode().strip())
    await dtls.close()

asyncio.run(main())
"""
    path = tmp_path / "script.py"
    path.write_text(PRELUDE + script)
    port = free_port()
    with openssl_server(port) as process:
        process.stdin.write(b"pong\n")  # sent as soon as there is a session
        process.stdin.flush()
        done = subprocess.run(
            [MICROPYTHON, path, IDENTITY, KEY, str(port)],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.stdout.strip() == "pong", done.stdout + done.stderr
        assert process.stdout.readline() == b"ping\n"


def test_nobody_there_is_told_in_time(tmp_path):
    script = """
async def main():
    dtls = await opened("127.0.0.1", int(sys.argv[3]), parameters=Parameters(400, 400, 4))
    try:
        await dtls.connect()
    except HandshakeTimeout as error:
        print(error)

asyncio.run(main())
"""
    path = tmp_path / "script.py"
    path.write_text(PRELUDE + script)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        done = subprocess.run(
            [MICROPYTHON, path, IDENTITY, KEY, str(silent.getsockname()[1])],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert "the server did not answer our hello, sent 2 times" in done.stdout, done


def test_what_waits_is_bounded_and_so_is_the_wait_of_a_send(tmp_path):
    """With a stand-in for the interpreter's session: one that has much to say, or never writes."""
    script = """
class Session:
    def __init__(self, arrived):
        self.arrived = arrived

    def recv(self, size):
        return self.arrived.pop(0) if self.arrived else None

    def write(self, data):
        return None

class Broken:
    def recv(self, size):
        raise OSError(-0x7700)

class Empty:
    max_datagram = 1252
    asked = 0

    async def receive(self, timeout_ms):
        Empty.asked += 1
        assert Empty.asked < 100, "it waits for ever"
        clock[0] += 100

    async def send(self, data):
        pass

clock = [0]

def port(arrived):
    made = NativeDtlsPort(
        Empty(), sys.argv[1], b"key", Parameters(1000, 3000, 3), now_ms=lambda: clock[0]
    )
    made._tls = Session(arrived)
    made._is_secured = True
    return made

async def main():
    talkative = port([b"%d" % number for number in range(20)])
    await talkative._take()
    taken = []
    while len(taken) < 9:
        taken.append(await talkative.receive(0))
    print(taken)
    closed = port([b"last", b""])
    await closed._take()
    print(await closed.receive(0))
    try:
        await closed.receive(0)
    except SessionClosed as error:
        print(error)
    shut = port([b""])
    shut._is_secured = False
    try:
        await shut.connect()
    except SessionClosed as error:
        print(error, clock[0])
    broken = port([])
    broken._is_secured = False
    broken._tls = Broken()
    try:
        await broken.connect()
    except HandshakeBroken as error:
        print(type(error).__name__, error)
    try:
        await port([]).send(b"never")
    except HandshakeTimeout as error:
        print(type(error).__name__, clock[0])

asyncio.run(main())
"""
    path = tmp_path / "script.py"
    path.write_text(PRELUDE + script)
    done = subprocess.run(
        [MICROPYTHON, path, IDENTITY],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout.splitlines() == [
        str([b"%d" % number for number in range(12, 20)] + [None]),
        "b'last'",
        "the server closed the DTLS session: connect again",
        "the server closed the DTLS session: connect again 100",
        "HandshakeBroken mbed TLS gave up the handshake: -30464",
        "HandshakeTimeout 6100",
    ], done
