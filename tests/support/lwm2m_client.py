"""An LwM2M client whose messages are written by hand, at a SIM of a world.

    client = HandClient(world)
    client.post("/bs", ["ep=a"])                 # the answer, in virtual time
    client.seen                                  # what the server asked, and how it was answered
    client.notify(token, b"21.5")

`client.answers` says what it answers to requests; as it is, success and nothing else.
"""

from cryptography.exceptions import InvalidTag

from nce_sim.wire.datagram import Address, Datagram
from support import dtls_handmade_peer as handmade
from support.hand_coap import FORMAT, LOCATION, OBSERVE, PATH, QUERY, Message, message, read, uint

SERVICE = Address("10.60.2.240", 5683)
SECURE = Address("10.60.2.240", 5684)
SUCCESS = {"GET": "2.05", "POST": "2.04", "PUT": "2.04", "DELETE": "2.02", "FETCH": "2.05"}
LINKS = b"</3/0>,</3303/0>"


class HandClient:
    """Plain CoAP; `send` may be replaced by one that makes records of it."""

    def __init__(self, world, sim=None, port=5683, service=SERVICE):
        self.world, self.service = world, service
        self.sim = sim or world.add_sim()
        self.iccid = self.sim.iccid
        self.home = Address(world.core.address_of(self.sim), port)
        self.seen: list[Message] = []  # requests, each once
        self.heard: list[Message] = []  # everything else, as it came
        self.answers = lambda asked: (SUCCESS[asked.what.split()[0]], (), b"")
        self.is_deaf = False
        self._answered: dict[int, bytes | None] = {}
        self._mid = 0x1000
        self.session = world.core.open_session(self.sim, self.take)

    def join(self, other):
        """Use the session of another client of the same SIM, from another port."""
        self.session = other.session = self.world.core.open_session(
            self.sim, lambda datagram: (self.take(datagram), other.take(datagram))
        )

    # -- the wire --------------------------------------------------------------------------

    def take(self, datagram):
        if not self.is_deaf and datagram.destination.port == self.home.port:
            self.receive(datagram.payload)

    def receive(self, data):
        came = read(data)
        if came.kind != "CON" or came.code.startswith("0.00") or came.code[0] != "0":
            self.heard.append(came)
            return
        if came.mid not in self._answered:  # RFC 7252, 4.2
            self.seen.append(came)
            reply = self.answers(came)
            self._answered[came.mid] = reply and message(
                "ACK", reply[0], came.mid, came.token, *reply[1:]
            )
        if self._answered[came.mid] is not None:
            self.send(self._answered[came.mid])

    def send(self, data):
        self.session.send(Datagram(self.home, self.service, data))

    # -- the client ------------------------------------------------------------------------

    def new_mid(self):
        self._mid += 1
        return self._mid

    def start(self, method, path, query=(), payload=b"", options=(), kind="CON"):
        """Send a request; its message ID."""
        mid = self.new_mid()
        code = {"GET": "0.01", "POST": "0.02", "PUT": "0.03", "DELETE": "0.04"}[method]
        listed = [(PATH, one.encode()) for one in path.split("/")[1:]]
        listed += [(QUERY, one.encode()) for one in query]
        token = b"tk" + uint(mid)
        self.send(message(kind, code, mid, token, [*listed, *options], payload))
        return mid

    def answer_to(self, mid):
        return next((one for one in self.heard if one.kind == "ACK" and one.mid == mid), None)

    def ask(self, method, path, query=(), payload=b"", options=(), wait_ms=1_000):
        """The answer after a while of virtual time; None when there is none."""
        mid = self.start(method, path, query, payload, options)
        self.world.advance(wait_ms)
        return self.answer_to(mid)

    def post(self, path, query=(), payload=b"", options=(), wait_ms=1_000):
        return self.ask("POST", path, query, payload, options, wait_ms)

    def bootstrap(self, *query, wait_ms=1_000):
        return self.post("/bs", ["ep=" + self.iccid, *query], wait_ms=wait_ms)

    def register(self, *query, links=LINKS, wait_ms=1_000):
        """The location, `/rd/...`; or the code of a refusal."""
        usual = ("ep=" + self.iccid, "lt=300", "lwm2m=1.1")
        named = {one.partition("=")[0] for one in query}
        listed = [one for one in usual if one.partition("=")[0] not in named]
        listed += query
        answer = self.post("/rd", listed, links, [(FORMAT, uint(40))], wait_ms)
        if answer is None or answer.code != "2.01":
            return answer and answer.code
        return "/" + "/".join(value.decode() for value in answer.values(LOCATION))

    def notify(self, token, payload=b"", number=1, kind="CON", options=(), code="2.05", mid=None):
        """Send a notification; its message ID."""
        mid = mid or self.new_mid()
        listed = [(OBSERVE, uint(number)), *options]
        self.send(message(kind, code, mid, token, listed, payload))
        return mid

    def kind_of_reply(self, mid):
        """`ACK` or `RST`, to a notification; None without an answer."""
        return next((one.kind for one in self.heard if one.mid == mid), None)


class SecureHandClient(HandClient):
    """The same by DTLS, with a handshake that is written by hand too."""

    def __init__(self, world, sim=None, port=40_000, service=SECURE):
        super().__init__(world, sim, port, service)
        self.dtls = None
        self._records = []

    def connect(self, key, cid=None, wait_ms=1_000):
        """Shake hands; whether the server knows the key. What came before is over."""
        one = handmade.Client(identity=self.iccid.encode(), key=key, cid=cid)
        self.dtls = None
        for make in (one.hello, one.answer_cookie, one.answer_flight):
            datagram = make(*self._records[-1:]) if self._records else make()
            self._records.clear()
            super().send(datagram)
            self.world.advance(wait_ms)
            if not self._records or self._records[-1][0] == 21:  # an alert
                return False
        one.check_finished(self._records.pop())
        self.dtls = one
        return True

    def receive(self, data):
        if self.dtls is None:
            if data[0] not in (23, 25):  # data of an association before
                self._records.append(data)
            return
        try:
            opened = self.dtls.open(data)
        except InvalidTag:
            return  # of an association before
        for kind, text, _ in opened:
            if kind == 23:
                super().receive(text)

    def send(self, data):
        super().send(self.dtls.send(data))
