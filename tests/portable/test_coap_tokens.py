"""The empty token (RFC 7252, 5.3.1): of a request that no other answer can be taken for."""

import asyncio

from nce.coap import codes
from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.exchange import RESPONSE, Endpoint
from nce.coap.message import ACK, CON, NON, RST, Message, decode, empty, encode
from nce.coap.parameters import Parameters

QUICK = Parameters(20, 150, 2, 2, 10, 40, 1)


class Dice:
    """Numbers that look random, the same in every run."""

    def __init__(self, seed):
        self._state = seed * 2 + 1

    def below(self, limit):
        self._state = (self._state * 1103515245 + 12345) & 0x7FFFFFFF
        return (self._state >> 8) % limit

    def __call__(self, count):
        return bytes([self.below(256) for _ in range(count)])


class Server:
    """A port whose far end is `answer(message)`: a list of messages. Time stands until a wait."""

    max_datagram = 200

    def __init__(self, answer):
        self.answer = answer
        self.now = 0
        self.inbox = []
        self.sent = []

    def now_ms(self):
        return self.now

    async def send(self, data):
        message = decode(data)
        self.sent.append(message)
        self.inbox += [encode(reply) for reply in self.answer(message)]

    async def receive(self, timeout_ms):
        await asyncio.sleep(0)
        if self.inbox:
            return self.inbox.pop(0)
        self.now += max(1, timeout_ms)
        return None

    async def close(self):
        pass


def client_of(port, spares_tokens=True):
    return CoapClient(port, Dice(1), QUICK, port.now_ms, mids=1, spares_tokens=spares_tokens)


def piggybacked(message):
    if message.type != CON or not 0 < message.code < 32:
        return []
    return [Message(ACK, codes.CHANGED, message.mid, message.token, (), b"")]


def tokens(port):
    """The tokens of the requests that left, each copy once."""
    found = []
    for message in port.sent:
        if message.code and (not found or found[-1][0] != message.mid):
            found.append((message.mid, message.token))
    return [token for _mid, token in found]


async def post(client, payload=b"x", **options):
    return await client.request(codes.POST, "/", (), payload, **options)


def test_requests_one_after_the_other_have_no_token():
    port = Server(piggybacked)

    async def scene():
        client = client_of(port)
        for _ in range(3):
            await post(client)

    asyncio.run(scene())
    assert tokens(port) == [b"", b"", b""]


def test_without_protection_every_request_has_a_random_token():
    port = Server(piggybacked)
    asyncio.run(post(client_of(port, spares_tokens=False)))
    assert [len(token) for token in tokens(port)] == [4]


def test_a_request_beside_another_has_a_token():
    port = Server(piggybacked)

    async def scene():
        client = client_of(port)
        await asyncio.gather(*[post(client, bytes([number])) for number in range(3)])
        await post(client)

    asyncio.run(scene())
    assert [len(token) for token in tokens(port)] == [0, 4, 4, 0]


def test_a_request_of_another_kind_has_a_token():
    port = Server(piggybacked)

    async def scene():
        client = client_of(port)
        await post(client, wants_response=False, confirmable=False)
        await client.exchange(codes.GET, ((6, b""),))  # Observe
        await client.exchange(codes.GET, ((258, b"\x02"),))  # No-Response

    asyncio.run(scene())
    assert [len(token) for token in tokens(port)] == [4, 4, 4]


def test_after_a_request_without_an_answer_there_are_tokens_for_good():
    def ended_by_time(client, port):
        return post(client)

    async def cancelled(client, port):
        task = asyncio.create_task(post(client))
        while not port.sent:
            await asyncio.sleep(0)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            pass

    def of_before(message):
        if message.type != CON or not message.code:
            return []
        return [Message(CON, codes.CHANGED, 7, b"", (), b"old")] + piggybacked(message)

    for end in (ended_by_time, cancelled):
        port = Server(lambda message: [])

        async def scene(end=end, port=port):
            client = client_of(port)
            try:
                await end(client, port)
            except CoapTimeout:
                pass
            # The answer of back then, later than any message lives.
            port.now += 10_000_000
            port.answer = of_before
            response = await post(client)
            assert response.payload != b"old"

        asyncio.run(scene())
        assert port.sent[0].token == b""
        assert len(tokens(port)[-1]) == 4
        # The old one was no response to anything that is known: it was rejected.
        assert [message.mid for message in port.sent if message.type == RST] == [7]


def test_after_a_reset_there_are_tokens():
    port = Server(lambda message: [empty(RST, message.mid)] if message.code else [])

    async def scene():
        client = client_of(port)
        try:
            await post(client)
        except OSError:
            pass
        port.answer = piggybacked
        await post(client)

    asyncio.run(scene())
    assert [len(token) for token in tokens(port)] == [0, 4]


def test_after_a_separate_response_there_are_tokens_as_a_copy_may_come():
    for kind in (CON, NON):

        def separate(message, kind=kind):
            if message.type != CON or not message.code:
                return []
            return [
                empty(ACK, message.mid),
                Message(kind, codes.CHANGED, 900 + message.mid, message.token, (), b""),
            ]

        port = Server(separate)

        async def scene(port=port):
            client = client_of(port)
            await post(client)
            await post(client)

        asyncio.run(scene())
        assert [len(token) for token in tokens(port)] == [0, 4], kind


def test_after_a_second_copy_there_are_tokens_as_another_answer_may_come():
    copies = []

    def lossy(message):
        copies.append(message)
        return piggybacked(message) if len(copies) > 1 else []

    port = Server(lossy)

    async def scene():
        client = client_of(port)
        await post(client)
        await post(client)

    asyncio.run(scene())
    assert [len(token) for token in tokens(port)] == [0, 4]


def test_a_piggybacked_response_of_before_is_not_taken():
    # Of the same empty token, and of another message ID.
    late = []

    def answer(message):
        found = late + piggybacked(message)
        late[:] = [Message(ACK, codes.CHANGED, message.mid, b"", (), b"of before")]
        return found

    port = Server(answer)

    async def scene():
        client = client_of(port)
        found = []
        for _ in range(3):
            found.append((await post(client)).payload)
        return found

    assert asyncio.run(scene()) == [b"", b"", b""]
    assert tokens(port) == [b"", b"", b""]


def test_an_event_that_waits_for_its_task_is_not_lost_to_a_new_request():
    port = Server(piggybacked)

    async def scene():
        client = client_of(port)
        first = client.start(codes.POST, (), b"1")
        assert first == b""
        await client._flush()
        await client._step(None)  # its response is there, and nobody has taken it
        second = client.start(codes.POST, (), b"2")
        assert len(second) == 4
        event = await client.next_event(first)
        assert event.outcome == RESPONSE

    asyncio.run(scene())


class HostilePeer:
    """A path that delays and loses, and a server that forgets and answers in all three ways.

    As DTLS lets no datagram in twice, each arrives once, perhaps very late; what is sent again is
    another. A response holds what it answers.
    """

    def __init__(self, dice):
        self._dice = dice
        self._known = {}
        self._mid = 40_000
        self._up, self._down = [], []  # (due, datagram)

    def take(self, datagrams, now_ms):
        for datagram in datagrams:
            if self._dice.below(5):
                self._up.append((now_ms + self._late(), datagram))

    def deliver(self, now_ms):
        """What arrives at the client now."""
        for datagram in _due(self._up, now_ms):
            message = decode(datagram)
            if message.type == CON and message.code:
                for answer in self._answers(message):
                    for _copy in range(1 + (answer.type != ACK and self._dice.below(2))):
                        if self._dice.below(5):
                            self._down.append((now_ms + self._late(), encode(answer)))
        return _due(self._down, now_ms)

    def _late(self):
        return self._dice.below(4000) if self._dice.below(8) == 0 else self._dice.below(30)

    def _answers(self, message):
        if message.mid in self._known and self._dice.below(4):
            return self._known[message.mid]
        way = self._dice.below(8)
        kind, mid = ACK, message.mid
        if way < 2:
            self._mid += 1
            kind, mid = (CON, NON)[way], self._mid
        answers = [Message(kind, codes.CHANGED, mid, message.token, (), message.payload)]
        if kind != ACK and self._dice.below(2):
            answers.insert(0, empty(ACK, message.mid))
        self._known[message.mid] = answers
        return answers


def _due(queue, now_ms):
    found = [one for one in queue if one[0] <= now_ms]
    queue[:] = [one for one in queue if one[0] > now_ms]
    return [datagram for _due_ms, datagram in found]


def hostile(seed, is_careful=True):
    """`(requests without a token, requests that took another's response)` of forty."""
    dice = Dice(seed)
    client, peer = Endpoint(dice, QUICK, mids=seed), HostilePeer(dice)
    now_ms = without = wrong = 0
    for number in range(40):
        payload = bytes([number])
        careless = None if is_careful or client._exchanges else b""
        token = client.request(codes.POST, (), payload, now_ms, True, careless, True)
        without += token == b""
        end_ms = now_ms + (30 if dice.below(8) == 0 else 100_000)
        ended = None
        while ended is None:
            peer.take(client.datagrams_to_send(), now_ms)
            events = []
            for datagram in peer.deliver(now_ms):
                events += client.receive_datagram(datagram, now_ms)
            for event in events + client.handle_timeout(now_ms):
                if event.token == token:
                    ended = event
            if now_ms >= end_ms:
                break
            now_ms += 5
        if ended is None:
            client.cancel(token)
        elif ended.outcome == RESPONSE:
            wrong += ended.detail.payload != payload
        now_ms += dice.below(50)
    return without, wrong


def test_no_response_is_taken_for_another_request_on_a_hostile_path():
    without = 0
    for seed in range(8):
        spared, wrong = hostile(seed)
        assert wrong == 0, seed
        without += spared
    assert without >= 8  # it is not for want of them
    # The same path fools a client that is less careful.
    assert sum([hostile(seed, is_careful=False)[1] for seed in range(3)]) > 0
