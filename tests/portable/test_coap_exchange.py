"""CoAP exchanges by the sequences of RFC 7252, sections 4.2 to 4.8 and 5.2 to 5.4."""

from nce.coap import codes
from nce.coap.exchange import (
    ACKNOWLEDGED,
    REJECTED,
    RESET,
    RESPONSE,
    TIMED_OUT,
    UNANSWERED,
    Endpoint,
    Event,
)
from nce.coap.message import ACK, CON, NON, RST, Message, decode, empty, encode
from nce.coap.mid import MessageIds
from nce.coap.options import path_options
from nce.coap.parameters import (
    DEFAULT,
    LTE_M,
    NB_IOT,
    Parameters,
    exchange_lifetime_ms,
)
from nce.errors import UsageError

THREE_AT_ONCE = Parameters(2000, 150, 4, 3, 100000, 93000, 1)


class Dice:
    """A source of bytes that differ from call to call, the same in every run."""

    def __init__(self, first=0):
        self._next = first

    def __call__(self, count):
        self._next = (self._next * 5 + 17) & 0xFF
        return bytes([(self._next + index) & 0xFF for index in range(count)])


def endpoint(parameters=DEFAULT):
    return Endpoint(Dice(), parameters)


def get(client, now_ms=0, confirmable=True):
    """Start a GET; the request as decoded from the wire."""
    client.request(codes.GET, path_options("/a"), b"", now_ms, confirmable)
    sent = client.datagrams_to_send()
    return decode(sent[0]) if sent else None


def answer(client, kind, code, mid, token=b"", options=(), payload=b"", now_ms=0):
    message = Message(kind, code, mid, token, options, payload)
    return client.receive_datagram(encode(message), now_ms)


def replies(client):
    return [decode(datagram) for datagram in client.datagrams_to_send()]


def error_of(kind, call, *arguments):
    try:
        call(*arguments)
    except kind as error:
        return error
    raise AssertionError("%r did not raise" % (arguments,))


def max_transmit_wait_ms(parameters):
    """MAX_TRANSMIT_WAIT (RFC 7252, 4.8.2): until the sender gives up."""
    first_ms = parameters.ack_timeout_ms * parameters.ack_random_percent // 100
    return first_ms * (2 ** (parameters.max_retransmit + 1) - 1)


def test_derived_times_are_those_of_the_rfc():
    assert max_transmit_wait_ms(DEFAULT) == DEFAULT.response_wait_ms == 93000
    assert exchange_lifetime_ms(DEFAULT) == 247000
    # Waits of 13.5, 27 and 54 s at most between four copies, twice 100 s, and 9 s.
    assert exchange_lifetime_ms(NB_IOT) == 13500 * 7 + 200000 + 9000


def test_a_piggybacked_response():
    client = endpoint()
    request = get(client)
    assert (request.type, request.code, len(request.token)) == (CON, codes.GET, 4)
    events = answer(client, ACK, codes.CONTENT, request.mid, request.token, payload=b"22.3 C")
    assert len(events) == 1
    assert events[0].outcome == RESPONSE
    assert events[0].token == request.token
    assert events[0].detail.payload == b"22.3 C"
    assert client.next_timeout() is None
    assert client.datagrams_to_send() == []


def test_a_separate_response_is_acknowledged_and_its_duplicate_acknowledged_again():
    client = endpoint()
    request = get(client)
    assert answer(client, ACK, codes.EMPTY, request.mid, now_ms=100) == []
    assert client.next_timeout() == 100 + 93000
    assert client.handle_timeout(60000) == []
    assert client.datagrams_to_send() == []
    events = answer(client, CON, codes.CONTENT, 99, request.token, now_ms=60000)
    assert events[0].outcome == RESPONSE
    assert replies(client) == [empty(ACK, 99)]
    assert answer(client, CON, codes.CONTENT, 99, request.token, now_ms=62000) == []
    assert replies(client) == [empty(ACK, 99)]
    assert answer(client, CON, codes.CONTENT, 99, request.token, now_ms=60000 + 247000) == []
    assert replies(client) == [empty(RST, 99)]


def test_a_separate_response_that_overtakes_its_acknowledgement():
    client = endpoint()
    request = get(client)
    assert answer(client, NON, codes.CHANGED, 7, request.token)[0].outcome == RESPONSE
    assert answer(client, ACK, codes.EMPTY, request.mid) == []
    assert client.next_timeout() is None
    assert client.datagrams_to_send() == []


def test_retransmission_doubles_a_random_first_timeout_and_gives_up():
    firsts = set()
    for parameters in (DEFAULT, LTE_M, NB_IOT):
        for seed in range(20):
            client = Endpoint(Dice(seed), parameters)
            client.request(codes.GET, (), b"", 0)
            first = client.datagrams_to_send()
            timeout_ms = client.next_timeout()
            firsts.add(timeout_ms)
            least_ms = parameters.ack_timeout_ms
            assert least_ms <= timeout_ms <= least_ms * 3 // 2
            due_ms = timeout_ms
            for _ in range(parameters.max_retransmit):
                assert client.handle_timeout(due_ms - 1) == []
                assert client.datagrams_to_send() == []
                assert client.handle_timeout(due_ms) == []
                assert client.datagrams_to_send() == first
                timeout_ms *= 2
                due_ms += timeout_ms
                assert client.next_timeout() == due_ms
            events = client.handle_timeout(due_ms)
            token = decode(first[0]).token
            assert events == [Event(token, TIMED_OUT, parameters.max_retransmit + 1)]
            assert client.next_timeout() is None
            assert due_ms <= max_transmit_wait_ms(parameters)
    assert len(firsts) > 20


def test_a_response_that_never_follows_its_acknowledgement():
    client = endpoint()
    request = get(client)
    answer(client, ACK, codes.EMPTY, request.mid)
    # A second acknowledgement does not prolong the wait.
    answer(client, ACK, codes.EMPTY, request.mid, now_ms=50000)
    assert client.next_timeout() == 93000
    assert client.handle_timeout(93000) == [Event(request.token, UNANSWERED, 93000)]


def test_a_late_response_is_rejected_when_confirmable_and_ignored_otherwise():
    client = endpoint()
    request = get(client)
    client.cancel(request.token)
    assert answer(client, CON, codes.CONTENT, 99, request.token) == []
    assert replies(client) == [empty(RST, 99)]
    assert answer(client, NON, codes.CONTENT, 98, request.token) == []
    assert answer(client, ACK, codes.CONTENT, request.mid, request.token) == []
    assert client.datagrams_to_send() == []
    assert client.ignored_datagrams == 3


def test_a_reset_ends_the_exchange():
    for confirmable in (True, False):
        client = endpoint()
        request = get(client, confirmable=confirmable)
        assert answer(client, RST, codes.EMPTY, request.mid) == [Event(request.token, RESET, None)]
        assert answer(client, RST, codes.EMPTY, request.mid) == []
        assert client.next_timeout() is None


def test_a_non_confirmable_request_is_sent_once():
    client = endpoint()
    request = get(client, confirmable=False)
    assert request.type == NON
    assert client.next_timeout() == 93000
    # An acknowledgement means nothing to it.
    assert answer(client, ACK, codes.CONTENT, request.mid, request.token) == []
    assert client.handle_timeout(93000) == [Event(request.token, TIMED_OUT, 1)]
    assert client.datagrams_to_send() == []


def test_what_does_not_match_is_ignored():
    client = endpoint()
    request = get(client)
    other = bytes((request.token[0] ^ 1,)) + request.token[1:]
    for kind, code, mid, token in (
        (ACK, codes.CONTENT, request.mid, other),
        (ACK, codes.CONTENT, request.mid, b""),
        (ACK, codes.CONTENT, request.mid ^ 1, request.token),
        (ACK, codes.GET, request.mid, request.token),
        (ACK, codes.EMPTY, request.mid ^ 1, b""),
        (RST, codes.EMPTY, request.mid ^ 1, b""),
        (RST, codes.CONTENT, request.mid, request.token),
        (NON, codes.CONTENT, 5, other),
        (NON, codes.GET, 5, request.token),
        (NON, codes.EMPTY, 5, b""),
    ):
        assert answer(client, kind, code, mid, token) == [], (kind, code)
        assert client.datagrams_to_send() == []
    assert client.ignored_datagrams == 10
    assert answer(client, ACK, codes.CONTENT, request.mid, request.token)


def test_pings_requests_and_malformed_confirmable_messages_are_reset():
    client = endpoint()
    for datagram in (
        b"\x40\x00\x12\x34",  # a ping
        b"\x40\x01\x12\x34",  # a request
        b"\x40\x45\x12\x34",  # a response to nothing
        b"\x40\x01\x12\x34\xff",  # malformed
    ):
        assert client.receive_datagram(datagram, 0) == []
        assert client.datagrams_to_send() == [b"\x70\x00\x12\x34"]
    for datagram in (b"", b"\x80\x01\x12\x34", b"\x50\x01\x12\x34\xff", b"\x60\x01\x12\x34\xff"):
        assert client.receive_datagram(datagram, 0) == []
        assert client.datagrams_to_send() == []


def test_critical_options_that_are_unknown_make_a_response_unusable_elective_ones_do_not():
    for options, is_usable in (
        (((2048, b"elective"),), True),
        (((12, b"\x01\x02\x03"),), True),  # Content-Format over its length: as if not there
        (((2049, b"critical"),), False),
        (((11, b"path"),), False),  # Uri-Path is for requests (5.4, 5.10)
        (((23, b"1234"),), False),  # Block2 has 3 bytes at most
        (((23, b"\x06"),), True),
    ):
        for kind in (ACK, CON):
            client = endpoint()
            request = get(client)
            mid = request.mid if kind == ACK else 77
            event = answer(client, kind, codes.CONTENT, mid, request.token, options)[0]
            if is_usable:
                assert event.outcome == RESPONSE
                kept = tuple([one for one in options if one[0] != 12])
                assert event.detail.options == kept
            else:
                assert event == Event(request.token, REJECTED, options[0][0])
            if kind == CON:
                assert replies(client) == [empty(ACK if is_usable else RST, 77)]


def test_nstart_keeps_others_waiting_in_order():
    client = endpoint()
    first = get(client)
    assert get(client) is None
    assert get(client) is None
    answer(client, ACK, codes.EMPTY, first.mid)  # no longer outstanding, though unanswered
    second = replies(client)[0]
    assert second.mid == (first.mid + 1) & 0xFFFF
    answer(client, ACK, codes.CHANGED, second.mid, second.token)
    third = replies(client)[0]
    assert answer(client, NON, codes.CHANGED, 1, first.token)[0].token == first.token
    assert answer(client, ACK, codes.CHANGED, third.mid, third.token)[0].token == third.token
    client = endpoint(THREE_AT_ONCE)
    assert None not in (get(client), get(client), get(client))
    assert get(client) is None


def test_the_queue_is_bounded_and_what_cannot_be_sent_never_enters_it():
    client = endpoint()
    for _ in range(9):
        get(client)
    error_of(UsageError, get, client)
    client = endpoint()
    for code, options, payload in (
        (codes.CONTENT, (), b""),
        (codes.GET, ((11, b"a" * 256),), b""),
        (codes.GET, ((70000, b""),), b""),
        (codes.POST, (), b"a" * 1152),
    ):
        error_of(UsageError, client.request, code, options, payload, 0)
    assert client.next_timeout() is None


def test_a_place_that_is_given_up_is_taken_at_once():
    client = endpoint()
    first = get(client)
    get(client)
    client.cancel(first.token)
    assert client.next_timeout() <= 10
    assert client.handle_timeout(10) == []
    assert len(client.datagrams_to_send()) == 1


def test_a_full_queue_costs_no_exchange_that_is_under_way():
    client = endpoint()
    token = client.request(codes.GET, ((6, b""),), b"", 0)
    request = decode(client.datagrams_to_send()[0])
    for _ in range(8):
        get(client)
    error_of(UsageError, client.request, codes.GET, ((6, b""),), b"", 0, True, token)
    assert answer(client, ACK, codes.CONTENT, request.mid, token, ((6, b"\x01"),))


def test_silent_peers_are_probed_at_the_rate_of_the_parameters():
    # RFC 7252, 4.7: PROBING_RATE, 1 byte/s; nothing is expected for these (RFC 7967).
    client = endpoint()
    no_response = path_options("/a") + ((258, b"\x1a"),)

    def post(now_ms, confirmable=False):
        client.request(codes.POST, no_response, bytes(89), now_ms, confirmable)
        sent = client.datagrams_to_send()
        return [len(datagram) for datagram in sent]

    assert post(0) == [103]
    assert [event.outcome for event in client.handle_timeout(0)] == [ACKNOWLEDGED]
    assert post(1000) == []
    assert client.next_timeout() == 103000
    client.handle_timeout(102999)
    assert client.datagrams_to_send() == []
    client.handle_timeout(103000)
    assert len(client.datagrams_to_send()) == 1
    # The average is what counts: after a long rest it is not caught up, nor held back.
    client.handle_timeout(103000)
    assert (post(900000), post(900000)) == ([103], [])
    # A confirmable message has its own brake, and its answer frees the way.
    client.handle_timeout(900000)
    assert post(900001, confirmable=True) == [103]
    client.handle_timeout(900002)
    mid = client._exchanges[-1].mid
    answer(client, ACK, codes.EMPTY, mid, now_ms=900500)
    assert len(client.datagrams_to_send()) == 1  # the one that was held back
    assert client.next_timeout() == 900500


def test_a_response_that_only_some_classes_are_wanted_of_may_stay_away():
    # RFC 7967, 2.1: 2 suppresses successes, so that silence is one.
    for confirmable in (True, False):
        client = endpoint()
        token = client.request(
            codes.POST, path_options("/a") + ((258, b"\x02"),), b"", 0, confirmable
        )
        request = decode(client.datagrams_to_send()[0])
        if confirmable:
            assert answer(client, ACK, codes.EMPTY, request.mid) == []
        assert client.handle_timeout(93000) == [Event(token, ACKNOWLEDGED, None)]
        token = client.request(codes.POST, ((258, b"\x02"),), b"", 400000, confirmable)
        request = decode(client.datagrams_to_send()[0])
        event = answer(client, NON, codes.BAD_REQUEST, 8, token, now_ms=400500)[0]
        assert (event.outcome, event.detail.code) == (RESPONSE, codes.BAD_REQUEST)
    # Unacknowledged, it has not arrived, whatever is wanted.
    client = endpoint()
    token = client.request(codes.POST, ((258, b"\x02"),), b"", 0)
    events = []
    while not events:
        events = client.handle_timeout(client.next_timeout())
    assert events == [Event(token, TIMED_OUT, 5)]


def test_only_the_option_no_response_says_that_none_is_wanted():
    # "z" has the bits of all classes, and so has Content-Format 26.
    for its_options in (path_options("/z"), ((12, b"\x1a"),), ((258, b""),), ((258, b"\x04"),)):
        client = endpoint()
        token = client.request(codes.POST, its_options, b"", 0)
        request = decode(client.datagrams_to_send()[0])
        assert answer(client, ACK, codes.EMPTY, request.mid) == []
        events = answer(client, CON, codes.CHANGED, 5, token)
        assert [event.outcome for event in events] == [RESPONSE]
    for value, is_none in ((b"\x1a", True), (b"\x1e", True), (b"\x18", False), (b"\x02", False)):
        client = endpoint()
        token = client.request(codes.POST, ((258, value),), b"", 0)
        request = decode(client.datagrams_to_send()[0])
        events = answer(client, ACK, codes.EMPTY, request.mid)
        assert events == ([Event(token, ACKNOWLEDGED, None)] if is_none else [])


def test_a_response_that_is_not_confirmable_holds_nothing_up():
    client = endpoint()
    handle = object()
    client.send(NON, codes.CONTENT, b"t", (), b"late", 0, handle)
    client.request(codes.GET, (), b"", 0)
    late, _request = replies(client)
    assert answer(client, RST, codes.EMPTY, late.mid) == [Event(handle, RESET, None)]


def test_a_queued_request_starts_when_the_one_before_times_out():
    client = endpoint()
    get(client)
    get(client)
    now_ms = 0
    events = []
    while not events:
        now_ms = client.next_timeout()
        client.datagrams_to_send()
        events = client.handle_timeout(now_ms)
    assert len(client.datagrams_to_send()) == 1
    assert now_ms + 2000 <= client.next_timeout() <= now_ms + 3000


def test_message_ids_do_not_repeat_within_the_lifetime():
    mids = MessageIds(65530, 247000)
    seen = [mids.take(0) for _ in range(10)]
    assert seen == [65530, 65531, 65532, 65533, 65534, 65535, 0, 1, 2, 3]
    mids = MessageIds(12345, 247000)
    taken = bytearray(65536)
    now_ms = 0
    try:
        while True:
            mid = mids.take(now_ms)
            assert not taken[mid]
            taken[mid] = 1
            now_ms += 1
    except UsageError:
        pass
    assert now_ms > 57000
    # The block that is next was last used within its 4096 ms at the beginning.
    assert mids.take(4096 + 247000) == 12288


def test_a_piggybacked_response_after_an_empty_acknowledgement_counts():
    # A server that forgot the request answers its second copy anew.
    client = endpoint()
    request = get(client)
    answer(client, ACK, codes.EMPTY, request.mid)
    events = answer(client, ACK, codes.CONTENT, request.mid, request.token)
    assert events[0].outcome == RESPONSE


def test_message_ids_that_cannot_be_had_are_told_to_who_asks():
    class Exhausted:
        def take(self, now_ms):
            raise UsageError("all are used")

    client = Endpoint(Dice(), mids=Exhausted())
    error_of(UsageError, client.request, codes.GET, (), b"", 0)
    assert client.next_timeout() is None


def test_a_notification_of_nothing_we_remember_is_reset():
    client = endpoint()
    for number, value in enumerate((b"", b"\x05")):
        answer(client, NON, codes.CONTENT, number, b"old", ((6, value),))
        assert replies(client) == [empty(RST, number)]
    # A request with Observe is none.
    answer(client, NON, codes.GET, 9, b"new", ((6, b""),))
    assert replies(client) == []
