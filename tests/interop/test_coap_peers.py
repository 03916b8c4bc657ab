"""Block-wise transfer, observation and serving beside aiocoap and libcoap, over loopback.

libcoap's programs come by `make peers`.
"""

import asyncio
import contextlib
import hashlib
import io
import random

import aiocoap
import aiocoap.resource
import pytest

from nce.coap import options
from nce.coap.block import size_of
from nce.coap.client import CoapClient
from nce.coap.codes import BAD_REQUEST, CHANGED, CONTENT, CREATED, GET, NOT_FOUND, POST, PUT
from nce.coap.message import ACK, CON, decode
from nce.coap.observe import observe
from nce.coap.options import path_options
from nce.coap.parameters import Parameters
from nce.coap.ping import ping
from nce.coap.responder import Answer
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce.coap.transfer import Transfer, download, upload
from nce.datagram import open_datagram
from nce.listener import open_listener
from support.peers import free_port, program

QUICK = Parameters(1000, 150, 3, 4, 100000, 3000, 1000)
BODY = random.Random(64).randbytes(65536)
TIMEOUT_S = 30


def run(scenario):
    return asyncio.run(asyncio.wait_for(scenario, TIMEOUT_S))


# --- our client, their servers ---------------------------------------------------------------


class Store(aiocoap.resource.Resource):
    def __init__(self):
        super().__init__()
        self.value = b""

    async def render_put(self, request):
        self.value = request.payload
        return aiocoap.Message(code=aiocoap.CHANGED)

    async def render_get(self, _request):
        response = aiocoap.Message(payload=self.value)
        response.opt.etag = hashlib.sha256(self.value).digest()[:4]
        return response

    async def render_post(self, request):
        return aiocoap.Message(code=aiocoap.CHANGED, payload=bytes(reversed(request.payload)))


class Counter(aiocoap.resource.ObservableResource):
    count = 0

    async def render_get(self, _request):
        return aiocoap.Message(payload=b"%d" % self.count)

    def increase(self):
        self.count += 1
        self.updated_state()


@contextlib.asynccontextmanager
async def aiocoap_server(**resources):
    port = free_port()
    site = aiocoap.resource.Site()
    for name, resource in resources.items():
        site.add_resource([name], resource)
    context = await aiocoap.Context.create_server_context(
        site, bind=("127.0.0.1", port), transports=["udp6"]
    )
    try:
        yield port
    finally:
        await context.shutdown()


@contextlib.asynccontextmanager
async def libcoap_server(*arguments):
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        program("coap-server-notls"),
        "-A",
        "127.0.0.1",
        "-p",
        str(port),
        *arguments,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with connected(port) as client:
            for _ in range(50):
                try:
                    await ping(client)
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
        yield port
    finally:
        process.terminate()
        await process.wait()


@contextlib.asynccontextmanager
async def connected(port):
    client = CoapClient(await open_datagram("127.0.0.1", port), parameters=QUICK)
    try:
        yield client
    finally:
        await client.close()


@pytest.mark.parametrize("block_size", [1024, 256])
def test_64_kib_up_and_down_with_aiocoap(block_size):
    async def scenario():
        store = Store()
        async with aiocoap_server(store=store) as port, connected(port) as client:
            up = await upload(client, PUT, "/store", io.BytesIO(BODY), block_size=block_size)
            assert (up.code, store.value == BODY) == (CHANGED, True)
            sink = io.BytesIO()
            down = await download(client, "/store", sink, block_size=block_size)
            assert (down.code, sink.getvalue() == BODY) == (CONTENT, True)

    run(scenario())


def test_a_large_request_with_a_large_response_from_aiocoap():
    async def scenario():
        async with aiocoap_server(store=Store()) as port, connected(port) as client:
            sink = io.BytesIO()
            source = io.BytesIO(BODY[:5000])
            transfer = Transfer(POST, path_options("/store"), source, sink, block_size=512)
            response = await transfer.run(client)
            assert response.code == CHANGED
            assert sink.getvalue() == bytes(reversed(BODY[:5000]))

    run(scenario())


def test_aiocoaps_resource_is_observed_and_left():
    async def scenario():
        counter = Counter()
        async with aiocoap_server(counter=counter) as port, connected(port) as client:
            observation = observe(client, "/counter")
            states = [(await observation.next()).payload]
            for _ in range(3):
                counter.increase()
                states.append((await observation.next(2000)).payload)
            await observation.cancel()
            counter.increase()
            assert await client.next_event(None, client.now_ms() + 200) is None
            return states, client.endpoint.ignored_datagrams

    states, ignored = run(scenario())
    assert states == [b"0", b"1", b"2", b"3"]
    assert ignored == 0


def test_an_observation_that_is_forgotten_is_reset_at_aiocoap():
    async def scenario():
        counter = Counter()
        async with aiocoap_server(counter=counter) as port, connected(port) as client:
            observation = observe(client, "/counter")
            await observation.next()
            observation.forget()
            assert len(counter._observations) == 1
            counter.increase()
            assert await client.next_event(None, client.now_ms() + 300) is None
            return len(counter._observations)

    assert run(scenario()) == 0


def test_64_kib_up_and_down_with_libcoap():
    async def scenario():
        async with libcoap_server("-d", "4") as port, connected(port) as client:
            up = await upload(client, PUT, "/image", io.BytesIO(BODY))
            assert up.code == CREATED
            sink = io.BytesIO()
            down = await download(client, "/image", sink, block_size=512)
            assert (down.code, sink.getvalue() == BODY) == (CONTENT, True)
            assert (await client.request(GET, "/nothing")).code == NOT_FOUND

    run(scenario())


def test_libcoap_is_observed_and_answers_late():
    async def scenario():
        async with libcoap_server() as port, connected(port) as client:
            observation = observe(client, "/time")
            states = [(await observation.next()).payload]
            while len(states) < 3:
                states.append((await observation.next(3000)).payload)
            await observation.cancel()
            late = await client.request(GET, "/async", query=("1",))
            return states, late.code

    states, code = run(scenario())
    assert len(set(states)) >= 2
    assert code == CONTENT


class Posts(aiocoap.resource.Resource):
    def __init__(self):
        super().__init__()
        self.payloads = []

    async def render_post(self, request):
        self.payloads.append(request.payload)
        if request.payload == b"refuse":
            return aiocoap.Message(code=aiocoap.BAD_REQUEST)
        return aiocoap.Message(code=aiocoap.CHANGED)


NOT_SUCCESSES = ((options.NO_RESPONSE, b"\x02"),)


# aiocoap leaves an answer out by an API of its own that it warns of.
@pytest.mark.filterwarnings("ignore:Initializing messages with an m:DeprecationWarning")
@pytest.mark.parametrize("confirmable", [True, False])
def test_aiocoap_answers_what_is_wanted_alone(confirmable):
    async def scenario():
        posts = Posts()
        async with aiocoap_server(posts=posts) as port, connected(port) as client:

            async def post(payload):
                return await client.request(
                    POST, "/posts", payload=payload, confirmable=confirmable, wants_response=False
                )

            async def post_but_for_successes(payload):
                its_options = path_options("/posts") + NOT_SUCCESSES
                return await client.exchange(POST, its_options, payload, confirmable)

            answers = [
                await post(b"a"),
                await post_but_for_successes(b"b"),
                (await post_but_for_successes(b"refuse")).code,
            ]
            if not confirmable:
                await client.next_event(None, client.now_ms() + 300)
            return answers, posts.payloads

    answers, payloads = run(scenario())
    assert answers == [None, None, BAD_REQUEST]
    assert sorted(payloads) == [b"a", b"b", b"refuse"]


def test_libcoap_answers_what_is_wanted_alone():
    async def scenario():
        async with libcoap_server("-d", "4") as port, connected(port) as client:
            for confirmable in (True, False):
                taken = await client.request(
                    PUT, "/a", payload=b"1", confirmable=confirmable, wants_response=False
                )
                assert taken is None
                its_options = path_options("/nothing") + NOT_SUCCESSES
                refused = await client.exchange(GET, its_options, b"", confirmable)
                assert refused.code == NOT_FOUND
                its_options = path_options("/a") + NOT_SUCCESSES
                assert await client.exchange(PUT, its_options, b"2", confirmable) is None
            return (await client.request(GET, "/a")).payload

    assert run(scenario()) == b"2"


# --- their clients, our server ---------------------------------------------------------------


class Device:
    """A site with a little of everything; `handled` counts what reached a handler."""

    def __init__(self, block_size=1024):
        self.site = Site(block_size=block_size)
        self.stored = b""
        self.handled = 0
        self.count = 0
        self.site.add("/example", POST, self.example, (("title", "Controller"),))
        self.site.add("/store", PUT, self.put, open_body=lambda _request: io.BytesIO())
        self.site.add("/store", GET, lambda _request: Answer(CONTENT, (), io.BytesIO(self.stored)))
        self.site.add("/reverse", POST, lambda request: Answer(CHANGED, (), request.payload[::-1]))
        self.site.add("/count", GET, lambda _request: b"%d" % self.count, is_observable=True)
        self.site.add("/late", GET, self.late)
        self.late_requests = []
        self.sent = []  # messages

    def example(self, request):
        self.handled += 1
        return Answer(CHANGED, (), "&".join(request.query).encode() + request.payload)

    def put(self, request):
        self.stored = request.body.getvalue() if request.body else request.payload
        return CHANGED

    def late(self, request):
        self.late_requests.append(request)


@contextlib.asynccontextmanager
async def serving(device):
    port = free_port()
    listener = await open_listener(port, "127.0.0.1")
    send_to = listener.send_to

    async def send_and_note(data, peer):
        device.sent.append(decode(data))
        await send_to(data, peer)

    listener.send_to = send_and_note
    server = CoapServer(listener, device.site, parameters=QUICK)
    task = asyncio.create_task(server.serve())
    try:
        yield port, server
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await server.close()


@contextlib.asynccontextmanager
async def aiocoap_client():
    context = await aiocoap.Context.create_client_context(transports=["udp6"])
    try:
        yield context
    finally:
        await context.shutdown()


def message(port, method, path, payload=b"", **options):
    return aiocoap.Message(
        code=method, uri=f"coap://127.0.0.1:{port}{path}", payload=payload, **options
    )


def test_aiocoap_finds_and_uses_the_resources():
    async def scenario():
        device = Device()
        async with serving(device) as (port, server), aiocoap_client() as context:

            async def ask(*arguments, **options):
                response = await context.request(message(port, *arguments, **options)).response
                return str(response.code), response.payload

            assert await ask(aiocoap.POST, "/example?a=1", b"!") == ("2.04 Changed", b"a=1!")
            assert (await ask(aiocoap.GET, "/example"))[0] == "4.05 Method Not Allowed"
            assert (await ask(aiocoap.GET, "/nothing"))[0] == "4.04 Not Found"
            links = (await ask(aiocoap.GET, "/.well-known/core"))[1].decode()
            assert '</example>;title="Controller"' in links
            assert "</count>;obs" in links
            assert (await ask(aiocoap.GET, "/.well-known/core?title=Con*"))[1].count(b"<") == 1
            non = aiocoap.Unreliable
            answer = await ask(aiocoap.POST, "/example", b"non", transport_tuning=non)
            assert answer == ("2.04 Changed", b"non")

            later = asyncio.create_task(ask(aiocoap.GET, "/late"))
            while not device.late_requests:
                await asyncio.sleep(0.01)
            request = device.late_requests[0]
            request.responder.respond(request, Answer(CONTENT, (), b"late"), server.now_ms())
            assert await later == ("2.05 Content", b"late")

    run(scenario())


@pytest.mark.parametrize("block_size", [1024, 64])
def test_aiocoap_sends_and_fetches_large_bodies(block_size):
    async def scenario():
        device = Device(block_size)
        body = BODY[: 64 * block_size]
        async with serving(device) as (port, _server), aiocoap_client() as context:
            put = await context.request(message(port, aiocoap.PUT, "/store", body)).response
            assert put.code == aiocoap.CHANGED
            assert device.stored == body
            got = await context.request(message(port, aiocoap.GET, "/store")).response
            assert got.payload == body
            device.site.max_body = 4000
            both = message(port, aiocoap.POST, "/reverse", BODY[:4000])
            assert (await context.request(both).response).payload == BODY[3999::-1]
            both = message(port, aiocoap.POST, "/reverse", BODY[:5000])
            refused = await context.request(both).response
            assert refused.code == aiocoap.REQUEST_ENTITY_TOO_LARGE

    run(scenario())


def test_aiocoap_observes_the_device():
    async def scenario():
        device = Device()
        async with serving(device) as (port, server), aiocoap_client() as context:
            request = context.request(message(port, aiocoap.GET, "/count", observe=0))
            states = [(await request.response).payload]
            updates = aiter(request.observation)
            for _ in range(3):
                device.count += 1
                assert device.site.observers.notify("/count", server.now_ms()) == 1
                states.append((await asyncio.wait_for(anext(updates), 5)).payload)
            request.observation.cancel()
            await asyncio.sleep(0.1)
            for _ in range(2):
                device.count += 1
                device.site.observers.notify("/count", server.now_ms())
                await asyncio.sleep(1.1)
            return states, len(device.site.observers)

    states, left = run(scenario())
    assert states == [b"0", b"1", b"2", b"3"]
    assert left == 0


async def libcoap_client(*arguments, stdin=b""):
    process = await asyncio.create_subprocess_exec(
        program("coap-client-notls"),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await process.communicate(stdin)
    return output, errors


def test_libcoap_sends_fetches_and_observes(tmp_path):
    async def scenario():
        device = Device()
        (tmp_path / "body").write_bytes(BODY)
        async with serving(device) as (port, server):
            base = f"coap://127.0.0.1:{port}"
            file = str(tmp_path / "body")
            await libcoap_client("-m", "put", "-b", "1024", "-f", file, base + "/store")
            assert device.stored == BODY
            fetched = str(tmp_path / "fetched")
            await libcoap_client("-m", "get", "-b", "256", "-o", fetched, base + "/store")
            assert (tmp_path / "fetched").read_bytes() == BODY
            output, _ = await libcoap_client("-m", "post", "-e", "hello", base + "/example?x=y")
            assert b"x=yhello" in output

            watching = asyncio.create_task(
                libcoap_client("-m", "get", "-s", "3", "-B", "5", base + "/count")
            )
            while not len(device.site.observers):
                await asyncio.sleep(0.02)
            for _ in range(2):
                device.count += 1
                device.site.observers.notify("/count", server.now_ms())
                await asyncio.sleep(1.1)
            output, _ = await watching
            assert output.strip() == b"012"
            assert len(device.site.observers) == 0

    run(scenario())


async def answer_late(device, server, payload):
    while not device.late_requests:
        await asyncio.sleep(0.02)
    request = device.late_requests.pop()
    request.responder.respond(request, Answer(CONTENT, (), payload), server.now_ms())


def test_libcoap_takes_an_answer_that_comes_late():
    async def scenario():
        device = Device()
        async with serving(device) as (port, server):
            asking = libcoap_client("-m", "get", "-B", "5", f"coap://127.0.0.1:{port}/late")
            (output, _), _ = await asyncio.gather(asking, answer_late(device, server, b"late"))
            assert output.strip() == b"late"
            assert [(sent.type, sent.code) for sent in device.sent] == [(ACK, 0), (CON, CONTENT)]
            await asyncio.sleep(0.1)  # libcoap's acknowledgement
            assert [one.next_timeout() for _peer, one in server._endpoints] == [None]

    run(scenario())


@pytest.mark.parametrize("confirmable", [True, False])
def test_aiocoap_and_libcoap_are_answered_what_they_want_alone(confirmable):
    async def scenario():
        device = Device()
        kind = aiocoap.Reliable if confirmable else aiocoap.Unreliable
        async with serving(device) as (port, _server), aiocoap_client() as context:
            request = message(port, aiocoap.POST, "/example", b"!", transport_tuning=kind)
            request.opt.no_response = 26
            asking = context.request(request).response
            while not device.handled:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.1)
            asking.cancel()  # aiocoap has no end of its own for it
            base = f"coap://127.0.0.1:{port}"
            flags = () if confirmable else ("-N",)
            await libcoap_client(
                *(*flags, "-m", "post", "-e", "x", "-B", "1", "-O", "258,0x1a", base + "/example")
            )
            assert device.handled == 2
            # 4.04 is not among what this one does not want.
            nothing = ("-m", "post", "-e", "x", "-B", "2", "-O", "258,0x02", base + "/nothing")
            await libcoap_client(*flags, *nothing)
            return [message.code for message in device.sent]

    assert run(scenario()) == ([0, 0, NOT_FOUND] if confirmable else [NOT_FOUND])


def test_block_sizes_are_those_asked_for():
    assert [size_of(szx) for szx in range(7)] == [16, 32, 64, 128, 256, 512, 1024]
    assert options.uint_of(b"\x04\x00") == 1024
