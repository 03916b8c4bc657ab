"""The DTLS server's table of states, held against a copy in words; and what its actions do."""

from __future__ import annotations

from random import Random

import pytest

from nce_sim.endpoints.dtls import Closed, Data, DtlsServer
from nce_sim.endpoints.dtls.machine import TRANSITIONS
from nce_sim.endpoints.dtls.states import Message, State
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import (
    HOME,
    connect,
    give,
    half_open,
    handshake,
    make_server,
    plain,
    split,
)
from support.dtls_handmade_peer import IDENTITY, number

# RFC 6347, 4.2 (flights 3 to 6), 4.1.2.7 (what is not protected ends nothing); RFC 5246, 7.2.
NEXT = {
    "WAIT_HELLO": {"HELLO": "WAIT_KEYS", "RESUMING_HELLO": "WAIT_FINISHED"},
    "WAIT_KEYS": {
        "HELLO_AGAIN": "WAIT_KEYS",
        "KEY_EXCHANGE": "WAIT_KEYS",
        "PLAIN_ALERT": "WAIT_KEYS",
        "UNREADABLE": "WAIT_KEYS",
        "PROOF": "WAIT_FINISHED",
    },
    "WAIT_FINISHED": {
        "HELLO_AGAIN": "WAIT_FINISHED",
        "PLAIN_ALERT": "WAIT_FINISHED",
        "UNREADABLE": "WAIT_FINISHED",
        "DATA": "WAIT_FINISHED",
        "FINISHED": "ESTABLISHED",
    },
    "ESTABLISHED": {
        "KEY_EXCHANGE": "ESTABLISHED",
        "FINISHED": "ESTABLISHED",
        "RENEGOTIATION": "ESTABLISHED",
        "DATA": "ESTABLISHED",
        "CLOSE_NOTIFY": "DEAD",
        "FATAL_ALERT": "DEAD",
    },
}
PAIRS = [(state, message) for state in State for message in Message]


def test_every_pair_of_state_and_message_leads_where_the_rfcs_say():
    table = {name: {} for name in NEXT}
    for (state, message), (_action, following) in TRANSITIONS.items():
        table[state.name][message.name] = following.name
    assert table == NEXT


@pytest.mark.parametrize(("state", "message"), [one for one in PAIRS if one not in TRANSITIONS])
def test_a_message_without_a_row_does_nothing(state, message):
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    one = server.associations[1]
    one.state = state
    assert one.step(message, None, 5) == []
    assert (one.state, one.last_activity_ms) == (state, 0)
    assert server.datagrams_to_send() == []


# -- what the actions do -----------------------------------------------------------------------


def test_a_datagram_after_the_end_in_the_same_datagram_is_of_no_association():
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    datagram = client.record(21, b"\1\0", epoch=1) + client.send(b"late") + client.send(b"later")
    events, answers = give(server, datagram)
    assert events == [Closed(HOME, 1, "the client sent close_notify")]
    [(_, goodbye)] = answers
    assert client.open(goodbye) == [(21, b"\1\0", 0)]
    assert server.counters["record of no association"] == 2
    assert server.association_count == 0


def test_behind_a_hello_with_too_high_a_number_a_datagram_is_read_on():
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    events, _ = give(server, plain(22, handshake(1, b"", 0x8000)) + client.send(b"x"))
    assert events == [Data(HOME, 1, IDENTITY, b"x")]


@pytest.mark.parametrize("cid", [None, b"\xc1"])
def test_a_flight_is_repeated_once_for_a_datagram_however_often_it_asks(cid):
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=cid)
    flight = half_open(server, client)
    last = client.answer_flight(flight)
    _, [(_, final)] = give(server, last)
    client.check_finished(final)
    exchange = split(last)[0]
    events, answers = give(server, exchange * 5)
    assert (events, len(answers)) == ([], 1)
    # With a connection ID, the protected record between them is found by it, not by its address.
    _, answers = give(server, exchange + client.send(b"x") + exchange)
    assert len(answers) == 1


def test_the_last_flight_is_repeated_thirty_two_times_and_no_more():
    server, client = make_server(), handmade.Client(cid=None)
    last = client.answer_flight(half_open(server, client))
    give(server, last)
    exchange = split(last)[0]
    assert [len(give(server, exchange)[1]) for _ in range(34)] == [1] * 32 + [0] * 2


def test_a_dead_association_repeats_nothing():
    server, client = make_server(), handmade.Client(cid=None)
    last = client.answer_flight(half_open(server, client))
    give(server, last)
    exchange = split(last)[0]
    _, answers = give(server, exchange + client.record(21, b"\2\x28", epoch=1))
    assert answers == []


def test_nothing_can_be_sent_in_an_association_that_was_closed():
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    one = server.associations[1]
    server.close(HOME)
    [(_, goodbye)] = server.datagrams_to_send()
    assert client.open(goodbye) == [(21, b"\1\0", 0)]
    with pytest.raises(ValueError, match="no association with"):
        one.send(b"late", 0)
    for send in (lambda: server.send(HOME, b"x", 0), lambda: server.send_to_session(1, b"x", 0)):
        with pytest.raises(ValueError, match="no association"):
            send()
    assert server.datagrams_to_send() == []


def test_a_renegotiation_is_refused_with_a_warning_and_changes_nothing():
    """RFC 5246, 7.2.2."""
    server, client = make_server(), handmade.Client(cid=None)
    connect(server, client)
    hello = handshake(1, bytes(40), 3)
    events, [(_, answer)] = give(server, client.record(22, hello, epoch=1))
    assert events == []
    assert client.open(answer) == [(21, b"\1\x64", 0)]
    assert give(server, client.send(b"still"))[0] == [Data(HOME, 1, IDENTITY, b"still")]


def test_a_finished_in_the_clear_is_believed_by_nobody():
    """RFC 6347, 4.1: it belongs to epoch 1."""
    server, client = make_server(), handmade.Client(cid=None)
    last = client.answer_flight(half_open(server, client))
    exchange, change, _finished = split(last)
    body = client.transcript[-12:]
    assert give(server, exchange + change + plain(22, handshake(20, body, 3), 9)) == ([], [])
    assert (server.association_count, server.half_open_count) == (0, 1)


def test_a_finished_may_come_in_pieces():
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, _ = split(client.answer_flight(half_open(server, client)))
    body = client.transcript[-12:]
    client.sequence[1] = 0
    assert give(server, exchange + change) == ([], [])
    first, last = (
        client.record(22, handshake(20, body[at : at + 6], 3, 12, at), epoch=1) for at in (0, 6)
    )
    assert give(server, first) == ([], [])
    [established] = give(server, last)[0]
    assert established.identity == IDENTITY


def test_one_key_exchange_of_a_record_is_read():
    asked = []
    server, client = make_server(), handmade.Client(cid=None)
    look_up = server._look_up_psk
    server._look_up_psk = lambda identity, peer: asked.append(identity) or look_up(identity, peer)
    half_open(server, client)
    bodies = [number(len(name), 2) + name for name in (b"one", b"two", b"three")]
    give(server, plain(22, b"".join(handshake(16, body, 2) for body in bodies)))
    assert asked == [b"one"]


def test_an_alert_in_the_clear_is_a_hint_and_only_a_fatal_one_of_two_bytes():
    for alert, words in (
        (b"\2\x28", "; the last that came was an unprotected handshake_failure"),
        (b"\1\x28", ""),
        (b"\2", ""),
        (b"\2\x28\0", ""),
    ):
        server, client = make_server(retransmissions=0), handmade.Client(cid=None)
        half_open(server, client)
        assert give(server, plain(21, alert)) == ([], [])
        [failed] = server.handle_timeout(9_000)
        assert failed.reason == "the client stopped answering" + words


@pytest.mark.parametrize("alert", [b"\2\x28", b"\1\x28"])
def test_a_fatal_alert_takes_the_session_out_of_the_cache_and_a_warning_does_not(alert):
    """RFC 5246, 7.2.2."""
    server, client = make_server(session_ids=True), handmade.Client(cid=None)
    connect(server, client)
    assert server.kept_session_count == 1
    is_fatal = alert[0] == 2
    events, answers = give(server, client.record(21, alert, epoch=1))
    assert (len(events), answers) == (int(is_fatal), [])
    assert server.kept_session_count == server.association_count == int(not is_fatal)


def test_a_record_that_does_not_open_counts_against_keys_only_once_there_are_some():
    """Anyone can write one; with a key exchange it may be the peer's Finished under other keys."""
    server, client = make_server(wrong_key="alert"), handmade.Client(cid=None)
    flight = half_open(server, client)
    nonsense = b"\x16\xfe\xfd\0\1" + bytes(6) + b"\0\x18" + bytes(24)
    assert give(server, nonsense) == ([], [])
    assert server.next_timeout() == 9_000
    exchange = split(client.answer_flight(flight))[0]
    give(server, exchange, now_ms=10)
    give(server, nonsense, now_ms=20)
    assert server.next_timeout() == 520
    [failed] = server.handle_timeout(520)
    assert "different keys" in failed.reason
    assert (server.half_open_count, server.counters["handshake given up"]) == (0, 1)


def test_other_keys_are_told_and_otherwise_met_by_silence_unless_an_alert_is_set():
    server, client = make_server(), handmade.Client(cid=None)
    give(server, split(client.answer_flight(half_open(server, client)))[0])
    give(server, b"\x16\xfe\xfd\0\1" + bytes(6) + b"\0\x18" + bytes(24))
    [failed] = server.handle_timeout(500)
    assert failed.reason.endswith("dropped in silence")
    assert (server.datagrams_to_send(), server.half_open_count) == ([], 1)
    assert server.next_timeout() == 9_000


def test_an_unknown_identity_is_refused_only_while_it_is_the_only_one():
    """Anyone can write a ClientKeyExchange: beside the client's own, another ends nothing."""
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    give(server, exchange)
    give(server, plain(22, handshake(16, b"\0\7unknown", 2), 8))
    assert server.next_timeout() == 9_000
    assert server.handle_timeout(8_000) == []
    [established] = give(server, change + finished, now_ms=8_000)[0]
    assert established.identity == IDENTITY


def test_a_refusal_is_taken_back_when_the_peers_own_key_exchange_comes():
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    give(server, plain(22, handshake(16, b"\0\7unknown", 2), 8))
    assert server.next_timeout() == 500
    give(server, exchange, now_ms=499)
    assert server.next_timeout() == 9_000
    assert server.handle_timeout(500) == []
    assert len(give(server, change + finished, now_ms=501)[0]) == 1


def test_a_key_exchange_that_comes_again_costs_no_second_derivation():
    asked = []
    server, client = make_server(), handmade.Client(cid=None)
    look_up = server._look_up_psk
    server._look_up_psk = lambda identity, peer: asked.append(identity) or look_up(identity, peer)
    exchange = split(client.answer_flight(half_open(server, client)))[0]
    give(server, exchange * 3)
    give(server, exchange)
    assert asked == [IDENTITY]


def test_the_key_log_has_a_line_for_each_handshake():
    """The NSS format: CLIENT_RANDOM, the random, the master secret."""
    lines = []
    server = DtlsServer(
        look_up_psk=lambda identity, peer: handmade.KEY,
        random_bytes=Random(1).randbytes,
        key_log=lines.append,
    )
    client = handmade.Client(cid=None)
    connect(server, client)
    assert lines == [f"CLIENT_RANDOM {client.random.hex()} {client.master.hex()}"]
