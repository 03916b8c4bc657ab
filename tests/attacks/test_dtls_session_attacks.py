"""Attacks on sessions that can be resumed: after a fatal alert there is none (RFC 5246, 7.2.2)."""

from __future__ import annotations

import hashlib

import pytest

from nce_sim.endpoints.dtls import Closed
from support import dtls_handmade_peer as handmade
from support import dtls_openssl_peer as openssl
from support.dtls_attacks import AWAY, HOME, VICTIM, give, handshake, plain, split
from support.dtls_handmade_peer import number

WAYS = [{"session_ids": True}, {"session_tickets": True}]


def opened_keys(connection, server_random, client_random):
    """What protects the records of an OpenSSL client, from its own master secret."""
    block = handmade.prf(
        connection.master_key(), b"key expansion", server_random + client_random, 40
    )
    return handmade.Direction(handmade.CCM_8, False, b"", block[:16], block[32:36])


def sealed(keys, kind, text, sequence):
    numbers = b"\0\1", number(sequence, 6)
    fragment = keys.seal(kind, *numbers, b"", text)
    return bytes([kind]) + b"\xfe\xfd" + b"".join(numbers) + number(len(fragment), 2) + fragment


@pytest.mark.parametrize("way", WAYS, ids=["id", "ticket"])
def test_a_session_is_not_resumed_after_a_fatal_alert(way):
    server = openssl.make_server(**way)
    first = openssl.OpenSslClient(takes_tickets="session_tickets" in way)
    openssl.shake_hands(server, first, peer=HOME)
    again = openssl.OpenSslClient(after=first)
    [established] = openssl.shake_hands(server, again, peer=AWAY)
    assert established.is_resumed
    connection = again.connection
    keys = opened_keys(connection, connection.server_random(), connection.client_random())
    # A warning leaves it as it is; so does a fatal alert in the clear, or under other keys.
    other = opened_keys(connection, connection.client_random(), connection.server_random())
    for harmless in (
        sealed(keys, 21, b"\1\x5a", 50),
        plain(21, b"\2\x28"),
        sealed(other, 21, b"\2\x28", 51),
    ):
        assert give(server, harmless, AWAY) == ([], [])
    [established] = openssl.shake_hands(server, openssl.OpenSslClient(after=first), peer=VICTIM)
    assert established.is_resumed
    [closed] = give(server, sealed(keys, 21, b"\2\x28", 52), AWAY)[0]
    assert isinstance(closed, Closed)
    [established] = openssl.shake_hands(server, openssl.OpenSslClient(after=first), peer=HOME)
    assert not established.is_resumed


@pytest.mark.parametrize("way", WAYS, ids=["id", "ticket"])
def test_a_session_is_not_resumed_after_a_wrong_finished_under_its_keys(way):
    server = openssl.make_server(**way)
    first = openssl.OpenSslClient(takes_tickets="session_tickets" in way)
    openssl.shake_hands(server, first, peer=HOME)
    liar = openssl.OpenSslClient(after=first)
    _, [request] = openssl.give(server, *liar.take(), peer=AWAY)
    _, [flight] = openssl.give(server, *liar.take(request), peer=AWAY)
    liar.take(flight)
    connection = liar.connection
    keys = opened_keys(connection, connection.server_random(), connection.client_random())
    lie = sealed(keys, 22, handshake(20, bytes(12), 2), 0)
    [failed], [(_, alert)] = give(server, lie, AWAY)
    assert "does not verify" in failed.reason
    assert alert[-2:] == bytes((2, 51))
    [established] = openssl.shake_hands(server, openssl.OpenSslClient(after=first), peer=HOME)
    assert not established.is_resumed


def test_a_resumed_session_is_not_believed_by_a_finished_in_the_clear():
    """Who reads the wire knows all of it but the keys; the proof counts under these alone."""
    server = openssl.make_server(session_ids=True)
    first = openssl.OpenSslClient()
    openssl.shake_hands(server, first, peer=HOME)
    again = openssl.OpenSslClient(after=first)
    _, [request] = openssl.give(server, *again.take(), peer=AWAY)
    [hello] = again.take(request)
    _, [flight] = openssl.give(server, hello, peer=AWAY)
    server_hello = split(flight)[0]
    again.take(flight)
    connection = again.connection
    keys = opened_keys(connection, connection.server_random(), connection.client_random())

    def proof(label, transcript, message_seq):
        digest = hashlib.sha256(transcript).digest()
        body = handmade.prf(connection.master_key(), label, digest, 12)
        return handshake(20, body, message_seq)

    transcript = hello[13:] + server_hello[13:]
    transcript += proof(b"server finished", transcript, 2)
    finished = proof(b"client finished", transcript, 2)
    assert give(server, plain(22, finished), AWAY)[0] == []
    assert (server.association_count, server.half_open_count) == (1, 1)
    [established] = give(server, sealed(keys, 22, finished, 0), AWAY)[0]
    assert established.is_resumed, "it was the right proof"


def test_there_is_a_bound_to_the_tickets_that_are_remembered_as_spoiled():
    """Past it no ticket is good any more: a full handshake is always right."""
    server = openssl.make_server(session_tickets=True, max_sessions=2)
    clients = [openssl.OpenSslClient(takes_tickets=True) for _ in range(4)]
    for port, client in enumerate(clients):
        openssl.shake_hands(server, client, peer=(HOME[0], port))
    for port, client in enumerate(clients[:3]):
        connection = client.connection
        keys = opened_keys(connection, connection.server_random(), connection.client_random())
        [closed] = give(server, sealed(keys, 21, b"\2\x28", 9), (HOME[0], port))[0]
        assert isinstance(closed, Closed)
    for client in clients:
        again = openssl.OpenSslClient(after=client)
        [established] = openssl.shake_hands(server, again, peer=AWAY)
        assert not established.is_resumed
