"""Block-wise transfer, separate responses and No-Response at the CoAP server, byte by byte.

The exchanges are those of RFC 7959, 3, RFC 7252, 5.2.2 and RFC 7967, written as bytes.
"""

from __future__ import annotations

import hashlib
import itertools
from random import Random

from nce.coap import codes
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coap.settings import CoapSettings, Transmission

PEER = CoapPeer("10.160.0.1", 40000)
OTHER = CoapPeer("10.160.0.2", 40000)
TEXT = bytes(Random(1).randbytes(2500))
ETAG = hashlib.sha256(TEXT).digest()[:4].hex()
BODY = bytes(range(64)) * 2


class Server(CoapServer):
    """Its resource notes what reaches it and answers the same to everything."""

    def __init__(self, answer, **options):
        super().__init__(first_mid=0x7000, random=Random(1), **options)
        self.answer, self.seen = answer, []


def make_server(answer=None, *, refusal=lambda request: None, **settings):
    server = Server(
        answer or Response(codes.CHANGED),
        settings=CoapSettings(**{"block_wise": True, **settings}),
        refusal=refusal,
    )
    return server, server


def give(server, datagram, peer=PEER, now_ms=0):
    if isinstance(datagram, str):
        datagram = bytes.fromhex(datagram.replace(" ", ""))
    for event in server.receive_datagram(datagram, peer, now_ms):
        if isinstance(event, Request):
            server.seen.append(event.payload)
            server.respond(event.handle, server.answer, now_ms)
    return [reply.hex() for _, reply in server.datagrams_to_send()]


def block1(number, more, payload, exponent=1, mid=None, rest=""):
    """CON POST /; Block1 (27) of blocks of 32 bytes unless told; then other options."""
    value = (number << 4 | more << 3 | exponent).to_bytes(2, "big").lstrip(b"\0")
    head = b"\x40\x02" + (0x100 + number if mid is None else mid).to_bytes(2, "big")
    option = b"\xd0" if not value else bytes([0xD0 | len(value)])
    return head + option + b"\x0e" + value + bytes.fromhex(rest) + b"\xff" + payload


def pieces(body, size=32):
    return [body[at : at + size] for at in range(0, len(body), size)]


def upload(server, body, *, peer=PEER, first_mid=0x100, size=32, now_ms=0):
    replies = []
    parts = pieces(body, size)
    for number, part in enumerate(parts):
        more = number < len(parts) - 1
        exponent = size.bit_length() - 5
        mid = first_mid + number
        replies += give(server, block1(number, more, part, exponent, mid), peer, now_ms)
    return replies


def test_an_upload_is_put_together_and_reaches_the_resource_once():
    server, resource = make_server()
    assert upload(server, BODY) == [
        "605f0100d10e09",  # 2.31 Continue, Block1 0/1/32
        "605f0101d10e19",
        "605f0102d10e29",
        "60440103d10e31",  # 2.04, Block1 3/0/32
    ]
    assert resource.seen == [BODY]


def test_an_upload_of_64_kib_goes_through():
    server, resource = make_server(upload_max_bytes=65_536)
    body = Random(2).randbytes(65_536)
    replies = upload(server, body, size=1024)
    assert len(replies) == 64
    assert resource.seen == [body]


def test_the_server_may_ask_for_smaller_blocks():
    # RFC 7959, 3.2, figure 9: the second block goes on at the same place in the new size.
    server, resource = make_server(block_bytes=32)
    assert give(server, block1(0, 1, BODY[:64], 2, 1)) == ["605f0001d10e09"]
    assert give(server, block1(2, 1, BODY[64:96], 1, 2)) == ["605f0002d10e29"]
    assert give(server, block1(3, 0, BODY[96:], 1, 3)) == ["60440003d10e31"]
    assert resource.seen == [BODY]


def test_a_repeated_block_is_answered_and_counted_once():
    server, resource = make_server()
    first, second, third, fourth = pieces(BODY)
    give(server, block1(0, 1, first, mid=1))
    same = give(server, block1(1, 1, second, mid=2))
    assert give(server, block1(1, 1, second, mid=2)) == same, "the same message again"
    assert give(server, block1(1, 1, second, mid=3)) == ["605f0003d10e19"], "as a new message"
    give(server, block1(2, 1, third, mid=4))
    give(server, block1(3, 0, fourth, mid=5))
    assert resource.seen == [BODY]


def test_a_last_block_that_met_5_03_may_come_again():
    for mid in (4, 5):  # the same message, or a new one
        server, resource = make_server()
        parts = pieces(BODY)
        for number in range(3):
            give(server, block1(number, 1, parts[number], mid=number + 1))
        server.answer = Response(codes.SERVICE_UNAVAILABLE)
        assert give(server, block1(3, 0, parts[3], mid=4)) == ["60a30004d10e31"]
        server.answer = Response(codes.CHANGED)
        assert give(server, block1(3, 0, parts[3], mid=mid)) == [f"6044000{mid}d10e31"]
        assert resource.seen == [BODY, BODY]
        assert give(server, block1(3, 0, parts[3], mid=9)) == [
            "60880009ff" + b"block 3 does not follow the ones before; begin again".hex()
        ]


def test_blocks_that_do_not_fit_together_meet_4_08():
    first, second, third, _ = pieces(BODY)
    cases = (
        ("no beginning", (block1(1, 1, second),), "6088"),
        ("a gap", (block1(0, 1, first), block1(2, 1, third)), "6088"),
        (
            "another format",
            (block1(0, 1, first), b"\x40\x02\x02\x00\xc1\x2a\xd1\x02\x19\xff" + second),
            "6088",
        ),
        ("a short one in the middle", (block1(0, 1, first[:-1]),), "6080"),
        ("a long one in the middle", (block1(0, 1, first + b"x"),), "6080"),
        ("the reserved size", (block1(0, 1, first, exponent=7),), "6080"),
    )
    for name, datagrams, code in cases:
        server, resource = make_server()
        replies = [reply for datagram in datagrams for reply in give(server, datagram)]
        assert replies[-1].startswith(code), name
        assert resource.seen == []


def test_an_upload_that_stops_is_forgotten_in_time():
    server, _ = make_server(transfer_timeout_ms=60_000)
    first, second, third, _ = pieces(BODY)
    give(server, block1(0, 1, first), now_ms=0)
    assert give(server, block1(1, 1, second), now_ms=59_999)[0].startswith("605f")
    assert give(server, block1(2, 1, third), now_ms=119_999)[0].startswith("6088")


def test_uploads_are_bounded_in_number():
    server, _ = make_server(max_transfers=2)
    peers = [CoapPeer("10.160.0.1", port) for port in range(3)]
    for peer in peers:
        give(server, block1(0, 1, BODY[:32]), peer)
    codes_then = [give(server, block1(1, 1, BODY[32:64]), peer)[0][:4] for peer in peers]
    assert codes_then == ["6088", "605f", "605f"]


def test_a_body_that_is_too_large_meets_4_13_with_what_is_possible():
    server, resource = make_server(upload_max_bytes=64)
    replies = upload(server, BODY)
    # Size1 (60) after Block1 (27): 64 bytes.
    assert replies[2] == "608d0102d10e21" + "d11440"
    assert resource.seen == []
    # Announced in the first block, it is refused there: Size1 128 of the client.
    server, _ = make_server(upload_max_bytes=64)
    [refused] = give(server, block1(0, 1, BODY[:32], rest="d11480"))
    assert refused == "608d0100d10e01" + "d11440"


def test_what_is_refused_is_refused_at_the_first_block():
    server, resource = make_server(refusal=lambda request: Response(codes.UNAUTHORIZED))
    assert give(server, block1(0, 1, BODY[:32])) == ["60810100"]
    assert give(server, block1(1, 1, BODY[32:64]))[0].startswith("6088")
    assert resource.seen == []


def test_transfers_of_two_peers_and_two_uris_are_never_mixed():
    server, resource = make_server()
    bodies = BODY, BODY[::-1]
    for number in range(4):
        for peer, body in zip((PEER, OTHER), bodies, strict=True):
            part = pieces(body)[number]
            give(server, block1(number, number < 3, part), peer)
        value = number << 4 | (number < 3) << 3 | 1
        datagram = b"\x40\x02\x09" + bytes([number]) + b"\xb1a\xd1\x03" + bytes([value])
        give(server, datagram + b"\xff" + bytes([number]) * 32)
    assert sorted(resource.seen) == sorted(
        [*bodies, b"".join(bytes([number]) * 32 for number in range(4))]
    )


def test_an_association_goes_on_with_its_upload_from_another_address():
    server, resource = make_server()
    before = CoapPeer("10.160.0.1", 40000, 7, "8988")
    after = CoapPeer("10.160.0.1", 50000, 7, "8988")
    for number, part in enumerate(pieces(BODY)):
        give(server, block1(number, number < 3, part), before if number < 2 else after)
    assert resource.seen == [BODY]
    # And a message repeated from there is the same message.
    last = block1(3, 0, pieces(BODY)[3])
    assert give(server, last, before) == give(server, last, after)
    assert resource.seen == [BODY]


def get(number=None, exponent=6, mid=0x200, method="01"):
    if number is None:
        return f"40{method}{mid:04x}"
    value = (number << 4 | exponent).to_bytes(2, "big").lstrip(b"\0")
    return f"40{method}{mid:04x}" + bytes([0xD0 | len(value)]).hex() + "0a" + value.hex()


def test_a_large_response_comes_in_blocks():
    server, resource = make_server(Response(codes.CONTENT, TEXT))
    # ETag (4), Block2 (23) 0/1/1024, Size2 (28) 2500; then 1/1/1024 and 2/0/1024.
    [first] = give(server, get())
    assert first == f"60450200 44{ETAG} d1060e 52{2500:04x} ff".replace(" ", "") + (
        TEXT[:1024].hex()
    )
    [second] = give(server, get(1, mid=0x201))
    assert second == f"60450201 44{ETAG} d1061e ff".replace(" ", "") + TEXT[1024:2048].hex()
    [third] = give(server, get(2, mid=0x202))
    assert third == f"60450202 44{ETAG} d10626 ff".replace(" ", "") + TEXT[2048:].hex()
    assert give(server, get(3, mid=0x203))[0].startswith("60800203")
    assert len(resource.seen) == 1, "all blocks are of one representation"


def test_a_client_may_ask_for_smaller_blocks_at_once_and_later():
    server, _ = make_server(Response(codes.CONTENT, TEXT))
    got = b""
    for number in range(40):
        [reply] = give(server, get(number, 2, 0x200 + number))
        got += bytes.fromhex(reply).split(b"\xff", 1)[1]
        if number == 39:
            assert f"44{ETAG}d2060272" in reply  # 39/0/64
    assert got == TEXT
    # RFC 7959, 2.4: from blocks of 1024 to blocks of 128, at the same place.
    give(server, get(0, 6, 0x300))
    [reply] = give(server, get(8, 3, 0x301))
    assert bytes.fromhex(reply).split(b"\xff", 1)[1] == TEXT[1024:1152]


def test_a_get_may_begin_anywhere_but_a_post_may_not():
    server, resource = make_server(Response(codes.CONTENT, TEXT))
    [reply] = give(server, get(2))
    assert bytes.fromhex(reply).endswith(TEXT[2048:])
    assert len(resource.seen) == 1
    server, resource = make_server(Response(codes.CHANGED, TEXT))
    assert give(server, get(2, method="02"))[0].startswith("6088")
    assert resource.seen == []


def test_an_upload_may_have_a_large_answer():
    # RFC 7959, 3.3: Block1 of the last block and Block2 of the first come together.
    server, resource = make_server(Response(codes.CHANGED, TEXT))
    *_, last = upload(server, BODY)
    assert last.startswith(f"60440103 44{ETAG} d1060e 4131 12{2500:04x} ff".replace(" ", ""))
    assert resource.seen == [BODY]
    [more] = give(server, get(1, mid=0x300, method="02"))
    assert bytes.fromhex(more).endswith(TEXT[1024:2048])
    assert len(resource.seen) == 1


def test_off_as_nothing_says_that_1nce_has_it():
    server, resource = make_server(block_wise=False)
    assert upload(server, BODY)[0] == "60820100ff" + b"Block1".hex()
    assert resource.seen == []


def test_observe_is_passed_over():
    # Elective; none of these resources can be observed (RFC 7641, 4.1).
    server, _ = make_server(Response(codes.CONTENT, b"x"))
    assert give(server, "4101 0001 aa 60") == ["61450001aaff78"]


SLOW = {"separate_after_ms": 500}


def test_a_separate_response_comes_after_an_empty_ack_and_until_it_is_confirmed():
    server, resource = make_server(Response(codes.CONTENT, b"x"), **SLOW)
    request = "4101 1234 aa"
    assert give(server, request) == ["60001234"]
    assert give(server, request, now_ms=10) == ["60001234"], "a duplicate is confirmed again"
    assert server.next_timeout() == 500
    sent = []
    for at_ms in range(0, 100_000, 50):
        server.handle_timeout(at_ms)
        sent += [(at_ms, reply.hex()) for _, reply in server.datagrams_to_send()]
    assert {reply for _, reply in sent} == {"41457001aaff78"}
    gaps = [later - earlier for (earlier, _), (later, _) in itertools.pairwise(sent)]
    assert len(sent) == 5, "MAX_RETRANSMIT is 4"
    assert 2000 <= gaps[0] <= 3050
    for shorter, longer in itertools.pairwise(gaps):
        assert abs(longer - 2 * shorter) <= 100
    assert server.counters["separate response given up"] == 1
    assert len(resource.seen) == 1


def test_an_ack_or_a_reset_ends_a_separate_response():
    for answer, note in (("60007001", "confirmed"), ("70007001", "rejected")):
        server, _ = make_server(Response(codes.CONTENT, b"x"), **SLOW)
        give(server, "4101 1234 aa")
        server.handle_timeout(500)
        assert len(server.datagrams_to_send()) == 1
        assert give(server, answer, OTHER) == [], "another's ACK is none"
        assert server.counters["separate response " + note] == 0
        give(server, answer)
        assert server.counters["separate response " + note] == 1
        server.handle_timeout(90_000)
        assert server.datagrams_to_send() == []


def test_a_late_answer_to_a_non_is_a_non():
    server, _ = make_server(Response(codes.CONTENT, b"x"), **SLOW)
    assert give(server, "5101 1234 aa") == []
    server.handle_timeout(500)
    assert [reply.hex() for _, reply in server.datagrams_to_send()] == ["51457001aaff78"]


def test_no_response_holds_back_the_classes_it_names():
    # RFC 7967, 2.1: 2 is class 2.xx, 8 is 4.xx, 16 is 5.xx; 258 - 0 needs two bytes less 13.
    answers = {2: codes.CHANGED, 4: codes.NOT_FOUND, 5: codes.INTERNAL_SERVER_ERROR}
    for value, held in ((0, ()), (2, (2,)), (8, (4,)), (16, (5,)), (26, (2, 4, 5)), (24, (4, 5))):
        option = "d0f5" if not value else f"d1f5{value:02x}"
        for kind, code in answers.items():
            server, resource = make_server(Response(code), no_response=True)
            non, con = give(server, "50020001" + option), give(server, "40020002" + option)
            assert non == ([] if kind in held else [f"50{code:02x}7001"]), (value, kind)
            assert con == (["60000002"] if kind in held else [f"60{code:02x}0002"])
            assert len(resource.seen) == 2
            give(server, "50020001" + option)
            assert len(resource.seen) == 2, "a duplicate is known even without an answer"


def test_no_response_is_passed_over_where_it_is_off():
    server, _ = make_server()
    assert give(server, "50020001 d1f502") == ["50447001"]


def test_a_transmission_without_repeats_is_possible():
    server, _ = make_server(
        Response(codes.CONTENT, b"x"),
        separate_after_ms=0,
        transmission=Transmission(ack_timeout_ms=100, ack_random_factor=1.0, max_retransmit=0),
    )
    give(server, "4001 1234")
    server.handle_timeout(0)
    assert len(server.datagrams_to_send()) == 1
    server.handle_timeout(100)
    assert server.datagrams_to_send() == []
    assert server.counters["separate response given up"] == 1
