"""The CoAP client against an aiocoap server over loopback, on CPython and on MicroPython."""

import asyncio
import contextlib
import socket
import subprocess
import sys
from pathlib import Path

import aiocoap
import aiocoap.resource
import pytest

from nce.coap.client import CoapClient
from nce.coap.codes import CHANGED, CONTENT, DELETE, GET, METHOD_NOT_ALLOWED, NOT_FOUND, POST
from nce.coap.options import OCTET_STREAM
from nce.coap.parameters import Parameters
from nce.datagram import open_datagram

# Long enough for aiocoap to acknowledge before it answers (EMPTY_ACK_DELAY, 0.1 s).
SLOW_S = 0.4
QUICK = Parameters(1000, 150, 3, 4, 100000, 3000, 1000)

ROOT = Path(__file__).resolve().parents[2]
MICROPYTHON = Path(sys.executable).with_name("micropython")


class Echo(aiocoap.resource.Resource):
    """Answers with what it saw of the request."""

    def __init__(self, delay_s):
        super().__init__()
        self.delay_s = delay_s

    async def render_post(self, request):
        await asyncio.sleep(self.delay_s)
        seen = [
            request.remote.hostinfo.partition(":")[0],
            request.mtype.name,
            request.opt.uri_host or "-",
            "&".join(request.opt.uri_query) or "-",
            str(int(request.opt.content_format or 0)),
            request.payload.decode(),
        ]
        return aiocoap.Message(code=aiocoap.CHANGED, payload=" ".join(seen).encode())


class Large(aiocoap.resource.Resource):
    async def render_get(self, _request):
        return aiocoap.Message(payload=b"x" * 900)


@contextlib.asynccontextmanager
async def server():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    site = aiocoap.resource.Site()
    site.add_resource(["echo"], Echo(0))
    site.add_resource(["slow", "echo"], Echo(SLOW_S))
    site.add_resource(["large"], Large())
    context = await aiocoap.Context.create_server_context(
        site, bind=("127.0.0.1", port), transports=["udp6"]
    )
    try:
        yield port
    finally:
        await context.shutdown()


def against_server(scenario):
    async def main():
        async with server() as port:
            datagrams = await open_datagram("127.0.0.1", port, "127.160.0.7")
            client = CoapClient(datagrams, parameters=QUICK)
            try:
                return await scenario(client)
            finally:
                await client.close()

    return asyncio.run(main())


def test_requests_and_their_options():
    async def scenario(client):
        return [
            await client.request(POST, "/echo", payload=b"1"),
            await client.request(POST, "/echo", "t=gps&n=2", b"2", "h", OCTET_STREAM),
            await client.request(POST, "/echo", payload=b"3", confirmable=False),
        ]

    responses = against_server(scenario)
    assert [response.code for response in responses] == [CHANGED] * 3
    assert [response.payload for response in responses] == [
        b"127.160.0.7 CON - - 0 1",
        b"127.160.0.7 CON h t=gps&n=2 42 2",
        b"127.160.0.7 NON - - 0 3",
    ]


def test_separate_responses():
    async def scenario(client):
        started = asyncio.get_running_loop().time()
        responses = await asyncio.gather(
            *(client.request(POST, "/slow/echo", payload=b"%d" % n) for n in range(4))
        )
        return responses, asyncio.get_running_loop().time() - started

    responses, elapsed_s = against_server(scenario)
    assert [response.payload[-1:] for response in responses] == [b"0", b"1", b"2", b"3"]
    assert SLOW_S <= elapsed_s < 2 * SLOW_S


def test_codes_come_through():
    async def scenario(client):
        return [
            (await client.request(GET, "/nothing")).code,
            (await client.request(DELETE, "/echo")).code,
            (await client.request(GET, "/large")).code,
        ]

    assert against_server(scenario) == [NOT_FOUND, METHOD_NOT_ALLOWED, CONTENT]


def test_a_hundred_requests_at_four_a_time():
    async def scenario(client):
        answers = []
        for start in range(0, 100, 10):
            responses = await asyncio.gather(
                *(client.request(POST, "/echo", payload=b"%d" % (start + n)) for n in range(10))
            )
            answers += [int(response.payload.split()[-1]) for response in responses]
        return answers

    assert against_server(scenario) == list(range(100))


SCRIPT = """
import asyncio, sys
from nce.coap.client import CoapClient
from nce.coap.codes import POST
from nce.datagram import open_datagram

async def main():
    client = CoapClient(await open_datagram("127.0.0.1", int(sys.argv[1]), "127.160.0.7"))
    for path in ("/echo", "/slow/echo"):
        response = await client.request(POST, path, payload=b"micro")
        print(response.code, response.payload.decode())
    await client.close()

asyncio.run(main())
"""


@pytest.mark.skipif(not MICROPYTHON.exists(), reason="no MicroPython beside this interpreter")
def test_real_micropython(tmp_path):
    script = tmp_path / "client.py"
    script.write_text(SCRIPT)

    async def main():
        async with server() as port:
            return await asyncio.to_thread(
                subprocess.run,
                [MICROPYTHON, "-X", "heapsize=128k", script, str(port)],
                env={"MICROPYPATH": f"{ROOT / 'sdk'}:.frozen"},
                capture_output=True,
                text=True,
                timeout=20,
                check=False,
            )

    done = asyncio.run(main())
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout == "68 127.160.0.7 CON - - 0 micro\n" * 2
