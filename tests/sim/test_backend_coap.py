"""The CoAP endpoints' message layer and resources, byte by byte (RFC 7252; 1NCE OS documents)."""

from __future__ import annotations

from random import Random

from nce.coap import codes
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.resources import BadTopic, topic_of
from nce_sim.endpoints.coap.server import CoapServer

PEER = CoapPeer("10.160.0.1", 40000)
POST_TELEMETRY = bytes.fromhex("42 02 12 34 aa bb 46") + b"t=gps1" + b"\xffhello"


class Server(CoapServer):
    """One whose resource notes what reaches it and answers at once."""

    def __init__(self, **options) -> None:
        super().__init__(first_mid=options.pop("first_mid", 0x7000), **options)
        self.requests: list[Request] = []


def make_server(**options):
    server = Server(**options)
    return server, server


def ask(server, datagram, peer=PEER, now_ms=0):
    """What is handed out of a datagram; nothing of it is answered."""
    events = server.receive_datagram(datagram, peer, now_ms)
    return [event for event in events if isinstance(event, Request)]


def sent(server):
    return [reply.hex() for _, reply in server.datagrams_to_send()]


def give(server, datagram, peer=PEER, now_ms=0):
    for request in ask(server, datagram, peer, now_ms):
        server.requests.append(request)
        server.respond(request.handle, Response(codes.CHANGED), now_ms)
    return sent(server)


# request, reply, how many requests reach the resource; `7001` is the server's own message ID.
EXCHANGES = (
    ("CON POST, piggybacked", "4202 1234 aabb ff 31", ["62441234aabb"], 1),
    ("NON POST, own message ID", "5202 1234 aabb ff 31", ["52447001aabb"], 1),
    ("CON without token", "4002 0001 ff 31", ["60440001"], 1),
    ("ping", "4000 1234", ["70001234"], 0),
    ("empty NON", "5000 1234", [], 0),
    ("ACK out of the blue", "6044 1234", [], 0),
    ("RST out of the blue", "7000 1234", [], 0),
    ("CON response", "4045 1234", ["70001234"], 0),
    ("NON response", "5045 1234", [], 0),
    ("CON, token length 9", "4902 1234 010203040506070809", ["70001234"], 0),
    ("NON, token length 9", "5902 1234 010203040506070809", [], 0),
    ("CON, marker without payload", "4002 1234 ff", ["70001234"], 0),
    ("CON of a reserved class", "4021 1234", ["70001234"], 0),
    ("CON, option after the end", "4002 1234 bf", ["70001234"], 0),
    ("version 2", "8002 1234", [], 0),
    ("too short", "4002 12", [], 0),
    ("nothing", "", [], 0),
    ("unknown critical option 9, CON", "4002 1234 90", ["60821234ff" + b"option 9".hex()], 0),
    ("unknown critical option 9, NON", "5002 1234 90", ["70001234"], 0),
    ("unknown elective option 10", "4002 1234 a0", ["60441234"], 1),
    ("Uri-Host twice", "4002 1234 3161 0161", ["60821234ff" + b"Uri-Host".hex()], 0),
    ("empty Uri-Host", "4002 1234 30", ["60821234ff" + b"Uri-Host".hex()], 0),
    ("If-None-Match", "4002 1234 50", ["60821234ff" + b"If-None-Match".hex()], 0),
    ("Block1, first of many", "4002 1234 d10e0a ff31", ["60821234ff" + b"Block1".hex()], 0),
    ("Block1, the whole", "4002 1234 d10e02 ff31", ["60441234"], 1),
    ("Proxy-Uri", "4002 1234 d11661", ["60a51234"], 0),
    ("Uri-Path that is no UTF-8", "4002 1234 b1ff", ["60801234"], 0),
)


def test_messages_are_answered_as_the_rfc_asks():
    for name, request, replies, reached in EXCHANGES:
        server, recorder = make_server()
        assert give(server, bytes.fromhex(request.replace(" ", ""))) == replies, name
        assert len(recorder.requests) == reached, name


def test_a_request_reaches_the_resource_with_all_its_parts():
    server, recorder = make_server()
    datagram = bytes.fromhex("44 02 0001 01020304 3161 84") + b"data" + b"\x11\x2a\x36t=test\xffhi"
    give(server, datagram.replace(b"\x84data", b"\x84data"))
    assert recorder.requests == [
        Request(PEER, codes.POST, "/data", ("t=test",), b"hi", 42, handle=1)
    ]


def test_a_duplicate_gets_the_same_reply_and_is_not_processed_twice():
    for kind, lifetime_ms in ((0x42, 247_000), (0x52, 145_000)):
        server, recorder = make_server()
        datagram = bytes([kind]) + POST_TELEMETRY[1:]
        first = give(server, datagram)
        assert give(server, datagram, now_ms=1) == first
        assert give(server, datagram, now_ms=lifetime_ms - 1) == first
        assert len(recorder.requests) == 1
        give(server, datagram, now_ms=lifetime_ms)
        assert len(recorder.requests) == 2


CHANGED = Response(codes.CHANGED)
UNAVAILABLE = Response(codes.SERVICE_UNAVAILABLE)


def test_a_request_that_waits_for_its_response_keeps_its_duplicates_quiet():
    for kind in (0x42, 0x52):
        server, _ = make_server()
        datagram = bytes([kind]) + POST_TELEMETRY[1:]
        [request] = ask(server, datagram)
        assert sent(server) == []
        assert ask(server, datagram, now_ms=1) == []
        assert sent(server) == [], "there is nothing to say yet"
        server.respond(request.handle, CHANGED, 2)
        [reply] = sent(server)
        assert give(server, datagram, now_ms=3) == [reply], "and now there is"
        assert server.counters["duplicate"] == 2


def test_responses_find_their_requests_in_any_order_and_once():
    server, _ = make_server()
    first, second = (ask(server, bytes.fromhex(f"4002000{mid}ff31"))[0] for mid in (1, 2))
    server.respond(second.handle, CHANGED, 5)
    server.respond(first.handle, Response(codes.NOT_FOUND), 6)
    assert sent(server) == ["60440002", "60840001"]
    assert server.respond(first.handle, CHANGED, 7) == []
    assert server.respond(99, CHANGED, 7) == []
    assert sent(server) == []
    assert server.counters["response to an exchange that is over"] == 2


def test_a_5_03_is_not_remembered_for_nothing_came_of_the_request():
    server, _ = make_server()
    [request] = ask(server, POST_TELEMETRY)
    server.respond(request.handle, UNAVAILABLE, 10)
    assert sent(server) == ["62a31234aabb"]
    assert server.exchange_count == 0
    [again] = ask(server, POST_TELEMETRY, now_ms=2_000)
    assert again.handle != request.handle
    server.respond(again.handle, CHANGED, 2_000)
    assert sent(server) == ["62441234aabb"]
    assert give(server, POST_TELEMETRY, now_ms=4_000) == ["62441234aabb"], "that is remembered"


def test_requests_that_wait_are_bounded():
    server, _ = make_server(max_exchanges=100)
    waiting = [ask(server, b"\x40\x02" + mid.to_bytes(2, "big"))[0] for mid in range(150)]
    for request in waiting:
        server.respond(request.handle, CHANGED, 1)
    assert len(sent(server)) == 100


def test_message_ids_of_other_sources_and_associations_are_other_exchanges():
    server, recorder = make_server()
    for peer in (
        PEER,
        PEER._replace(port=40001),
        PEER._replace(host="10.160.0.2"),
        PEER._replace(session=1, identity="8988"),
        PEER._replace(session=2, identity="8988"),
    ):
        give(server, POST_TELEMETRY, peer=peer)
    assert len(recorder.requests) == 5


def test_remembered_exchanges_are_bounded_and_end():
    server, _ = make_server(max_exchanges=100)
    for mid in range(1000):
        give(server, b"\x40\x02" + mid.to_bytes(2, "big"), now_ms=mid)
    assert server.exchange_count == 100
    assert server.next_timeout() == 900 + 247_000
    server.handle_timeout(999 + 247_000)
    assert server.exchange_count == 0
    assert server.next_timeout() is None


def test_own_message_ids_have_no_zero_byte_and_do_not_repeat_soon():
    server, _ = make_server(first_mid=0xFEF0)
    seen = set()
    for mid in range(0x8000):
        [reply] = give(server, b"\x50\x02" + mid.to_bytes(2, "big"), now_ms=mid * 300_000)
        own = bytes.fromhex(reply)[2:4]
        assert 0 not in own
        assert own not in seen
        seen.add(own)


# An empty list of queries means no topic.
TOPICS = (
    ((), None),
    (("t=gps",), "gps"),
    (("t=a/b_C/9",), "a/b_C/9"),
    (("t=/a/",), "/a/"),
    (("x=1", "t=gps", "y"), "gps"),
    (("t=" + "a" * 253,), "a" * 253),
    (("T=gps",), None),
)
BAD_TOPICS = (
    ("t=",),
    ("t=a//b",),
    ("t=a b",),
    ("t=a-b",),
    ("t=a.b",),
    ("t=ä",),
    ("t=٣",),
    ("t=a\n",),
    ("t=" + "a" * 254,),
    ("t=a", "t=b"),
)


def test_topics_follow_the_documented_rules():
    for queries, topic in TOPICS:
        assert topic_of(queries) == topic
    for queries in BAD_TOPICS:
        try:
            topic_of(queries)
        except BadTopic:
            continue
        raise AssertionError(queries)


def test_noise_never_raises_and_never_gets_more_than_one_reply():
    random = Random(5)
    server, _ = make_server()
    for _ in range(20_000):
        datagram = bytearray(POST_TELEMETRY)
        for _ in range(random.randrange(4)):
            datagram[random.randrange(len(datagram))] = random.randrange(256)
        assert len(give(server, bytes(datagram[: random.randrange(len(datagram) + 1)]))) <= 1
