"""What the simulated endpoint's DTLS server promises by its settings, held by clients of no one's.

Each promise is tried from both sides: what keeps to it is served, what does not is not.
"""

from __future__ import annotations

import pytest

from nce_sim.endpoints.dtls import Data
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import (
    AWAY,
    HOME,
    OTHER,
    connect,
    give,
    half_open,
    handshake,
    make_server,
    plain,
    split,
)
from support.dtls_handmade_peer import IDENTITY, number

COOKIE_REQUEST, SERVER_HELLO = 3, 2
# Where things stand in a ClientHello's datagram: 13 bytes of record, 12 of handshake (RFC 6347).
VERSION_AT, RANDOM_AT, SESSION_ID_AT = 26, 27, 59


def talk(server, client):
    """One message each way under the keys."""
    assert give(server, client.send(b"up"))[0] == [Data(HOME, 1, IDENTITY, b"up")]
    server.send(HOME, b"down", 0)
    [(_, datagram)] = server.datagrams_to_send()
    assert client.open(datagram) == [(23, b"down", 0)]


# -- extensions that a policy is about -------------------------------------------------------


@pytest.mark.parametrize("suite", [handmade.CCM_8, handmade.CBC])
def test_a_client_without_extended_master_secret_is_served_unless_it_is_required(suite):
    for required, extended in ((False, False), (False, True), (True, True)):
        server = make_server(require_extended_master_secret=required)
        client = handmade.Client(suite, cid=None, extended=extended)
        assert len(connect(server, client)) == 1
        talk(server, client)
    server = make_server(require_extended_master_secret=True)
    client = handmade.Client(suite, cid=None, extended=False)
    _, [(_, request)] = give(server, client.hello())
    [failed], [(_, alert)] = give(server, client.answer_cookie(request))
    assert "extended master secret" in failed.reason
    assert alert[-2:] == bytes((2, 40)), "fatal handshake_failure"
    assert server.half_open_count == 0


# (suite, offered, allowed, agreed): RFC 7366, 2 and 3. It is for CBC alone.
ENCRYPT_THEN_MAC = (
    (handmade.CBC, True, True, True),
    (handmade.CBC, True, False, False),
    (handmade.CBC, False, True, False),
    (handmade.CCM_8, True, True, False),
    (handmade.GCM, True, True, False),
)


@pytest.mark.parametrize(("suite", "offered", "allowed", "agreed"), ENCRYPT_THEN_MAC)
def test_encrypt_then_mac_is_agreed_where_both_sides_want_it_and_then_used(
    suite, offered, allowed, agreed
):
    server = make_server(encrypt_then_mac=allowed)
    client = handmade.Client(suite, cid=None, etm=offered)
    assert len(connect(server, client)) == 1
    assert client.etm_agreed is agreed
    assert client.echoed.get(22, b"") == b""
    talk(server, client)


# (version, compressions, alert or None, word of the reason): RFC 5246, 7.4.1.2; RFC 6347, 4.2.1.
HELLOS = (
    (b"\xfe\xfd", b"\0", None, ""),
    (b"\xfe\xfc", b"\0", None, ""),  # DTLS 1.3 is lower still, and 1.2 is among what it speaks
    (b"\xfe\xfd", b"\1\0", None, ""),
    (b"\xfe\xff", b"\0", 70, "0xFEFF"),
    (b"\xfe\xfe", b"\0", 70, "0xFEFE"),
    (b"\x03\x03", b"\0", 70, "0x0303"),
    (b"\xfd\xfd", b"\0", 70, "0xFDFD"),
    (b"\xfe\xfd", b"\1", 47, "null compression"),
)


@pytest.mark.parametrize(("version", "compressions", "alert", "word"), HELLOS)
def test_version_and_compression_of_a_hello_are_looked_at(version, compressions, alert, word):
    server = make_server()

    def hello(cookie, message_seq):
        body = version + bytes(32) + b"\0" + bytes([len(cookie)]) + cookie + b"\0\2\xc0\xa8"
        body += bytes([len(compressions)]) + compressions
        return plain(22, handshake(1, body, message_seq), message_seq)

    _, [(_, request)] = give(server, hello(b"", 0))
    events, [(_, answer)] = give(server, hello(request[-16:], 1))
    if alert is None:
        assert (events, answer[13]) == ([], SERVER_HELLO)
        # What was not offered is not answered: no list of extensions at all.
        assert len(split(answer)[0]) == 13 + 12 + 38
    else:
        [failed] = events
        assert word in failed.reason
        assert answer[-2:] == bytes((2, alert))
        assert (server.half_open_count, server.counters["handshake given up"]) == (0, 1)


def test_what_is_dropped_is_counted_and_told_apart():
    server, client = make_server(), handmade.Client(cid=None)
    second = client.answer_cookie(give(server, client.hello())[1][0][1])
    _, [(_, flight)] = give(server, second)
    sent = client.answer_flight(flight)
    give(server, sent)
    assert server.counters == {}
    for datagram, name in (
        (second, "late ClientHello"),
        (plain(22, handshake(1, b"", 0)), "malformed ClientHello"),
        (plain(22, handshake(1, b"a", 0, length=9)), "ClientHello in fragments"),
        (plain(22, handshake(1, b"", 0x8000)), "ClientHello with too high a number"),
        (plain(22, handshake(1, b"", 0), (1 << 47)), "ClientHello with too high a number"),
        (client.send(b"x")[:-1] + b"?", "bad record"),
        (b"\x17\xfe\xfd\0\2" + bytes(8), "bad record"),
    ):
        before = server.counters.copy()
        assert give(server, datagram) == ([], []), name
        assert server.counters - before == {name: 1}, name
    give(server, client.send(b"x"), AWAY)
    assert server.counters["record of no association"] == 1
    # The highest numbers that a hello may have are still answered.
    hello = plain(22, handshake(1, second[25:], 0x7FFF), (1 << 47) - 1)
    assert give(server, hello, AWAY)[1][0][1][13] == COOKIE_REQUEST


# -- the cookie ------------------------------------------------------------------------------


def with_byte(datagram, at, value):
    return datagram[:at] + bytes([value]) + datagram[at + 1 :]


def with_session_id(hello):
    """The hello with a session ID of one byte, and its lengths."""
    body = hello[25:SESSION_ID_AT] + b"\1\7" + hello[SESSION_ID_AT + 1 :]
    return plain(22, handshake(1, body, 1), 1)


def with_another_suite(hello):
    at = hello.index(number(handmade.CCM_8, 2), SESSION_ID_AT)
    return hello[:at] + number(handmade.CCM, 2) + hello[at + 2 :]


# RFC 6347, 4.2.1: the address and what must not change between the two hellos.
STOLEN = {
    "another port": ((HOME[0], HOME[1] + 1), lambda hello: hello),
    "another host": (("10.160.0.2", HOME[1]), lambda hello: hello),
    "another version": (HOME, lambda hello: with_byte(hello, VERSION_AT, 0xFC)),
    "another random": (HOME, lambda hello: with_byte(hello, RANDOM_AT, hello[RANDOM_AT] ^ 1)),
    "another session ID": (HOME, with_session_id),
    "another suite": (HOME, with_another_suite),
    "another cookie": (HOME, lambda hello: with_byte(hello, 61, hello[61] ^ 1)),
}


@pytest.mark.parametrize("name", STOLEN)
def test_a_cookie_is_good_for_its_own_address_and_hello_alone(name):
    peer, change = STOLEN[name]
    server, client = make_server(), handmade.Client(cid=None)
    _, [(_, request)] = give(server, client.hello())
    hello = client.answer_cookie(request)
    assert hello[60] == 16, "the cookie's length"
    _, [(where, answer)] = give(server, change(hello), peer)
    assert (where, answer[13]) == (peer, COOKIE_REQUEST)
    assert server.half_open_count == 0
    _, [(where, answer)] = give(server, hello)
    assert (where, answer[13]) == (HOME, SERVER_HELLO)


@pytest.mark.parametrize("start_ms", [0, 59_999, 600_000])
def test_a_cookie_is_good_in_its_slot_and_in_the_next(start_ms):
    slot_ms = 60_000
    first_of_next = (start_ms // slot_ms + 1) * slot_ms
    for at_ms, is_good in (
        (start_ms, True),
        (first_of_next + slot_ms - 1, True),
        (first_of_next + slot_ms, False),
    ):
        server, client = make_server(), handmade.Client(cid=None)
        _, [(_, request)] = give(server, client.hello(), now_ms=start_ms)
        _, [(_, answer)] = give(server, client.answer_cookie(request), now_ms=at_ms)
        assert (answer[13] == SERVER_HELLO) is is_good, at_ms


# -- what waits, and how much of it ------------------------------------------------------------


def junk(sequence):
    """A record of epoch 1 that no key opens."""
    return b"\x17\xfe\xfd\0\1" + number(sequence, 6) + b"\0\x18" + bytes(24)


@pytest.mark.parametrize(("count", "is_kept"), [(3, True), (4, False)])
def test_four_records_wait_for_their_keys_and_the_oldest_goes_first(count, is_kept):
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    for datagram in (finished, *(junk(50 + at) for at in range(count))):
        assert give(server, datagram) == ([], [])
    assert bool(give(server, exchange)[0]) is is_kept
    if not is_kept:  # the client repeats its flight
        assert len(give(server, change + finished)[0]) == 1
    talk(server, client)


def test_data_that_overtook_its_keys_is_delivered_behind_the_finished():
    server, client = make_server(), handmade.Client(cid=None)
    exchange, _, finished = split(client.answer_flight(half_open(server, client)))
    for datagram in (client.send(b"first"), junk(50), finished, client.send(b"second")):
        assert give(server, datagram) == ([], [])
    established, *data = give(server, exchange)[0]
    assert established.identity == IDENTITY
    assert data == [Data(HOME, 1, IDENTITY, b"second")], "the first came before the proof"
    talk(server, client)


@pytest.mark.parametrize(("count", "is_kept"), [(3, True), (4, False)])
def test_four_key_exchanges_wait_for_their_proof_and_the_oldest_goes_first(count, is_kept):
    server, client = make_server(), handmade.Client(cid=None)
    server._look_up_psk = lambda identity, peer: handmade.KEY
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    give(server, exchange)
    for at in range(count):
        give(server, plain(22, handshake(16, number(6, 2) + b"%06d" % at, 2)))
    assert bool(give(server, finished)[0]) is is_kept
    if not is_kept:
        assert len(give(server, exchange + change + finished)[0]) == 1
    talk(server, client)


def test_the_last_flight_is_repeated_for_a_replayer_thirty_two_times_and_no_more():
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    [established], _ = give(server, exchange + change + finished)
    assert established.identity == IDENTITY
    answers = [len(give(server, exchange)[1]) for _ in range(100)]
    assert answers == [1] * 32 + [0] * 68
    talk(server, client)


def test_the_oldest_half_open_handshakes_and_associations_make_room():
    server = make_server(max_half_open=3, max_associations=2)
    peers = [(HOME[0], port) for port in range(5)]
    clients = [handmade.Client(cid=None, identity=OTHER) for _ in peers]
    flights = [
        client.answer_flight(half_open(server, client, peer))
        for client, peer in zip(clients, peers, strict=True)
    ]
    assert server.half_open_count == 3
    assert server.counters["half-open handshake evicted"] == 2
    done = [
        len(give(server, flight, peer)[0]) for flight, peer in zip(flights, peers, strict=True)
    ]
    assert done == [0, 0, 1, 1, 1]
    assert server.association_count == 2
    assert [server.identity_of(peer) for peer in peers] == [None, None, None, OTHER, OTHER]
    assert server.counters["association evicted"] == 1


def test_an_address_that_is_not_proven_has_four_datagrams_wait_and_the_oldest_goes_first():
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=b"\xc1")
    connect(server, client)
    moved, data = give(server, client.send(b"x"), AWAY)[0]
    assert (moved.peer, data.data) == (AWAY, b"x")
    for at in range(6):
        server.send(AWAY, bytes([at]) * 1000, 0)
    assert server.datagrams_to_send() == []
    assert server.counters["dropped: address not proven"] == 2
    server.prove_address(1)
    texts = [client.open(datagram)[0][1][:1] for _, datagram in server.datagrams_to_send()]
    assert texts == [b"\2", b"\3", b"\4", b"\5"]
