"""Thousands of LwM2M clients at SIMs of one world, their bytes written by hand.

    clients = ManyClients(world, 4_000)
    clients.all_ask(request("/bs", "ep=a"), 0x44)        # all in waves; each must get 2.04
    clients.tokens                                       # of what the server observes, by host

Each answers at once whatever it is asked. One that gets 5.03 sends its message again.
"""

from nce_sim.wire.datagram import Address, Datagram
from support.hand_coap import FORMAT, PATH, QUERY, message, uint
from support.lwm2m_client import SERVICE

LINKS = b"</1/0>,</3/0>,</3303/0>,</3311/0>"
TEMPERATURE = bytes.fromhex("e4164441ac0000")  # 21.5, in TLV
_CODES = {1: 0x45, 2: 0x44, 3: 0x44, 4: 0x42}  # by method: what a client answers
_UNAVAILABLE = 0xA3
_AGAIN_MS = 5_000  # the Max-Age of a 5.03
_MOST_WAITING_MS = 60_000
STEP_MS = 20


class ManyClients:
    """All of them; `service` is whom they ask."""

    service = SERVICE

    def __init__(self, world, count):
        self.core, self.world = world.core, world
        sims = [world.add_sim() for _ in range(count)]
        self.homes = [Address(world.core.address_of(sim), 5683) for sim in sims]
        self.answers, self.tokens = {}, {}
        self.refusals = 0
        self._mid = 0
        world.core.set_twin(self._take)

    def _take(self, datagram):
        data, home = datagram.payload, datagram.destination
        if data[0] & 0x30 or not 0 < data[1] < 32:
            if data[1] == _UNAVAILABLE:
                self._again(home)
            else:
                self.answers[home.host] = data
            return
        length = data[0] & 15
        token = data[4 : 4 + length]
        head = bytes([0x60 | length, _CODES[data[1]]]) + data[2 : 4 + length]
        if data[1] == 1:
            self.tokens[home.host] = token
            head += b"\x61\x01\x62\x2d\x16\xff" + TEMPERATURE  # Observe 1, format 11542
        self._send(home, head)

    def _again(self, home):
        self.refusals += 1
        data = self._request_of(home.host, self._mid)
        self.world.clock.call_later(_AGAIN_MS, lambda: self._send(home, data))

    def _send(self, home, data):
        self.core.send(Datagram(home, self.service, data))

    def pass_time(self, milliseconds):
        """Of the world, while clients go on answering."""
        self.world.advance(milliseconds)

    def all_ask(self, request_of, expected, wave=500):
        """Every client sends one message; each must be answered with the code `expected`."""
        self._mid += 1
        self._request_of = request_of
        for start in range(0, len(self.homes), wave):
            homes = self.homes[start : start + wave]
            for home in homes:
                self.answers.pop(home.host, None)
                self._send(home, request_of(home.host, self._mid))
            self._wait_for(homes, self.answers)
        wrong = {data[1] for data in self.answers.values()} - {expected}
        if wrong:
            raise ValueError(f"answers have the codes {wrong}, not {expected:#x}")

    def _wait_for(self, homes, those_done):
        """Until all are among those, by host."""
        waited_ms = 0
        while any(home.host not in those_done for home in homes):
            self.pass_time(STEP_MS)
            waited_ms += STEP_MS
            if waited_ms > _MOST_WAITING_MS:
                raise TimeoutError(f"clients have no answer in {_MOST_WAITING_MS} ms")


def request(path, *queries, payload=b"", number=None):
    """Makes a request of a path; the ID is the client's next."""
    listed = [(PATH, one.encode()) for one in path.split("/")[1:]]
    listed += [(QUERY, one.encode()) for one in queries]
    listed += [] if number is None else [(FORMAT, uint(number))]
    return lambda host, mid: message("CON", "0.02", mid, b"tk", listed, payload)


REGISTER = request("/rd", "ep=a", "lt=86400", "lwm2m=1.1", "b=U", payload=LINKS, number=40)
