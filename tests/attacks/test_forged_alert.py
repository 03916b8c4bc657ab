"""At every step of a handshake somebody sends what he can make up: it must cost nothing but bytes.

The server is the simulator's, the time virtual. The attacker reads all that is in the clear, so
that his ServerHellos echo the session ID and his numbers fit; he has no key. He is always first.
"""

from __future__ import annotations

import struct
from random import Random

import pytest

from nce.dtls.client import Client, Connected, Failed
from nce.dtls.errors import HandshakeTimeout
from nce.dtls.parameters import DEFAULT
from nce.dtls.saved import restore, save
from nce.dtls.suites import ALL, PSK_AES_128_CCM_8
from nce.failed_handshake import learn
from nce_sim.endpoints.dtls import DtlsServer, DtlsSettings

IDENTITY = b"8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"
PEER = ("10.160.0.1", 40_000)
PATIENCE_MS = 63_000  # of DEFAULT, for one flight

HELLO_REQUEST, CLIENT_HELLO, SERVER_HELLO, HELLO_VERIFY_REQUEST = 0, 1, 2, 3
NEW_SESSION_TICKET, SERVER_KEY_EXCHANGE, SERVER_HELLO_DONE, FINISHED = 4, 12, 14, 20
EMS = b"\x00\x17\x00\x00"
CCM_8, GCM = b"\xc0\xa8", b"\x00\xa8"


def record(kind, body, epoch=0, sequence=7, version=b"\xfe\xfd"):
    number = struct.pack(">HHI", epoch, 0, sequence)
    return bytes([kind]) + version + number + struct.pack(">H", len(body)) + body


def message(kind, seq, body, length=None, offset=0):
    size = struct.pack(">I", len(body) if length is None else length)[1:]
    place = struct.pack(">I", offset)[1:] + struct.pack(">I", len(body))[1:]
    return bytes([kind]) + size + struct.pack(">H", seq) + place + body


def server_hello(session_id=b"", suite=CCM_8, extensions=EMS, version=b"\xfe\xfd", compression=0):
    body = version + bytes(32) + bytes([len(session_id)]) + session_id + suite
    return body + bytes([compression]) + struct.pack(">H", len(extensions)) + extensions


def alerts(_session_id):
    for level in (0, 1, 2, 3, 255):
        for description in (0, 10, 20, 40, 47, 50, 51, 70, 80, 90, 100, 110, 115, 255):
            yield record(21, bytes([level, description]))
    yield record(21, b"\2")
    yield record(21, b"\2\50\2\50")
    yield record(21, bytes(16), epoch=1)  # a forgery in the name of the keys


def hellos(session_id):
    """ServerHellos that do not fit what was offered, or do not add up."""
    bodies = [
        server_hello(session_id, GCM),  # not offered; of a session that is resumed: another one
        server_hello(b"", b"\x00\x2f"),
        server_hello(b"", CCM_8, EMS + b"\x00\x18\x00\x00"),  # an extension nobody asked for
        server_hello(b"", CCM_8, b"\xff\x01\x00\x02\x01\x41"),  # a renegotiation
        server_hello(b"", CCM_8, EMS + EMS),
        server_hello(b"", CCM_8, b"\x00\x17\x00\x09"),
        server_hello(b"", CCM_8, EMS, b"\xfe\xff"),
        server_hello(b"", CCM_8, EMS, b"\x03\x03"),
        server_hello(b"", CCM_8, EMS, compression=1),
        server_hello(bytes(33)),
        server_hello()[:20],
        b"",
        bytes(600),
    ]
    if session_id:
        bodies.append(server_hello(session_id, CCM_8, b""))  # without its extended master secret
    for seq in range(4):
        for body in bodies:
            yield record(22, message(SERVER_HELLO, seq, body))
        yield record(22, message(SERVER_HELLO, seq, bytes(40), 900, 30))  # a piece of a long one


def misplaced(_session_id):
    """Whole and broken messages of every kind where they have no place."""
    for kind in range(25):
        if kind in (SERVER_HELLO, HELLO_VERIFY_REQUEST, SERVER_HELLO_DONE):
            continue
        for seq in range(6):
            # 00 00 would be a key exchange that fits, with an empty hint, and a ticket likewise.
            yield record(22, message(kind, seq, b"\x00\x09\x00"))
            yield record(22, message(kind, seq, b"\xff" * 12))
    yield record(22, message(SERVER_HELLO_DONE, 1, b"more"))
    yield record(22, b"\x0e\x00")
    yield record(22, message(SERVER_HELLO, 1, bytes(9), 3))
    yield record(20, b"\1")
    yield record(23, b"data in the clear")
    yield record(99, b"")


def cookies(_session_id):
    for seq in range(4):
        for cookie in (b"", b"another cookie", bytes(range(40))):
            yield record(
                22, message(HELLO_VERIFY_REQUEST, seq, b"\xfe\xff" + bytes([len(cookie)]) + cookie)
            )
    yield record(22, message(HELLO_VERIFY_REQUEST, 0, b"\xfe\xff\x20short"))


FORGERIES = {"alerts": alerts, "hellos": hellos, "misplaced": misplaced, "cookies": cookies}


class Play:
    """One server, and clients one after the other; `forge` is played before each of its datagrams
    number `steps`, counted anew for each client.
    """

    def __init__(self, seed=1, **settings):
        self.random = Random(seed)
        self.server = DtlsServer(
            look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
            random_bytes=self.random.randbytes,
            settings=DtlsSettings(**settings),
        )
        self.now_ms = 0
        self.sent = []

    def connect(self, kept=b"", ticket=False, forge=None, steps=()):
        client = Client(IDENTITY, KEY, self.random.randbytes, DEFAULT, ticket=ticket)
        assert not restore(client, kept)
        client.start(self.now_ms)
        began_ms, count, events = self.now_ms, 0, []
        session_id = client.session[0] if client.session else b""
        self.sent = []
        while not events:
            for datagram in client.datagrams_to_send():
                self.sent.append(datagram)
                self.server.receive_datagram(datagram, PEER, self.now_ms)
            waiting = self.server.datagrams_to_send()
            if not waiting:
                # Nothing is under way: the client's timer is next, and it has one.
                self.now_ms = client.next_timeout()
                events += client.handle_timeout(self.now_ms)
                self.server.handle_timeout(self.now_ms)
            for _peer, datagram in waiting:
                if count in steps:
                    for forgery in forge(session_id):
                        events += client.receive_datagram(forgery, self.now_ms)
                        assert events == [], forgery.hex()
                count += 1
                events += client.receive_datagram(datagram, self.now_ms)
        assert self.now_ms - began_ms < 2 * PATIENCE_MS
        self.elapsed_ms = self.now_ms - began_ms
        return client, events[0]

    def talks(self, client):
        client.send(b"data")
        for datagram in client.datagrams_to_send():
            events = self.server.receive_datagram(datagram, PEER, self.now_ms)
        return events


@pytest.mark.parametrize("steps", [(0,), (1,), (2,), (3,), (0, 1, 2, 3)], ids=str)
@pytest.mark.parametrize("what", FORGERIES)
def test_a_full_handshake_is_stopped_by_nothing_that_is_made_up(what, steps):
    play = Play(session_ids=True)
    client, event = play.connect(forge=FORGERIES[what], steps=steps)
    assert event == Connected(PSK_AES_128_CCM_8, False)
    assert client.suites == (PSK_AES_128_CCM_8,)
    assert client.session[3] == 0xC0A8
    assert play.talks(client)
    # Nothing made us refuse the server, or send more than the timer would.
    assert all(datagram[0] == 22 for datagram in play.sent)
    if what != "cookies":
        assert play.elapsed_ms == 0, "no forgery costs a retransmission"
    assert play.elapsed_ms <= 3_000


@pytest.mark.parametrize("ticket", [False, True])
@pytest.mark.parametrize("steps", [(0,), (1,), (2,), (0, 1, 2)], ids=str)
@pytest.mark.parametrize("what", FORGERIES)
def test_a_session_stays_resumable_and_is_resumed(what, steps, ticket):
    play = Play(session_ids=not ticket, session_tickets=ticket)
    client, _event = play.connect(ticket=ticket)
    client.stop()
    kept = save(client)
    assert kept
    client, event = play.connect(kept, ticket, FORGERIES[what], steps)
    assert event == Connected(PSK_AES_128_CCM_8, True)
    assert client.session is not None
    assert play.talks(client)
    assert all(datagram[0] == 22 for datagram in play.sent)
    assert play.elapsed_ms <= 3_000


@pytest.mark.parametrize("what", FORGERIES)
def test_when_the_server_is_away_the_wait_has_its_bound_and_the_session_stays(what):
    play = Play(session_ids=True)
    client, _event = play.connect()
    client.stop()
    kept = save(client)
    for once in (True, False):
        client = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT)
        restore(client, kept)
        session = client.session
        client.start(0)
        now_ms, events = 0, []
        forged = False
        while not events:
            client.datagrams_to_send()
            if not (once and forged):
                for forgery in FORGERIES[what](client.session[0]):
                    assert client.receive_datagram(forgery, now_ms) == []
                forged = True
            now_ms = client.next_timeout()
            events = client.handle_timeout(now_ms)
        [event] = events
        assert isinstance(event, Failed)
        # A cookie begins flight 3, which has a time of its own.
        assert now_ms <= (2 if what == "cookies" else 1) * PATIENCE_MS
        if once:
            again = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT)
            restore(again, save(client))
            assert again.session == session
            assert event.error.flight in (1, 3)


def test_a_hello_that_ended_nowhere_does_not_change_the_session_that_is_kept():
    # One that fits cannot be told from the true one before the server proves the key.
    play = Play(session_ids=True)
    client, _event = play.connect()
    client.stop()
    client_again = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT, suites=ALL)
    restore(client_again, save(client))
    session = client_again.session
    client_again.start(0)
    forgery = record(22, message(SERVER_HELLO, 0, server_hello(b"", b"\xc0\xa4")))
    events = client_again.receive_datagram(forgery, 0)
    while not events:
        events = client_again.handle_timeout(client_again.next_timeout())
    third = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT, suites=ALL)
    restore(third, save(client_again))
    assert third.session == session


# What fits, so that it cannot be told from the true answer when it comes first: a whole flight of
# the server's, its hello, or a message that it might have sent.
FITTING = (
    ((SERVER_HELLO, 1, server_hello()), (SERVER_HELLO_DONE, 2, b"")),
    ((SERVER_HELLO, 1, server_hello()),),
    ((SERVER_KEY_EXCHANGE, 2, b"\0\0"), (SERVER_HELLO_DONE, 3, b"")),
)


@pytest.mark.parametrize("forged", FITTING, ids=("a flight", "a hello", "a key exchange"))
def test_an_answer_that_fits_costs_a_handshake_but_says_nothing_of_the_key(forged):
    # RFC 6347 has no means against it: what is hashed is wrong. The handshake ends as by silence;
    # but that the key was refused, so that another had to be asked for, it does not say.
    play = Play()
    client = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT)
    client.start(0)
    now_ms, events = 0, []
    datagram = b"".join(record(22, message(*one)) for one in forged)
    while not events:
        for sent in client.datagrams_to_send():
            play.server.receive_datagram(sent, PEER, now_ms)
        answers = [answer for _peer, answer in play.server.datagrams_to_send()]
        for answer in answers:
            if client.flight.number == 3:
                client.receive_datagram(datagram, now_ms)
            events += client.receive_datagram(answer, now_ms)
        if not answers:
            now_ms = client.next_timeout()
            events += client.handle_timeout(now_ms)
            play.server.handle_timeout(now_ms)
    [event] = events
    assert isinstance(event, Failed)
    assert isinstance(event.error, HandshakeTimeout)
    assert event.error.flight != 5
    assert learn(event.error, None, {}) == (False, None)
    assert now_ms <= 2 * PATIENCE_MS
    # The next one, undisturbed, succeeds.
    client, event = play.connect()
    assert isinstance(event, Connected)


def test_a_session_that_stands_hears_nothing_in_the_clear():
    play = Play(session_ids=True)
    client, _event = play.connect()
    for what in FORGERIES.values():
        for forgery in what(client.session[0]):
            assert client.receive_datagram(forgery, play.now_ms) == []
    assert client.datagrams_to_send() == []
    assert client.is_connected
    assert play.talks(client)


def test_a_resumed_session_hears_no_alert_in_the_clear_while_its_last_flight_may_be_asked_for():
    play = Play(session_ids=True)
    client, _event = play.connect()
    client.stop()
    client, event = play.connect(save(client))
    assert event == Connected(PSK_AES_128_CCM_8, True)
    for datagram in client.datagrams_to_send():
        play.server.receive_datagram(datagram, PEER, play.now_ms)
    forged = [*alerts(b""), record(20, b"\1"), record(23, b"data in the clear")]
    forged.append(record(22, message(HELLO_REQUEST, 0, b"")))
    before = client.dropped_records
    for forgery in forged:
        assert client.receive_datagram(forgery, play.now_ms) == [], forgery.hex()
    assert client.dropped_records == before + len(forged)
    assert client.datagrams_to_send() == []
    assert client.is_connected
    assert client.session is not None
    assert play.talks(client)


def test_forged_messages_do_not_use_up_the_copies_of_a_proof():
    play = Play()
    client = Client(IDENTITY, KEY, play.random.randbytes, DEFAULT)
    client.start(0)
    for _ in range(2):
        for datagram in client.datagrams_to_send():
            play.server.receive_datagram(datagram, PEER, 0)
        for _peer, datagram in play.server.datagrams_to_send():
            client.receive_datagram(datagram, 0)
    proof = client.datagrams_to_send()
    assert client.flight.number == 5
    # The server never sees it. Somebody repeats the server's flight every 100 ms.
    now_ms, events, copies = 0, [], 1
    repeated = record(22, message(SERVER_HELLO_DONE, 2, b""))
    while not events:
        now_ms += 100
        events += client.handle_timeout(now_ms)
        events += client.receive_datagram(repeated, now_ms)
        copies += len(client.datagrams_to_send())
    assert now_ms == PATIENCE_MS
    assert copies <= 2 * 6  # at most one more for each of the timer's
    assert len(proof) == 1
