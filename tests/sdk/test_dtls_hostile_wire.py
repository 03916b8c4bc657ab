"""The DTLS client against a small server of its own making, over a wire that loses, doubles,
reorders, truncates and corrupts.
"""

import random
from dataclasses import dataclass, field

import pytest

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.errors import HandshakeTimeout, SessionClosed
from nce.dtls.parameters import DEFAULT
from nce.errors import NceError
from support.dtls_server_double import IDENTITY, KEY, ServerDouble


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
