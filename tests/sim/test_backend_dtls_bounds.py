"""The bounds and defaults of the DTLS server: literal numbers of the RFCs and its settings."""

from __future__ import annotations

import pytest

from nce_sim.endpoints.dtls import DtlsSettings, Moved
from nce_sim.endpoints.dtls.path import Path
from nce_sim.endpoints.dtls.resumption import Resumption
from nce_sim.endpoints.dtls.sessions import Session
from nce_sim.wire.dtls.handshake import new_session_ticket_body
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import AWAY, HOME, OTHER, connect, give, half_open, make_server
from support.dtls_handmade_peer import IDENTITY

DAY_MS = 86_400_000

# -- settings ----------------------------------------------------------------------------------

DEFAULTS = {
    "suites": (0xC0A8, 0xC0A4, 0x00A8, 0x00AE, 0x008C, 0x008D),
    "encrypt_then_mac": True,
    "require_extended_master_secret": False,
    "unknown_identity": "alert",
    "wrong_key": "silence",
    "refuse_after_ms": 500,
    "retransmit_ms": 9_000,
    "retransmit_max_ms": 60_000,
    "retransmissions": 4,
    "idle_timeout_ms": None,
    "session_ids": False,
    "session_tickets": False,
    "connection_id_bytes": None,
    "connection_id_padding_bytes": 1,
    "session_lifetime_ms": DAY_MS,
    "max_sessions": 4096,
    "max_associations": 4096,
    "max_half_open": 1024,
    "cookie_slot_ms": 60_000,
    "cookie_bytes": 16,
}


def test_the_defaults_are_those_that_are_documented():
    assert vars(DtlsSettings()) == DEFAULTS


POSSIBLE = (
    {"connection_id_bytes": 0},
    {"connection_id_bytes": 32},
    {"connection_id_padding_bytes": 256},
    {"wrong_key": "alert"},
    {"unknown_identity": "silence"},
    {"suites": (0xC0A8,)},
)
IMPOSSIBLE = (
    ({"connection_id_bytes": -1}, "-1"),
    ({"connection_id_bytes": 33}, "33"),
    ({"connection_id_padding_bytes": 0}, "0, not 1 to 256"),
    ({"connection_id_padding_bytes": 257}, "257"),
    ({"wrong_key": "loud"}, "loud"),
    ({"unknown_identity": ""}, "unknown_identity"),
    ({"suites": ()}, "at least one"),
    ({"suites": (0xC0A8, 0x1301)}, "0x1301"),
)


def test_settings_are_checked_and_the_error_names_the_value():
    for settings in POSSIBLE:
        DtlsSettings(**settings)
    for settings, words in IMPOSSIBLE:
        with pytest.raises(ValueError, match=words):
            DtlsSettings(**settings)


def test_flight_4_is_repeated_by_the_timer_of_rfc_7925():
    server, client = make_server(), handmade.Client(cid=None)
    half_open(server, client)
    for due_ms in (9_000, 27_000, 63_000, 123_000):
        assert server.next_timeout() == due_ms
        assert server.handle_timeout(due_ms - 1) == []
        assert server.datagrams_to_send() == []
        assert server.handle_timeout(due_ms) == []
        assert len(server.datagrams_to_send()) == 1
    assert server.handle_timeout(182_999) == []
    [failed] = server.handle_timeout(183_000)
    assert failed.reason == "the client stopped answering"
    assert (server.datagrams_to_send(), server.half_open_count) == ([], 0)


def test_an_association_ends_when_it_was_idle_for_as_long_as_is_set():
    server, client = make_server(idle_timeout_ms=1_000), handmade.Client(cid=None)
    connect(server, client)
    give(server, client.send(b"x"), now_ms=500)
    server.send(HOME, b"y", 700)
    assert server.next_timeout() == 1_700
    assert server.handle_timeout(1_699) == []
    assert server.association_count == 1
    [closed] = server.handle_timeout(1_700)
    assert "1000 ms" in closed.reason
    assert (server.association_count, server.next_timeout()) == (0, None)


# -- an address that is not proven ---------------------------------------------------------------


def test_three_times_what_came_may_be_sent_to_a_new_address():
    """RFC 9000, 8.1."""
    for size, goes in ((117, True), (118, False)):
        path = Path(HOME)
        path.received(1000)
        path.move(AWAY)
        path.received(39)
        assert path.admit([bytes(size)]) == ([bytes(size)] if goes else [])
        assert bool(path.held) is not goes
    path = Path(HOME)
    path.move(("10.160.0.1", 60000))
    path.received(1000)
    path.move(AWAY)  # with nothing of what the address before it was allowed
    path.received(10)
    path.received(10)
    assert path.admit([bytes(40), bytes(20), b"x"]) == [bytes(40), bytes(20)]
    assert path.prove() == [b"x"]
    path.move(HOME)
    assert path.admit([b"y"]) == [], "the new one is the proven one now"
    path.move(AWAY)
    assert path.admit([b"z"]) == [b"y", b"z"]


def test_what_came_from_the_old_address_allows_nothing_at_the_new_one():
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=b"\xc1")
    connect(server, client)
    late, newest = client.send(bytes(1000)), client.send(b"x")
    give(server, newest, AWAY)
    assert len(give(server, late, HOME)[0]) == 1
    server.send(AWAY, bytes(500), 0)
    assert server.datagrams_to_send() == []


def test_a_probe_goes_at_once_or_not_at_all():
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=b"\xc1")
    connect(server, client)
    arrived = client.send(b"x")
    moved, _ = give(server, arrived, AWAY)[0]
    assert moved == Moved(AWAY, 1, HOME)
    mover = server.associations[1]
    assert not mover.path.held, "nothing waits yet"
    server.send(AWAY, bytes(1000), 0)
    assert (len(mover.path.held), mover.path.peer) == (1, AWAY)
    mover.send(b"ping", 0, may_wait=False)
    assert len(server.datagrams_to_send()) == 1
    mover.send(bytes(1000), 0, may_wait=False)
    assert server.datagrams_to_send() == []
    assert server.counters["dropped: address not proven"] == 1
    server.prove_address(1)
    assert len(server.datagrams_to_send()) == 1
    assert not mover.path.held


def test_what_waited_goes_out_when_the_peer_is_back_at_its_proven_address():
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=b"\xc1")
    connect(server, client)
    give(server, client.send(b"x"), AWAY)
    server.send(AWAY, bytes(1000), 0)
    assert server.datagrams_to_send() == []
    events, [(where, datagram)] = give(server, client.send(b"back"), HOME)
    assert events[0] == Moved(HOME, 1, AWAY)
    assert (where, client.open(datagram)) == (HOME, [(23, bytes(1000), 0)])


def test_an_address_is_its_peers_own_once_it_is_proven():
    server = make_server(connection_id_bytes=8)
    mover = handmade.Client(cid=b"\xc1")
    resident = handmade.Client(cid=b"\xc2", identity=OTHER)
    connect(server, mover)
    connect(server, resident, AWAY)
    give(server, mover.send(b"x"), AWAY)
    assert server.identity_of(AWAY) == OTHER
    server.prove_address(1)
    assert server.identity_of(AWAY) == IDENTITY
    assert server.association_count == 2, "the other lives on by its ID"
    server.send(AWAY, b"for the mover", 0)
    [(where, datagram)] = server.datagrams_to_send()
    assert (where, mover.open(datagram)) == (AWAY, [(23, b"for the mover", 0)])


# -- sessions ----------------------------------------------------------------------------------


def test_a_ticket_says_how_long_it_is_good_in_seconds():
    assert new_session_ticket_body(86_400, b"ab") == b"\0\1\x51\x80\0\2ab"
    resumption = Resumption(DtlsSettings(session_tickets=True), bytes)
    session = Session(IDENTITY, bytes(48), 0xC0A8, True, 5_000)
    for now_ms, hint_s in (
        (5_000, 86_400),
        (5_001, 86_399),
        (DAY_MS + 3_000, 2),
        (DAY_MS + 4_999, 1),
        (DAY_MS + 6_000, 1),
    ):
        assert resumption.ticket(session, now_ms)[0] == hint_s, now_ms


def test_session_ids_have_16_bytes_and_are_given_where_they_are_kept():
    assert Resumption(DtlsSettings(session_ids=True), bytes).new_id() == bytes(16)
    assert Resumption(DtlsSettings(), bytes).new_id() == b""


@pytest.mark.parametrize("is_on", [True, False])
def test_a_ticket_is_given_where_it_is_switched_on(is_on):
    server = make_server(session_tickets=is_on, session_ids=True)
    client = handmade.Client(extension=35)  # a ticket that is none of ours
    flight = half_open(server, client)
    sent = client.answer_flight(flight)
    assert client.echoed.get(35) == (b"" if is_on else None)
    # RFC 5077, 3.4: a session that goes by its ticket has no ID of the server's.
    assert flight[13 + 12 + 34] == (0 if is_on else 16)
    [established] = give(server, sent)[0]
    assert not established.is_resumed
    assert server.kept_session_count == int(not is_on)
