"""Attacks on a handshake with the simulated endpoint's DTLS server, with bytes made by hand."""

from __future__ import annotations

import hashlib

import pytest

from nce_sim.endpoints.dtls import Data, Established, Failed
from support import dtls_handmade_peer as handmade
from support.dtls_attacks import HOME, OTHER, give, half_open, handshake, make_server, plain, split
from support.dtls_handmade_peer import IDENTITY, number

HELLO = handmade.Client(cid=None).hello()


@pytest.mark.parametrize(
    "value",
    [b"\x0c" + bytes(12), b"\x01\x00", b"", b"\x00\x00"],
    ids=["proof", "one", "no", "more"],
)
def test_a_first_hello_that_claims_to_renegotiate_is_refused(value):
    server, client = make_server(), handmade.Client(cid=None, renegotiation=value)
    _, [(_, request)] = give(server, client.hello())
    [failed], [(_, alert)] = give(server, client.answer_cookie(request))
    assert "RFC 5746" in failed.reason
    assert alert[-2:] == bytes((2, 40)), "fatal handshake_failure"
    assert server.half_open_count == 0


# -- a half-open handshake ----------------------------------------------------------------

FORGERIES = {
    "an unknown identity": plain(22, handshake(16, b"\0\7mallory", 2)),
    "another's identity": plain(22, handshake(16, number(len(OTHER), 2) + OTHER, 2)),
    "a key exchange that does not parse": plain(22, handshake(16, b"\xff\xff\0", 2)),
    "an empty key exchange": plain(22, handshake(16, b"", 2)),
    "a piece of a key exchange": plain(22, handshake(16, b"\0\x13", 2, length=21)),
    "a key exchange out of turn": plain(22, handshake(16, b"\0\7mallory", 3)),
    "a Finished in the clear": plain(22, handshake(20, bytes(12), 3)),
    "a change of ciphers": plain(20, b"\1"),
    "a fatal alert": plain(21, b"\2\x28"),
    "a close": plain(21, b"\1\0"),
    "a hello request": plain(22, handshake(0, b"", 2)),
    "a certificate": plain(22, handshake(11, bytes(40), 2)),
    "a record under no keys": b"\x16\xfe\xfd\0\1" + number(0, 6) + b"\0\x28" + bytes(40),
    "a hello without a cookie": HELLO,
}


def deliver(server, datagrams):
    """The events, and the datagrams that did not answer a hello."""
    events, answers = [], []
    for datagram in datagrams:
        happened, sent = give(server, datagram)
        events += happened
        answers += [one for _, one in sent if one[13:14] != b"\3"]
    return events, answers


@pytest.mark.parametrize("policy", ["alert", "silence"])
@pytest.mark.parametrize("name", FORGERIES)
def test_nothing_forged_ends_a_half_open_handshake(name, policy):
    """Before the client's flight, between its records, and at both places over and over."""
    forged = FORGERIES[name]
    for before, between in ((1, 0), (0, 1), (1, 1), (9, 9)):
        server = make_server(wrong_key=policy, unknown_identity=policy)
        client = handmade.Client(cid=None)
        exchange, change, finished = split(client.answer_flight(half_open(server, client)))
        events, answers = deliver(
            server, [forged] * before + [exchange, change] + [forged] * between + [finished]
        )
        [established] = events
        assert established == Established(HOME, 1, IDENTITY, "TLS_PSK_WITH_AES_128_CCM_8")
        [last] = answers
        client.check_finished(last)
        assert server.handle_timeout(60_000) == []
        assert server.datagrams_to_send() == [], "nor is it ended afterwards"
        assert give(server, client.send(b"hi"))[0] == [Data(HOME, 1, IDENTITY, b"hi")]


def test_many_different_key_exchanges_do_not_keep_the_true_one_out():
    server, client = make_server(), handmade.Client(cid=None)
    flight = client.answer_flight(half_open(server, client))
    for count in range(1000):
        give(server, plain(22, handshake(16, number(6, 2) + b"%06d" % count, 2)))
        if count % 2:
            give(server, plain(22, handshake(16, number(len(OTHER), 2) + OTHER, 2)))
    [established] = give(server, flight)[0]
    assert established.identity == IDENTITY


def test_the_true_finished_may_overtake_its_key_exchange_behind_a_forged_one():
    server, client = make_server(), handmade.Client(cid=None)
    exchange, change, finished = split(client.answer_flight(half_open(server, client)))
    forged = FORGERIES["another's identity"]
    [established], _ = deliver(server, [forged, finished, change, exchange])
    assert established.identity == IDENTITY


def test_an_unknown_identity_is_refused_once_no_other_came_in_time():
    server, client = make_server(), handmade.Client(cid=None, identity=b"mallory")
    assert give(server, client.answer_flight(half_open(server, client))) == ([], [])
    due_ms = server.next_timeout()
    assert due_ms == server.settings.refuse_after_ms
    assert server.handle_timeout(due_ms - 1) == []
    [failed] = server.handle_timeout(due_ms)
    [(_, alert)] = server.datagrams_to_send()
    assert isinstance(failed, Failed)
    assert alert[-2:] == bytes((2, 115)), "fatal unknown_psk_identity"
    assert (server.half_open_count, server.next_timeout()) == (0, None)


def test_a_forged_alert_is_but_the_last_word_of_a_client_that_is_not_heard_again():
    server, client = make_server(retransmissions=0), handmade.Client(cid=None)
    half_open(server, client)
    assert give(server, FORGERIES["a fatal alert"]) == ([], [])
    [failed] = server.handle_timeout(9_000)
    assert failed.reason.startswith("the client stopped answering; ")
    assert "unprotected handshake_failure" in failed.reason


# -- the client's Finished -----------------------------------------------------------------


class Liar(handmade.Client):
    """Has a key, and sends another Finished than its handshake has."""

    def __init__(self, how):
        super().__init__(cid=None)
        self.how = how

    def answer_flight(self, datagram):
        honest = super().answer_flight(datagram)
        exchange, change, _ = split(honest)
        digest = hashlib.sha256(self.transcript[:-24]).digest()
        proof = handmade.prf(self.master, b"client finished", digest, 12)
        server_proof = handmade.prf(self.master, b"server finished", digest, 12)
        body = {
            "zeros": bytes(12),
            "one bit": proof[:-1] + bytes([proof[-1] ^ 1]),
            "short": proof[:11],
            "empty": b"",
            "long": proof + b"\0",
            "reflected": server_proof,
        }.get(self.how, proof)
        epoch = 0 if self.how == "in the clear" else 1
        message_seq = 9 if self.how == "out of turn" else 3
        kind = 21 if self.how == "an alert" else 22
        record = self.record(kind, handshake(20, body, message_seq), epoch=epoch)
        return exchange + change + (b"" if self.how == "none" else record)


LIES = ["zeros", "one bit", "short", "empty", "long", "reflected"]
OMISSIONS = ["in the clear", "out of turn", "an alert", "none"]


@pytest.mark.parametrize("how", LIES + OMISSIONS)
def test_without_the_right_finished_there_is_no_association(how):
    server, client = make_server(session_ids=True), Liar(how)
    events, answers = give(server, client.answer_flight(half_open(server, client)))
    assert not any(isinstance(event, Established) for event in events)
    assert bool(events) is bool(answers) is (how in LIES)
    if how in LIES:
        assert "does not verify" in events[0].reason
        assert answers[0][1][-2:] == bytes((2, 51)), "fatal decrypt_error"
    events, _ = give(server, client.send(b"let me in"))
    assert events == []
    assert server.association_count == 0
    assert server.kept_session_count == 0


def test_the_liar_is_let_in_when_it_does_not_lie():
    server, client = make_server(), Liar("honest")
    events, _ = give(server, client.answer_flight(half_open(server, client)))
    assert events == [Established(HOME, 1, IDENTITY, "TLS_PSK_WITH_AES_128_CCM_8")]
