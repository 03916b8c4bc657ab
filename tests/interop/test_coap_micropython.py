"""Real MicroPython, in a small heap: it serves aiocoap, and moves 64 KiB both ways with it."""

import asyncio
import subprocess
import sys
from pathlib import Path

import aiocoap
import aiocoap.resource
import pytest

from support.peers import free_port

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).with_name("micropython")
BODY = bytes(range(256)) * 256

pytestmark = pytest.mark.skipif(
    not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter: pip install '.[dev]'"
)


def start(script, *arguments):
    return subprocess.Popen(
        [MICROPYTHON, "-X", "heapsize=160k", script, *map(str, arguments)],
        env={"MICROPYPATH": f"{ROOT / 'sdk'}:.frozen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


SERVE = """
import asyncio, io, sys
from nce.coap.codes import CHANGED, CONTENT, GET, POST, PUT
from nce.coap.responder import Answer
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce.listener import open_listener

site = Site()
kept = [0, 0]

class Counting:
    def write(self, data):
        kept[0] += len(data)
        for byte in data:
            kept[1] = (kept[1] * 31 + byte) & 0xffffff

@site.resource("/example", POST)
def example(request):
    return Answer(CHANGED, (), "&".join(request.query).encode() + request.payload)

@site.resource("/image", PUT, open_body=lambda request: Counting())
def image(request):
    return Answer(CHANGED, (), b"%d %d" % (kept[0], kept[1]))

@site.resource("/state", GET, is_observable=True)
def state(request):
    return b"%d" % kept[0]

async def main():
    server = CoapServer(await open_listener(int(sys.argv[1]), "127.0.0.1"), site)
    print("ready")
    task = asyncio.create_task(server.serve(60000))
    while kept[0] < 65536:
        await asyncio.sleep(0.02)
    print(site.observers.notify("/state", server.now_ms()))
    await asyncio.sleep(1.5)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        pass
    print("done", len(site.observers))

asyncio.run(main())
"""


def test_it_serves_aiocoap(tmp_path):
    script = tmp_path / "serve.py"
    script.write_text(SERVE)
    port = free_port()

    async def main():
        context = await aiocoap.Context.create_client_context(transports=["udp6"])

        def ask(method, path, payload=b"", **options):
            uri = f"coap://127.0.0.1:{port}{path}"
            return context.request(
                aiocoap.Message(code=method, uri=uri, payload=payload, **options)
            )

        try:
            answer = await ask(aiocoap.POST, "/example?a=b", b"!").response
            observed = ask(aiocoap.GET, "/state", observe=0)
            states = [(await observed.response).payload]
            updates = aiter(observed.observation)
            put = await ask(aiocoap.PUT, "/image", BODY).response
            states.append((await asyncio.wait_for(anext(updates), 10)).payload)
            return answer.payload, put.payload, states
        finally:
            await context.shutdown()

    process = start(script, port)
    try:
        assert process.stdout.readline() == "ready\n"
        answer, put, states = asyncio.run(asyncio.wait_for(main(), 30))
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()
    checksum = 0
    for byte in BODY:
        checksum = (checksum * 31 + byte) & 0xFFFFFF
    assert answer == b"a=b!"
    assert put == b"65536 %d" % checksum
    assert states == [b"0", b"65536"]
    assert output.startswith("1\ndone")


TRANSFER = """
import asyncio, gc, sys
from nce.coap.client import CoapClient
from nce.coap.codes import PUT
from nce.coap.transfer import download, upload
from nce.datagram import open_datagram

class Source:
    at = 0
    def readinto(self, buffer):
        size = min(len(buffer), 65536 - self.at)
        for index in range(size):
            buffer[index] = (self.at + index) & 255
        self.at += size
        return size

class Sink:
    size = 0
    wrong = 0
    def write(self, data):
        for byte in data:
            self.wrong += byte != self.size & 255
            self.size += 1

async def main():
    client = CoapClient(await open_datagram("127.0.0.1", int(sys.argv[1])))
    up = await upload(client, PUT, "/store", Source())
    sink = Sink()
    down = await download(client, "/store", sink)
    print(up.code, down.code, sink.size, sink.wrong)
    await client.close()

asyncio.run(main())
"""


class Store(aiocoap.resource.Resource):
    value = b""

    async def render_put(self, request):
        self.value = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)

    async def render_get(self, _request):
        return aiocoap.Message(payload=self.value)


def test_it_moves_64_kib_both_ways(tmp_path):
    script = tmp_path / "transfer.py"
    script.write_text(TRANSFER)
    port = free_port()

    async def main():
        site = aiocoap.resource.Site()
        store = Store()
        site.add_resource(["store"], store)
        context = await aiocoap.Context.create_server_context(
            site, bind=("127.0.0.1", port), transports=["udp6"]
        )
        process = start(script, port)
        try:
            output, _ = await asyncio.to_thread(process.communicate, timeout=30)
        finally:
            process.kill()
            process.wait()
            await context.shutdown()
        return output, store.value

    output, value = asyncio.run(main())
    assert value == BODY
    assert output == "68 69 65536 0\n"
