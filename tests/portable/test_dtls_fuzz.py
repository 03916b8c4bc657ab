"""Damaged bytes at every parser: whatever comes in, only the errors that are told come out.

Seeded and bounded, so that it runs everywhere; a failure prints the seed and the bytes.
"""

import json

from nce.credentials import BootstrapMalformed, parse_credentials
from nce.dtls import handshake
from nce.dtls.client import Client
from nce.dtls.reassembly import Inbox
from nce.dtls.record import headers_of
from nce.dtls.saved import restore, save
from nce.dtls.suites import ALL, PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT

with open(__file__.rsplit("/", 2)[0] + "/vectors/dtls_sessions.json") as file:
    RECORDED = json.load(file)

IDENTITY = RECORDED["identity"]
KEY = bytes.fromhex(RECORDED["key"])
ROUNDS = 40


class Random:
    """Xorshift, the same on every interpreter."""

    def __init__(self, seed):
        self.state = seed * 2654435761 % 4294967291 + 1

    def below(self, limit):
        state = self.state
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        self.state = state
        return state % limit


def damaged(data, random):
    """A few bytes changed, cut, doubled or put in."""
    data = bytearray(data)
    for _ in range(1 + random.below(4)):
        at = random.below(len(data)) if data else 0
        how = random.below(5)
        if how == 0 and data:
            data[at] ^= 1 << random.below(8)
        elif how == 1 and data:
            data[at] = (0, 1, 0x7F, 0x80, 0xFF)[random.below(5)]
        elif how == 2:
            data = data[:at]
        elif how == 3:
            data = data[:at] + data[at : at + 1 + random.below(20)] + data[at:]
        else:
            data = (
                data[:at] + bytes([random.below(256) for _ in range(random.below(6))]) + data[at:]
            )
    return bytes(data)


def fixed_bytes(count):
    return bytes(range(count))


def answers_of(session, name):
    return [bytes.fromhex(step[2:]) for step in session[name] if step[0] == "<"]


def client_of(session):
    # The last one takes both ways of CBC.
    suites = ALL[:-1] + (PSK_AES_128_CBC_SHA256_MAC_THEN_ENCRYPT,)
    suites = [suite for suite in suites if suite.number == session["suite"]]
    return Client(IDENTITY, KEY, fixed_bytes, suites=suites, ticket=session["ticket"])


def fed(session, name, count, kept=b""):
    """A client that got the first `count` datagrams of a recorded session."""
    client = client_of(session)
    restore(client, kept)
    client.start(0)
    for datagram in answers_of(session, name)[:count]:
        client.receive_datagram(datagram, 0)
    client.datagrams_to_send()
    return client


def test_the_client_takes_any_datagram_at_any_stage():
    for number, session in enumerate(RECORDED["sessions"]):
        kept = save(fed(session, "full", 9))
        for name, before in (("full", b""), ("resumed", kept)):
            answers = answers_of(session, name)
            for stage in range(len(answers)):
                random = Random(1000 * number + stage)
                for _ in range(ROUNDS):
                    client = fed(session, name, stage, before)
                    for answer in (answers[stage], answers[random.below(len(answers))]):
                        datagram = damaged(answer, random)
                        try:
                            client.receive_datagram(datagram, 10)
                            client.handle_timeout(100000)
                            client.datagrams_to_send()
                        except Exception:
                            print(session["name"], name, stage, datagram.hex())
                            raise


def test_a_damaged_datagram_of_a_session_delivers_nothing():
    for number, session in enumerate(RECORDED["sessions"]):
        pong = answers_of(session, "full")[-1]
        client = fed(session, "full", len(answers_of(session, "full")) - 1)
        assert client.is_connected
        random = Random(number)
        for _ in range(200):
            datagram = damaged(pong, random)
            if datagram[: len(pong)] != pong:
                assert client.receive_datagram(datagram, 0) == [], datagram.hex()
        assert len(client.receive_datagram(pong, 0)) == 1


def test_parsers_raise_malformed_and_nothing_else():
    for number, session in enumerate(RECORDED["sessions"]):
        for answer in answers_of(session, "full"):
            random = Random(number)
            for _ in range(ROUNDS):
                data = damaged(answer, random)
                for _kind, _epoch, _sequence, start, end in headers_of(data):
                    assert 13 <= start <= end <= len(data)
                for body in (data, data[13:], data[25:]):
                    for parse in (
                        handshake.fragments_of,
                        handshake.parse_server_hello,
                        lambda data: handshake.sole_vector(data, 1),
                    ):
                        try:
                            parse(body)
                        except handshake.Malformed:
                            pass


def test_the_inbox_stays_bounded():
    random = Random(5)
    inbox = Inbox()
    for _ in range(3000):
        length = random.below(2000)
        offset = random.below(length + 1)
        body = bytes(random.below(min(40, length - offset + 1)))
        inbox.add(random.below(30), length, random.below(8), offset, body)
        assert len(inbox._messages) <= 4
        message = inbox.peek()
        if message is not None:
            assert len(message[1]) <= 1024
            inbox.advance()
            if inbox.next_seq > 4:
                inbox.restart(0)


def test_saved_bytes_and_credentials_of_any_kind():
    session = RECORDED["sessions"][0]
    kept = save(fed(session, "full", 9))
    line = b"8988228066604086910,aB3dE6gH9jK2mN5p,coaps://coap.os.1nce.com:5684"
    random = Random(6)
    for _ in range(500):
        data = damaged(kept, random)
        if data != kept:
            client = client_of(session)
            assert not restore(client, data)
            assert client.session is None
        try:
            parse_credentials(damaged(line, random))
        except BootstrapMalformed as error:
            assert "aB3d" not in str(error)
