"""1000 requests over a wire that loses, doubles, reorders, truncates and corrupts.

The server speaks through aiocoap's codec, answers at once or later, and repeats its confirmable
responses until they are acknowledged.
"""

import random

import aiocoap
import pytest
from aiocoap.error import UnparsableMessage

from nce.coap.codes import POST
from nce.coap.exchange import RESET, RESPONSE, TIMED_OUT, UNANSWERED, Endpoint
from nce.coap.options import path_options
from nce.coap.parameters import DEFAULT, Parameters

AT_ONCE = Parameters(2000, 150, 4, 4, 100000, 93000, 1)


class Server:
    """Remembers what it answered (RFC 7252, 4.5); `handled` has every request it acted upon."""

    def __init__(self, rng):
        self.rng = rng
        self.answers = {}
        self.handled = []
        self.unacknowledged = {}  # mid -> (datagram, copies left, due at ms)
        self.next_mid = rng.randrange(65536)

    def receive(self, datagram, now_ms):
        try:
            message = aiocoap.Message.decode(datagram)
        except (UnparsableMessage, ValueError, IndexError):
            return []
        if message.mtype in (aiocoap.ACK, aiocoap.RST):
            self.unacknowledged.pop(message.mid, None)
            return []
        if message.code != aiocoap.POST:
            return []
        if message.mid not in self.answers:
            self.handled.append(message.payload)
            self.answers[message.mid] = self.answer(message, now_ms)
        return [self.answers[message.mid]]

    def answer(self, request, now_ms):
        response = aiocoap.Message(code=aiocoap.CHANGED, payload=request.payload[::-1])
        response.token = request.token
        if self.rng.random() < 0.5:
            response.mtype, response.mid = aiocoap.ACK, request.mid
            return response.encode()
        self.next_mid = (self.next_mid + 1) % 65536
        response.mtype, response.mid = aiocoap.CON, self.next_mid
        due_ms = now_ms + self.rng.randrange(5000)
        self.unacknowledged[response.mid] = (response.encode(), 5, due_ms)
        empty = aiocoap.Message(code=aiocoap.EMPTY)
        empty.mtype, empty.mid = aiocoap.ACK, request.mid
        return empty.encode()

    def due(self, now_ms):
        datagrams = []
        for mid, (datagram, copies, due_ms) in list(self.unacknowledged.items()):
            if now_ms >= due_ms:
                datagrams.append(datagram)
                self.unacknowledged[mid] = (datagram, copies - 1, now_ms + (4000 << 5 - copies))
                if copies == 1:
                    del self.unacknowledged[mid]
        return datagrams

    def next_timeout(self):
        return min((row[2] for row in self.unacknowledged.values()), default=None)


def damaged(rng, datagram):
    if rng.random() < 0.3:
        return datagram[: rng.randrange(len(datagram))]
    changed = bytearray(datagram)
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def run(seed, parameters, loss, doubling, damage, count):
    """Send `count` requests; returns the endpoint's events and the server."""
    rng = random.Random(seed)
    client = Endpoint(rng.randbytes, parameters)
    server = Server(rng)
    flying, outcomes, now_ms, serial = [], {}, 0, 0
    payloads = {}

    def put(to, datagram):
        nonlocal serial
        for _ in range(2 if rng.random() < doubling else 1):
            if rng.random() >= loss:
                sent = damaged(rng, datagram) if rng.random() < damage else datagram
                serial += 1
                flying.append((now_ms + rng.randint(20, 1500), serial, to, sent))

    number = 0
    while len(outcomes) < count:
        while number < count and number - len(outcomes) < parameters.nstart:
            payload = b"%d" % number
            token = client.request(POST, path_options("/data"), payload, now_ms)
            payloads[token] = payload
            number += 1
        for datagram in client.datagrams_to_send():
            put("server", datagram)
        for datagram in server.due(now_ms):
            put("client", datagram)
        flying.sort()
        times = [client.next_timeout(), server.next_timeout(), flying[0][0] if flying else None]
        now_ms = max(now_ms, min(time for time in times if time is not None))
        events = client.handle_timeout(now_ms)
        while flying and flying[0][0] <= now_ms:
            _time, _serial, to, datagram = flying.pop(0)
            if to == "client":
                events += client.receive_datagram(datagram, now_ms)
            else:
                for answer in server.receive(datagram, now_ms):
                    put("client", answer)
        for event in events:
            assert event.token not in outcomes, "a request ended twice"
            outcomes[event.token] = event
    return outcomes, payloads, server


@pytest.mark.parametrize("parameters", [DEFAULT, AT_ONCE], ids=["nstart 1", "nstart 4"])
def test_every_request_is_answered_once_or_times_out(parameters):
    outcomes, payloads, server = run(1, parameters, 0.3, 0.2, 0.0, 1000)
    answered = 0
    for token, event in outcomes.items():
        assert event.outcome in (RESPONSE, TIMED_OUT, UNANSWERED), event
        if event.outcome == RESPONSE:
            assert event.detail.payload == payloads[token][::-1]
            answered += 1
    # Five copies, each with both ways to go at 30 % loss, fail 3.5 times in a hundred.
    assert answered > 930
    # De-duplication at the server rests on our message IDs: it acted once on each request.
    assert len(server.handled) == len(set(server.handled))


@pytest.mark.parametrize("seed", range(5))
def test_damage_ends_no_request_twice_and_raises_nothing(seed):
    outcomes, _payloads, _server = run(seed, AT_ONCE, 0.1, 0.2, 0.2, 300)
    kinds = [event.outcome for event in outcomes.values()]
    assert kinds.count(RESPONSE) > 250
    assert kinds.count(RESET) < 10
