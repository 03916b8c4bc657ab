"""Observation, ping and No-Response of the client over a scripted port."""

import asyncio

from nce.coap import codes, options
from nce.coap.client import CoapClient, CoapTimeout
from nce.coap.failures import ResetByPeer
from nce.coap.message import ACK, CON, NON, RST, Message, decode, empty, encode
from nce.coap.observe import is_newer, observe
from nce.coap.parameters import DEFAULT, Parameters
from nce.coap.ping import ping
from nce.coap.server import serve_on
from nce.coap.site import Site

QUICK = Parameters(4, 150, 2, 2, 10, 20, 1)


class Port:
    """A port whose clock is `now_ms`: waiting moves it, and nothing sleeps."""

    max_datagram = 200

    def __init__(self, respond):
        self._respond = respond
        self.inbox = []  # (at ms, message)
        self.sent = []
        self.now = 0

    def now_ms(self):
        return self.now

    def client(self, parameters=QUICK):
        numbers = [0]

        def random_bytes(count):
            numbers[0] += 1
            return numbers[0].to_bytes(count, "big")

        return CoapClient(self, random_bytes, parameters, self.now_ms)

    async def send(self, data):
        message = decode(data)
        self.sent.append(message)
        for reply in self._respond(message):
            self.inbox.append((self.now, reply))

    async def receive(self, timeout_ms):
        await asyncio.sleep(0)
        for index, (at_ms, message) in enumerate(self.inbox):
            if at_ms <= self.now + timeout_ms:
                self.now = max(self.now, at_ms)
                self.inbox.pop(index)
                return encode(message)
        self.now += max(timeout_ms, 1)
        return None


def state(sequence, payload, max_age=None):
    its_options = ((options.OBSERVE, options.uint_value(sequence)),)
    if max_age is not None:
        its_options += ((options.MAX_AGE, options.uint_value(max_age)),)
    return its_options, payload


def registered(*first):
    """Answers a registration with `first`, a cancellation without Observe."""

    def respond(message):
        if message.type != CON or message.code != codes.GET:
            return []
        its_options, payload = state(*first)
        if options.first_of(message.options, options.OBSERVE) == b"\x01":
            its_options = ()
        return [Message(ACK, codes.CONTENT, message.mid, message.token, its_options, payload)]

    return respond


def notification(token, mid, sequence, payload, kind=CON, code=codes.CONTENT, at_ms=0):
    its_options, payload = state(sequence, payload)
    if code != codes.CONTENT:
        its_options = ()
    return at_ms, Message(kind, code, mid, token, its_options, payload)


def test_sequence_numbers_are_compared_as_the_rfc_says():
    # RFC 7641, 3.4: modulo 2^24, and after 128 s anything is newer.
    for sequence, than, elapsed_ms, newer in (
        (2, 1, 0, True),
        (1, 1, 0, False),
        (1, 2, 0, False),
        (0, 0xFFFFFF, 0, True),
        (0xFFFFFF, 0, 0, False),
        (0x7FFFFF, 0, 0, True),
        (0x800000, 0, 0, False),
        (1, 2, 128000, False),
        (1, 2, 128001, True),
    ):
        assert is_newer(sequence, than, elapsed_ms) == newer


def test_states_come_in_order_and_each_is_acknowledged():
    port = Port(registered(10, b"first"))
    observation = observe(port.client(), "/setting")

    async def main():
        states = [(await observation.next()).payload]
        token = port.sent[0].token
        port.inbox = [
            notification(token, 1, 11, b"second"),
            notification(token, 1, 11, b"second"),  # a duplicate
            notification(token, 2, 13, b"fourth", NON),
            notification(token, 3, 12, b"third, late"),
            notification(token, 4, 14, b"fifth"),
        ]
        for _ in range(3):
            states.append((await observation.next(50)).payload)
        assert await observation.next(10) is None
        await observation.cancel()
        assert not observation.is_active
        return states

    assert asyncio.run(main()) == [b"first", b"second", b"fourth", b"fifth"]
    acknowledged = [message.mid for message in port.sent if message.type == ACK]
    assert acknowledged == [1, 1, 3, 4]
    last = port.sent[-1]
    assert options.first_of(last.options, options.OBSERVE) == b"\x01"
    assert last.token == port.sent[0].token


def test_silence_beyond_max_age_registers_anew_with_the_same_token():
    port = Port(registered(10, b"old", 30))
    observation = observe(port.client(), "/setting")

    async def main():
        await observation.next()
        return await observation.next(60000)

    # The server rebooted meanwhile: its numbers begin again.
    assert asyncio.run(main()).payload == b"old"
    requests = [message for message in port.sent if message.code == codes.GET]
    assert len(requests) == 2
    assert requests[0].token == requests[1].token
    assert requests[0].mid != requests[1].mid
    # 5 to 15 s after Max-Age (RFC 7641, 3.3.1), at random: this source of bytes counts from 1.
    assert 35000 < port.now < 45000


def test_a_renewal_does_not_let_older_states_pass():
    port = Port(registered(10, b"newest", 30))
    observation = observe(port.client(), "/setting")

    async def main():
        await observation.next()
        token = port.sent[0].token
        # Under way while the registration is renewed after 35 to 45 s; then the server reboots,
        # and its numbers begin again in the answer to the next renewal.
        for at_ms in range(30000, 45000, 50):
            port.inbox.append(notification(token, 4, 9, b"older", NON, at_ms=at_ms))
        first = await observation.next(80000)
        port.inbox = []
        port._respond = registered(1, b"rebooted", 30)
        return first.payload, (await observation.next(80000)).payload

    assert asyncio.run(main()) == (b"newest", b"rebooted")
    assert 65000 < port.now < 100000


def test_an_observation_that_another_task_ends_leaves_nobody_waiting():
    for ending in ("cancel", "forget"):
        port = Port(registered(10, b"first"))
        client = port.client()
        observation = observe(client, "/setting")

        async def main(observation=observation, ending=ending):
            await observation.next()
            waiting = asyncio.create_task(observation.next())
            await asyncio.sleep(0)
            if ending == "cancel":
                await observation.cancel()
            else:
                observation.forget()
            response = await waiting
            assert not observation.is_active
            # Who asks first has the answer to the cancellation: a state that is the last one.
            return response is None or response.payload == b"first"

        assert asyncio.run(main())


def test_an_error_or_a_plain_response_ends_it():
    port = Port(registered(10, b"first"))
    observation = observe(port.client(), "/setting")

    async def main():
        await observation.next()
        token = port.sent[0].token
        port.inbox.append(notification(token, 1, 0, b"", CON, codes.NOT_FOUND))
        response = await observation.next()
        assert response.code == codes.NOT_FOUND
        assert not observation.is_active
        # Forgotten on this side: what still comes is reset, also when not confirmable.
        port.inbox.append(notification(token, 2, 12, b"more", NON))
        await port.client().next_event(None, port.now + 10)

    asyncio.run(main())
    assert port.sent[-1] == empty(RST, 2)


def test_a_server_that_does_not_answer_is_told():
    observation = observe(Port(lambda message: []).client(), "/setting")
    try:
        asyncio.run(observation.next())
    except CoapTimeout as error:
        assert "/setting" in str(error)
    else:
        raise AssertionError("silence went unnoticed")


def test_a_ping_measures_the_round_trip():
    port = Port(lambda message: [empty(RST, message.mid)])
    assert asyncio.run(ping(port.client())) == 0
    assert port.sent == [empty(CON, port.sent[0].mid)]

    async def twice(client):
        return await asyncio.gather(ping(client), ping(client))

    assert asyncio.run(twice(Port(lambda message: [empty(RST, message.mid)]).client())) == [0, 0]
    try:
        asyncio.run(ping(Port(lambda message: []).client()))
    except CoapTimeout as error:
        assert "ping" in str(error)
    else:
        raise AssertionError("silence went unnoticed")


def test_a_request_that_wants_no_response():
    port = Port(lambda message: [empty(ACK, message.mid)])
    request = port.client().request(codes.POST, "/", payload=b"1", wants_response=False)
    assert asyncio.run(request) is None
    assert options.first_of(port.sent[0].options, options.NO_RESPONSE) == b"\x1a"
    port = Port(lambda message: [])
    request = port.client().request(
        codes.POST, "/", payload=b"1", confirmable=False, wants_response=False
    )
    assert asyncio.run(request) is None
    assert (len(port.sent), port.now <= 4) == (1, True)
    port = Port(lambda message: [empty(RST, message.mid)])
    request = port.client().request(codes.POST, "/", wants_response=False)
    try:
        asyncio.run(request)
    except ResetByPeer:
        pass
    else:
        raise AssertionError("a Reset went unnoticed")


def test_a_client_serves_its_peer_on_the_same_port():
    states = [b"off"]
    site = Site()
    site.add("/led", codes.GET, lambda request: states[-1], is_observable=True)

    @site.resource("/led", codes.PUT)
    def put_led(request):
        states.append(request.payload)
        return codes.CHANGED

    def respond(message):
        # The peer answers a request with requests of its own, before the response.
        if message.code == codes.POST:
            path = options.path_options("/led")
            return [
                Message(CON, codes.GET, 70, b"o", ((options.OBSERVE, b""),) + path, b""),
                Message(CON, codes.PUT, 71, b"p", path, b"on"),
                Message(CON, codes.PUT, 71, b"p", path, b"on"),
                Message(ACK, codes.CHANGED, message.mid, message.token, (), b""),
            ]
        return []

    port = Port(respond)
    client = port.client()
    serve_on(client, site)
    assert asyncio.run(client.request(codes.POST, "/")).code == codes.CHANGED
    assert states == [b"off", b"on"]
    assert [(sent.type, sent.code, sent.mid) for sent in port.sent[1:]] == [
        (ACK, codes.CONTENT, 70),
        (ACK, codes.CHANGED, 71),
        (ACK, codes.CHANGED, 71),
    ]
    # Nobody acknowledges the notification: the observer is silent and removed.
    assert site.observers.notify("/led", port.now) == 1
    asyncio.run(client.next_event(None, port.now + 1000))
    assert len(site.observers) == 0
    assert port.sent[-1].payload == b"on"


def test_a_registration_is_renewed_5_to_15_s_after_max_age_which_is_60_s_when_not_told():
    # RFC 7641, 3.3.1; RFC 7252, 5.10.5.
    for max_age_s, byte, renewed_ms in (
        (None, 0, 65000),
        (None, 255, 75000),
        (0, 0, 5000),
        (30, 51, 37000),
        (3600, 255, 3615000),
    ):
        port = Port(registered(10, b"state", max_age_s))
        client = CoapClient(
            port, lambda count, byte=byte: bytes([byte]) * count, DEFAULT, port.now_ms
        )
        observation = observe(client, "/setting")

        async def main(observation=observation):
            await observation.next()
            return await observation.next(10000000)

        assert asyncio.run(main()).payload == b"state"
        assert port.now == renewed_ms, (max_age_s, byte)


def test_late_states_alone_renew_the_registration_after_128_s():
    port = Port(registered(10, b"newest"))
    observation = observe(port.client(DEFAULT), "/setting")

    async def main():
        await observation.next()
        observation._fresh_until_ms = None  # as after a renewal that was not answered
        port.inbox = [notification(port.sent[0].token, 7, 9, b"late", NON, at_ms=1000)]
        return await observation.next(1000000)

    assert asyncio.run(main()).payload == b"newest"
    assert port.now == 1000 + 128000


def test_what_is_not_observed_needs_no_cancellation():
    port = Port(registered(10, b"state"))
    observation = observe(port.client(), "/setting")

    async def main():
        await observation.cancel()
        observation.forget()
        assert port.sent == []
        await observation.next()
        await observation.cancel()
        await observation.cancel()

    asyncio.run(main())
    assert len(port.sent) == 2


def test_a_cancellation_that_nobody_answers_is_told_and_ends_it_all_the_same():
    port = Port(registered(10, b"state"))
    observation = observe(port.client(), "/setting")

    async def main():
        await observation.next()
        port._respond = lambda message: []
        try:
            await observation.cancel()
        except CoapTimeout as error:
            assert "/setting" in str(error)
        else:
            raise AssertionError("silence went unnoticed")
        assert not observation.is_active
        port._respond = registered(1, b"again")
        return (await observation.next()).payload

    assert asyncio.run(main()) == b"again"
