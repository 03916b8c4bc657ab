"""A client of LwM2M in virtual time, and the other side of its ports by hand: what it sends is
looked at as CoAP messages, what it gets is written in the test."""

import json

from nce.coap import codes, options
from nce.coap.message import ACK, CON, Message, decode, empty, encode
from nce.lwm2m import events
from nce.lwm2m.client import Lwm2mClient
from nce.lwm2m.kinds import BOOLEAN, FLOAT, INTEGER, OBJECT_LINK, OPAQUE, STRING, TIME
from nce.lwm2m.model import (
    EXECUTABLE,
    EXECUTE,
    READ,
    WRITE,
    Creatable,
    Definition,
    Instance,
    Resource,
)

RW = READ | WRITE

# The parts of the objects that the engine's tests need; the whole tables are `nce.lwm2m.objects`'.
SECURITY = Definition(0, "1.1", True, (
    Resource(0, STRING, 0, False, True),
    Resource(1, BOOLEAN, 0, False, True),
    Resource(2, INTEGER, 0, False, True),
    Resource(3, OPAQUE, 0, False, True),
    Resource(4, OPAQUE, 0, False, True),
    Resource(5, OPAQUE, 0, False, True),
    Resource(10, INTEGER, 0),
    Resource(11, INTEGER, 0),
))  # fmt: skip
SERVER = Definition(1, "1.1", True, (
    Resource(0, INTEGER, READ, False, True),
    Resource(1, INTEGER, RW, False, True),
    Resource(2, INTEGER, RW),
    Resource(3, INTEGER, RW),
    Resource(4, EXECUTABLE, EXECUTE),
    Resource(5, INTEGER, RW),
    Resource(6, BOOLEAN, RW, False, True),
    Resource(7, STRING, RW, False, True),
    Resource(8, EXECUTABLE, EXECUTE, False, True),
    Resource(9, EXECUTABLE, EXECUTE),
    Resource(16, BOOLEAN, 0),
    Resource(17, INTEGER, 0),
    Resource(18, INTEGER, 0),
    Resource(19, INTEGER, 0),
    Resource(23, BOOLEAN, RW),
))  # fmt: skip
ACCESS_CONTROL = Definition(2, "1.1", True, (
    Resource(0, INTEGER, READ, False, True),
    Resource(1, INTEGER, READ, False, True),
    Resource(2, INTEGER, RW, True),
    Resource(3, INTEGER, RW, False, True),
))  # fmt: skip
DEVICE = Definition(3, "1.1", False, (
    Resource(0, STRING, READ),
    Resource(4, EXECUTABLE, EXECUTE, False, True),
    Resource(6, INTEGER, READ, True),
    Resource(9, INTEGER, READ),
    Resource(11, INTEGER, READ, True, True),
    Resource(13, TIME, RW),
    Resource(14, STRING, RW),
    Resource(16, STRING, READ, False, True),
))  # fmt: skip
FIRMWARE = Definition(5, "1.0", False, (
    Resource(0, OPAQUE, WRITE, False, True),
    Resource(1, STRING, RW, False, True),
    Resource(3, INTEGER, READ, False, True),
))  # fmt: skip
TEMPERATURE = Definition(3303, "1.1", True, (
    Resource(5518, TIME, READ),
    Resource(5605, EXECUTABLE, EXECUTE),
    Resource(5700, FLOAT, READ, False, True),
    Resource(5701, STRING, READ),
))  # fmt: skip
# One of everything.
SAMPLE = Definition(33605, "1.0", True, (
    Resource(2, EXECUTABLE, EXECUTE),
    Resource(3, INTEGER, RW, True),
    Resource(10, OPAQUE, RW),
    Resource(12, INTEGER, RW, False, True),
    Resource(14, FLOAT, RW),
    Resource(15, STRING, RW),
    Resource(16, OBJECT_LINK, RW),
))  # fmt: skip

PLAIN_BOOTSTRAP = {0: "coap://bs.example:5683", 1: True, 2: 3, 10: 2222}


class Temperature(Instance):
    """The five lines."""

    def __init__(self, read, number=0):
        super().__init__(TEMPERATURE, number, {5700: read, 5701: "Cel"})


def account(number=0, short_id=1111, lifetime_s=86400, uri="coap://10.60.2.240:5683"):
    """A server's two halves."""
    return [
        Instance(SECURITY, number, {0: uri, 1: False, 2: 3, 10: short_id}),
        Instance(SERVER, number, {0: short_id, 1: lifetime_s, 6: True, 7: "U"}),
    ]


def device(**more):
    values = {0: "1NCE", 6: {0: 1, 1: 5}, 9: 95, 11: {0: 0}, 13: 1367491215, 14: "+02:00", 16: "U"}
    values.update(more)
    return Instance(DEVICE, 0, values)


class Scene:
    """A client, what it told, and its ports. `send` and `answer` write to it by hand."""

    def __init__(self, objects=None, **settings):
        self.now_ms = 1000000
        self.events = []
        self.sent = []  # (server, Message) that no test has looked at yet
        self._seed = 1
        self._mid = 0x7000
        if objects is None:
            objects = account() + [device(), Temperature(lambda: 21.5)]
        self.objects = objects
        self.client = Lwm2mClient("urn:imei:490154203237518", objects, self.random, **settings)

    def random(self, size):
        self._seed = (self._seed * 1103515245 + 12345) & 0x7FFFFFFF
        return bytes([(self._seed >> 8 + at % 3 * 8) + at & 0xFF for at in range(size)])

    def take(self, told):
        """Take what a verb returned: open and close ports as it asks, and collect."""
        for event in told:
            self.events.append(event)
            if event.kind == events.CONNECT and self.opens(event.server):
                self.take(self.client.connected(event.server, 1152, self.now_ms))
        for server in self.client.servers:
            for datagram in self.client.datagrams_to_send(server):
                self.sent.append((server, decode(datagram)))

    def opens(self, server):
        """Whether the network lets a port be opened."""
        return True

    def start(self):
        self.take(self.client.start(self.now_ms))
        return self

    def pass_time(self, ms, step_ms=None):
        """Let time pass, timers firing when they are due."""
        until_ms = self.now_ms + ms
        for _ in range(100000):
            due_ms = self.client.next_timeout()
            if due_ms is None or due_ms > until_ms:
                break
            self.now_ms = max(self.now_ms, due_ms)
            self.take(self.client.handle_timeout(self.now_ms))
        else:
            raise AssertionError("the timers never rest")
        self.now_ms = until_ms

    def next(self):
        """The next message that the client sent."""
        return self.sent.pop(0)[1]

    def server(self, short_id=1111):
        for server in self.client.servers:
            if server.short_id == short_id:
                return server
        raise AssertionError("no server %d" % short_id)

    def receive(self, message, server=None):
        server = server or self.server()
        self.take(self.client.receive_datagram(server, encode(message), self.now_ms))

    def answer(self, request, code, its_options=(), payload=b"", server=None):
        """A piggybacked response to what the client sent."""
        self.receive(Message(ACK, code, request.mid, request.token, its_options, payload), server)

    def ask(self, code, path, its_options=(), payload=b"", server=None, token=b"\x54"):
        """A request of a server, and the client's answer to it."""
        self._mid += 1
        parts = tuple([(11, part.encode()) for part in path.split("/") if part])
        before = self.sent
        self.sent = []
        self.receive(Message(CON, code, self._mid, token, parts + its_options, payload), server)
        answers = [one for one in self.sent if one[1].type == ACK and one[1].mid == self._mid]
        self.sent = before + [one for one in self.sent if one not in answers]
        assert len(answers) == 1, (answers, self.sent)
        return answers[0][1]

    def read(self, path, accept=None, **more):
        its_options = () if accept is None else ((17, options.uint_value(accept)),)
        return self.ask(codes.GET, path, its_options, **more)

    def write(self, path, content_format, payload, code=codes.PUT, **more):
        its_options = ((12, options.uint_value(content_format)),)
        return self.ask(code, path, its_options, payload, **more)

    def observe(self, path, token=b"\x0b", accept=None, register=b"", **more):
        its_options = ((6, register),)
        if accept is not None:
            its_options += ((17, options.uint_value(accept)),)
        return self.ask(codes.GET, path, its_options, token=token, **more)

    def acknowledge(self, message, server=None):
        self.receive(empty(ACK, message.mid), server)

    def registered(self):
        """The scene when the client has registered."""
        self.start()
        self.answer(self.next(), codes.CREATED, ((8, b"rd"), (8, b"5a3f")))
        self.events = []
        return self

    def told(self, kind):
        """The details of the events of a kind, in order; they are not there any more after."""
        found = [event.detail for event in self.events if event.kind == kind]
        self.events = [event for event in self.events if event.kind != kind]
        return found


def text_of(message, number):
    """All values of an option as texts."""
    return [str(value, "utf-8") for known, value in message.options if known == number]


def option(message, number):
    """The first value of an option as an integer, or None."""
    value = options.first_of(message.options, number)
    return None if value is None else options.uint_of(value)


def senml(message):
    """The values of a SenML JSON payload by their names, read without the codecs under test."""
    held, base = {}, ""
    for record in json.loads(message.payload):
        base = record.get("bn", base)
        values = [record[key] for key in ("v", "vs", "vb", "vd", "vlo") if key in record]
        assert len(values) == 1, record
        name = base + record.get("n", "")
        assert name not in held, name
        held[name] = values[0]
    return held


def creatables():
    return [Creatable(SECURITY), Creatable(SERVER), Creatable(ACCESS_CONTROL)]
