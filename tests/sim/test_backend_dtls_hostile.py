"""The SDK's DTLS client and the simulator's server, each written apart, over a hostile wire.

Loss, duplication, reordering, truncation and damage, all from a seed; time is virtual. Whatever
the wire does: nothing is delivered twice or changed, and client and server meet in the end.
"""

from __future__ import annotations

import heapq
from random import Random

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce_sim.backend.dtls import Data, DtlsServer

PEER = ("10.160.0.1", 40000)
IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
SEEDS = range(30)
MESSAGES = 30
RESEND_MS = 4_000
LIMIT_MS = 3_600_000


class HostileWire:
    """Datagrams under way, in order of arrival."""

    def __init__(self, random, loss):
        self.random, self.loss, self.under_way, self.order = random, loss, [], 0

    def send(self, to_server, datagram, now_ms):
        random = self.random
        for _ in range(2 if random.random() < 0.15 else 1):
            if random.random() < self.loss:
                continue
            arriving = datagram
            if random.random() < 0.05:
                damaged = bytearray(datagram)
                damaged[random.randrange(len(damaged))] ^= 1 << random.randrange(8)
                arriving = bytes(damaged)
            if random.random() < 0.03:
                arriving = arriving[: random.randrange(len(arriving))]
            self.order += 1
            arrival = (now_ms + random.randrange(10, 2_000), self.order, to_server, arriving)
            heapq.heappush(self.under_way, arrival)

    def next_ms(self):
        return self.under_way[0][0] if self.under_way else None

    def take(self, now_ms):
        taken = []
        while self.under_way and self.under_way[0][0] <= now_ms:
            taken.append(heapq.heappop(self.under_way)[2:])
        return taken


def send_all(wire, client, server, now_ms):
    for datagram in client.datagrams_to_send():
        wire.send(True, datagram, now_ms)
    for _, datagram in server.datagrams_to_send():
        wire.send(False, datagram, now_ms)


def serve(server, datagram, now_ms):
    """Echo what a datagram delivers to the application, and return it."""
    delivered = []
    for event in server.receive_datagram(datagram, PEER, now_ms):
        if isinstance(event, Data):
            assert event.identity == IDENTITY
            delivered.append(event.data)
            server.send(PEER, event.data, now_ms)
    return delivered


def converse(seed, loss):
    """Echo MESSAGES numbered messages; what the server got, and how many handshakes it took."""
    random = Random(seed)
    wire = HostileWire(random, loss)
    server = DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=random.randbytes,
    )
    client, handshakes, delivered, attempt, number = None, 0, [], 0, 0
    now_ms, resend_ms = 0, None
    while number < MESSAGES:
        assert now_ms < LIMIT_MS, f"seed {seed}: {number} messages echoed in an hour"
        if client is None:
            client = Client(IDENTITY, KEY, random.randbytes)
            client.start(now_ms)
            handshakes += 1
            resend_ms = None
        if client.is_connected and (resend_ms is None or now_ms >= resend_ms):
            attempt += 1
            client.send(b"%d/%d" % (number, attempt))
            resend_ms = now_ms + RESEND_MS
        send_all(wire, client, server, now_ms)
        due = (wire.next_ms(), client.next_timeout(), server.next_timeout(), resend_ms)
        now_ms = max(now_ms, min(one for one in due if one is not None))
        events = []
        for to_server, datagram in wire.take(now_ms):
            if not to_server:
                events += client.receive_datagram(datagram, now_ms)
                continue
            delivered += serve(server, datagram, now_ms)
        events += client.handle_timeout(now_ms)
        server.handle_timeout(now_ms)
        for event in events:
            if isinstance(event, Connected):
                resend_ms = now_ms
            elif isinstance(event, ApplicationData):
                if event.data.split(b"/")[0] == b"%d" % number:
                    number, resend_ms = number + 1, now_ms
            elif isinstance(event, Failed):
                # Damage in the unprotected flights may end a handshake; the device tries again.
                client = None
    return delivered, handshakes


def test_a_clean_wire_takes_one_handshake():
    delivered, handshakes = converse(0, loss=0.0)
    assert handshakes <= 2
    assert len(delivered) >= MESSAGES


def test_every_message_gets_through_a_hostile_wire_and_none_twice():
    for seed in SEEDS:
        delivered, handshakes = converse(seed, loss=0.3)
        assert len(set(delivered)) == len(delivered), f"seed {seed}: delivered twice"
        numbers = {int(data.split(b"/")[0]) for data in delivered}
        assert numbers == set(range(MESSAGES)), f"seed {seed}"
        assert handshakes < 20, f"seed {seed}: {handshakes} handshakes"
