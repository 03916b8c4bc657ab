"""One CoAP address that serves and asks: whose a message is, notifications, blocks both ways."""

from __future__ import annotations

from random import Random

import pytest

from nce.coap import codes
from nce_sim.endpoints.coap.both_ways import CoapBothWays, Notice
from nce_sim.endpoints.coap.client import NO_ANSWER, REJECTED, Call, Outcome
from nce_sim.endpoints.coap.deadlines import Deadlines
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.endpoints.coap.settings import ClientSettings, CoapSettings
from nce_sim.endpoints.coap.transfer import BadResponse
from support.hand_coap import (
    BLOCK1,
    BLOCK2,
    ETAG,
    FORMAT,
    OBSERVE,
    PATH,
    block,
    message,
    read,
)

PEER = CoapPeer("10.160.0.1", 5683)
OTHER = CoapPeer("10.160.0.2", 5683)
TOKEN = b"observed"
READ = Call(PEER, codes.GET, ((PATH, b"3"),))


class Even(Random):
    """Two counters that it begins have the same first number."""

    def getrandbits(self, k):
        return 0x7000


class Both(CoapBothWays):
    def __init__(self, **client):
        super().__init__(
            first_mid=0x7000,
            random=Even(1),
            settings=CoapSettings(block_wise=True),
            client_settings=ClientSettings(**client),
        )

    def give(self, data, peer=PEER, now_ms=0):
        return self.receive_datagram(data, peer, now_ms)

    def sent(self):
        return [read(data) for _, data in self.datagrams_to_send()]

    def asked(self, call=READ):
        """The message of a request."""
        self.ask(call, 0)
        [one] = self.sent()
        return one


def answer(asked, code="2.05", options=(), payload=b"", kind="ACK"):
    return message(kind, code, asked.mid, asked.token, options, payload)


def test_requests_and_answers_pass_each_other_at_one_address():
    both = Both()
    asked = both.asked()
    # The peer's own request has the same ID as ours: they are of two spaces (RFC 7252, 4.4).
    [request] = both.give(message("CON", "0.02", asked.mid, b"t", [(PATH, b"rd")]))
    assert isinstance(request, Request)
    [outcome] = both.give(answer(asked, payload=b"value"))
    assert isinstance(outcome, Outcome)
    assert outcome.answer.payload == b"value"
    both.respond(request.handle, Response(codes.CHANGED), 1)
    assert [one.what for one in both.sent()] == ["2.04"]


def test_no_two_messages_of_it_have_the_same_id():
    both, mids = Both(nstart=4), []
    for at in range(4):
        mids.append(both.asked().mid)
        both.give(message("NON", "0.01", at, b"t", [(PATH, b"x")]))
        both.respond(at + 1, Response(codes.NOT_FOUND), 0)
        mids += [one.mid for one in both.sent()]
    assert len(set(mids)) == 8


def test_a_request_is_rejected_or_answered_later():
    both = Both()
    [outcome] = both.give(message("RST", "0.00", both.asked().mid))
    assert outcome.reason == REJECTED
    asked = both.asked()
    assert both.give(message("ACK", "0.00", asked.mid)) == []
    later = message("CON", "2.05", 0x99, asked.token, (), b"1")
    [outcome] = both.give(later, now_ms=5_000)
    assert outcome.answer.payload == b"1"
    both.give(later, now_ms=6_000)
    assert [(one.kind, one.mid) for one in both.sent()] == [("ACK", 0x99)] * 2


def test_an_ack_of_nothing_and_noise_change_nothing():
    both = Both()
    both.asked()
    for data in (
        message("ACK", "2.05", 0x7777, b"other"),
        message("RST", "0.00", 0x7777),
        message("ACK", "0.00", 0x7777),
        b"",
        b"\x48\x45\x00",
        b"\x60\x45\x70\x55\xff",  # an ACK with a marker and no payload: not this ID
    ):
        both.give(data, now_ms=1)
    assert both.sent() == []
    assert both.client.next_timeout() is not None
    both.give(message("CON", "0.00", 0x4242))
    assert [(one.kind, one.mid) for one in both.sent()] == [("RST", 0x4242)]


# -- notifications ---------------------------------------------------------------------------


def notification(mid, payload=b"21.5", kind="CON", options=(), token=TOKEN):
    return message(kind, "2.05", mid, token, [(OBSERVE, b"\x07"), *options], payload)


def test_a_notification_is_confirmed_rejected_or_left_and_its_copies_share_its_fate():
    for is_wanted, kind in ((True, "ACK"), (False, "RST")):
        both = Both()
        [notice] = both.give(notification(9))
        assert isinstance(notice, Notice)
        assert (notice.message.token, notice.message.payload) == (TOKEN, b"21.5")
        assert both.give(notification(9), now_ms=1)[0].is_duplicate
        assert both.sent() == [], "there is nothing to say yet"
        both.confirm(notice.handle, is_wanted=is_wanted, now_ms=2)
        both.give(notification(9), now_ms=3)
        assert [(one.kind, one.code, one.mid) for one in both.sent()] == [(kind, "0.00", 9)] * 2


def test_a_notification_that_is_left_is_a_new_one_when_it_comes_again():
    both = Both()
    [notice] = both.give(notification(9))
    both.leave(notice.handle)
    assert both.sent() == []
    [again] = both.give(notification(9), now_ms=2_000)
    assert isinstance(again, Notice)
    both.confirm(again.handle, is_wanted=True, now_ms=2_001)
    assert [one.kind for one in both.sent()] == ["ACK"]


def test_one_that_is_not_confirmable_is_answered_only_to_reject_it():
    both = Both()
    [wanted] = both.give(notification(9, kind="NON"))
    both.confirm(wanted.handle, is_wanted=True, now_ms=0)
    [unwanted] = both.give(notification(10, kind="NON"))
    both.confirm(unwanted.handle, is_wanted=False, now_ms=0)
    assert [(one.kind, one.mid) for one in both.sent()] == [("RST", 10)]


def test_a_notification_with_an_unknown_critical_option_is_rejected_here():
    both = Both()
    assert not isinstance(both.give(notification(9, options=[(9, b"")]))[0], Notice)
    assert not isinstance(both.give(notification(10, kind="NON", options=[(9, b"")]))[0], Notice)
    assert [(one.kind, one.mid) for one in both.sent()] == [("RST", 9)]


def test_the_first_answer_to_an_observation_is_no_notification_and_later_ones_are():
    both = Both()
    call = READ._replace(options=((OBSERVE, b""), (PATH, b"3")), token=TOKEN)
    asked = both.asked(call)
    assert (asked.token, asked.values(OBSERVE)) == (TOKEN, [b""])
    [outcome] = both.give(answer(asked, options=[(OBSERVE, b"\x01")], payload=b"1"))
    assert outcome.answer.payload == b"1"
    [notice] = both.give(notification(9))
    assert isinstance(notice, Notice)


def test_open_notifications_are_bounded():
    both = Both()
    both._most = 10
    notices = [both.give(notification(mid))[0] for mid in range(30)]
    for notice in notices:
        both.confirm(notice.handle, is_wanted=True, now_ms=1)
    assert len(both.sent()) == 10
    assert both.counters["notification evicted"] == 20


def test_the_rest_of_a_notification_in_blocks_is_fetched_under_another_token():
    both = Both()
    [notice] = both.give(notification(9, b"a" * 16, options=[(BLOCK2, block(0, 1, 0))]))
    observing = READ._replace(options=((OBSERVE, b""), (PATH, b"3")), token=TOKEN)
    assert isinstance(both.fetch_rest(observing, notice, 0), int)
    [asked] = both.sent()
    assert (asked.path, asked.values(BLOCK2)) == ("/3", [block(1, 0, 0)])
    assert asked.token != TOKEN  # RFC 7959, 2.6
    assert asked.values(OBSERVE) == []
    [outcome] = both.give(answer(asked, options=[(BLOCK2, block(1, 0, 0))], payload=b"b"))
    assert outcome.answer.payload == b"a" * 16 + b"b"
    [middle] = both.give(notification(11, b"a" * 16, options=[(BLOCK2, block(3, 1, 0))]))
    with pytest.raises(BadResponse):
        both.fetch_rest(observing, middle, 0)


# -- blocks of requests ----------------------------------------------------------------------

BODY = bytes(range(100))
WRITE = Call(PEER, codes.PUT, ((PATH, b"5"), (FORMAT, b"\x2a")), BODY)


def upload(both, asked, answers):
    """The blocks that are sent: each answered as `answers(asked)` says, until it is None."""
    seen = []
    while True:
        seen.append((asked.values(BLOCK1), asked.payload))
        data = answers(asked)
        outcomes = both.give(data)
        if outcomes:
            return seen, outcomes[0]
        [asked] = both.sent()


def confirm(asked):
    value = asked.value(BLOCK1)
    code = "2.31" if value & 8 else "2.04"
    return answer(asked, code, [(BLOCK1, asked.values(BLOCK1)[0])])


def test_a_large_body_goes_up_in_blocks():
    both = Both(block_bytes=64)
    asked = both.asked(WRITE)
    assert asked.value(60) == 100  # Size1
    seen, outcome = upload(both, asked, confirm)
    assert seen == [([block(0, 1, 2)], BODY[:64]), ([block(1, 0, 2)], BODY[64:])]
    assert outcome.answer.code == codes.CHANGED


def test_a_peer_gets_smaller_blocks_if_it_asks_for_them():
    def smaller(asked):
        number = asked.value(BLOCK1) >> 4
        return (
            answer(asked, "2.31", [(BLOCK1, block(number, 1, 1))])
            if not number
            else (confirm(asked))
        )

    both = Both(block_bytes=64)
    seen, _ = upload(both, both.asked(WRITE), smaller)
    # 64 bytes are there, which are two blocks of 32 (RFC 7959, 2.3).
    assert [payload for _, payload in seen] == [BODY[:64], BODY[64:96], BODY[96:]]
    assert seen[1][0] == [block(2, 1, 1)]


def test_a_body_that_is_too_large_as_a_whole_goes_up_in_blocks_once():
    def too_large(asked):
        if not asked.values(BLOCK1):
            return answer(asked, "4.13", [(BLOCK1, block(0, 0, 1))])
        return confirm(asked)

    both = Both()
    seen, outcome = upload(both, both.asked(WRITE), too_large)
    assert [len(payload) for _, payload in seen] == [100, 32, 32, 32, 4]
    assert outcome.answer.code == codes.CHANGED
    both = Both()
    _, outcome = upload(
        both,
        both.asked(WRITE),
        lambda asked: answer(asked, "4.13", [(BLOCK1, block(0, 0, 1))]),
    )
    assert codes.dotted(outcome.answer.code) == "4.13", "the same size again is the answer"


WRONG = (
    ("another block is confirmed", "2.31", [(BLOCK1, block(4, 1, 2))], "another one confirmed"),
    ("no block is confirmed", "2.31", [], "another one confirmed"),
    ("a reserved size", "2.31", [(BLOCK1, b"\x0f")], "SZX 7"),
    ("a gap", "4.08", [], None),
)


@pytest.mark.parametrize("row", WRONG, ids=lambda row: row[0])
def test_an_upload_ends_when_a_block_is_refused_or_confirmed_wrongly(row):
    _, code, options, reason = row
    both = Both(block_bytes=64)
    seen, outcome = upload(both, both.asked(WRITE), lambda one: answer(one, code, options))
    assert len(seen) == 1
    if reason is None:
        assert codes.dotted(outcome.answer.code) == code
    else:
        assert reason in outcome.reason


def test_blocks_of_two_representations_are_not_joined():
    both = Both()
    first = [(ETAG, b"1"), (BLOCK2, block(0, 1, 0))]
    both.give(answer(both.asked(), options=first, payload=b"a" * 16))
    [asked] = both.sent()
    second = [(ETAG, b"2"), (BLOCK2, block(1, 0, 0))]
    [outcome] = both.give(answer(asked, options=second, payload=b"b"))
    assert "another representation" in outcome.reason


# -- lines and time --------------------------------------------------------------------------


def test_a_request_can_be_cancelled_whether_it_waits_or_is_under_way():
    both = Both()
    handles = [both.ask(READ, 0) for _ in range(3)]
    assert len(both.sent()) == 1
    both.client.cancel(handles[1], PEER, 0)
    both.client.cancel(handles[0], PEER, 0)
    assert len(both.sent()) == 1, "the third is next"
    both.client.cancel(handles[2], PEER, 0)
    both.client.cancel(handles[2], PEER, 0)
    assert both.next_timeout() is None


def test_thousands_of_peers_wait_at_once_and_each_gets_its_answer():
    both = Both()
    peers = [CoapPeer(f"10.160.{at >> 8}.{at & 255}", 5683) for at in range(2_000)]
    for peer in peers:
        both.ask(READ._replace(peer=peer), 0)
    sent = both.datagrams_to_send()
    for peer, data in reversed(sent[1_000:]):
        [outcome] = both.give(answer(read(data)), peer, 10)
        assert outcome.answer is not None
    assert both.give(answer(read(sent[0][1])), OTHER, 10)[0] not in peers
    ended, now = [], 0
    while (due := both.client.next_timeout()) is not None:
        now = due
        ended += both.handle_timeout(now)
    assert [one.reason for one in ended] == [NO_ANSWER] * 1_000
    assert now <= 93_000


def test_deadlines_come_in_order_once_and_a_new_one_replaces_the_old():
    deadlines, random, last = Deadlines(), Random(5), {}
    for _ in range(2_000):
        key = random.randrange(50)
        if random.random() < 0.2:
            assert deadlines.drop(key) == (last.pop(key, None) is not None)
        else:
            last[key] = random.randrange(1_000)
            deadlines.put(key, last[key])
    assert len(deadlines) == len(last)
    assert len(deadlines._heap) <= 2 * len(last) + 65
    assert deadlines.next_ms() == min(last.values())
    due = deadlines.take_due(500)
    assert [last[key] for key in due] == sorted(ms for ms in last.values() if ms <= 500)
    assert deadlines.take_due(500) == []
