"""A bearer with a bootstrap server and an LwM2M server behind it, as plain as they can be.

cloud = Cloud()
device = Lwm2mDevice(cloud, transport="coap")
cloud.said          # [("POST", "/bs", ...)]: what the device asked
cloud.ask(GET, "/3303/0", accept=11542)     # a request of the server's
"""

import asyncio

from nce.coap import codes, options
from nce.coap.block import block_value
from nce.coap.message import ACK, CON, Message, decode, encode
from nce.lwm2m import kinds, tlv

BOOTSTRAP = ("lwm2m.os.1nce.com", 5683)
SERVER = ("10.60.2.240", 5683)
# What is written: path, and its resources.
ACCOUNTS = (
    (
        (0, 0),
        (
            (0, kinds.STRING, "coap://10.60.2.240:5683"),
            (1, kinds.BOOLEAN, False),
            (2, kinds.INTEGER, 3),
            (10, kinds.INTEGER, 1111),
        ),
    ),
    (
        (1, 0),
        (
            (0, kinds.INTEGER, 1111),
            (1, kinds.INTEGER, 3600),
            (6, kinds.BOOLEAN, False),
            (7, kinds.STRING, "U"),
        ),
    ),
)


class Port:
    """A datagram port of the cloud's."""

    max_datagram = 1152

    def __init__(self, cloud, peer):
        self._cloud = cloud
        self.peer = peer
        self.waiting = []
        self._came = asyncio.Event()
        self.is_closed = False

    async def send(self, data):
        if self.is_closed or self._cloud.is_lost:
            raise OSError(5, "the bearer is gone")
        self._cloud.received(self, decode(data))

    def put(self, message):
        self.waiting.append(encode(message))
        self._came.set()

    async def receive(self, timeout_ms):
        if not self.waiting:
            try:
                await asyncio.wait_for(self._until_something(), timeout_ms / 1000)
            except asyncio.TimeoutError:
                return None
        if self._cloud.is_lost:
            raise OSError(5, "the bearer is gone")
        return self.waiting.pop(0)

    async def _until_something(self):
        while not self.waiting and not self._cloud.is_lost:
            self._came.clear()
            await self._came.wait()

    def wake(self):
        self._came.set()

    async def close(self):
        self.is_closed = True
        self._cloud.ports.remove(self)


class Cloud:
    """See above. `deaf` are paths that get no answer; `refused` maps paths to codes."""

    iccid = "89882280666000000197"
    generation = 0
    address = "10.160.0.1"

    def __init__(self):
        self.ports = []
        self.said = []
        self.opened = []
        self.attached = 0
        self.deaf = ()
        self.refused = {}
        self.is_lost = False
        self.answers = []
        self._steps = []
        self._mid = 7000
        self._registrations = 0

    async def attach(self):
        self.attached += 1
        self.is_lost = False

    async def open_datagram(self, host, port):
        self.opened.append((host, port))
        made = Port(self, (host, port))
        self.ports.append(made)
        return made

    def lose(self):
        """The bearer is gone, until the next attach."""
        self.is_lost = True
        for port in self.ports:
            port.wake()

    def ask(self, code, path, payload=b"", **given):
        """Send a request of the server's; its answer comes to `answers`."""
        (port,) = [one for one in self.ports if one.peer == SERVER]
        its_options = ()
        for number, name in ((6, "observe"), (11, ""), (12, "content_format"), (17, "accept")):
            if not name:
                its_options += options.path_options(path)
            elif name in given:
                its_options += ((number, options.uint_value(given[name])),)
        if "block1" in given:
            its_options += ((options.BLOCK1, given["block1"]),)
        self._mid += 1
        port.put(Message(CON, code, self._mid, b"ask", its_options, payload))

    async def asked(self, code, path, payload=b"", **given):
        """The same; its answer."""
        seen = len(self.answers)
        self.ask(code, path, payload, **given)
        for _ in range(300):
            await asyncio.sleep(0.1)
            if len(self.answers) > seen:
                return self.answers[-1]
        raise OSError(5, "no answer")

    async def push(self, path, body, at=0, until=None, szx=5):
        """Put a body in blocks, from one offset to another; the last answer's code."""
        size = 16 << szx
        code = None
        for offset in range(at, len(body) if until is None else until, size):
            is_more = offset + size < len(body)
            answer = await self.asked(
                codes.PUT,
                path,
                body[offset : offset + size],
                content_format=42,
                block1=block_value(offset, is_more, szx),
            )
            code = answer.code
            if code >> 5 != 2:
                break
        return code

    def received(self, port, message):
        """What the device sent."""
        if message.code == 0 or message.code >> 5 > 1:
            numbers = [number for number, _value in message.options if number != 8]
            assert len(numbers) == len(set(numbers)), message
            self.answers.append(message)
            if message.type == CON:
                port.put(Message(ACK, 0, message.mid, b"", (), b""))
            if port.peer == BOOTSTRAP:
                self._step(port)
            return
        path = options.path_of(message.options)
        self.said.append((path, options.queries_of(message.options), message.payload))
        if path in self.deaf:
            return
        code, its_options = codes.CHANGED, ()
        if path == "/rd":
            self._registrations += 1
            code = codes.CREATED
            its_options = ((8, b"rd"), (8, b"r%d" % self._registrations))
        elif message.code == codes.DELETE:
            code = codes.DELETED
        code = self.refused.get(path, code)
        if code >> 5 != 2:
            its_options = ()
        port.put(Message(ACK, code, message.mid, message.token, its_options, b""))
        if path == "/bs" and code == codes.CHANGED:
            self._steps = list(ACCOUNTS) + [None]
            self._step(port)

    def _step(self, port):
        if not self._steps:
            return
        step = self._steps.pop(0)
        self._mid += 1
        if step is None:
            its_options = options.path_options("/bs")
            port.put(Message(CON, codes.POST, self._mid, b"b", its_options, b""))
            return
        path, rows = step
        entries = [(path + (number,), kind, value, None) for number, kind, value in rows]
        its_options = options.path_options("/%d/%d" % path) + ((12, options.uint_value(11542)),)
        port.put(Message(CON, codes.PUT, self._mid, b"b", its_options, tlv.encode(path, entries)))
