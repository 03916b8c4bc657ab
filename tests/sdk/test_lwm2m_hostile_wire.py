"""From bootstrap to deregistration over a wire that loses, doubles and reorders.

The servers are a script: they speak CoAP by hand, repeat their requests and remember what they
answered, as RFC 7252 asks of both sides."""

import heapq
import itertools
import random

import pytest

from lwm2m_scene import PLAIN_BOOTSTRAP, SECURITY, Scene, Temperature, creatables, device, option
from nce.coap import codes
from nce.coap.message import ACK, CON, RST, Message, decode, empty, encode
from nce.lwm2m import events
from nce.lwm2m.model import Instance

SECURITY_TLV = b"\xc8\x00\x17coap://10.60.2.240:5683" + bytes.fromhex("c10100 c10203 c20a0457")
SERVER_TLV = bytes.fromhex("c2000457 c202 0258".replace("c202", "c201") + "c10601 c10755")
TLV = b"\x2d\x16"


class Script:
    """A bootstrap server or a server, by hand."""

    def __init__(self, wire, steps):
        self.wire = wire
        self.steps = list(steps)  # (code, path, options, payload) of its own requests, in order
        self.answered = {}  # message ID of the client -> the answer
        self.mid = 0
        self.asked = None  # [message, copies, due at]
        self.answers = []
        self.told = []  # (number, value) of the notifications
        self.seen = set()
        self.registrations = 0
        self.is_registered = False

    def receive(self, datagram):
        message = decode(datagram)
        if message.type in (ACK, RST):
            if self.asked and message.mid == self.asked[0].mid:
                self.answers.append(message.code)
                self.asked = None
                self.go_on()
            return []
        if message.code == codes.CONTENT:
            if message.mid not in self.seen:
                self.seen.add(message.mid)
                self.told.append((option(message, 6), float(message.payload)))
            return [encode(empty(ACK, message.mid))]
        if message.mid not in self.answered:
            self.answered[message.mid] = encode(self.answer(message))
        return [self.answered[message.mid]]

    def answer(self, request):
        path = [str(value, "utf-8") for number, value in request.options if number == 11]
        its_options = ()
        if path == ["bs"]:
            code = codes.CHANGED
            self.go_on()
        elif request.code == codes.DELETE:
            code = codes.DELETED
            self.is_registered = False
        elif path == ["rd"]:
            code = codes.CREATED
            its_options = ((8, b"rd"), (8, b"7"))
            self.registrations += 1
            self.is_registered = True
            if self.registrations == 1:
                self.go_on()
        else:
            code = codes.CHANGED if self.is_registered else codes.NOT_FOUND
        return Message(ACK, code, request.mid, request.token, its_options, b"")

    def go_on(self):
        """The next request, from now on."""
        if self.steps and self.asked is None:
            code, path, its_options, payload = self.steps.pop(0)
            self.mid += 1
            parts = tuple([(11, part.encode()) for part in path.split("/") if part])
            message = Message(CON, code, self.mid, b"\x07\x07", parts + its_options, payload)
            self.asked = [message, 0, self.wire.now_ms]

    def repeats(self):
        """What is due to be sent (again)."""
        if self.asked is None or self.asked[2] > self.wire.now_ms:
            return []
        message, copies, _due = self.asked
        assert copies < 40, "the client never answered %r" % (message,)
        self.asked[1] += 1
        self.asked[2] = self.wire.now_ms + min(2000 << copies, 32000)
        return [encode(message)]


BOOTSTRAP = (
    (codes.DELETE, "/0", (), b""),
    (codes.DELETE, "/1", (), b""),
    (codes.PUT, "/0/0", ((12, TLV),), SECURITY_TLV),
    (codes.PUT, "/1/0", ((12, TLV),), SERVER_TLV),
    (codes.POST, "/bs", (), b""),
)
MANAGEMENT = (
    (codes.PUT, "/3303/0/5700", ((15, b"pmin=0"), (15, b"st=0.5")), b""),
    (codes.GET, "/3303/0/5700", ((6, b""), (17, b"")), b""),
)


class Wire(Scene):
    """The client, the two scripts, and what is on its way between them."""

    def __init__(self, seed, loss, doubles):
        self.celsius = 20.0
        objects = creatables() + [Instance(SECURITY, 1, PLAIN_BOOTSTRAP), device()]
        objects.append(Temperature(lambda: self.celsius))
        super().__init__(objects)
        self.dice = random.Random(seed)
        self.loss, self.doubles = loss, doubles
        self.scripts = {2222: Script(self, BOOTSTRAP), 1111: Script(self, MANAGEMENT)}
        self.flying = []
        self.order = itertools.count()
        self.crossed = 0

    def take(self, told):
        super().take(told)
        while self.sent:
            server, message = self.sent.pop(0)
            self.throw(server.short_id, False, encode(message))

    def throw(self, short_id, is_downwards, datagram):
        self.crossed += 1
        copies = 0 if self.dice.random() < self.loss else 1
        copies += self.dice.random() < self.doubles
        for _ in range(copies):
            # Up to 3 s: later ones overtake.
            at_ms = self.now_ms + self.dice.randrange(20, 3000)
            heapq.heappush(
                self.flying, (at_ms, next(self.order), short_id, is_downwards, datagram)
            )

    def run(self, is_done, most_ms=40000000):
        """Let things happen until something is done."""
        until_ms = self.now_ms + most_ms
        while not is_done():
            due = [self.client.next_timeout(), self.flying[0][0] if self.flying else None]
            due += [script.asked[2] if script.asked else None for script in self.scripts.values()]
            known = [at_ms for at_ms in due if at_ms is not None]
            assert known, "nothing happens any more"
            assert self.now_ms < until_ms, "it takes too long"
            self.now_ms = max(self.now_ms, min(known))
            while self.flying and self.flying[0][0] <= self.now_ms:
                _at, _order, short_id, is_downwards, datagram = heapq.heappop(self.flying)
                self.land(short_id, is_downwards, datagram)
            for short_id, script in self.scripts.items():
                for datagram in script.repeats():
                    self.throw(short_id, True, datagram)
            self.take(self.client.handle_timeout(self.now_ms))

    def land(self, short_id, is_downwards, datagram):
        if not is_downwards:
            for answer in self.scripts[short_id].receive(datagram):
                self.throw(short_id, True, answer)
            return
        for server in self.client.servers:
            if server.short_id == short_id:
                self.take(self.client.receive_datagram(server, datagram, self.now_ms))
                break


def live(seed, notifications, loss=0.3, doubles=0.2):
    wire = Wire(seed, loss, doubles)
    bootstrap, server = wire.scripts[2222], wire.scripts[1111]
    wire.start()
    wire.run(lambda: len(bootstrap.answers) == len(BOOTSTRAP))
    assert bootstrap.answers == [66, 66, 68, 68, 68]
    wire.run(lambda: len(server.answers) == len(MANAGEMENT))
    assert server.answers == [68, 69]
    assert len(wire.told(events.BOOTSTRAPPED)) == 1
    for turn in range(notifications):
        wire.celsius = 20.0 + turn % 2 * 10 + turn % 50 / 10 + 1
        wire.client.tree.instance((3303, 0)).changed(5700)
        count = len(server.told)
        wire.run(lambda: len(server.told) > count and server.told[-1][1] == wire.celsius)  # noqa: B023
    # Each value arrived, and what is newer has the higher number.
    newest = -1
    for number, _value in server.told:
        assert number > newest
        newest = number
    wire.take(wire.client.stop(wire.now_ms))
    wire.run(lambda: not server.is_registered)
    wire.run(lambda: bool(wire.told(events.DEREGISTERED)))
    assert not wire.told(events.HANDLER_FAILED)
    return wire


@pytest.mark.parametrize("seed", range(4))
def test_a_life_over_a_hostile_wire(seed):
    live(seed, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20, 24))
def test_a_thousand_notifications_at_30_percent_loss(seed):
    live(seed, 1000)


def test_a_wire_that_loses_nothing_costs_no_more_than_the_protocol():
    wire = live(99, 50, loss=0.0, doubles=0.0)
    # Bootstrap: 2 + 5 * 2; register 2; attributes and observation 4; 50 notifications of 2;
    # deregistration 2; nothing was sent again, but what took longer than the first wait of 2 s.
    assert wire.crossed < (12 + 2 + 4 + 100 + 2) * 3
    assert wire.scripts[1111].registrations == 1
