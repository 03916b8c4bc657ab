"""The asyncio CoAP client over scripted ports: several tasks, failing ports, cancelled waits."""

import asyncio

from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.codes import CHANGED, CONTENT, GET, POST
from nce.coap.failures import ResetByPeer, UnusableResponse
from nce.coap.message import ACK, CON, RST, Message, decode, empty, encode
from nce.coap.options import values_of
from nce.coap.parameters import Parameters
from nce.errors import UsageError

QUICK = Parameters(4, 150, 2, 2, 10, 20, 1)


class Port:
    """Hands each datagram sent to `respond(message)`, a list of messages to receive."""

    max_datagram = 200

    def __init__(self, respond):
        self._respond = respond
        self._inbox = []
        self.sent = []
        self.is_closed = False

    async def send(self, data):
        if self.is_closed:
            raise OSError("closed")
        message = decode(data)
        self.sent.append(message)
        self._inbox += [encode(reply) for reply in self._respond(message)]

    async def receive(self, timeout_ms):
        for _ in range(timeout_ms + 1):
            if self.is_closed:
                raise OSError("closed")
            if self._inbox:
                return self._inbox.pop(0)
            await asyncio.sleep(0.001)
        return None

    async def close(self):
        self.is_closed = True


def echo(message):
    if message.type != CON:
        return []
    return [Message(ACK, CHANGED, message.mid, message.token, (), message.payload)]


def error_of(kind, coroutine):
    try:
        asyncio.run(coroutine)
    except kind as error:
        return error
    raise AssertionError("nothing was raised")


def test_a_request_carries_its_options_and_brings_its_response():
    port = Port(echo)
    client = CoapClient(port, parameters=QUICK)
    response = asyncio.run(
        client.request(POST, "/data", query=("t=gps",), payload=b"x", host="h", content_format=42)
    )
    assert (response.code, response.payload) == (CHANGED, b"x")
    options = port.sent[0].options
    assert options == ((3, b"h"), (11, b"data"), (12, b"\x2a"), (15, b"t=gps"))
    assert values_of(options, 15) == [b"t=gps"]


def test_lost_requests_are_sent_again():
    copies = []

    def lossy(message):
        copies.append(message)
        return echo(message) if len(copies) == 3 else []

    response = asyncio.run(CoapClient(Port(lossy), parameters=QUICK).request(GET, "/"))
    assert response.code == CHANGED
    assert copies[0] == copies[1] == copies[2]


def test_many_tasks_share_one_client():
    async def main():
        client = CoapClient(Port(echo), parameters=QUICK)
        return await asyncio.gather(
            *[client.request(POST, "/", payload=bytes((65 + n,))) for n in range(8)]
        )

    assert [response.payload for response in asyncio.run(main())] == [
        b"A",
        b"B",
        b"C",
        b"D",
        b"E",
        b"F",
        b"G",
        b"H",
    ]


def test_a_cancelled_task_leaves_the_others_alone():
    def slow(message):
        return [] if message.payload == b"never" else echo(message)

    async def main():
        client = CoapClient(Port(slow), parameters=QUICK)
        never = asyncio.create_task(client.request(POST, "/", payload=b"never"))
        other = asyncio.create_task(client.request(POST, "/", payload=b"a"))
        await asyncio.sleep(0.002)
        never.cancel()
        response = await other
        again = await client.request(POST, "/", payload=b"b")
        return response.payload + again.payload

    assert asyncio.run(main()) == b"ab"


def test_a_separate_response_is_acknowledged():
    def separate(message):
        if message.type != CON:
            return []
        return [empty(ACK, message.mid), Message(CON, CONTENT, 9, message.token, (), b"later")]

    port = Port(separate)
    response = asyncio.run(CoapClient(port, parameters=QUICK).request(GET, "/"))
    assert response.payload == b"later"
    assert port.sent[1] == empty(ACK, 9)


def test_errors_say_what_happened():
    def silent(message):
        return []

    def acknowledge(message):
        return [empty(ACK, message.mid)]

    def reset(message):
        return [empty(RST, message.mid)]

    def critical(message):
        return [Message(ACK, CONTENT, message.mid, message.token, ((2049, b""),), b"")]

    for respond, kind, words in (
        (silent, CoapTimeout, "after 3 transmissions"),
        (acknowledge, CoapTimeout, "was acknowledged"),
        (reset, ResetByPeer, "no CoAP server"),
        (critical, UnusableResponse, "option 2049"),
    ):
        error = error_of(kind, CoapClient(Port(respond), parameters=QUICK).request(GET, "/a"))
        assert words in str(error), error
        assert isinstance(error, OSError)


def test_what_does_not_fit_the_port_is_refused_before_it_is_sent():
    port = Port(echo)
    client = CoapClient(port, parameters=QUICK)
    error = error_of(UsageError, client.request(POST, "/", payload=b"a" * 200))
    assert "200" in str(error)
    assert port.sent == []


def test_a_port_that_learns_later_what_it_carries_may_have_its_client_before():
    port = Port(echo)
    port.max_datagram = 0
    client = CoapClient(port, parameters=QUICK)
    port.max_datagram = 200
    assert asyncio.run(client.request(POST, "/", payload=b"x")).payload == b"x"


def test_the_errors_of_the_port_reach_every_waiting_task():
    async def attempt(client):
        try:
            await client.request(GET, "/")
        except OSError as error:
            return str(error)

    async def main():
        port = Port(lambda message: [])
        client = CoapClient(port, parameters=QUICK)
        tasks = [asyncio.create_task(attempt(client)) for _ in range(3)]
        await asyncio.sleep(0.002)
        await client.close()
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == ["closed"] * 3
