"""CPython's own HTTP client and server, and plain sockets, over a device's TCP in real time.

client -> a socket of this test -> the device's TCP -> air -> NAT -> bridge -> server: nothing of
ours reads or writes HTTP.
"""

import asyncio
import contextlib
import hashlib
import http.client
import http.server
import random
import socket
import struct
import threading

import pytest

from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.tcp import Connected, PeerClosed, Reset
from nce_sim.network.tcp.events import RESET_BY_PEER
from nce_sim.network.tcp.streams import listener_for
from nce_sim.settings import TcpSettings
from support.tcp_world import SERVER, Place

PROFILE = LinkProfile(
    "quick", (0, 2), loss=0.02, duplication=0.02, reordering=0.02, reordering_ms=9
)
TCP = TcpSettings(first_rto_ms=60, least_rto_ms=60)
LIMIT_S = 60
NO_LINGER = struct.pack("ii", 1, 0)
TEXT = random.Random(1).randbytes(300_000)


def in_real_time(story):
    """Run `await story(place)` on the loop's clock, within the limit."""

    async def main():
        place = Place(LoopClock(), PROFILE, tcp=TCP, rate_bps=None)
        await asyncio.wait_for(story(place), LIMIT_S)

    asyncio.run(main())


class Echo(http.server.BaseHTTPRequestHandler):
    """Answers with the digest, and with the body reversed."""

    protocol_version = "HTTP/1.1"
    timeout = LIMIT_S

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("X-Digest", hashlib.sha256(body).hexdigest())
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[::-1])

    def do_GET(self):
        # HTTP/1.0's way: the end of the connection is the end of the body.
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        self.wfile.write(TEXT)

    def log_message(self, *arguments):
        pass


@contextlib.contextmanager
def http_server():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield server.server_address
        finally:
            server.shutdown()
            thread.join(LIMIT_S)


async def pump(reader, writer):
    while data := await reader.read(8_192):
        writer.write(data)
        await writer.drain()
    writer.write_eof()


@contextlib.asynccontextmanager
async def door(place):
    """A real port whose connections the device makes; yields its address."""

    tasks = set()

    async def joined(reader, writer):
        done = asyncio.Event()

        async def with_device(device_reader, device_writer):
            await asyncio.gather(pump(reader, device_writer), pump(device_reader, writer))
            device_writer.close()
            writer.close()
            await writer.wait_closed()
            done.set()

        tasks.add(asyncio.current_task())
        on_events = []

        def on_event(event):
            # The device's streams begin with its handshake, as a server's do.
            if isinstance(event, Connected):
                on_events.append(listener_for(with_device)(connection))
            else:
                on_events[0](event)

        connection = place.session.tcp.connect(SERVER, on_event)
        await done.wait()

    server = await asyncio.start_server(joined, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()
        await server.wait_closed()
        await asyncio.gather(*tasks)


@pytest.mark.parametrize("method", ["PUT", "GET"])
def test_http_of_cpython_over_the_air(method):
    def ask(address):
        client = http.client.HTTPConnection(*address, timeout=LIMIT_S)
        try:
            replies = []
            for _ in range(2 if method == "PUT" else 1):  # one connection, kept alive
                client.request(method, "/", TEXT if method == "PUT" else None)
                response = client.getresponse()
                replies.append((response.status, response.headers["X-Digest"], response.read()))
            return replies
        finally:
            client.close()

    async def story(place):
        with http_server() as real:
            place.internet.bridge(SERVER, real)
            async with door(place) as address:
                replies = await asyncio.to_thread(ask, address)
            if method == "PUT":
                digest = hashlib.sha256(TEXT).hexdigest()
                assert replies == [(200, digest, TEXT[::-1])] * 2
            else:
                assert replies == [(200, None, TEXT)]
            fates = [record.fields["fate"] for record in place.segments]
            assert fates.count("lost") > 2

    in_real_time(story)


@contextlib.asynccontextmanager
async def real_server(handler):
    """A server of one connection in a thread, with blocking sockets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(LIMIT_S)

        def serve():
            opened, _ = listener.accept()
            opened.settimeout(LIMIT_S)
            with opened:
                return handler(opened)

        served = asyncio.ensure_future(asyncio.to_thread(serve))
        yield listener.getsockname(), served
        await served


def read_to_the_end(opened):
    got = bytearray()
    while data := opened.recv(4_096):
        got += data
    return bytes(got)


def test_a_half_close_passes_the_bridge():
    def handler(opened):
        got = read_to_the_end(opened)
        opened.sendall(got[::-1])
        return got

    async def story(place):
        async with real_server(handler) as (real, served):
            place.internet.bridge(SERVER, real)
            line = await place.dial()
            await line.send(TEXT)
            line.connection.shut_down()
            assert await line.receive() == TEXT[::-1]
            assert await served == TEXT
            line.connection.close()

    in_real_time(story)


def test_a_reset_of_the_real_server_is_never_an_end():
    def handler(opened):
        opened.sendall(TEXT[:50_000])
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)

    async def story(place):
        async with real_server(handler) as (real, _):
            place.internet.bridge(SERVER, real)
            line = await place.dial()
            got = await line.receive()
            assert got == TEXT[: len(got)]
            assert line.events == [Connected(), Reset(RESET_BY_PEER)]

    in_real_time(story)


def hear(opened):
    opened.sendall(b"go")
    return read_to_the_end(opened)


def talk(opened):
    while True:  # a device that vanished is missed by one that sends, and by nobody else
        opened.sendall(bytes(10_000))


@pytest.mark.parametrize(("handler", "how"), [(hear, "abort"), (talk, "abort"), (talk, "restart")])
def test_a_reset_of_the_device_is_never_an_end_at_the_real_server(handler, how):
    def until_it_breaks(opened):
        try:
            return handler(opened)
        except OSError as error:
            return type(error).__name__

    async def story(place):
        async with real_server(until_it_breaks) as (real, served):
            place.internet.bridge(SERVER, real)
            line = await place.dial()
            assert await line.receive(2) in (b"go", bytes(2))
            line.connection.send(TEXT)
            await asyncio.sleep(0.3)
            if how == "abort":
                line.connection.abort()
            else:
                place.session.close()
                place.open()
            assert await served in ("ConnectionResetError", "BrokenPipeError")

    in_real_time(story)


def test_a_real_server_that_is_not_there_is_a_reset():
    async def story(place):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            real = listener.getsockname()
        place.internet.bridge(SERVER, real)
        line = await place.dial()
        await line.until(Reset)
        assert line.end == Reset(RESET_BY_PEER)
        assert PeerClosed() not in line.events

    in_real_time(story)
