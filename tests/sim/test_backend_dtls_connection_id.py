"""Connection IDs at the DTLS server (RFC 9146), met by a client written down from the RFC."""

from __future__ import annotations

import itertools
from random import Random

from nce_sim.endpoints.dtls import (
    Closed,
    Data,
    DtlsServer,
    DtlsSettings,
    Established,
    Failed,
    Moved,
)
from nce_sim.wire.dtls.suites import SUITES, DirectionKeys, Place
from support import dtls_handmade_peer as handmade
from support.dtls_handmade_peer import CBC, CCM, CCM_8, GCM, IDENTITY, KEY

HOME = ("10.160.0.1", 40000)
AWAY = ("10.160.0.1", 50000)
FAR = ("10.160.0.9", 7)


def make_server(seed=1, **settings):
    return DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=Random(seed).randbytes,
        settings=DtlsSettings(**{"connection_id_bytes": 8, **settings}),
    )


def give(server, datagram, peer=HOME):
    events = server.receive_datagram(datagram, peer, 0)
    return events, server.datagrams_to_send()


def connect(server, client, peer=HOME):
    _, [(_, request)] = give(server, client.hello(), peer)
    _, [(_, flight)] = give(server, client.answer_cookie(request), peer)
    events, [(_, last)] = give(server, client.answer_flight(flight), peer)
    client.check_finished(last)
    return events[-1]


def echo(server, client, text, peer):
    """One message up and one down; the server's events, where it answered, what came."""
    events, _ = give(server, client.send(text), peer)
    server.send_to_session(events[-1].session, text[::-1], 0)
    [(receiver, datagram)] = server.datagrams_to_send()
    return events, receiver, client.open(datagram)


def test_every_suite_carries_ids_in_both_directions():
    ids = (b"", b"\xc1\xc2", bytes(range(32)))
    for suite, cid, etm, zeros in itertools.product(
        (CCM_8, CCM, GCM, CBC), ids, (False, True), (0, 7)
    ):
        server = make_server(connection_id_padding_bytes=16)
        client = handmade.Client(suite, cid=cid, etm=etm, zeros=zeros)
        event = connect(server, client)
        assert event == Established(HOME, 1, IDENTITY, SUITES[suite].name)
        assert len(client.server_cid) == 8
        assert (22 in client.echoed) is (etm and suite == CBC)
        for text in (b"x", b"", b"twenty bytes of data", b"\0\0"):
            events, receiver, [(kind, content, padding)] = echo(server, client, text, HOME)
            assert events == [Data(HOME, 1, IDENTITY, text)]
            assert (receiver, kind, content) == (HOME, 23, text[::-1])
            assert padding == (-(len(text) + 1) % 16 if cid else 0)


def test_a_record_costs_the_id_and_one_byte_more():
    server = make_server()
    client = handmade.Client(cid=b"\xc1\xc2\xc3\xc4\xc5\xc6")
    connect(server, client)
    assert len(client.send(b"four")) == 4 + 29 + 8 + 1
    server.send(HOME, b"four", 0)
    [(_, datagram)] = server.datagrams_to_send()
    assert len(datagram) == 4 + 29 + 6 + 1


def test_a_record_has_the_bytes_of_rfc_9146():
    # Section 5 spelled out by hand for one record: keys, numbers and ID as given here.
    place = Place(25, 1, 0x0102, bytes.fromhex("c1c2c3"))
    inner = b"hello\x17"
    covered = bytes.fromhex("ffffffffffffffff 19 03 19 fefd 0001 000000000102 c1c2c3 0006")
    keys = DirectionKeys(b"", bytes(range(16)), b"\xf0\xf1\xf2\xf3")
    from cryptography.hazmat.primitives.ciphers.aead import AESCCM

    sealed = SUITES[0xC0A8].protect(keys, False, bytes).seal(place, inner)
    nonce = bytes.fromhex("0001000000000102")
    box = AESCCM(bytes(range(16)), tag_length=8)
    assert sealed == nonce + box.encrypt(b"\xf0\xf1\xf2\xf3" + nonce, inner, covered)


def test_a_client_is_followed_to_its_new_address():
    server, client = make_server(), handmade.Client(cid=b"\x01")
    connect(server, client)
    for peer, previous in ((AWAY, HOME), (FAR, AWAY), (HOME, FAR)):
        events, receiver, [(_, content, _)] = echo(server, client, b"here", peer)
        assert events == [Moved(peer, 1, previous), Data(peer, 1, IDENTITY, b"here")]
        assert (receiver, content) == (peer, b"ereh")
        assert server.identity_of(previous) is None
    assert server.association_count == 1


def test_only_the_newest_record_moves_the_address():
    server, client = make_server(), handmade.Client(cid=b"\x01")
    connect(server, client)
    old, new, next_one = (client.send(text) for text in (b"old", b"new", b"next"))
    assert give(server, new, HOME)[0] == [Data(HOME, 1, IDENTITY, b"new")]
    # Late, but genuine: delivered, and the answer still goes to where the newest one was from.
    assert give(server, old, AWAY)[0] == [Data(HOME, 1, IDENTITY, b"old")]
    # Replayed and damaged ones say nothing at all.
    assert give(server, new, AWAY)[0] == []
    damaged = next_one[:-1] + bytes([next_one[-1] ^ 1])
    assert give(server, damaged, AWAY)[0] == []
    assert server.identity_of(AWAY) is None
    assert give(server, next_one, AWAY)[0][0] == Moved(AWAY, 1, HOME)


def test_a_record_without_the_agreed_id_is_dropped():
    server, client = make_server(), handmade.Client(cid=b"")
    connect(server, client)
    assert give(server, client.record(23, b"naked", epoch=1, cid=b""))[0] == []
    assert server.counters["bad record"] == 1
    other = client.record(23, b"another's", epoch=1, cid=bytes(8))
    assert give(server, other)[0] == []
    assert server.counters["record of no association"] == 1


def test_the_finished_may_come_from_another_address():
    server, client = make_server(), handmade.Client(cid=b"\x07")
    _, [(_, request)] = give(server, client.hello())
    _, [(_, flight)] = give(server, client.answer_cookie(request))
    records = client.answer_flight(flight)
    split = len(records) - len(records[records.index(b"\x19\xfe\xfd") :])
    give(server, records[:split])
    events, [(receiver, last)] = give(server, records[split:], AWAY)
    assert events == [
        Moved(AWAY, 1, HOME),
        Established(AWAY, 1, IDENTITY, "TLS_PSK_WITH_AES_128_CCM_8"),
    ]
    assert receiver == AWAY
    client.check_finished(last)
    assert (server.half_open_count, server.association_count) == (0, 1)


def test_off_and_draft_extensions_are_passed_over():
    for client, settings in (
        (handmade.Client(cid=b"\x01"), {"connection_id_bytes": None}),
        (handmade.Client(cid=b"\x01", extension=53), {}),
        (handmade.Client(cid=None), {}),
    ):
        server = make_server(**settings)
        _, [(_, request)] = give(server, client.hello())
        _, [(_, flight)] = give(server, client.answer_cookie(request))
        flight_5 = client.answer_flight(flight)
        assert 54 not in client.echoed
        client.cid = None
        _, [(_, last)] = give(server, flight_5)
        client.check_finished(last)
        assert echo(server, client, b"plain", HOME)[0] == [Data(HOME, 1, IDENTITY, b"plain")]
        # Without an ID another address is another peer.
        assert give(server, client.send(b"moved"), AWAY)[0] == []


def test_a_server_may_ask_for_no_id_and_still_send_the_clients():
    server, client = make_server(connection_id_bytes=0), handmade.Client(cid=b"\xaa\xbb")
    connect(server, client)
    assert client.server_cid == b""
    assert client.echoed[54] == b"\0"
    events, _, [(_, content, _)] = echo(server, client, b"up", HOME)
    assert (events, content) == ([Data(HOME, 1, IDENTITY, b"up")], b"pu")


def test_a_malformed_id_ends_the_handshake():
    server, client = make_server(), handmade.Client(cid=b"")
    hello = client.hello
    client.hello = lambda cookie=b"": hello(cookie).replace(
        b"\x00\x36\x00\x01\x00", b"\x00\x36\x00\x01\x09"
    )
    _, [(_, request)] = give(server, client.hello())
    [failed], [(_, alert)] = give(server, client.answer_cookie(request))
    assert isinstance(failed, Failed)
    assert alert[-2:] == bytes([2, 50]), "fatal decode_error"


def test_ids_are_never_given_twice_and_may_run_out():
    server = make_server(connection_id_bytes=1, max_associations=1000, max_half_open=1000)
    given = []
    for port in range(300):
        client = handmade.Client(cid=b"")
        connect(server, client, ("10.160.1.1", port))
        given.append(client.server_cid)
    named = [one for one in given if one]
    assert len(set(named)) == len(named) > 200
    assert server.counters["no connection ID left"] == given.count(b"")


def test_a_device_pushed_off_its_port_lives_on_by_its_id():
    server = DtlsServer(
        look_up_psk=lambda identity, peer: KEY,
        random_bytes=Random(3).randbytes,
        settings=DtlsSettings(connection_id_bytes=4),
    )
    first, second, again = (
        handmade.Client(cid=b"", identity=name) for name in (b"one", b"two", b"one")
    )
    connect(server, first, FAR)
    connect(server, second, FAR)
    events, receiver, _ = echo(server, first, b"still here", AWAY)
    assert events == [Moved(AWAY, 1, FAR), Data(AWAY, 1, b"one", b"still here")]
    assert receiver == AWAY
    assert echo(server, second, b"me too", FAR)[1] == FAR
    # The same device with new keys replaces itself.
    connect(server, again, AWAY)
    assert server.association_count == 2
    assert give(server, first.send(b"gone"), AWAY)[0] == []


def test_alerts_and_close_go_under_the_id():
    server, client = make_server(), handmade.Client(cid=b"\x05")
    connect(server, client)
    events, [(_, answer)] = give(server, client.record(21, b"\1\0", epoch=1), AWAY)
    assert events == [
        Moved(AWAY, 1, HOME),
        Closed(AWAY, 1, "the client sent close_notify"),
    ]
    assert client.open(answer) == [(21, b"\1\0", 0)]
    assert server.association_count == 0


def test_noise_under_an_id_never_raises():
    random = Random(9)
    server, client = make_server(), handmade.Client(cid=b"\x05")
    connect(server, client)
    for _ in range(3000):
        damaged = bytearray(client.send(b"message"))
        for _ in range(random.randrange(1, 5)):
            damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
        cut = bytes(damaged[: random.randrange(len(damaged) + 1)])
        assert give(server, cut, AWAY)[0] == []
    assert server.identity_of(HOME) == IDENTITY


def test_a_hello_whose_numbers_leave_no_room_for_ours_is_dropped():
    """A stateless server numbers as the client does (RFC 6347, 4.2.1): up to the last number."""
    for sequence, message_seq in ((2**48 - 2, 0), (2**48 - 1, 0), (0, 0xFFFE), (0, 0xFFFF)):
        server = make_server()
        client = handmade.Client(cid=None)
        client.sequence[0], client.message_seq = sequence, message_seq
        assert give(server, client.hello()) == ([], [])
        assert server.counters == {"ClientHello with too high a number": 1}
        assert server.half_open_count == 0
