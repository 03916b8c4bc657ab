"""The server's messages in every order: only those of the RFCs' figures make a session.

The server is written for this alone (`ServerDouble`). It hashes whatever it sends, so that a
client that takes a message out of order agrees with it and connects. Orders: RFC 6347, 4.2.4,
figures 1 and 2; RFC 5246, 7.3, figure 2; RFC 5077, 3.1, figures 1 and 2; RFC 4279, 2.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import struct

import pytest

from nce.dtls.client import Client, Connected
from nce.dtls.errors import HandshakeBroken, HandshakeRefused, HandshakeTimeout
from support.dtls_server_double import IDENTITY, KEY, ServerDouble, handshake, p_sha256

SESSION_ID, OTHER_ID = bytes(range(32)), bytes(range(100, 132))
MASTER = b"m" * 48
NEW_TICKET = b"the new ticket"

HELLO, HINT, DONE, TICKET = "hello", "hint", "done", "ticket"
BEFORE_OUR_PROOF = [list(order) for count in range(3) for order in
                    itertools.product((HELLO, HINT, DONE, TICKET), repeat=count)]  # fmt: skip
BEFORE_ITS_PROOF = ([], [TICKET], [TICKET, TICKET], [HINT], [DONE])


class OrderedServer(ServerDouble):
    """Sends its hello and `before` in flight 4, `after` and its Finished in flight 6; all of them
    in flight 4 when it resumes.
    """

    def __init__(self, before, after, promises_ticket, resumes):
        super().__init__(random.Random(1))
        self.before, self.after = before, after
        self.promises_ticket, self.resumes = promises_ticket, resumes
        self.seq = 1

    def message(self, name):
        kind, body = {
            HELLO: (2, self.hello),
            HINT: (12, b"\0\4hint"),
            DONE: (14, b""),
            TICKET: (4, bytes(4) + struct.pack(">H", len(NEW_TICKET)) + NEW_TICKET),
        }[name]
        message = handshake(kind, self.seq, body)
        self.seq += 1
        self.transcript += message
        return self.record(0, 22, message)

    def on_handshake(self, message):
        if message[0] != 1 or message[5] != 1:
            return super().on_handshake(message)
        if self.flight:
            return []
        self.client_random, self.server_random = message[14:46], self.rng.randbytes(32)
        own_id = SESSION_ID if self.resumes else OTHER_ID
        extensions = b"\x00\x17\x00\x00" + (b"\x00\x23\x00\x00" if self.promises_ticket else b"")
        self.hello = b"\xfe\xfd" + self.server_random + b"\x20" + own_id + b"\xc0\xa8\0"
        self.hello += struct.pack(">H", len(extensions)) + extensions
        self.transcript = message
        self.flight = [self.message(name) for name in (HELLO, *self.before)]
        if self.resumes:
            self.master = MASTER
            seed = b"key expansion" + self.server_random + self.client_random
            self.keys = p_sha256(MASTER, seed, 40)
            return [b"".join(self.flight + self.proof())]
        return [b"".join(self.flight)]

    def proof(self):
        records = [self.message(name) for name in self.after]
        digest = hashlib.sha256(self.transcript).digest()
        verify = p_sha256(self.master, b"server finished" + digest, 12)
        finished = handshake(20, self.seq, verify)
        self.transcript += finished
        return [*records, self.record(0, 20, b"\1"), self.record(1, 22, finished)]

    def on_finished(self, message):
        digest = hashlib.sha256(self.transcript).digest()
        if message[12:] != p_sha256(self.master, b"client finished" + digest, 12):
            return []
        self.transcript += message
        return [] if self.resumes else [b"".join(self.proof())]


def play(server):
    client = Client(IDENTITY, KEY, os.urandom, ticket=True)
    client.session = (SESSION_ID, b"the old ticket", MASTER, 0xC0A8)
    client.start(0)
    events = []
    while not events:
        while datagrams := client.datagrams_to_send():
            for answer in [answer for one in datagrams for answer in server.receive(one)]:
                events += client.receive_datagram(answer, 0)
        if not events:
            events = client.handle_timeout(client.next_timeout())
    return client, events[0]


@pytest.mark.parametrize("resumes", [False, True], ids=["full", "resumed"])
@pytest.mark.parametrize("promises_ticket", [False, True], ids=["no ticket", "ticket"])
def test_messages_in_another_order_make_no_session(promises_ticket, resumes):
    in_flight_4 = ([],) if resumes else ([DONE], [HINT, DONE])
    promised = [TICKET] if promises_ticket else []
    connected = 0
    for before, after in itertools.product(BEFORE_OUR_PROOF, BEFORE_ITS_PROOF):
        server = OrderedServer(before, after, promises_ticket, resumes)
        client, event = play(server)
        if resumes:
            before, after = [], before + after  # noqa: PLW2901 - it is all one flight
        if before in in_flight_4 and after == promised:
            assert event == Connected(client.suite, resumes), (before, after)
            own_id = SESSION_ID if resumes else OTHER_ID
            ticket = NEW_TICKET if promises_ticket else b"the old ticket" if resumes else b""
            assert client.session == (own_id, ticket, server.master, 0xC0A8)
            assert client.dropped_records == 0
            connected += 1
        elif before in in_flight_4 and after == []:
            # Under the keys of the session: the server broke its promise (RFC 5077, 3.3).
            assert isinstance(event.error, HandshakeBroken)
            assert (event.error.alert, client.session) == (10, None)
            assert client.flight.retransmissions == 0
        else:
            assert isinstance(event.error, (HandshakeTimeout, HandshakeRefused)), (before, after)
            assert client.flight.retransmissions >= 5
    assert connected == (1 + promises_ticket if resumes else 2)


@pytest.mark.parametrize("kind", [12, 4], ids=["a second key exchange", "a ticket too early"])
def test_a_message_ahead_of_its_turn_is_dropped_and_the_true_one_is_taken(kind):
    server = OrderedServer([HINT, DONE], [TICKET], promises_ticket=True, resumes=False)
    client = Client(IDENTITY, KEY, os.urandom, ticket=True)
    client.start(0)
    [verify] = [answer for one in client.datagrams_to_send() for answer in server.receive(one)]
    client.receive_datagram(verify, 0)
    for datagram in client.datagrams_to_send():
        server.receive(datagram)
    hello, hint, done = server.flight
    client.receive_datagram(hello + hint, 0)
    forged = handshake(kind, 3, b"\0\1x" if kind == 12 else bytes(4) + b"\0\6forged")
    client.receive_datagram(server.record(0, 22, forged), 0)
    assert client.dropped_records == 1
    assert client.flight.is_contested is False
    client.receive_datagram(done, 0)
    [answer] = [answer for one in client.datagrams_to_send() for answer in server.receive(one)]
    assert client.receive_datagram(answer, 0) == [Connected(client.suite, False)]
    assert client.session[1] == NEW_TICKET


def test_a_resumed_hello_again_before_its_finished_makes_us_send_nothing():
    """The server's flight did not arrive as a whole: our hello's timer asks for it again."""
    server = OrderedServer([], [], promises_ticket=False, resumes=True)
    client = Client(IDENTITY, KEY, os.urandom, ticket=True)
    client.session = (SESSION_ID, b"the old ticket", MASTER, 0xC0A8)
    client.start(0)
    [verify] = [answer for one in client.datagrams_to_send() for answer in server.receive(one)]
    client.receive_datagram(verify, 0)
    [flight] = [answer for one in client.datagrams_to_send() for answer in server.receive(one)]
    for now_ms in (0, 400, 900):
        client.receive_datagram(server.flight[0], now_ms)
        assert client.datagrams_to_send() == []
    assert client.next_timeout() == 1000
    assert client.receive_datagram(flight, 900) == [Connected(client.suite, True)]
    assert len(client.datagrams_to_send()) == 1
    # Now our Finished is the last flight, and the server's hello again asks for it.
    assert client.receive_datagram(server.flight[0], 2000) == []
    assert len(client.datagrams_to_send()) == 1
