"""A device that asks the CoAP proxy, its messages written by hand (RFC 7252, 3; RFC 7959).

    device = ProxyDevice(world)
    code, payload = device.ask(POST, "https://chunks.memfault.com/api/v0/chunks/:iccid:", b"chunk")

`advance(ms)` lets time pass until an answer is there; in real time `await device.asked(...)`.
"""

import asyncio

from nce_sim.wire.datagram import Address, Datagram

PROXY = Address("10.60.2.241", 5683)
GET, POST, PUT, PATCH = 1, 2, 3, 6
PROXY_URI, CONTENT_FORMAT, BLOCK1, BLOCK2 = 35, 12, 27, 23


def option_bytes(options):
    """Options by number, each with its header."""
    found, previous = b"", 0
    for number, value in sorted(options, key=lambda one: one[0]):
        head, more = [], b""
        for amount in (number - previous, len(value)):
            if amount < 13:
                head.append(amount)
            elif amount < 269:
                head.append(13)
                more += bytes([amount - 13])
            else:
                head.append(14)
                more += (amount - 269).to_bytes(2, "big")
        found += bytes([head[0] << 4 | head[1]]) + more + value
        previous = number
    return found


def read_options(data):
    """(options by number, payload) of what follows the token; for headers of a byte or two."""
    options, number, at = {}, 0, 0
    while at < len(data) and data[at] != 0xFF:
        amounts, at = [data[at] >> 4, data[at] & 15], at + 1
        for index, amount in enumerate(amounts):
            if amount == 13:
                amounts[index], at = data[at] + 13, at + 1
        number += amounts[0]
        options[number], at = data[at : at + amounts[1]], at + amounts[1]
    return options, data[at + 1 :]


class ProxyDevice:
    """A SIM with a session; its requests have a token of eight bytes."""

    def __init__(self, world, sim=None):
        self.world = world
        self.sim = sim or world.add_sim()
        self.id = self.sim.iccid
        self.host = world.core.address_of(self.sim)
        self.answers = []
        self.session = world.core.open_session(self.sim, self._take)
        self._mid = 0x4000

    def _take(self, datagram):
        self.answers.append(datagram.payload)

    def send(self, method, uri, payload=b"", options=(), service=PROXY):
        """Send a confirmable request; its ID."""
        self._mid += 1
        listed = [(PROXY_URI, uri.encode())] if uri is not None else []
        head = bytes([0x48, method]) + self._mid.to_bytes(2, "big") + b"tokentok"
        data = head + option_bytes([*listed, *options])
        data += b"\xff" + payload if payload else b""
        self.session.send(Datagram(Address(self.host, 40_000), service, data))
        return self._mid

    def answer_to(self, mid):
        """`(code, payload, options)` of the piggybacked answer; None when there is none."""
        for data in self.answers:
            if data[2:4] == mid.to_bytes(2, "big"):
                assert (data[0], data[4:12]) == (0x68, b"tokentok")
                options, payload = read_options(data[12:])
                return f"{data[1] >> 5}.{data[1] & 31:02d}", payload, options
        return None

    def ask(self, method, uri, payload=b"", options=(), wait_ms=30_000):
        """`(code, payload)`, in virtual time."""
        mid = self.send(method, uri, payload, options)
        self.world.advance(wait_ms)
        answer = self.answer_to(mid)
        return answer and answer[:2]

    async def asked(self, method, uri, payload=b"", options=(), timeout_s=15):
        """The same in real time."""
        mid = self.send(method, uri, payload, options)
        async with asyncio.timeout(timeout_s):
            while (answer := self.answer_to(mid)) is None:
                await asyncio.sleep(0.005)
        return answer[:2]
