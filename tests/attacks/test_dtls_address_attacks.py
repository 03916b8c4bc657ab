"""Attacks with a Connection ID peer's new address (RFC 9146, 6)."""

from __future__ import annotations

from nce_sim.endpoints.coap.request import Request, Response
from nce_sim.endpoints.coap.server import CoapServer
from nce_sim.endpoints.coaps import CoapsServer
from nce_sim.endpoints.dtls import Data, Moved
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import (
    AWAY,
    HOME,
    OTHER,
    VICTIM,
    connect,
    give,
    half_open,
    make_server,
    split,
)
from support.dtls_handmade_peer import IDENTITY, number

# GET /large, confirmable; its answer has a payload of 1000 bytes.
GET_LARGE = b"\x41\x01\x12\x34\x01\xb5large"
LARGE = bytes(range(250)) * 4
GET_SMALL = b"\x41\x01\x12\x35\x02\xb5small"
ANSWERS = {"/large": Response(0x45, LARGE), "/small": Response(0x45, b"ok")}


class Service:
    """A CoAPS endpoint with a large resource and a small one, and a client that is connected."""

    def __init__(self):
        self.dtls = make_server(connection_id_bytes=8)
        self.server = CoapsServer(self.dtls, CoapServer(first_mid=0x4141))
        self.client = handmade.Client(cid=b"\xc1")
        connect(self.dtls, self.client)

    def give(self, datagram, peer):
        for event in self.server.receive_datagram(datagram, peer, 0):
            if isinstance(event, Request):
                self.server.respond(event.handle, ANSWERS[event.path], 0)
        return self.server.datagrams_to_send()

    def ask(self, message, peer):
        """Where the answers go, and what they are."""
        sent = self.give(self.client.send(message), peer)
        return [(where, self.client.open(datagram)[0][1]) for where, datagram in sent]


def test_a_record_sent_on_from_a_victims_address_draws_little_there():
    service = Service()
    captured = service.client.send(GET_LARGE)
    drawn = service.give(captured, VICTIM)
    assert {where for where, _ in drawn} == {VICTIM}
    assert sum(len(datagram) for _, datagram in drawn) <= 3 * len(captured)
    # Nor does asking again and again, with what was captured, draw more.
    for _ in range(100):
        assert service.give(captured, VICTIM) == []
    # The client has noticed nothing: at its own address it needs to prove nothing.
    assert service.ask(GET_LARGE, HOME)[-1] == (HOME, b"\x61\x45\x12\x34\x01\xff" + LARGE)


def test_however_many_records_are_sent_on_three_times_their_bytes_is_the_most():
    service = Service()
    sent = drawn = 0
    for mid in range(40):
        captured = service.client.send(GET_LARGE[:2] + number(mid + 1, 2) + GET_LARGE[4:])
        sent += len(captured)
        drawn += sum(len(datagram) for _, datagram in service.give(captured, VICTIM))
        assert drawn <= 3 * sent
    assert service.dtls.counters["dropped: address not proven"] > 0


def test_a_client_that_did_move_gets_all_once_it_has_answered_a_ping():
    service = Service()
    assert service.ask(GET_SMALL, AWAY) == [(AWAY, b"\x61\x45\x12\x35\x02\xffok")]
    [(where, ping)] = service.ask(GET_LARGE, AWAY)
    assert (where, ping[:2], len(ping)) == (AWAY, b"\x40\x00", 4), "a CoAP ping"
    pong = b"\x70\x00" + ping[2:]
    assert service.ask(pong, AWAY) == [(AWAY, b"\x61\x45\x12\x34\x01\xff" + LARGE)]
    assert service.ask(GET_LARGE, AWAY) == [(AWAY, b"\x61\x45\x12\x34\x01\xff" + LARGE)]


def test_an_answer_to_the_ping_from_elsewhere_proves_nothing():
    service = Service()
    [(_, ping)] = service.ask(GET_LARGE, VICTIM)
    pong, newer = service.client.send(b"\x70\x00" + ping[2:]), service.client.send(GET_SMALL)
    # The ping is answered, but from home: the attacker is on the way, the victim is not reached.
    drawn = service.give(pong, HOME)
    assert [where for where, _ in drawn] == [HOME]
    assert service.give(pong, VICTIM) == []
    drawn = service.give(newer, VICTIM)
    assert sum(len(datagram) for _, datagram in drawn) <= 3 * len(newer)


def test_an_answer_to_the_ping_that_comes_late_and_from_elsewhere_proves_nothing():
    service = Service()
    [(_, ping)] = service.ask(GET_LARGE, VICTIM)
    pong, newer = service.client.send(b"\x70\x00" + ping[2:]), service.client.send(GET_SMALL)
    service.give(newer, VICTIM)
    assert service.give(pong, HOME) == []
    assert service.dtls.unproven_address(1) == VICTIM


def test_a_replayed_or_late_record_never_moves_an_address():
    server, client = make_server(connection_id_bytes=8), handmade.Client(cid=b"\xc1")
    connect(server, client)
    old, new = client.send(b"old"), client.send(b"new")
    give(server, new)
    assert give(server, new, VICTIM) == ([], [])
    assert give(server, old, VICTIM)[0] == [Data(HOME, 1, IDENTITY, b"old")]
    assert server.identity_of(VICTIM) is None
    server.send(HOME, bytes(1000), 0)
    assert [where for where, _ in server.datagrams_to_send()] == [HOME]


def test_a_finished_sent_on_does_not_push_off_a_handshake_from_that_address():
    server = make_server(connection_id_bytes=8)
    mover, resident = handmade.Client(cid=b"\xc1"), handmade.Client(cid=None, identity=OTHER)
    *rest, finished = split(mover.answer_flight(half_open(server, mover)))
    flight = resident.answer_flight(half_open(server, resident, VICTIM))
    give(server, b"".join(rest))
    assert give(server, finished, VICTIM)[0][0] == Moved(VICTIM, 1, HOME)
    [established] = give(server, flight, VICTIM)[0]
    assert (established.peer, established.identity) == (VICTIM, OTHER)
    assert give(server, mover.send(b"home"), HOME)[0] == [
        Moved(HOME, 1, VICTIM),
        Data(HOME, 1, IDENTITY, b"home"),
    ]
    assert (server.half_open_count, server.association_count) == (0, 2)


def test_a_record_sent_on_does_not_push_off_who_lives_at_that_address():
    server = make_server(connection_id_bytes=8)
    mover, resident = handmade.Client(cid=b"\xc1"), handmade.Client(cid=None, identity=OTHER)
    connect(server, mover)
    connect(server, resident, VICTIM)
    assert give(server, mover.send(b"x"), VICTIM)[0][0] == Moved(VICTIM, 1, HOME)
    assert give(server, resident.send(b"y"), VICTIM)[0] == [Data(VICTIM, 2, OTHER, b"y")]
    assert server.identity_of(VICTIM) == OTHER
