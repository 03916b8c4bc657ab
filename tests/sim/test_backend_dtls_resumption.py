"""Session resumption by id and by ticket, with OpenSSL as the client (RFC 5246, 7.3; RFC 5077)."""

from __future__ import annotations

import pytest

from nce_sim.endpoints.dtls import Data, DtlsServer, DtlsSettings, Established, Failed
from nce_sim.endpoints.dtls.negotiation import Refusal
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.sessions import Session, SessionCache
from nce_sim.endpoints.dtls.tickets import Tickets
from nce_sim.wire.dtls.handshake import EXTENDED_MASTER_SECRET, parse_client_hello
from support.dtls_openssl_peer import (
    IDENTITY,
    KEY,
    PEER,
    SUITES,
    OpenSslClient,
    give,
    make_server,
    refusal,
    shake_hands,
)

AGAIN = ("10.160.0.1", 40001)
DAY_MS = 86_400_000
WAYS = ({"session_ids": True}, {"session_tickets": True})


def by_ticket(way):
    return "session_tickets" in way


def visit(server, way, *, after=None, peer=PEER, now_ms=0, cipher="PSK-AES128-CCM8"):
    """One handshake and a message; the client and the handshake's event."""
    client = OpenSslClient(cipher, takes_tickets=by_ticket(way), after=after)
    event = shake_hands(server, client, peer=peer, now_ms=now_ms)[-1]
    assert isinstance(event, Established), event
    [sent] = client.send(b"hello")
    [data] = give(server, sent, peer=peer, now_ms=now_ms)[0]
    assert isinstance(data, Data)
    assert data.identity == IDENTITY
    server.send(peer, b"welcome", now_ms)
    client.take(*[answer for _, answer in server.datagrams_to_send()])
    assert client.received == [b"welcome"]
    return client, event


def test_every_suite_resumes_both_ways():
    for way in WAYS:
        for cipher, name, _ in SUITES:
            server = make_server(**way)
            first, event = visit(server, way, cipher=cipher)
            assert not event.is_resumed
            second, event = visit(server, way, after=first, peer=AGAIN, cipher=cipher)
            assert event == Established(AGAIN, 2, IDENTITY, name, is_resumed=True)
            assert second.connection.master_key() == first.connection.master_key()


def test_a_resumed_handshake_asks_for_no_key():
    asked = []

    def look_up(identity, peer):
        asked.append(identity)
        return KEY

    for way in WAYS:
        asked.clear()
        server = DtlsServer(look_up_psk=look_up, random_bytes=bytes, settings=DtlsSettings(**way))
        first, _ = visit(server, way)
        visit(server, way, after=first, peer=AGAIN)
        assert asked == [IDENTITY]


def test_it_is_off_unless_switched_on():
    for way in WAYS:
        server = make_server()
        first, _ = visit(server, way)
        _, event = visit(server, way, after=first, peer=AGAIN)
        assert not event.is_resumed
        assert server.kept_session_count == 0


def test_a_session_ends_with_its_lifetime():
    for way in WAYS:
        server = make_server(**way)
        first, _ = visit(server, way)
        _, event = visit(server, way, after=first, peer=AGAIN, now_ms=DAY_MS - 1)
        assert event.is_resumed
        _, event = visit(server, way, after=first, peer=PEER, now_ms=DAY_MS)
        assert not event.is_resumed, way


def test_sessions_kept_are_bounded_and_the_oldest_makes_room():
    way = {"session_ids": True}
    server = make_server(max_sessions=2, **way)
    clients = [visit(server, way, peer=("10.160.0.1", port))[0] for port in range(3)]
    assert server.kept_session_count == 2
    for client, is_resumed in zip(reversed(clients), (True, True, False), strict=True):
        _, event = visit(server, way, after=client, peer=AGAIN)
        assert event.is_resumed is is_resumed


def test_a_server_restart_makes_full_handshakes_again():
    for way in WAYS:
        first, _ = visit(make_server(**way), way)
        other = DtlsServer(
            look_up_psk=lambda identity, peer: KEY,
            random_bytes=lambda n: bytes(range(7, n + 7)),
            settings=DtlsSettings(**way),
        )
        _, event = visit(other, way, after=first, peer=AGAIN)
        assert not event.is_resumed


def test_a_session_whose_suite_is_not_offered_now_is_not_resumed():
    resumption = Resumption(DtlsSettings(session_ids=True, suites=(0xC0A8, 0x00A8)), bytes)
    for suite, offered, is_found in (
        (0xC0A8, (0x00A8, 0xC0A8), True),
        (0xC0A8, (0x00A8,), False),
        (0x00AE, (0x00AE, 0xC0A8), False),
    ):
        resumption.keep(b"id", Session(IDENTITY, bytes(48), suite, True, 0))
        hello = hello_of(suites=offered, session_id=b"id")
        assert (resumption.find(hello, 0) is not None) is is_found


def test_a_resumed_session_keeps_its_suite_though_the_server_prefers_another_by_now():
    both = "PSK-AES128-CCM8:PSK-AES128-GCM-SHA256"
    for way in WAYS:
        server = make_server(suites=(0x00A8, 0xC0A8), **way)
        first, event = visit(server, way, cipher=both)
        assert event.suite == "TLS_PSK_WITH_AES_128_GCM_SHA256"
        object.__setattr__(server.settings, "suites", (0xC0A8, 0x00A8))
        _, event = visit(server, way, after=first, peer=AGAIN)
        assert (event.is_resumed, event.suite) == (True, "TLS_PSK_WITH_AES_128_GCM_SHA256")
        _, event = visit(server, way, cipher=both)
        assert (event.is_resumed, event.suite) == (False, "TLS_PSK_WITH_AES_128_CCM_8")


def test_the_extended_master_secret_is_kept_to():
    # RFC 7627, 5.3: the server's four cases.
    cases = ((True, True, "resumed"), (True, False, "aborted"), (False, True, None))
    for in_session, in_hello, outcome in (*cases, (False, False, None)):
        resumption = Resumption(DtlsSettings(session_ids=True), bytes)
        session = Session(IDENTITY, bytes(48), 0xC0A8, in_session, 0)
        resumption.keep(b"id", session)
        extensions = {EXTENDED_MASTER_SECRET: b""} if in_hello else {}
        hello = hello_of(suites=(0xC0A8,), session_id=b"id", extensions=extensions)
        if outcome == "aborted":
            with pytest.raises(Refusal, match="7627") as caught:
                resumption.find(hello, 0)
            assert caught.value.alert == 40
            continue
        found = resumption.find(hello, 0)
        assert (found is not None) is (outcome == "resumed"), (in_session, in_hello)


def test_the_server_repeats_its_flight_until_the_clients_finished_comes():
    for way in WAYS:
        server = make_server(retransmit_ms=1000, **way)
        client = OpenSslClient(after=visit(server, way)[0])
        _, [request] = give(server, *client.take(), peer=AGAIN)
        _, [lost] = give(server, *client.take(request), peer=AGAIN)
        assert server.next_timeout() == 1000
        server.handle_timeout(1000)
        [(_, again)] = server.datagrams_to_send()
        assert len(again) == len(lost)
        assert again != lost
        flight = client.take(again)
        assert client.is_connected
        events, answers = give(server, *flight, peer=AGAIN)
        assert events[0].is_resumed
        assert answers == [], "the client's flight was the last"
        assert server.next_timeout() is None


def test_data_that_comes_without_the_lost_finished_asks_for_it():
    way = {"session_ids": True}
    server = make_server(**way)
    client = OpenSslClient(after=visit(server, way)[0])
    _, [request] = give(server, *client.take(), peer=AGAIN)
    _, [flight] = give(server, *client.take(request), peer=AGAIN)
    lost = client.take(flight)
    assert client.is_connected
    events, [again] = give(server, *client.send(b"early"), peer=AGAIN)
    assert events == []
    assert len(again) == len(flight)
    events, _ = give(server, *lost, peer=AGAIN)
    assert events[0].is_resumed
    assert give(server, *client.send(b"now"), peer=AGAIN)[0][0].data == b"now"


def test_a_stolen_session_id_gives_nothing():
    server = make_server(session_ids=True, wrong_key="alert")
    first, _ = visit(server, {"session_ids": True})
    thief = OpenSslClient(after=first)
    _, [request] = give(server, *thief.take(), peer=AGAIN)
    _, [_flight] = give(server, *thief.take(request), peer=AGAIN)
    forged = bytes.fromhex("14fefd0000000000000009000101") + (
        bytes.fromhex("16fefd00010000000000000028") + bytes(40)
    )
    assert give(server, forged, peer=AGAIN) == ([], [])
    [failed], [alert] = refusal(server)
    assert isinstance(failed, Failed)
    assert alert[-2:] == bytes((2, 51)), "fatal decrypt_error"
    # And its owner still has it.
    _, event = visit(server, {"session_ids": True}, after=first, peer=("10.160.0.1", 4))
    assert event.is_resumed


def test_a_key_of_tickets_is_replaced_in_time_and_with_it_the_ticket():
    way = {"session_tickets": True}
    server = make_server(**way)
    visit(server, way, now_ms=0)
    late, _ = visit(server, way, now_ms=DAY_MS - 1000, peer=("10.160.0.1", 2))
    renewed, event = visit(server, way, after=late, now_ms=DAY_MS + 1000, peer=AGAIN)
    assert event.is_resumed
    # The new ticket is of the same session: it does not live longer than that.
    for at_ms, is_resumed in ((2 * DAY_MS - 1001, True), (2 * DAY_MS - 1000, False)):
        _, event = visit(server, way, after=renewed, now_ms=at_ms, peer=("10.160.0.1", 5))
        assert event.is_resumed is is_resumed


@pytest.mark.parametrize(("now_ms", "is_renewed"), [(DAY_MS - 3000, False), (DAY_MS + 1000, True)])
def test_a_ticket_is_replaced_when_its_key_is_old_and_not_before(now_ms, is_renewed):
    way = {"session_tickets": True}
    server = make_server(**way)
    visit(server, way, now_ms=0)
    first, _ = visit(server, way, now_ms=DAY_MS - 4000, peer=("10.160.0.1", 2))
    again = OpenSslClient(after=first)
    _, [request] = give(server, *again.take(), peer=AGAIN, now_ms=now_ms)
    _, [flight] = give(server, *again.take(request), peer=AGAIN, now_ms=now_ms)
    second = 13 + int.from_bytes(flight[11:13], "big")
    # Behind the ServerHello: a NewSessionTicket, or at once the ChangeCipherSpec.
    assert flight[second] == (22 if is_renewed else 20)


def test_tickets_that_are_not_ours_are_no_fault():
    session = Session(IDENTITY, bytes(range(48)), 0xC0A8, True, 5)
    counter = iter(range(1, 1000))
    tickets = Tickets(lambda n: bytes([next(counter)]) * n, 1000)
    ticket = tickets.seal(session, 0)
    assert tickets.open(ticket, 0) == (session, False)
    assert tickets.open(ticket, 1999) == (session, True)
    assert tickets.open(ticket, 2000) is None
    # Name of the key, nonce, suite, extended master secret, time, master secret, identity, tag.
    assert len(ticket) == 4 + 12 + 2 + 1 + 8 + 48 + len(IDENTITY) + 16
    assert bytes(range(48)) not in ticket
    assert IDENTITY not in ticket
    ticket = tickets.seal(session, 2000)
    for at in range(len(ticket)):
        damaged = bytearray(ticket)
        damaged[at] ^= 1
        assert tickets.open(bytes(damaged), 2000) is None
        assert tickets.open(ticket[:at], 2000) is None


def test_a_session_never_shows_its_secret():
    session = Session(IDENTITY, b"\xaa" * 48, 0xC0A8, True, 5)
    assert "aaaa" not in repr(session)
    assert "\\xaa" not in repr(session)


def test_a_cache_forgets_what_is_over():
    cache = SessionCache(10, 1000)
    cache.keep(b"1", Session(IDENTITY, bytes(48), 0xC0A8, True, 0))
    cache.keep(b"2", Session(IDENTITY, bytes(48), 0xC0A8, True, 500))
    assert cache.find(b"2", 1000) is not None
    assert len(cache) == 1
    cache.forget(b"2")
    assert cache.find(b"2", 1000) is None


def hello_of(*, suites, session_id, extensions=None):
    listed = {EXTENDED_MASTER_SECRET: b""} if extensions is None else extensions
    body = b"\xfe\xfd" + bytes(32) + bytes([len(session_id)]) + session_id + b"\0"
    numbers = b"".join(suite.to_bytes(2, "big") for suite in suites)
    body += len(numbers).to_bytes(2, "big") + numbers + b"\1\0"
    coded = b"".join(
        number.to_bytes(2, "big") + len(value).to_bytes(2, "big") + value
        for number, value in listed.items()
    )
    return parse_client_hello(body + len(coded).to_bytes(2, "big") + coded)
