"""Bodies in blocks on the serving side (RFC 7959): what is kept, for whom, how long, how many."""

import io

from nce.coap import codes, options
from nce.coap.block import block_of, block_value
from nce.coap.exchange import Endpoint
from nce.coap.message import ACK, CON, Message, decode, encode
from nce.coap.parameters import DEFAULT
from nce.coap.responder import Answer, Responder
from nce.coap.site import Site

LIFETIME_MS = 247000  # EXCHANGE_LIFETIME of the default parameters (RFC 7252, 4.8.2)
RESERVED = b"\x07"  # block 0 with size exponent 7 (RFC 7959, 2.2)


class Slow(io.BytesIO):
    """A source that gives 7 bytes at a time."""

    def readinto(self, buffer):
        part = self.read(min(7, len(buffer)))
        buffer[: len(part)] = part
        return len(part)


class Served:
    """A site with several peers; each run of a handler answers other bytes."""

    def __init__(self, **site_options):
        self.runs = 0
        self.taken = []
        self.size = 150
        self.site = Site(**site_options)
        for code in (codes.GET, codes.FETCH, codes.POST, codes.PUT):
            self.site.add("/calc", code, self.calculate)
        self.site.add("/source", codes.GET, self.source)
        self.site.add("/sink", codes.PUT, self.take, open_body=lambda request: io.BytesIO())
        self.max_datagram = 1152
        self._endpoints = {}
        self._mid = 0

    def body(self, run):
        return bytes([(run * 50 + at) & 0xFF for at in range(self.size)])

    def calculate(self, request):
        self.runs += 1
        self.taken.append(request.payload)
        return Answer(codes.CONTENT, ((options.ETAG, b"e"),), self.body(self.runs))

    def source(self, request):
        return Answer(codes.CONTENT, (), Slow(self.body(1)))

    def take(self, request):
        self.taken.append(request.body.getvalue())
        return codes.CHANGED

    def ask(self, code, its_options=(), payload=b"", peer="a", now_ms=0, path="/calc"):
        """A request under a new message ID; its answer."""
        endpoint = self._endpoints.get(peer)
        if endpoint is None:
            endpoint = self._endpoints[peer] = Endpoint(bytes, DEFAULT, self.max_datagram)
            endpoint.responder = Responder(endpoint, self.site.handle, peer)
        self._mid += 1
        its_options = options.path_options(path) + its_options
        message = Message(CON, code, self._mid, b"t", its_options, payload)
        assert endpoint.receive_datagram(encode(message), now_ms) == []
        sent = endpoint.datagrams_to_send()
        assert len(sent) == 1
        answer = decode(sent[0])
        assert (answer.type, answer.mid, answer.token) == (ACK, self._mid, b"t")
        return answer

    def block(self, code, offset, szx=2, **how):
        """Ask for a block of the answer."""
        wanted = ((options.BLOCK2, block_value(offset, False, szx)),)
        return self.ask(code, how.pop("its_options", ()) + wanted, **how)

    def put(self, offset, more, size=64, **how):
        """Send a block of a body, of which each byte tells its place."""
        part = bytes([at & 0xFF for at in range(offset, offset + size)])
        block = ((options.BLOCK1, block_value(offset, more, 2)),)
        its_options = how.pop("its_options", ()) + block
        return self.ask(how.pop("code", codes.POST), its_options, part, **how)


def query(text):
    return options.query_options(text)


def test_the_answer_to_a_post_is_kept_for_its_later_blocks_and_computed_once():
    served = Served(block_size=64)
    first = served.ask(codes.POST)
    assert block_of(first.options, options.BLOCK2) == (0, True, 2)
    assert options.first_of(first.options, options.ETAG) == b"e"
    got = first.payload
    for offset, more in ((64, True), (128, False)):
        answer = served.block(codes.POST, offset)
        assert answer.code == codes.CONTENT
        assert block_of(answer.options, options.BLOCK2) == (offset, more, 2)
        got += answer.payload
    assert got == served.body(1)
    assert served.runs == 1
    # A block may be asked for again, and a smaller one too.
    assert served.block(codes.POST, 64).payload == served.body(1)[64:128]
    assert served.block(codes.POST, 32, 1).payload == served.body(1)[32:64]
    assert served.runs == 1
    # The first block is a new request.
    assert served.block(codes.POST, 0).payload == served.body(2)[:64]
    assert served.block(codes.POST, 64).payload == served.body(2)[64:128]
    assert served.runs == 2


def test_the_answer_to_a_get_or_a_fetch_is_made_again_for_each_block():
    for code in (codes.GET, codes.FETCH):
        served = Served(block_size=64)
        for run, offset in enumerate((0, 64, 128)):
            answer = served.block(code, offset)
            assert answer.payload == served.body(run + 1)[offset : offset + 64]
        assert served.runs == 3
        # None of it is kept for a method that changes something.
        assert served.block(codes.POST, 64).code == codes.REQUEST_ENTITY_INCOMPLETE


def test_a_kept_answer_is_for_its_peer_and_request_alone_and_for_a_lifetime():
    served = Served(block_size=64)
    served.ask(codes.POST, query("n=1"))
    for how in (
        {"peer": "b", "its_options": query("n=1")},
        {"its_options": query("n=2")},
        {"its_options": ()},
        {"its_options": query("n=1"), "now_ms": LIFETIME_MS},
    ):
        answer = served.block(codes.POST, 64, **how)
        assert (answer.code, answer.payload) == (codes.REQUEST_ENTITY_INCOMPLETE, b""), how
    assert served.block(codes.PUT, 64, its_options=query("n=1")).code == 0x88
    answer = served.block(codes.POST, 64, its_options=query("n=1"), now_ms=LIFETIME_MS - 1)
    assert answer.payload == served.body(1)[64:128]
    assert served.runs == 1


def test_two_answers_are_kept_and_one_that_is_made_again_takes_its_own_place():
    served = Served(block_size=64)
    for number in (1, 2):
        served.ask(codes.POST, query("n=%d" % number))
    served.ask(codes.POST, query("n=2"))  # run 3
    assert served.block(codes.POST, 64, its_options=query("n=1")).payload[:1] == b"\x72"
    assert served.block(codes.POST, 64, its_options=query("n=2")).payload[:1] == b"\xd6"
    served.ask(codes.POST, query("n=3"))
    assert served.block(codes.POST, 64, its_options=query("n=1")).code == 0x88
    assert served.block(codes.POST, 64, its_options=query("n=2")).code == codes.CONTENT
    assert served.block(codes.POST, 64, its_options=query("n=3")).code == codes.CONTENT


def test_an_answer_that_fits_is_not_kept():
    served = Served(block_size=64)
    served.size = 64
    assert served.ask(codes.POST).payload == served.body(1)
    assert block_of(served.block(codes.POST, 0).options, options.BLOCK2) == (0, False, 2)
    assert served.block(codes.POST, 64).code == codes.REQUEST_ENTITY_INCOMPLETE


def test_reserved_size_exponents_are_bad_requests():
    served = Served()
    for code, number in (
        (codes.POST, options.BLOCK1),
        (codes.POST, options.BLOCK2),
        (codes.GET, options.BLOCK2),
    ):
        answer = served.ask(code, ((number, RESERVED),), bytes(16))
        assert (answer.code, answer.payload) == (codes.BAD_REQUEST, b"")


def test_a_block_past_the_end_is_a_bad_request():
    for path in ("/calc", "/source"):
        served = Served()
        served.size = 128
        for offset, code in ((64, codes.CONTENT), (128, codes.BAD_REQUEST), (192, 0x80)):
            assert served.block(codes.GET, offset, path=path).code == code
        served.size = 0
        answer = served.block(codes.GET, 0, path=path)
        assert (answer.code, answer.payload) == (codes.CONTENT, b"")
        assert block_of(answer.options, options.BLOCK2) == (0, False, 2)


def test_a_source_that_gives_little_at_a_time_fills_its_blocks():
    served = Served(block_size=64)
    first = served.ask(codes.GET, ((options.SIZE2, b""),), path="/source")
    assert block_of(first.options, options.BLOCK2) == (0, True, 2)
    assert options.first_of(first.options, options.SIZE2) == b"\x96"
    got = first.payload
    for offset in (64, 128):
        answer = served.block(codes.GET, offset, path="/source")
        assert options.first_of(answer.options, options.SIZE2) is None
        got += answer.payload
    assert got == served.body(1)
    # Size2 is told with the first block alone.
    sized = ((options.SIZE2, b""),)
    answer = served.block(codes.GET, 64, its_options=(), path="/calc")
    assert options.first_of(answer.options, options.SIZE2) is None
    answer = served.ask(codes.GET, ((options.BLOCK2, block_value(64, False, 2)),) + sized)
    assert options.first_of(answer.options, options.SIZE2) is None
    answer = served.ask(codes.GET, ((options.BLOCK2, block_value(0, False, 2)),) + sized)
    assert options.first_of(answer.options, options.SIZE2) == b"\x96"


def test_blocks_are_no_larger_than_was_asked_for_and_than_the_site_allows():
    for asked, given in ((0, 0), (2, 2), (3, 2), (6, 2)):
        served = Served(block_size=100)
        answer = served.block(codes.GET, 0, asked)
        assert block_of(answer.options, options.BLOCK2) == (0, True, given)
        assert len(answer.payload) == 16 << given


def test_an_error_is_never_cut():
    served = Served(block_size=16)
    served.site.add(
        "/error", codes.GET, lambda request: Answer(codes.BAD_REQUEST, (), bytes(range(40)))
    )
    answer = served.block(codes.GET, 16, 0, path="/error")
    assert (answer.code, answer.payload) == (codes.BAD_REQUEST, bytes(range(40)))
    assert options.first_of(answer.options, options.BLOCK2) is None


def test_an_upload_of_the_most_bytes_is_taken_and_of_one_more_is_forgotten():
    for last, code in ((36, codes.CONTENT), (37, codes.REQUEST_ENTITY_TOO_LARGE)):
        served = Served(max_body=100, block_size=200)
        assert served.put(0, True).code == codes.CONTINUE
        answer = served.put(64, False, last)
        assert answer.code == code
        if code == codes.CONTENT:
            assert served.taken == [bytes(range(100))]
        else:
            assert options.first_of(answer.options, options.SIZE1) == b"\x64"
            # Nothing of it is left that a later block could be added to.
            assert served.put(64, False, 1).code == codes.REQUEST_ENTITY_INCOMPLETE
            assert served.taken == []


def test_an_upload_in_one_block_needs_no_other():
    served = Served()
    assert served.put(0, False, 9).code == codes.CONTENT
    assert served.taken == [bytes(range(9))]
    assert served.put(64, True).code == codes.REQUEST_ENTITY_INCOMPLETE


def test_a_full_block_may_be_the_last_one_and_no_block_may_be_longer():
    served = Served()
    assert served.put(0, False, 65).code == codes.BAD_REQUEST
    assert served.put(0, True, 65).code == codes.BAD_REQUEST
    assert served.put(0, True, 64).code == codes.CONTINUE
    assert served.put(64, False, 64).code == codes.CONTENT
    assert served.taken == [bytes(range(128))]


def test_a_first_block_again_begins_again():
    served = Served()
    for path, code in (("/calc", codes.CONTENT), ("/sink", codes.CHANGED)):
        for offset, more in ((0, True), (64, True), (0, True), (64, False)):
            answer = served.put(offset, more, code=codes.PUT, path=path)
        assert answer.code == code
        assert served.taken.pop() == bytes(range(128))


def test_uploads_of_several_peers_and_requests_do_not_mix():
    served = Served()
    others = (
        {},
        {"peer": "b"},
        {"its_options": query("n=1")},
        {"code": codes.PUT},
    )
    for offset, more, code in ((0, True, 0x5F), (64, True, 0x5F), (128, False, 0x45)):
        for how in others:
            assert served.put(offset, more, **dict(how)).code == code
    assert served.taken == [bytes(range(192))] * 4


def test_four_uploads_go_on_at_once_and_a_fifth_takes_the_place_that_rested_longest():
    served = Served()
    for number in (1, 2, 3, 4):
        served.put(0, True, its_options=query("n=%d" % number))
    served.put(64, True, its_options=query("n=1"))  # the second rests longest now
    served.put(0, True, its_options=query("n=5"))
    answers = [
        served.put(128 if number == 1 else 64, False, its_options=query("n=%d" % number)).code
        for number in (1, 2, 3, 4, 5)
    ]
    assert answers == [codes.CONTENT, codes.REQUEST_ENTITY_INCOMPLETE] + [codes.CONTENT] * 3


def test_an_upload_that_rests_for_a_lifetime_is_forgotten():
    for rest_ms, code in ((LIFETIME_MS - 1, codes.CONTENT), (LIFETIME_MS, 0x88)):
        served = Served()
        served.put(0, True, now_ms=1000)
        served.put(64, True, now_ms=5000)
        # The same block again shows that somebody is there.
        served.put(64, True, now_ms=9000)
        assert served.put(128, False, now_ms=9000 + rest_ms).code == code


def test_the_last_block_again_is_answered_to_its_peer_and_request_alone_and_for_a_lifetime():
    served = Served()
    served.put(0, True, its_options=query("n=1"))
    answer = served.put(64, False, 9, its_options=query("n=1"))
    for how in (
        {"peer": "b", "its_options": query("n=1")},
        {"its_options": query("n=2")},
        {"its_options": ()},
        {"its_options": query("n=1"), "now_ms": LIFETIME_MS},
        {"its_options": query("n=1"), "code": codes.PUT},
    ):
        assert served.put(64, False, 9, **how).code == codes.REQUEST_ENTITY_INCOMPLETE
    # Another block than the last one belongs to nothing.
    assert served.put(128, False, 9, its_options=query("n=1")).code == 0x88
    assert served.put(64, True, its_options=query("n=1")).code == 0x88
    again = served.put(64, False, 9, its_options=query("n=1"), now_ms=LIFETIME_MS - 1)
    assert (again.code, again.options, again.payload) == answer[1:2] + answer[4:]
    assert served.runs == 1


def test_two_uploads_that_ended_are_remembered():
    served = Served()
    for number in (1, 2, 3):
        for offset, more in ((0, True), (64, False)):
            served.put(offset, more, its_options=query("n=%d" % number))
    answers = [
        served.put(64, False, its_options=query("n=%d" % number)).code for number in (1, 2, 3)
    ]
    assert answers == [codes.REQUEST_ENTITY_INCOMPLETE, codes.CONTENT, codes.CONTENT]
    assert served.runs == 3


def test_a_last_block_that_comes_again_and_again_costs_no_other_upload_its_place():
    served = Served()
    for number in (1, 2):
        for offset, more in ((0, True), (64, False)):
            served.put(offset, more, its_options=query("n=%d" % number))
    for number in (2, 2, 2, 1, 1, 1, 2):
        answer = served.put(64, False, its_options=query("n=%d" % number))
        assert (answer.code, answer.payload) == (codes.CONTENT, served.body(number))
    assert served.runs == 2


def test_a_smaller_block_is_asked_for_under_the_number_of_the_one_that_came():
    # RFC 7959, figure 8: 1:0/1/128 is answered by 1:0/1/32, and 1:4/1/32 comes next.
    served = Served(block_size=32)
    for offset, szx, size in ((0, 3, 128), (128, 1, 32), (160, 1, 32)):
        block = ((options.BLOCK1, block_value(offset, True, szx)),)
        part = bytes([at & 0xFF for at in range(offset, offset + size)])
        answer = served.ask(codes.POST, block, part)
        assert answer.code == codes.CONTINUE
        assert block_of(answer.options, options.BLOCK1) == (
            (offset >> szx + 4) << 5,
            True,
            1,
        )
    block = ((options.BLOCK1, block_value(192, False, 1)),)
    answer = served.ask(codes.POST, block, b"end")
    assert served.taken == [bytes(range(192)) + b"end"]
    assert block_of(answer.options, options.BLOCK2) == (0, True, 1)


def test_blocks_leave_64_bytes_of_a_datagram_for_header_and_options():
    for max_datagram, szx in ((128, 2), (127, 1), (1087, 5), (1088, 6)):
        served = Served()
        served.max_datagram = max_datagram
        served.size = 2000
        answer = served.ask(codes.GET)
        assert block_of(answer.options, options.BLOCK2) == (0, True, szx)
        assert len(answer.payload) == 16 << szx


def test_each_option_that_a_server_looks_at_is_taken_and_any_other_critical_one_is_not():
    for number, value, code in (
        (options.URI_HOST, b"host", codes.CONTENT),
        (options.URI_PORT, b"\x16\x33", codes.CONTENT),
        (options.URI_QUERY, b"q", codes.CONTENT),
        (options.ACCEPT, b"", codes.CONTENT),
        (options.BLOCK2, b"\x06", codes.CONTENT),
        (options.BLOCK1, b"\x06", codes.CONTENT),
        (options.PROXY_URI, b"coap://a", codes.PROXYING_NOT_SUPPORTED),
        (options.PROXY_SCHEME, b"coap", codes.PROXYING_NOT_SUPPORTED),
        (options.IF_MATCH, b"e", codes.BAD_OPTION),
        (options.IF_NONE_MATCH, b"", codes.BAD_OPTION),
        (9, b"", codes.BAD_OPTION),
        (65001, b"", codes.BAD_OPTION),
    ):
        answer = Served().ask(codes.GET, ((number, value),))
        assert answer.code == code, number
        if code == codes.BAD_OPTION:
            assert answer.payload == options.name_of(number).encode()


def test_the_options_of_blocks_do_not_name_a_body():
    # RFC 7959, 2.5 and 4: Block1, Block2, Size1 and Size2 belong to the transfer.
    served = Served(block_size=64)
    served.ask(codes.POST, ((options.SIZE2, b""), (options.SIZE1, b"")))
    assert served.block(codes.POST, 64).payload == served.body(1)[64:128]
    sized = ((options.SIZE1, b"\x80"), (options.SIZE2, b""))
    served.put(0, True, its_options=sized)
    assert served.put(64, False).code == codes.CONTENT
    assert served.taken[-1] == bytes(range(128))
    assert served.block(codes.POST, 64).payload == served.body(2)[64:128]
