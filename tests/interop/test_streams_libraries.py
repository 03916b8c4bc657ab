"""Other people's libraries over the driver's TCP: httpx, and an MQTT client from PyPI.

httpx talks to CPython's own HTTP server on loopback, in real time: client, modem's serial line,
air, NAT, bridge, server. The MQTT client talks to a broker of a few lines, in virtual time.
"""

import asyncio
import http.server
import random

import pytest

from nce_modem import Modem
from nce_sim.clock import LoopClock
from nce_sim.network.core import Address
from support.driver_bench import STREAM_FAMILIES, Bench, play
from support.http_servers import served

aiomqttc = pytest.importorskip("aiomqttc", reason="pip install aiomqttc")
modem_http = pytest.importorskip("support.modem_http", reason="pip install httpx")

SERVER = Address("203.0.113.7", 80)
BROKER = Address("203.0.113.8", 1883)
PAGE = random.Random(1).randbytes(20_000)
LIMIT_S = 120


class Handler(http.server.BaseHTTPRequestHandler):
    """A page, and an echo; the connection is kept."""

    protocol_version = "HTTP/1.1"
    timeout = LIMIT_S

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if self.path == "/to-the-end":
            # HTTP/1.0's way: the end of the connection is the end of the body.
            self.close_connection = True
            self.send_response(200)
            self.end_headers()
            self.wfile.write(PAGE)
        else:
            self.answer(PAGE)

    def do_POST(self):
        self.answer(self.rfile.read(int(self.headers["Content-Length"]))[::-1])

    def log_message(self, *arguments):
        pass


def http_server():
    return served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


@pytest.mark.slow
def test_httpx_gets_and_posts_over_a_modem():
    async def main(real):
        bench = Bench(LoopClock(), "bg95")
        bench.world.core.internet.bridge(SERVER, real)
        modem = Modem(bench, family="bg95")
        try:
            await modem.attach()
            async with modem_http.client_over(modem) as client:
                url = f"http://{SERVER.host}/"
                page = await client.get(url)
                assert (page.status_code, page.content) == (200, PAGE)
                echo = await client.post(url, content=PAGE[:5000])
                assert echo.content == PAGE[:5000][::-1]
                assert len(modem.sockets) == 1  # one connection for both
                page = await client.get(url + "to-the-end")
                assert page.content == PAGE
            assert not modem.sockets
        finally:
            await modem.close()

    with http_server() as real:
        asyncio.run(asyncio.wait_for(main(real), LIMIT_S))


class Broker:
    """As much of MQTT 3.1.1 as one client needs: CONNECT, SUBSCRIBE, PUBLISH of QoS 1, PING."""

    def __init__(self):
        self.published = []

    async def serve(self, reader, writer):
        while True:
            kind, body = await self._packet(reader)
            if kind >> 4 == 14:  # DISCONNECT
                break
            if kind >> 4 == 1:
                writer.write(b"\x20\x02\x00\x00")
            elif kind >> 4 == 8:
                writer.write(b"\x90\x03" + body[:2] + b"\x00")
            elif kind >> 4 == 12:
                writer.write(b"\xd0\x00")
            elif kind >> 4 == 3:
                end = 2 + int.from_bytes(body[:2])
                topic, rest = body[2:end], body[end:]
                self.published.append((topic, rest[2:]))
                writer.write(b"\x40\x02" + rest[:2])
                # And to the subscriber, with QoS 0.
                head = len(topic).to_bytes(2) + topic + rest[2:]
                writer.write(b"\x30" + self._size(len(head)) + head)
            await writer.drain()
        writer.close()

    @staticmethod
    async def _packet(reader):
        kind, size, shift = (await reader.readexactly(1))[0], 0, 0
        while True:
            byte = (await reader.readexactly(1))[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, await reader.readexactly(size)

    @staticmethod
    def _size(count):
        return bytes([count]) if count < 128 else bytes([count & 127 | 128, count >> 7])


@pytest.mark.parametrize("family", [name for name in STREAM_FAMILIES if name != "nrf91-slm1"])
def test_an_mqtt_client_publishes_and_hears_over_a_modem(family, monkeypatch):
    broker = Broker()
    heard = []

    async def on_message(client, topic, message, *_):
        heard.append((topic, bytes(message)))

    async def scene(bench, modem):
        async def connect(stream):
            stream.reader, stream.writer = await modem.open_connection(stream._host, stream._port)
            stream._eof = False

        monkeypatch.setattr(aiomqttc.StreamConnection, "_connect", connect)
        bench.world.core.internet.serve(BROKER, broker.serve)
        await modem.attach()
        client = aiomqttc.MQTTClient("device-1", BROKER.host, BROKER.port, keepalive=60)
        client.on_message = on_message
        assert await client.connect(timeout_sec=120)
        await client.subscribe("room/#")
        for number in range(3):
            message = b"%d" % number + bytes(1000)
            assert await client.publish("room/temperature", message, qos=1)
        await asyncio.sleep(300)  # pings keep it alive
        assert client.connected
        assert await client.publish("room/temperature", b"last", qos=1)
        await asyncio.sleep(30)
        await client.disconnect()

    play(scene, family)
    told = [b"%d" % number + bytes(1000) for number in range(3)] + [b"last"]
    assert broker.published == [(b"room/temperature", message) for message in told]
    assert [message for _, message in heard] == told
