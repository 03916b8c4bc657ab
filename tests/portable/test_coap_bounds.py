"""What CoAP keeps has an end: events, queues, answers, observers and peers, each counted here."""

import asyncio

from nce.coap import codes, options
from nce.coap.client import CoapClient
from nce.coap.exchange import ACKNOWLEDGED, RESET, RESPONSE, Endpoint, Event
from nce.coap.message import ACK, CON, NON, RST, Message, decode, empty, encode
from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT
from nce.coap.responder import Answer, Responder
from nce.coap.server import CoapServer, serve_on
from nce.coap.site import Site
from nce.errors import UsageError

OBSERVE = ((options.OBSERVE, b""),)


def dice(count):
    return bytes(range(count))


def observed(sequence):
    return ((options.OBSERVE, options.uint_value(sequence)),)


class Port:
    """A port and a listening port whose clock is `now`: waiting moves it, and nothing sleeps."""

    max_datagram = 1152

    def __init__(self):
        self.inbox = []  # messages, or (message, peer)
        self.sent = []
        self.now = 0

    def now_ms(self):
        return self.now

    async def receive(self, timeout_ms):
        await asyncio.sleep(0)
        if self.inbox:
            return encode(self.inbox.pop(0))
        self.now += max(1, timeout_ms)
        return None

    async def receive_from(self, timeout_ms):
        await asyncio.sleep(0)
        if self.inbox:
            message, peer = self.inbox.pop(0)
            self.now += 1
            return encode(message), peer
        self.now += max(1, timeout_ms)
        return None

    async def send(self, data):
        self.sent.append(decode(data))

    async def send_to(self, data, peer):
        self.sent.append((peer, decode(data)))


def test_of_events_that_nobody_takes_the_newest_four_wait():
    port = Port()
    client = CoapClient(port, dice, now_ms=port.now_ms)

    async def main():
        token = client.start(codes.GET, OBSERVE)
        await client.next_event(None, 1)
        for sequence in range(20):
            port.inbox.append(
                Message(NON, codes.CONTENT, sequence, token, observed(sequence), b"%d" % sequence)
            )
        await client.next_event(None, port.now + 10)
        got = []
        while True:
            event = await client.next_event(token, port.now)
            if event is None:
                return got
            got.append(event.detail.payload)

    assert asyncio.run(main()) == [b"16", b"17", b"18", b"19"]


def test_eight_requests_wait_for_their_turn_and_a_ninth_is_refused_until_there_is_room():
    client = Endpoint(bytes, DEFAULT)
    tokens = []

    def start():
        tokens.append(
            client.request(codes.GET, (), b"", 0, True, b"%04d" % len(tokens)),
        )

    for _ in range(1 + 8):
        start()
    for _ in range(3):
        try:
            start()
        except UsageError as error:
            assert "8 messages wait" in str(error)
        else:
            raise AssertionError("a ninth was taken")
    assert len(client.datagrams_to_send()) == 1
    client.cancel(tokens[4])
    start()
    sent = []
    now_ms = 0
    while client.next_timeout() is not None:
        now_ms = client.next_timeout()
        client.handle_timeout(now_ms)
        for datagram in client.datagrams_to_send():
            if decode(datagram).token not in sent:
                sent.append(decode(datagram).token)
    assert sent == tokens[:4] + tokens[5:]


def test_the_answers_to_the_last_eight_confirmable_messages_are_known():
    client = Endpoint(dice)
    token = client.request(codes.GET, OBSERVE, b"", 0)
    client.datagrams_to_send()

    def notify(kind, mid):
        message = Message(kind, codes.CONTENT, mid, token, observed(mid), b"")
        events = client.receive_datagram(encode(message), 100)
        return len(events), [decode(datagram) for datagram in client.datagrams_to_send()]

    for mid in range(9):
        assert notify(CON, mid) == (1, [empty(ACK, mid)])
    for mid in range(1, 9):
        assert notify(CON, mid) == (0, [empty(ACK, mid)])
    # The first is forgotten, and seen as new.
    assert notify(CON, 0) == (1, [empty(ACK, 0)])
    # A message that is not confirmable repeats none of them (RFC 7252, 4.2).
    assert notify(NON, 8) == (1, [])


def test_a_reset_to_a_message_that_is_not_confirmable_is_waited_for_as_long_as_a_response():
    for at_ms in (50000, 92999):
        endpoint = Endpoint(dice, DEFAULT)
        endpoint.send(NON, codes.CONTENT, b"t", (), b"late", 0, "handle")
        mid = decode(endpoint.datagrams_to_send()[0]).mid
        assert endpoint.handle_timeout(at_ms) == []
        reset = encode(empty(RST, mid))
        assert endpoint.receive_datagram(reset, at_ms) == [Event("handle", RESET, None)]
    endpoint.send(NON, codes.CONTENT, b"t", (), b"late", 100000, "handle")
    assert endpoint.handle_timeout(192999) == []
    assert endpoint.handle_timeout(193000) == [Event("handle", ACKNOWLEDGED, None)]
    # What asks for no response has done all it can when it was sent.
    token = endpoint.request(codes.POST, ((258, b"\x1a"),), b"", 300000, False)
    assert endpoint.handle_timeout(300000) == [Event(token, ACKNOWLEDGED, None)]


class Counted:
    """A site that counts what it handled, with the endpoint of one peer."""

    def __init__(self):
        self.handled = 0
        self.late = []
        self.site = Site()
        self.site.add("/a", codes.POST, self.handle)
        self.site.add("/late", codes.GET, self.late.append)
        self.endpoint = Endpoint(dice, DEFAULT)
        self.endpoint.responder = Responder(self.endpoint, self.site.handle, "peer")

    def handle(self, request):
        self.handled += 1
        return Answer(codes.CHANGED, (), b"%d" % self.handled)

    def ask(self, mid, now_ms=0, kind=CON):
        message = Message(kind, codes.POST, mid, b"t", options.path_options("/a"), b"")
        self.endpoint.receive_datagram(encode(message), now_ms)
        return [decode(datagram).payload for datagram in self.endpoint.datagrams_to_send()]


def test_eight_replies_are_kept_whole_and_of_64_requests_the_message_id():
    served = Counted()
    for mid in range(65):
        assert served.ask(mid) == [b"%d" % (mid + 1)]
    for mid in range(57, 65):
        assert served.ask(mid) == [b"%d" % (mid + 1)]
    for mid in range(1, 57):
        assert served.ask(mid) == []
    assert served.handled == 65
    assert served.ask(0) == [b"66"]


def test_a_request_is_known_again_for_a_lifetime():
    served = Counted()
    for now_ms, handled in ((0, 1), (246999, 1), (247000, 2), (247001, 2)):
        assert served.ask(1, now_ms) == [b"%d" % handled]
    assert served.handled == 2


class Watched:
    """A server in its own time whose site has a resource to observe, or none."""

    def __init__(self, is_observable=True):
        self.port = Port()
        self.site = Site()
        self.state = b"on"
        self.site.add("/state", codes.GET, lambda request: self.state, (), None, is_observable)
        self.late = []
        self.site.add("/late", codes.GET, self.late.append)
        self.server = CoapServer(self.port, self.site, dice, now_ms=self.port.now_ms)
        self._mid = 0

    def request(self, peer, its_options=(), path="/state", token=b"t"):
        self._mid += 1
        its_options = its_options + options.path_options(path)
        self.port.inbox.append((Message(CON, codes.GET, self._mid, token, its_options, b""), peer))

    def reply(self, peer, kind, mid):
        self.port.inbox.append((empty(kind, mid), peer))

    def serve(self, for_ms):
        """Serve for some time; what was sent meanwhile."""
        self.port.sent = []
        asyncio.run(self.server.serve(for_ms))
        return self.port.sent


def is_observed(message):
    return options.first_of(message.options, options.OBSERVE) is not None


def test_eight_observers_are_registered_and_a_ninth_is_served_without():
    served = Watched()
    for number in range(9):
        served.request("a", OBSERVE, token=b"%d" % number)
    sent = served.serve(100)
    assert [is_observed(message) for _peer, message in sent] == [True] * 8 + [False]
    assert [message.payload for _peer, message in sent] == [b"on"] * 9
    # One of them again takes its own place; one that leaves makes room.
    served.request("a", OBSERVE, token=b"3")
    served.request("a", ((options.OBSERVE, b"\x01"),), token=b"5")
    served.request("a", OBSERVE, token=b"8")
    served.request("a", OBSERVE, token=b"9")
    sent = served.serve(100)
    assert [is_observed(message) for _peer, message in sent] == [True, False, True, False]
    assert len(served.site.observers) == 8


def test_sequence_numbers_count_up_and_begin_again_behind_three_bytes():
    served = Watched()
    served.request("a", OBSERVE)
    assert options.first_of(served.serve(10)[0][1].options, options.OBSERVE) == b"\x01"
    for before, value in (
        (1, b"\x02"),
        (0xFFFFFE, b"\xff\xff\xff"),
        (0xFFFFFF, b""),
        (0, b"\x01"),
    ):
        served.site.observers._sequence = before
        assert served.site.observers.notify("/state", served.port.now) == 1
        _peer, message = served.serve(10)[0]
        assert options.first_of(message.options, options.OBSERVE) == value
        served.reply("a", ACK, message.mid)
        served.serve(10)


def test_of_eight_peers_the_one_that_was_silent_longest_makes_room():
    for is_observable in (True, False):
        served = Watched(is_observable)
        for peer in range(8):
            served.request(peer, OBSERVE)
        served.request(0)
        served.request("new")
        assert [peer for peer, _message in served.serve(100)] == [0, 1, 2, 3, 4, 5, 6, 7, 0, "new"]
        assert served.server.refused_datagrams == 0
        if is_observable:
            assert len(served.site.observers) == 7
            assert served.site.observers.notify("/state", served.port.now) == 7
            assert sorted([peer for peer, _message in served.serve(10)]) == [0, 2, 3, 4, 5, 6, 7]


def test_a_peer_that_is_being_sent_to_keeps_its_place():
    served = Watched()
    for peer in range(8):
        served.request(peer, OBSERVE)
    served.serve(10)
    served.site.observers.notify("/state", served.port.now)
    notifications = {}
    for peer, message in served.serve(10):
        notifications[peer] = message
    assert len(notifications) == 8
    served.request("ninth")
    assert served.serve(10) == []
    assert served.server.refused_datagrams == 1
    served.reply(5, ACK, notifications[5].mid)
    served.request("ninth")
    assert [peer for peer, _message in served.serve(10)] == ["ninth"]
    assert served.server.refused_datagrams == 1
    assert len(served.site.observers) == 7


def test_a_server_sends_again_what_is_not_acknowledged_and_gives_up():
    served = Watched()
    served.request("a", path="/late")
    assert served.serve(10) == [("a", empty(ACK, 1))]
    request = served.late[0]
    request.responder.respond(request, Answer(codes.CONTENT, (), b"at last"), served.port.now)
    began_ms = served.port.now
    sent = served.serve(200000)
    assert [message.payload for _peer, message in sent] == [b"at last"] * 5
    assert sent[0] == sent[-1]
    assert served.port.now == began_ms + 200000
    # An observer that is silent for as long is removed.
    served.request("a", OBSERVE)
    served.serve(10)
    served.site.observers.notify("/state", served.port.now)
    assert len(served.serve(200000)) == 5
    assert len(served.site.observers) == 0


def test_an_event_that_nobody_waits_for_is_told():
    told = []
    port = Port()
    client = CoapClient(port, dice, now_ms=port.now_ms, on_event=told.append)
    token = client.endpoint.request(codes.GET, (), b"", 0)

    async def main():
        await client.next_event(None, 1)
        request = port.sent[0]
        port.inbox.append(Message(ACK, codes.CONTENT, request.mid, token, (), b"x"))
        await client.next_event(None, port.now + 1)
        assert [(event.token, event.outcome) for event in told] == [(token, RESPONSE)]
        client.on_event = None
        client.endpoint.request(codes.GET, (), b"", port.now, token=token)
        port.inbox.append(Message(ACK, codes.CONTENT, request.mid + 1, token, (), b"x"))
        await client.next_event(None, port.now + 1)

    asyncio.run(main())
    assert len(told) == 1


def test_a_client_that_serves_nothing_to_observe_passes_over_what_nobody_waits_for():
    for is_observable in (False, True):
        port = Port()
        client = CoapClient(port, dice, now_ms=port.now_ms)
        site = Site()
        site.add("/state", codes.GET, lambda request: b"on", (), None, is_observable)
        serve_on(client, site)
        token = client.endpoint.request(codes.GET, (), b"", 0)

        async def main(port=port, client=client, token=token):
            await client.next_event(None, 1)
            request = port.sent.pop()
            port.inbox = [
                Message(ACK, codes.CONTENT, request.mid, token, (), b"x"),
                Message(CON, codes.GET, 77, b"t", options.path_options("/state"), b""),
            ]
            await client.next_event(None, port.now + 1)
            await client.next_event(None, port.now + 1)

        asyncio.run(main())
        assert port.sent == [Message(ACK, codes.CONTENT, 77, b"t", (), b"on")]


def test_a_message_id_may_be_used_again_when_a_lifetime_has_passed_and_not_before():
    mids = MessageIds(0, 1000)
    for mid in range(65536):
        assert mids.take(mid >> 12) == mid
    for now_ms in (15, 999):
        try:
            mids.take(now_ms)
        except UsageError as error:
            assert "65536 messages in 1000 ms" in str(error)
        else:
            raise AssertionError("%d ms" % now_ms)
    assert [mids.take(1000) for _ in range(4096)] == list(range(4096))
    try:
        mids.take(1000)  # block 1 was used at 1 ms
    except UsageError:
        pass
    else:
        raise AssertionError("1000 ms")
    assert mids.take(1001) == 4096


def test_a_request_with_the_token_of_another_takes_its_place():
    client = Endpoint(bytes, DEFAULT)
    first = client.request(codes.GET, OBSERVE, b"", 0, True, b"one")
    old = decode(client.datagrams_to_send()[0])
    assert client.request(codes.GET, OBSERVE, b"", 100, True, b"one") == first
    new = decode(client.datagrams_to_send()[0])  # at once: the other gave its place back
    assert (new.token, new.mid) == (old.token, old.mid + 1)
    # The old one is not sent again, and its answer is nobody's.
    events = []
    sent = []
    while not events:
        events = client.handle_timeout(client.next_timeout())
        sent += [decode(datagram).mid for datagram in client.datagrams_to_send()]
    assert sent == [new.mid] * 4
    assert [event.token for event in events] == [b"one"]
    assert client.next_timeout() is None
