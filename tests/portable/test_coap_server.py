"""Serving: the Device Controller's push as captured, duplicates, directory, blocks, observers."""

import asyncio
import io

from nce.coap import codes, options
from nce.coap.block import block_of, block_value
from nce.coap.exchange import Endpoint
from nce.coap.message import ACK, CON, NON, RST, Message, decode, empty, encode
from nce.coap.parameters import DEFAULT
from nce.coap.responder import Answer, Responder
from nce.coap.server import CoapServer
from nce.coap.site import Site

# The push of 1NCE's Device Controller, as captured: CON POST, a token of 8 bytes, Uri-Path
# "example", an empty Content-Format, Uri-Query "param1=query_example1", no Uri-Host; and the
# acknowledgement with 2.04 that a device sends back.
PUSH = bytes.fromhex(
    "48021234" + "0102030405060708" + "b76578616d706c65" + "10"
    "3d08706172616d313d71756572795f6578616d706c6531" + "ff" + "7b7d"
)
PUSH_ANSWER = bytes.fromhex("68441234" + "0102030405060708")


class Served:
    """A site with its endpoint, and the requests that reached a handler."""

    def __init__(self, **site_options):
        self.requests = []
        self.body = io.BytesIO()
        self.state = b"off"
        self.site = Site(**site_options)
        self.site.add("/example", codes.POST, self.post, (("title", "An example"),))
        self.site.add("/number", codes.POST, self.number)
        self.site.add("/late", codes.GET, self.late)
        self.site.add("/state", codes.GET, self.get_state, (("rt", "a b"),), is_observable=True)
        self.site.add("/long", codes.GET, lambda request: Answer(codes.CONTENT, (), self.body))
        self.site.add("/long", codes.PUT, self.put, open_body=lambda request: io.BytesIO())
        self.endpoint = Endpoint(lambda count: bytes(range(count)), DEFAULT)
        self.endpoint.responder = Responder(self.endpoint, self.site.handle, "peer")

    def post(self, request):
        self.requests.append((request.path, request.query, request.payload, request.peer))
        return codes.CHANGED

    def number(self, request):
        self.requests.append(int(request.payload))
        return b"%d" % (2 * int(request.payload))

    def late(self, request):
        self.requests.append(request)

    def get_state(self, request):
        self.requests.append("get")
        return self.state

    def put(self, request):
        self.body = request.body
        return codes.CHANGED

    def receive(self, datagram, now_ms=0):
        events = self.endpoint.receive_datagram(datagram, now_ms)
        return events, self.endpoint.datagrams_to_send()

    def ask(self, code, path, its_options=(), payload=b"", kind=CON, mid=1, now_ms=0, token=b"t"):
        its_options = options.path_options(path) + its_options
        _events, sent = self.receive(
            encode(Message(kind, code, mid, token, its_options, payload)), now_ms
        )
        return decode(sent[0]) if sent else None


def test_the_controllers_push_is_answered_as_captured():
    served = Served()
    assert served.receive(PUSH) == ([], [PUSH_ANSWER])
    assert served.requests == [("/example", ["param1=query_example1"], b"{}", "peer")]


def test_a_repeated_request_is_answered_again_and_handled_once():
    served = Served()
    for now_ms in (0, 2000, 246000):
        assert served.receive(PUSH, now_ms) == ([], [PUSH_ANSWER])
    assert len(served.requests) == 1
    # EXCHANGE_LIFETIME later the ID stands for another request.
    served.receive(PUSH, 247000)
    assert len(served.requests) == 2
    # Of many, the replies to the last 8 are kept, and the IDs of the last 64.
    served = Served()
    for mid in range(20):
        served.ask(codes.POST, "/example", mid=mid)
    assert served.ask(codes.POST, "/example", mid=19).code == codes.CHANGED
    assert served.ask(codes.POST, "/example", mid=0) is None
    assert len(served.requests) == 20


def test_non_confirmable_requests_are_handled_once_and_answered_so():
    served = Served()
    answer = served.ask(codes.POST, "/number", payload=b"21", kind=NON, mid=7)
    assert (answer.type, answer.code, answer.token, answer.payload) == (
        NON,
        codes.CONTENT,
        b"t",
        b"42",
    )
    served.ask(codes.POST, "/number", payload=b"21", kind=NON, mid=7)
    assert served.requests == [21]


def test_what_is_not_served_is_answered_by_code():
    for code, path, its_options, payload, expected in (
        (codes.GET, "/nothing", (), b"", codes.NOT_FOUND),
        (codes.GET, "/example", (), b"", codes.METHOD_NOT_ALLOWED),
        (codes.POST, "/.well-known/core", (), b"", codes.METHOD_NOT_ALLOWED),
        (codes.POST, "/number", (), b"many", codes.BAD_REQUEST),
        (codes.POST, "/example", ((2049, b""),), b"", codes.BAD_OPTION),
        (codes.POST, "/example", ((2048, b""),), b"", codes.CHANGED),
        (codes.POST, "/example", ((options.IF_MATCH, b""),), b"", codes.BAD_OPTION),
        (codes.POST, "/example", ((options.URI_PATH, b"\xff"),), b"", codes.BAD_REQUEST),
        (codes.POST, "/", ((options.PROXY_URI, b"coap://h"),), b"", codes.PROXYING_NOT_SUPPORTED),
        (codes.GET, "/.well-known/core", ((options.ACCEPT, b"\x32"),), b"", codes.NOT_ACCEPTABLE),
        (codes.GET, "/.well-known/core", ((options.ACCEPT, b"\x28"),), b"", codes.CONTENT),
    ):
        answer = Served().ask(code, path, its_options, payload)
        assert (answer.type, answer.code) == (ACK, expected), (path, answer)
    assert Served().ask(codes.POST, "/example", ((2049, b""),), kind=NON) is None
    # RFC 7252, 5.4.1 wants the option named; 5.7.2 answers what asks for a proxy in any case.
    assert Served().ask(codes.POST, "/example", ((2049, b""),)).payload == b"option 2049"
    answer = Served().ask(codes.POST, "/", ((options.PROXY_URI, b"coap://h"),), kind=NON)
    assert (answer.type, answer.code) == (NON, codes.PROXYING_NOT_SUPPORTED)


def test_elective_options_that_are_malformed_do_not_reach_the_handler():
    served = Served()
    its_options = ((options.CONTENT_FORMAT, b"123"), (options.NO_RESPONSE, b"\x1a\x1a"))
    assert served.ask(codes.GET, "/late", its_options) == empty(ACK, 1)
    request = served.requests[0]
    assert request.options == options.path_options("/late")
    # The No-Response that was none does not keep the answer back either.
    request.responder.respond(request, Answer(codes.CONTENT, (), b"done"), 0)
    assert decode(served.endpoint.datagrams_to_send()[0]).payload == b"done"


def test_the_directory_is_filtered_as_the_rfc_says():
    for query, paths in (
        ("", ["/example", "/late", "/long", "/number", "/state"]),
        ("rt=b", ["/state"]),
        ("rt=a*", ["/state"]),
        ("rt=c", []),
        ("href=/l*", ["/late", "/long"]),
        ("title=An example", ["/example"]),
        ("title=example", []),
        ("obs=", ["/state"]),
    ):
        answer = Served().ask(codes.GET, "/.well-known/core", options.query_options(query))
        links = str(answer.payload, "utf-8").split(",") if answer.payload else []
        assert [link[1:].split(">")[0] for link in links] == paths, query
        assert options.first_of(answer.options, options.CONTENT_FORMAT) == b"\x28"
    assert b'</state>;rt="a b";obs' in Served().ask(codes.GET, "/.well-known/core").payload


def test_no_response_suppresses_the_classes_it_names():
    for value, path, expected in (
        (b"\x1a", "/example", None),
        (b"\x02", "/example", None),
        (b"\x02", "/nothing", codes.NOT_FOUND),
        (b"\x08", "/nothing", None),
        (b"\x10", "/example", codes.CHANGED),
        (b"", "/example", codes.CHANGED),
    ):
        suppress = ((options.NO_RESPONSE, value),)
        answer = Served().ask(codes.POST, path, suppress, kind=NON)
        assert (answer.code if answer else None) == expected
        answer = Served().ask(codes.POST, path, suppress)
        assert (answer.type, answer.code) == (ACK, expected or 0)  # acknowledged all the same


def test_an_answer_that_takes_time_is_sent_confirmably_and_again_until_acknowledged():
    served = Served()
    assert served.ask(codes.GET, "/late", mid=5) == empty(ACK, 5)
    assert served.ask(codes.GET, "/late", mid=5) == empty(ACK, 5)
    assert len(served.requests) == 1
    request = served.requests[0]
    request.responder.respond(request, Answer(codes.CONTENT, (), b"done"), 4000)
    sent = served.endpoint.datagrams_to_send()
    message = decode(sent[0])
    assert (message.type, message.code, message.token) == (CON, codes.CONTENT, b"t")
    due_ms = served.endpoint.next_timeout()
    served.endpoint.handle_timeout(due_ms)
    assert served.endpoint.datagrams_to_send() == sent
    served.receive(encode(empty(ACK, message.mid)))
    assert served.endpoint.next_timeout() is None


def test_without_a_responder_requests_and_pings_are_reset():
    endpoint = Endpoint(bytes)
    endpoint.receive_datagram(PUSH, 0)
    assert endpoint.datagrams_to_send() == [b"\x70\x00\x12\x34"]
    served = Served()
    assert served.receive(b"\x40\x00\x12\x34")[1] == [b"\x70\x00\x12\x34"]


def test_64_kib_up_and_down_block_by_block():
    served = Served()
    body = bytes(range(256)) * 256
    for offset in range(0, len(body), 1024):
        more = offset + 1024 < len(body)
        block = ((options.BLOCK1, block_value(offset, more, 6)),)
        part = body[offset : offset + 1024]
        answer = served.ask(codes.PUT, "/long", block, part, mid=offset // 1024)
        assert answer.code == (codes.CONTINUE if more else codes.CHANGED)
        assert block_of(answer.options, options.BLOCK1) == (offset, more, 6)
    got = b""
    more = True
    while more:
        block = ((options.BLOCK2, block_value(len(got), False, 5)),)
        answer = served.ask(codes.GET, "/long", block, mid=1000 + len(got) // 512)
        more = block_of(answer.options, options.BLOCK2).more
        got += answer.payload
    assert got == body


def test_blocks_out_of_order_and_bodies_too_large_are_refused():
    served = Served(max_body=100)

    def put(path, code, offset, more, size, mid):
        block = ((options.BLOCK1, block_value(offset, more, 2)),)
        return served.ask(code, path, block, bytes(size), mid=mid).code

    assert put("/long", codes.PUT, 64, True, 64, 1) == codes.REQUEST_ENTITY_INCOMPLETE
    assert put("/long", codes.PUT, 0, True, 64, 2) == codes.CONTINUE
    assert put("/long", codes.PUT, 128, True, 64, 3) == codes.REQUEST_ENTITY_INCOMPLETE
    assert put("/long", codes.PUT, 64, True, 64, 4) == codes.CONTINUE
    # The client missed that answer, and sends the block again under a new ID.
    assert put("/long", codes.PUT, 64, True, 64, 5) == codes.CONTINUE
    assert put("/long", codes.PUT, 128, False, 9, 6) == codes.CHANGED
    assert len(served.body.getvalue()) == 137
    assert put("/long", codes.PUT, 0, True, 63, 7) == codes.BAD_REQUEST
    assert put("/example", codes.POST, 0, True, 64, 8) == codes.CONTINUE
    assert put("/example", codes.POST, 64, True, 64, 9) == codes.REQUEST_ENTITY_TOO_LARGE
    # A last block may be short, but not long.
    assert put("/example", codes.POST, 0, False, 65, 10) == codes.BAD_REQUEST


def test_the_last_block_again_is_answered_again_and_the_body_handled_once():
    served = Served()
    for offset, more, mid in ((0, True, 1), (64, False, 2), (64, False, 3), (64, False, 4)):
        block = ((options.BLOCK1, block_value(offset, more, 2)),)
        answer = served.ask(codes.POST, "/example", block, bytes(64 if more else 9), mid=mid)
        assert answer.code == (codes.CONTINUE if more else codes.CHANGED)
    assert block_of(answer.options, options.BLOCK1) == (64, False, 2)
    assert [len(request[2]) for request in served.requests] == [73]
    answer = served.ask(codes.POST, "/example", block, bytes(9), mid=5, now_ms=300000)
    assert answer.code == codes.REQUEST_ENTITY_INCOMPLETE


def test_a_flash_that_is_full_ends_an_upload_and_not_the_server():
    class Full:
        def write(self, data):
            raise OSError("no space left")

    served = Served()
    served.site.add("/file", codes.PUT, served.put, open_body=lambda request: Full())
    block = ((options.BLOCK1, block_value(0, True, 2)),)
    answer = served.ask(codes.PUT, "/file", block, bytes(64))
    assert (answer.code, answer.payload) == (codes.INTERNAL_SERVER_ERROR, b"no space left")
    assert served.ask(codes.POST, "/example", mid=2).code == codes.CHANGED


def test_sizes_are_told_ahead():
    served = Served(max_body=100)
    first = ((options.BLOCK1, block_value(0, True, 2)),)
    for size, code in ((100, codes.CONTINUE), (101, codes.REQUEST_ENTITY_TOO_LARGE)):
        its_options = first + ((options.SIZE1, options.uint_value(size)),)
        answer = served.ask(codes.POST, "/example", its_options, bytes(64), mid=size)
        assert answer.code == code
    assert options.uint_of(options.first_of(answer.options, options.SIZE1)) == 100
    # What goes to a sink has no such bound.
    its_options = first + ((options.SIZE1, options.uint_value(1000000)),)
    assert served.ask(codes.PUT, "/long", its_options, bytes(64), mid=1).code == codes.CONTINUE
    served.body = io.BytesIO(bytes(5000))
    answer = served.ask(codes.GET, "/long", ((options.SIZE2, b""),), mid=2)
    assert options.uint_of(options.first_of(answer.options, options.SIZE2)) == 5000
    assert options.first_of(served.ask(codes.GET, "/long", mid=3).options, options.SIZE2) is None


def test_a_sink_is_closed_when_its_upload_breaks_off():
    closed = []

    class Sink:  # no stream of CPython's, which closes itself when it is collected
        def write(self, data):
            return len(data)

        def close(self):
            closed.append(self)

    served = Served()
    served.site.add("/file", codes.PUT, served.put, open_body=lambda request: Sink())
    first = ((options.BLOCK1, block_value(0, True, 2)),)
    for number in range(5):
        query = options.query_options("n=%d" % number)
        served.ask(codes.PUT, "/file", first + query, bytes(64), mid=number)
    assert len(closed) == 1  # a fifth upload made room for itself
    served.ask(codes.PUT, "/file", first + query, bytes(64), mid=9)
    assert len(closed) == 2  # begun again
    served.ask(codes.PUT, "/file", first + query, bytes(64), mid=10, now_ms=300000)
    assert len(closed) == 6  # those that rested for long


def test_observers_get_states_until_they_say_no():
    served = Served()
    observers = served.site.observers
    first = served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    number = options.uint_of(options.first_of(first.options, options.OBSERVE))
    for now_ms in (1000, 2000):
        served.state = b"on %d" % now_ms
        assert observers.notify("/state", now_ms) == 1
        message = decode(served.endpoint.datagrams_to_send()[0])
        assert (message.type, message.token, message.payload) == (CON, b"t", served.state)
        assert options.uint_of(options.first_of(message.options, options.OBSERVE)) > number
        number = options.uint_of(options.first_of(message.options, options.OBSERVE))
        events, _sent = served.receive(encode(empty(ACK, message.mid)))
        observers.take_event(events[0], now_ms)
    observers.notify("/state", 3000)
    message = decode(served.endpoint.datagrams_to_send()[0])
    events, _sent = served.receive(encode(empty(RST, message.mid)))
    observers.take_event(events[0], 3000)
    assert len(observers) == 0
    # Registered again, then cancelled by the request for it.
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),), mid=2)
    assert len(observers) == 1
    last = served.ask(codes.GET, "/state", ((options.OBSERVE, b"\x01"),), mid=3)
    assert options.first_of(last.options, options.OBSERVE) is None
    assert observers.notify("/state", 4000) == 0
    # RFC 7252, 3.2: a leading zero byte changes nothing. Other values ask for nothing.
    served.ask(codes.GET, "/state", ((options.OBSERVE, b"\x00"),), mid=4)
    served.ask(codes.GET, "/state", ((options.OBSERVE, b"\x02"),), mid=5)
    served.ask(codes.GET, "/state", ((options.OBSERVE, b"\x02"),), mid=6, token=b"other")
    assert len(observers) == 1


def test_of_many_changes_during_a_notification_the_last_one_follows_it():
    served = Served()
    observers = served.site.observers
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    states = []
    for change in range(1, 21):
        served.state = b"%d" % change
        assert observers.notify("/state", change) == 1
        states += [decode(datagram) for datagram in served.endpoint.datagrams_to_send()]
    assert [message.payload for message in states] == [b"1"]
    events, _sent = served.receive(encode(empty(ACK, states[0].mid)), 30)
    observers.take_event(events[0], 30)
    last = decode(served.endpoint.datagrams_to_send()[0])
    assert (last.payload, last.mid != states[0].mid) == (b"20", True)
    events, _sent = served.receive(encode(empty(ACK, last.mid)), 40)
    observers.take_event(events[0], 40)
    assert served.endpoint.datagrams_to_send() == []
    assert len(observers) == 1


def test_a_peer_with_no_room_for_a_notification_is_left_out_and_nothing_fails():
    served = Served()
    observers = served.site.observers
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    for number in range(9):
        served.ask(codes.GET, "/late", mid=10 + number, token=b"%d" % number)
    for request in served.requests[1:]:
        request.responder.respond(request, Answer(codes.CONTENT, (), b"late"), 0)
    assert observers.notify("/state", 1) == 1
    assert len(observers) == 0


def test_an_observer_that_is_silent_is_removed():
    served = Served()
    observers = served.site.observers
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    for now_ms in (1, 2, 3):
        observers.notify("/state", now_ms)
    served.endpoint.datagrams_to_send()
    now_ms = served.endpoint.next_timeout()
    assert served.endpoint.handle_timeout(now_ms) == []
    assert len(served.endpoint.datagrams_to_send()) == 1
    while len(observers):
        now_ms = served.endpoint.next_timeout()
        for event in served.endpoint.handle_timeout(now_ms):
            observers.take_event(event, now_ms)
    assert now_ms < 100000


class ListeningPort:
    max_datagram = 1152

    def __init__(self, inbox):
        self.inbox = inbox
        self.sent = []

    async def receive_from(self, timeout_ms):
        await asyncio.sleep(0)
        return self.inbox.pop(0) if self.inbox else None

    async def send_to(self, data, peer):
        self.sent.append((peer, data))


def counting():
    """A clock that goes on by a millisecond each time it is read."""
    ticks = [0]

    def now_ms():
        ticks[0] += 1
        return ticks[0]

    return now_ms


def test_each_peer_is_answered_at_its_own_address():
    served = Served()
    port = ListeningPort([(PUSH, "a"), (PUSH, "b"), (PUSH, "a"), (b"junk", "c")])
    server = CoapServer(port, served.site, now_ms=counting())
    asyncio.run(server.serve(200))
    assert port.sent == [("a", PUSH_ANSWER), ("b", PUSH_ANSWER), ("a", PUSH_ANSWER)]
    assert [request[3] for request in served.requests] == ["a", "b"]


def test_nstart_is_each_peers_own():
    served = Served()
    watch = encode(
        Message(
            CON, codes.GET, 1, b"w", ((options.OBSERVE, b""), (options.URI_PATH, b"state")), b""
        )
    )
    port = ListeningPort([(watch, peer) for peer in range(5)])
    server = CoapServer(port, served.site, now_ms=counting())
    asyncio.run(server.serve(200))
    port.sent = []
    assert served.site.observers.notify("/state", server.now_ms()) == 5
    asyncio.run(server.serve(50))
    assert sorted([peer for peer, _datagram in port.sent]) == [0, 1, 2, 3, 4]


def test_message_ids_do_not_repeat_at_a_peer_that_was_forgotten_meanwhile():
    non = b"\x50" + PUSH[1:2] + b"%c%c" + PUSH[4:4] + b"\xb7example"
    inbox = []
    for number in range(30):
        inbox.append((non.replace(b"%c%c", bytes((0, number))), number % 10))
    port = ListeningPort(inbox)
    server = CoapServer(port, Served().site, bytes, now_ms=counting())
    asyncio.run(server.serve(1000))
    assert len(port.sent) == 30
    mids = [decode(datagram).mid for _peer, datagram in port.sent]
    assert sorted(mids) == list(range(30))


class Faulty:
    """Handlers that fail in every way, and a site that tells of it."""

    def __init__(self):
        self.failures = []
        self.site = Site()
        self.error = None
        self.returned = codes.CHANGED
        self.site.add("/fault", codes.GET, self.handle, is_observable=True)
        self.site.add("/fault", codes.PUT, self.handle, open_body=lambda request: self)
        self.endpoint = Endpoint(lambda count: bytes(range(count)), DEFAULT)
        self.endpoint.responder = Responder(
            self.endpoint, self.site.handle, "peer", self.failures.append
        )
        self.mid = 0

    def handle(self, request):
        if self.error is not None:
            raise self.error
        return self.returned

    write = handle  # of a body's sink

    def ask(self, code=codes.GET, its_options=(), payload=b"", kind=CON):
        self.mid += 1
        its_options = options.path_options("/fault") + its_options
        request = Message(kind, code, self.mid, b"t", its_options, payload)
        assert self.endpoint.receive_datagram(encode(request), 0) == []
        return [decode(datagram) for datagram in self.endpoint.datagrams_to_send()]


# What a handler raises, the code and the words it is answered with, and whether we are told.
FAULTS = (
    (ValueError("no number"), codes.BAD_REQUEST, b"no number", 0),
    (OSError("no space left"), codes.INTERNAL_SERVER_ERROR, b"no space left", 1),
    (MemoryError("of 320 bytes"), codes.SERVICE_UNAVAILABLE, b"", 1),
    (KeyError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (TypeError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (ZeroDivisionError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (AssertionError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (RuntimeError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (NotImplementedError("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
    (StopIteration("secret"), codes.INTERNAL_SERVER_ERROR, b"", 1),
)

# What a handler returns and nobody can send.
NO_ANSWERS = ("text", 1.5, [], object(), Answer(codes.CONTENT, (), "text"), Answer(None, (), b""))


def test_no_fault_of_a_handler_ends_the_server_and_all_but_its_words_are_told():
    for error, code, words, told in FAULTS:
        faulty = Faulty()
        faulty.error = error
        [answer] = faulty.ask()
        assert (answer.type, answer.code, answer.payload) == (ACK, code, words), error
        [answer] = faulty.ask(kind=NON)
        assert (answer.type, answer.code, answer.payload) == (NON, code, words), error
        block = ((options.BLOCK1, block_value(0, True, 2)),)
        [answer] = faulty.ask(codes.PUT, block, bytes(64))
        assert answer.code == code, error
        assert [event.error for event in faulty.failures] == [error] * 3 * told
        assert all([event.request.path == "/fault" for event in faulty.failures])
        faulty.error = None
        [answer] = faulty.ask()
        assert answer.code == codes.CHANGED


def test_what_a_handler_returns_and_cannot_be_sent_is_a_fault_of_ours():
    for returned in NO_ANSWERS:
        faulty = Faulty()
        faulty.returned = returned
        for kind in (CON, NON):
            [answer] = faulty.ask(kind=kind)
            assert answer.code == codes.INTERNAL_SERVER_ERROR, returned
        assert len(faulty.failures) == 2
        # Asked again under the same number it is answered again, and not handled again.
        faulty.mid -= 1
        [again] = faulty.ask(kind=kind)
        assert again == answer
        assert len(faulty.failures) == 2


def test_a_handler_that_fails_at_a_notification_ends_its_observation_alone():
    for error, code, _words, told in FAULTS:
        faulty = Faulty()
        faulty.returned = b"state"
        faulty.ask(its_options=((options.OBSERVE, b""),))
        faulty.error = error
        assert faulty.site.observers.notify("/fault", 1) == 1
        [answer] = [decode(datagram) for datagram in faulty.endpoint.datagrams_to_send()]
        assert (answer.type, answer.code) == (CON, code)
        assert len(faulty.site.observers) == 0
        assert len(faulty.failures) == told


def test_what_ends_a_task_or_a_program_is_no_fault_of_a_handler():
    for error in (KeyboardInterrupt(), SystemExit(), asyncio.CancelledError()):
        faulty = Faulty()
        faulty.error = error
        try:
            faulty.ask()
        except BaseException as raised:  # noqa: BLE001 - what is no Exception is asked for
            assert raised is error
        else:
            raise AssertionError("%r was swallowed" % error)


def test_the_server_goes_on_after_a_fault_and_tells_it_once_for_each_request():
    served = Served()
    served.site.add("/example", codes.POST, lambda request: {}["missing"])
    failures = []
    port = ListeningPort([(PUSH, "a"), (PUSH, "a"), (PUSH, "b")])
    server = CoapServer(port, served.site, now_ms=counting(), on_event=failures.append)
    asyncio.run(server.serve(200))
    assert [decode(datagram).code for _peer, datagram in port.sent] == [0xA0] * 3
    assert [event.request.peer for event in failures] == ["a", "b"]
    assert [type(event.error) for event in failures] == [KeyError] * 2


def large_site():
    site = Site()
    late = site.late = []
    for number in range(16):
        attributes = (("title", "Resource number %d" % number), ("rt", "sensor s%d" % number))
        site.add("/resource/%d" % number, codes.GET, lambda request: bytes(560), attributes)
    site.add("/late", codes.GET, late.append)
    return site


DISCOVERY = bytes.fromhex("40010001" + "bb2e77656c6c2d6b6e6f776e" + "04636f7265")


def test_an_answer_to_a_forged_address_is_a_slice():
    # RFC 7252, 11.3: 80 bytes for a request of 21, where the directory has some 800.
    site = large_site()
    assert len(DISCOVERY) == 21
    requests = [DISCOVERY]
    for szx in (0, 2, 6):
        block = ((options.BLOCK2, block_value(0, False, szx)),)
        for path in ("/.well-known/core", "/resource/3"):
            its_options = options.path_options(path) + block
            requests.append(encode(Message(CON, codes.GET, 7 + szx, b"", its_options, b"")))
    watch = ((options.OBSERVE, b""),) + options.path_options("/resource/3")
    requests.append(encode(Message(NON, codes.GET, 99, b"", watch, b"")))
    port = ListeningPort([(request, number) for number, request in enumerate(requests)])
    server = CoapServer(port, site, bytes, now_ms=counting())
    asyncio.run(server.serve(200))
    assert len(port.sent) == len(requests)
    for _peer, datagram in port.sent:
        assert 12 < len(datagram) <= 80
        assert block_of(decode(datagram).options, options.BLOCK2).more


def test_a_late_answer_to_a_forged_address_is_a_slice_too():
    site = large_site()
    request = encode(Message(CON, codes.GET, 7, b"t", options.path_options("/late"), b""))
    port = ListeningPort([(request, "peer")])
    server = CoapServer(port, site, bytes, now_ms=counting())
    asyncio.run(server.serve(50))
    [asked] = site.late
    asked.responder.respond(asked, Answer(codes.CONTENT, (), bytes(560)), server.now_ms())
    port.sent = []
    asyncio.run(server.serve(50))
    message = decode(port.sent[0][1])
    assert (message.type, message.code, len(message.payload)) == (CON, codes.CONTENT, 64)
    assert block_of(message.options, options.BLOCK2) == (0, True, 2)


def test_all_of_it_comes_slice_by_slice_and_at_once_to_a_peer_that_is_verified():
    site = large_site()
    sizes = []
    for is_verified in (None, lambda peer: peer == "other", lambda peer: peer == "peer"):
        got = b""
        more = True
        count = 0
        szx = 6
        server = CoapServer(ListeningPort([]), site, now_ms=counting(), is_verified=is_verified)
        while more:
            block = ((options.BLOCK2, block_value(len(got), False, szx)),) if got else ()
            its_options = options.path_options("/.well-known/core") + block
            request = encode(Message(CON, codes.GET, count, b"", its_options, b""))
            server._port = ListeningPort([(request, "peer")])
            asyncio.run(server.serve(10))
            answer = decode(server._port.sent[0][1])
            asked = block_of(answer.options, options.BLOCK2)
            more = asked is not None and asked.more
            if asked is not None:
                assert asked.offset == len(got)
                szx = asked.szx
            got += answer.payload
            count += 1
        sizes.append((count, len(got), got.count(b"<")))
    assert sizes[0] == sizes[1]
    assert sizes[0][0] == (sizes[0][1] + 63) // 64 > 10
    assert sizes[2] == (1 if sizes[0][1] <= 1024 else 2, sizes[0][1], 17)


def test_the_directory_holds_what_was_asked_for():
    # RFC 6690, 4.1.
    site = large_site()
    for query, count in (
        ((), 17),
        (("rt=s3",), 1),
        (("rt=sensor",), 16),
        (("rt=sensor s3",), 1),
        (("rt=sens*",), 16),
        (("rt=s3", "title=Resource*"), 1),
        (("rt=s3", "title=no"), 0),
        (("href=/resource/3",), 1),
        (("href=/resource/*",), 16),
        (("href=/late",), 1),
        (("href=/resource",), 0),
        (("rt=nothing",), 0),
        (("unknown=*",), 0),
    ):
        endpoint = Endpoint(bytes, DEFAULT)
        endpoint.responder = Responder(endpoint, site.handle, "peer")
        its_options = options.path_options("/.well-known/core") + options.query_options(query)
        endpoint.receive_datagram(encode(Message(CON, codes.GET, 1, b"", its_options, b"")), 0)
        answer = decode(endpoint.datagrams_to_send()[0])
        assert (answer.code, answer.payload.count(b"<")) == (codes.CONTENT, count), query


def test_an_upload_goes_in_blocks_as_large_as_the_port_carries_whoever_it_comes_from():
    served = Served()
    block = ((options.BLOCK1, block_value(0, True, 6)),)
    its_options = options.path_options("/long") + block
    request = encode(Message(CON, codes.PUT, 1, b"", its_options, bytes(1024)))
    port = ListeningPort([(request, "peer")])
    asyncio.run(CoapServer(port, served.site, bytes, now_ms=counting()).serve(50))
    answer = decode(port.sent[0][1])
    assert answer.code == codes.CONTINUE
    assert block_of(answer.options, options.BLOCK1) == (0, True, 6)


def test_a_peer_is_what_compares_as_on_micropython_where_it_is_bytes_that_may_change():
    # Its sockets give an address as a bytearray, a new one each time.
    served = Served()
    watch = encode(
        Message(
            CON, codes.GET, 1, b"w", ((options.OBSERVE, b""), (options.URI_PATH, b"state")), b""
        )
    )
    block = ((options.BLOCK1, block_value(0, True, 0)),) + options.path_options("/example")
    upload = encode(Message(CON, codes.POST, 2, b"u", block, bytes(16)))
    block = ((options.BLOCK1, block_value(16, False, 0)),) + options.path_options("/example")
    rest = encode(Message(CON, codes.POST, 3, b"u", block, bytes(3)))
    port = ListeningPort([(one, bytearray(b"\x02\x00peer")) for one in (watch, PUSH, PUSH)])
    port.inbox += [(one, bytearray(b"\x02\x00peer")) for one in (upload, rest)]
    server = CoapServer(port, served.site, bytes, now_ms=counting())
    asyncio.run(server.serve(200))
    assert [decode(datagram).code for _peer, datagram in port.sent] == [
        codes.CONTENT,
        codes.CHANGED,
        codes.CHANGED,
        codes.CONTINUE,
        codes.CHANGED,
    ]
    assert [len(request[2]) for request in served.requests if request != "get"] == [2, 19]
    assert len(server._endpoints) == 1
    assert served.site.observers.notify("/state", server.now_ms()) == 1


def test_what_became_of_a_notification_to_nobody_is_passed_over():
    served = Served()
    observers = served.site.observers
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    observers.notify("/state", 1)
    message = decode(served.endpoint.datagrams_to_send()[0])
    observers.forget("peer")
    events, _sent = served.receive(encode(empty(ACK, message.mid)), 2)
    observers.take_event(events[0], 2)
    assert len(observers) == 0
    assert served.endpoint.datagrams_to_send() == []


def test_a_notification_whose_answer_would_come_later_ends_the_observation():
    served = Served()
    observers = served.site.observers
    served.ask(codes.GET, "/state", ((options.OBSERVE, b""),))
    served.state = None
    assert observers.notify("/state", 1) == 1
    assert len(observers) == 0
    assert served.endpoint.datagrams_to_send() == []


def test_an_answer_that_the_port_does_not_carry_is_a_fault_of_ours():
    # Beside the payload: a header and a token of 12 bytes at most, a marker, and 5 for an option.
    for size, code in ((1152 - 13 - 6, codes.CHANGED), (1152 - 13 - 5, 0xA0)):
        served = Served(block_size=2000)
        answer = Answer(codes.CHANGED, ((options.ETAG, b"e"),), bytes(size))
        served.site.add("/huge", codes.POST, lambda request, answer=answer: answer)
        served.endpoint.responder.max_block = 2000
        served.site.block_size_for = lambda request: 2000
        got = served.ask(codes.POST, "/huge")
        assert got.code == code
        assert got.payload == (b"too large" if code == 0xA0 else bytes(size))
        assert (got.mid, got.token) == (1, b"t")


def test_a_server_closes_its_port():
    class Closing(ListeningPort):
        is_closed = False

        async def close(self):
            self.is_closed = True

    port = Closing([])
    asyncio.run(CoapServer(port, Site()).close())
    assert port.is_closed
