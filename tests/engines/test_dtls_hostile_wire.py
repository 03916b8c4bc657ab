"""The DTLS client against a small server of its own making, over a wire that loses, doubles,
reorders, truncates and corrupts.

The server shares no line with the client: `hmac` and `AESCCM` stand where the client has its own.
"""

import hashlib
import hmac
import random
import struct
from dataclasses import dataclass, field

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.errors import HandshakeTimeout, SessionClosed
from nce.dtls.parameters import DEFAULT
from nce.errors import NceError

IDENTITY = b"8988228066604086910"
KEY = b"aB3dE6gH9jK2mN5p"


def p_sha256(secret: bytes, seed: bytes, length: int) -> bytes:
    output, chain = b"", seed
    while len(output) < length:
        chain = hmac.digest(secret, chain, "sha256")
        output += hmac.digest(secret, chain + seed, "sha256")
    return output[:length]


def handshake(kind: int, seq: int, body: bytes) -> bytes:
    size = struct.pack(">I", len(body))[1:]
    return bytes([kind]) + size + struct.pack(">H", seq) + b"\0\0\0" + size + body


class ServerDouble:
    """One association; answers a repeated flight with its own again, and echoes data reversed."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.sequences = [0, 0]
        self.reset()

    def reset(self) -> None:
        self.client_random = b""
        self.flight: list[bytes] = []
        self.transcript = b""
        self.finished: list[tuple[int, int, bytes]] = []
        self.keys: bytes = b""
        self.received: list[bytes] = []
        self.seen: set[bytes] = set()

    def record(self, epoch: int, kind: int, body: bytes) -> bytes:
        sequence = struct.pack(">HQ", epoch, self.sequences[epoch])[:2]
        sequence += struct.pack(">Q", self.sequences[epoch])[2:]
        self.sequences[epoch] += 1
        if epoch:
            additional = sequence + bytes([kind]) + b"\xfe\xfd" + struct.pack(">H", len(body))
            nonce = self.keys[36:40] + sequence
            body = sequence + AESCCM(self.keys[16:32], 8).encrypt(nonce, body, additional)
        return bytes([kind]) + b"\xfe\xfd" + sequence + struct.pack(">H", len(body)) + body

    def receive(self, datagram: bytes) -> list[bytes]:
        answers: list[bytes] = []
        while len(datagram) >= 13:
            size = int.from_bytes(datagram[11:13], "big")
            header, body, datagram = datagram[:13], datagram[13 : 13 + size], datagram[13 + size :]
            if len(body) < size:
                break
            kind, sequence = header[0], header[3:11]
            if sequence[:2] == b"\0\1":
                if not self.keys or len(body) < 16:
                    continue
                additional = sequence + bytes([kind]) + b"\xfe\xfd"
                additional += struct.pack(">H", len(body) - 16)
                try:
                    body = AESCCM(self.keys[:16], 8).decrypt(
                        self.keys[32:36] + body[:8], body[8:], additional
                    )
                except InvalidTag:
                    continue
                if kind == 23:
                    assert sequence not in self.seen or body in self.received, "reused a nonce"
                    if sequence not in self.seen:
                        self.received.append(body)
                        answers.append(self.record(1, 23, body[::-1]))
                    self.seen.add(sequence)
                elif kind == 22:
                    answers += self.on_finished(body)
            elif kind == 22 and len(body) >= 12:
                answers += self.on_handshake(body)
        return answers

    def on_handshake(self, message: bytes) -> list[bytes]:
        kind, seq, body = message[0], int.from_bytes(message[4:6], "big"), message[12:]
        if kind == 1 and len(body) > 40:
            client_random, cookie_end = body[2:34], 36 + body[35]
            cookie = hmac.digest(b"cookie", client_random, "sha256")[:16]
            if body[36:cookie_end] != cookie:
                verify = handshake(3, 0, b"\xfe\xff\x10" + cookie)
                return [self.record(0, 22, verify)]
            if client_random == self.client_random and self.flight:
                return self.send_flight()
            if b"\xc0\xa8" not in body:
                return []
            self.reset()
            self.client_random = client_random
            self.server_random = self.rng.randbytes(32)
            hello = b"\xfe\xfd" + self.server_random + b"\0\xc0\xa8\0"
            extensions = b"\xff\x01\x00\x01\x00" + b"\x00\x17\x00\x00"
            hello = handshake(2, seq, hello + struct.pack(">H", len(extensions)) + extensions)
            self.flight = [hello, handshake(14, seq + 1, b"")]
            self.transcript = message + b"".join(self.flight)
            return self.send_flight()
        if kind == 16 and self.flight and not self.keys and len(body) >= 2:
            if body[2:] != IDENTITY:
                return []
            self.transcript += message
            pre = struct.pack(">H", len(KEY)) + bytes(len(KEY)) + struct.pack(">H", len(KEY)) + KEY
            session_hash = hashlib.sha256(self.transcript).digest()
            self.master = p_sha256(pre, b"extended master secret" + session_hash, 48)
            seed = b"key expansion" + self.server_random + self.client_random
            self.keys = p_sha256(self.master, seed, 40)
        return []

    def on_finished(self, message: bytes) -> list[bytes]:
        if not self.finished:
            digest = hashlib.sha256(self.transcript).digest()
            if message[12:] != p_sha256(self.master, b"client finished" + digest, 12):
                return []
            digest = hashlib.sha256(self.transcript + message).digest()
            verify = p_sha256(self.master, b"server finished" + digest, 12)
            seq = int.from_bytes(self.flight[-1][4:6], "big") + 1
            self.finished = [(0, 20, b"\1"), (1, 22, handshake(20, seq, verify))]
        records = [self.record(*row) for row in self.finished]
        return [b"".join(records)] if self.rng.random() < 0.5 else records

    def send_flight(self) -> list[bytes]:
        if self.rng.random() < 0.5:
            return [b"".join(self.record(0, 22, message) for message in self.flight)]
        # Path MTU of a miser: fragments of 20 bytes, a datagram each.
        datagrams = []
        for message in self.flight:
            body = message[12:]
            for offset in range(0, max(1, len(body)), 20):
                piece = body[offset : offset + 20]
                place = struct.pack(">I", offset)[1:] + struct.pack(">I", len(piece))[1:]
                datagrams.append(self.record(0, 22, message[:6] + place + piece))
        return datagrams


@dataclass
class Wire:
    """Datagrams under way, in virtual time."""

    rng: random.Random
    loss: float = 0.0
    doubling: float = 0.0
    damage: float = 0.0
    now_ms: int = 0
    flying: list[tuple[int, int, str, bytes]] = field(default_factory=list)
    count: int = 0

    def put(self, to: str, datagram: bytes) -> None:
        copies = 2 if self.rng.random() < self.doubling else 1
        for _ in range(copies):
            if self.rng.random() < self.loss:
                continue
            if self.rng.random() < self.damage:
                datagram = self.damaged(datagram)
            self.count += 1
            arrival_ms = self.now_ms + self.rng.randint(50, 600)
            self.flying.append((arrival_ms, self.count, to, datagram))

    def damaged(self, datagram: bytes) -> bytes:
        if self.rng.random() < 0.3:
            return datagram[: self.rng.randrange(len(datagram))]
        changed = bytearray(datagram)
        changed[self.rng.randrange(len(changed))] ^= 1 << self.rng.randrange(8)
        return bytes(changed)


def run(client: Client, server: ServerDouble, wire: Wire, until_ms: int) -> list:
    """Let the datagrams fly until the client has an event, or the time comes."""
    events: list = []
    while not events:
        for datagram in client.datagrams_to_send():
            wire.put("server", datagram)
        wire.flying.sort()
        due = [client.next_timeout(), wire.flying[0][0] if wire.flying else None, until_ms]
        wire.now_ms = max(wire.now_ms, min(time for time in due if time is not None))
        if wire.now_ms >= until_ms:
            return events
        events += client.handle_timeout(wire.now_ms)
        while wire.flying and wire.flying[0][0] <= wire.now_ms:
            _time, _count, to, datagram = wire.flying.pop(0)
            if to == "client":
                events += client.receive_datagram(datagram, wire.now_ms)
            else:
                for answer in server.receive(datagram):
                    wire.put("client", answer)
    return events


def connect(server: ServerDouble, wire: Wire, attempts: int) -> tuple[Client, list[NceError]]:
    errors: list[NceError] = []
    for _ in range(attempts):
        client = Client(IDENTITY, KEY, wire.rng.randbytes, DEFAULT)
        client.start(wire.now_ms)
        events: list = []
        while not events:
            events = run(client, server, wire, wire.now_ms + 100_000)
            assert events or client.next_timeout() is not None, "the client waits for nothing"
        if isinstance(events[0], Connected):
            return client, errors
        assert isinstance(events[0], Failed), events
        errors.append(events[0].error)
    pytest.fail(f"no handshake in {attempts} attempts: {errors}")


def exchange(client: Client, server: ServerDouble, wire: Wire, count: int) -> int:
    """Send numbered records; checks each answer and returns how many came."""
    answered: list[bytes] = []
    for number in range(count):
        client.send(b"record %d" % number)
        for event in run(client, server, wire, wire.now_ms + 1500):
            assert isinstance(event, ApplicationData), event
            assert event.data[::-1] in server.received, "not what the server sent"
            assert event.data not in answered, "delivered twice"
            answered.append(event.data)
    return len(answered)


def test_a_perfect_wire_takes_three_round_trips_and_the_expected_bytes():
    rng = random.Random(0)
    server = ServerDouble(rng)
    wire = Wire(rng)
    client, errors = connect(server, wire, 1)
    assert errors == []
    assert client.flight.retransmissions == 0
    # 75 + 91 + 103 for an identity of 9 bytes and a cookie of 16; this identity has 19.
    assert client.sent_bytes == 269 + 10
    assert exchange(client, server, wire, 20) >= 15  # some answers are still flying


@pytest.mark.parametrize("seed", range(60))
def test_loss_doubling_and_reordering_cost_time_and_nothing_else(seed):
    rng = random.Random(seed)
    server = ServerDouble(rng)
    wire = Wire(rng, loss=0.3, doubling=0.2)
    client, errors = connect(server, wire, attempts=5)
    assert all(isinstance(error, HandshakeTimeout) for error in errors), errors
    assert exchange(client, server, wire, 20) >= 1


@pytest.mark.parametrize("seed", range(60))
def test_damage_ends_in_a_session_or_in_an_error_and_is_never_delivered(seed):
    rng = random.Random(1000 + seed)
    server = ServerDouble(rng)
    wire = Wire(rng, loss=0.1, doubling=0.2, damage=0.2)
    client, _errors = connect(server, wire, attempts=20)
    exchange(client, server, wire, 20)
    client.close()
    with pytest.raises(SessionClosed):
        client.send(b"late")


def test_most_handshakes_need_one_attempt_at_thirty_percent_loss():
    attempts = 0
    for seed in range(100):
        rng = random.Random(5000 + seed)
        _client, errors = connect(ServerDouble(rng), Wire(rng, loss=0.3), attempts=10)
        attempts += 1 + len(errors)
    assert attempts <= 120
