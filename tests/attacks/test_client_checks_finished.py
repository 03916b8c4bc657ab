"""A server that has a key, or part of it, and still must not be believed: no `Connected`, ever.

The server is written for this alone (`ServerDouble`): honest it is believed, and each of its
deviations below breaks one thing that the client has to look at. What is wrong under the keys of
the session ends the handshake at once; what is wrong in the clear is anybody's, and ends it when
the client's patience ends.
"""

from __future__ import annotations

import hashlib
import os
import random
import struct

import pytest

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.errors import HandshakeBroken, HandshakeRefused, HandshakeTimeout
from nce.dtls.parameters import DEFAULT
from nce.dtls.saved import save
from nce.dtls.suites import ALL, PSK_AES_128_CCM_8
from support.dtls_server_double import IDENTITY, KEY, ServerDouble, handshake, p_sha256

SESSION_ID = bytes(range(32))
SUITES = {"other suite": b"\x00\xa8", "no encryption": b"\x00\x2c"}
EMS = b"\x00\x17\x00\x00"


class HostileServer(ServerDouble):
    """Answers a hello with its cookie by a full handshake, or by a resumed one when it knows the
    session; `deviate` names what it does wrong.
    """

    def __init__(self, deviate="", known=None):
        super().__init__(random.Random(1))
        self.deviate = deviate
        self.known = known  # (session ID, master secret) that the client offers to resume

    def on_handshake(self, message):
        kind, seq = message[0], int.from_bytes(message[4:6], "big")
        if kind == 1 and seq == 1 and self.known and not self.flight:
            return self.resume(message)
        answers = super().on_handshake(message)
        if kind == 1 and seq == 1 and self.deviate in SUITES:
            # Both are in one record or more: the place in the hello is the one with the suite.
            number = SUITES[self.deviate]
            return [answer.replace(b"\xc0\xa8\0", number + b"\0") for answer in answers]
        return answers

    def resume(self, message):
        """ServerHello, ChangeCipherSpec and Finished in one go (RFC 5246, 7.3, figure 2)."""
        session_id, self.master = self.known
        self.client_random = message[14:46]
        self.server_random = self.rng.randbytes(32)
        suite = b"\xc0\xa8"
        if self.deviate == "resumed with another suite":  # and it means it
            suite, self.tag_bytes = b"\xc0\xa4", 16
        extensions = b"" if self.deviate == "resumed without extended master" else EMS
        if self.deviate == "resumed with another master":
            self.master = bytes(48)
        hello = b"\xfe\xfd" + self.server_random + bytes([len(session_id)]) + session_id + suite
        hello += b"\0" + struct.pack(">H", len(extensions)) + extensions
        self.flight = [handshake(2, 1, hello)]
        self.transcript = message + self.flight[0]
        seed = b"key expansion" + self.server_random + self.client_random
        self.keys = p_sha256(self.master, seed, 40)
        return [self.record(0, 22, self.flight[0]), *self.prove(self.transcript, 2)]

    def prove(self, transcript, seq):
        """ChangeCipherSpec and Finished, as the deviation has it."""
        digest = hashlib.sha256(transcript).digest()
        label = b"client finished" if self.deviate == "reflected label" else b"server finished"
        master = bytes(48) if self.deviate == "proof by another master" else self.master
        if self.deviate == "proof of another transcript":
            digest = hashlib.sha256(transcript[:-1]).digest()
        verify = p_sha256(master, label + digest, 12)
        if self.deviate == "one bit":
            verify = verify[:-1] + bytes([verify[-1] ^ 1])
        if self.deviate == "short proof":
            verify = verify[:11]
        if self.deviate == "no proof":
            verify = b""
        if self.deviate == "long proof":
            verify += b"\0"
        message = handshake(20, seq, verify)
        epoch = 0 if self.deviate == "finished in the clear" else 1
        kind = 23 if self.deviate == "finished as data" else 22
        if self.deviate == "data before finished":
            return [self.record(0, 20, b"\1"), self.record(1, 23, b"believe me")]
        if self.deviate == "another key":
            self.keys = bytes(40)
        if self.deviate == "hello done instead":
            message = handshake(14, seq, b"")
        return [self.record(0, 20, b"\1"), self.record(epoch, kind, message)]

    def on_finished(self, message):
        if self.known:
            return []
        digest = hashlib.sha256(self.transcript).digest()
        assert message[12:] == p_sha256(self.master, b"client finished" + digest, 12)
        seq = int.from_bytes(self.flight[-1][4:6], "big") + 1
        if self.deviate == "reflected":  # our own Finished comes back
            reflected = message[:4] + struct.pack(">H", seq) + message[6:]
            return [self.record(0, 20, b"\1"), self.record(1, 22, reflected)]
        return self.prove(self.transcript + message, seq)


# Wrong under the keys: ends at once, by an alert of ours.
PROVEN = (
    "reflected",
    "reflected label",
    "proof by another master",
    "proof of another transcript",
    "one bit",
    "short proof",
    "no proof",
    "long proof",
)
# Wrong in the clear or of unknown keys: dropped, and the handshake runs out of patience.
DROPPED = (
    "finished in the clear",
    "finished as data",
    "data before finished",
    "another key",
    "hello done instead",
    "other suite",
    "no encryption",
)
RESUMED_PROVEN = PROVEN[1:]
RESUMED_DROPPED = (
    "finished in the clear",
    "finished as data",
    "data before finished",
    "another key",
    "hello done instead",
    "resumed with another suite",
    "resumed without extended master",
    "resumed with another master",
)


def play(server, client):
    """All events until the handshake ended, and the time then."""
    now_ms, events = 0, []
    client.start(0)
    while True:
        while datagrams := client.datagrams_to_send():
            for answer in [answer for one in datagrams for answer in server.receive(one)]:
                events += client.receive_datagram(answer, now_ms)
        if events or client.next_timeout() is None:
            return events, now_ms
        now_ms = client.next_timeout()
        events += client.handle_timeout(now_ms)


def new_client(suites=(PSK_AES_128_CCM_8,)):
    return Client(IDENTITY, KEY, os.urandom, DEFAULT, suites=suites)


def offering(session=(SESSION_ID, b"", b"m" * 48, 0xC0A8), suites=(PSK_AES_128_CCM_8,)):
    client = new_client(suites)
    client.session = session
    return client


def check_not_believed(client, events):
    assert not client.is_connected
    assert client.max_data == 0
    assert not any(isinstance(event, (Connected, ApplicationData)) for event in events)
    [event] = events
    assert isinstance(event, Failed)
    assert client.next_timeout() is None
    return event.error


def test_the_same_server_is_believed_when_it_does_nothing_wrong():
    client = new_client()
    events, now_ms = play(HostileServer(), client)
    assert (events, now_ms) == ([Connected(PSK_AES_128_CCM_8, False)], 0)
    client = offering()
    events, now_ms = play(HostileServer(known=(SESSION_ID, b"m" * 48)), client)
    assert (events, now_ms) == ([Connected(PSK_AES_128_CCM_8, True)], 0)


@pytest.mark.parametrize("deviate", PROVEN)
def test_a_wrong_proof_in_a_full_handshake_ends_it(deviate):
    client = new_client()
    events, now_ms = play(HostileServer(deviate), client)
    error = check_not_believed(client, events)
    assert isinstance(error, HandshakeBroken)
    assert error.alert == 51
    assert "does not match" in str(error)
    assert now_ms == 0
    assert save(client) == b""


@pytest.mark.parametrize("deviate", DROPPED)
def test_what_proves_nothing_in_a_full_handshake_is_not_waited_for_longer_than_silence(deviate):
    client = new_client()
    events, now_ms = play(HostileServer(deviate), client)
    error = check_not_believed(client, events)
    assert isinstance(error, (HandshakeTimeout, HandshakeRefused))
    assert now_ms == 63_000
    assert client.dropped_records
    assert save(client) == b""


@pytest.mark.parametrize("deviate", RESUMED_PROVEN)
def test_a_wrong_proof_in_a_resumed_handshake_ends_it_and_the_session(deviate):
    client = offering()
    events, now_ms = play(HostileServer(deviate, (SESSION_ID, b"m" * 48)), client)
    error = check_not_believed(client, events)
    assert isinstance(error, HandshakeBroken)
    assert now_ms == 0
    assert save(client) == b""  # RFC 5246, 7.2.2: it ended by a fatal alert of ours


@pytest.mark.parametrize("suites", [(PSK_AES_128_CCM_8,), ALL])
@pytest.mark.parametrize("deviate", RESUMED_DROPPED)
def test_what_proves_nothing_in_a_resumed_handshake_does_not_resume_it(deviate, suites):
    client = offering(suites=suites)
    events, now_ms = play(HostileServer(deviate, (SESSION_ID, b"m" * 48)), client)
    check_not_believed(client, events)
    assert now_ms == 63_000
