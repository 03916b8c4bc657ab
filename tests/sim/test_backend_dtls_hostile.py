"""The SDK's DTLS client and the simulator's server, each written apart, over a hostile wire.

Loss, duplication, reordering, truncation and damage, all from a seed; time is virtual. Whatever
the wire does: nothing is delivered twice or changed, and client and server meet in the end.
"""

from __future__ import annotations

import heapq
from random import Random

import pytest

from nce.dtls.client import ApplicationData, Client, Connected, Failed
from nce.dtls.saved import restore, save
from nce_sim.endpoints.dtls import Data, DtlsServer, DtlsSettings
from support import dtls_handmade_peer as handmade

HOST, FIRST_PORT = "10.160.0.1", 40000
PEER = (HOST, FIRST_PORT)
SAID = (b"hello", b"again")
DAMAGED = 2000
IDENTITY = b"8988228066604086910"
KEY = b"0123456789abcdef"
SEEDS = range(30)
MESSAGES = 30
RESEND_MS = 4_000
LIMIT_MS = 3_600_000
MAX_TRIES = 8


class HostileWire:
    """Datagrams under way, in order of arrival; `port` is where the device is now."""

    port = FIRST_PORT

    def __init__(self, random, loss):
        self.random, self.loss, self.under_way, self.order = random, loss, [], 0

    def send(self, to_server, datagram, now_ms, peer=None):
        peer = peer or self.peer()
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
            arrival = (now_ms + random.randrange(10, 2_000), self.order, to_server, arriving, peer)
            heapq.heappush(self.under_way, arrival)

    def peer(self):
        return HOST, self.port

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
    for peer, datagram in server.datagrams_to_send():
        wire.send(False, datagram, now_ms, peer)


def serve(server, datagram, peer, now_ms):
    """Echo what a datagram delivers to the application, and return it."""
    delivered = []
    for event in server.receive_datagram(datagram, peer, now_ms):
        if isinstance(event, Data):
            assert event.identity == IDENTITY
            delivered.append(event.data)
            server.send_to_session(event.session, event.data, now_ms)
    return delivered


class Device:
    """A client, made anew when it failed or slept; how often it came back, and how."""

    def __init__(self, random, features):
        self._random = random
        self._features = features
        self.client = None
        self.kept = b""
        self.handshakes = self.resumed = self.restored = 0
        self.attempts = self.tries = 0
        self.resend_ms = None

    def wake(self, now_ms):
        self.resend_ms = None
        self.tries = 0
        self.client = Client(IDENTITY, KEY, self._random.randbytes, **self._features)
        if restore(self.client, self.kept):
            self.restored += 1
            self.kept = save(self.client)
            return
        self.client.start(now_ms)
        self.handshakes += 1

    def say(self, number, now_ms):
        """Send the message if it is time to; False when the server seems to have lost us."""
        if self.client.is_connected and (self.resend_ms is None or now_ms >= self.resend_ms):
            if self.tries == MAX_TRIES:
                self.kept, self.client = b"", None
                return False
            self.attempts += 1
            self.tries += 1
            self.client.send(b"%d/%d" % (number, self.attempts))
            self.resend_ms = now_ms + RESEND_MS
        return True

    def heard(self, now_ms):
        self.resend_ms = now_ms
        self.tries = 0

    def sleep(self, is_live):
        """Forget all but what is saved: with `is_live` the session, else what resumes it."""
        if not is_live:
            self.client.stop()
        self.kept = save(self.client, ahead=0)
        self.client = None


def converse(seed, loss, settings=None, sleeps=False, **features):
    """Echo MESSAGES numbered messages; what the server got, and the device.

    With `sleeps` the device sleeps after every third message and wakes at another address.
    """
    random = Random(seed)
    wire = HostileWire(random, loss)
    server = DtlsServer(
        look_up_psk=lambda identity, peer: KEY if identity == IDENTITY else None,
        random_bytes=random.randbytes,
        settings=settings,
    )
    device = Device(random, features)
    delivered, number, now_ms = [], 0, 0
    while number < MESSAGES:
        assert now_ms < LIMIT_MS, f"seed {seed}: {number} messages echoed in an hour"
        if device.client is None:
            device.wake(now_ms)
        client = device.client
        if not device.say(number, now_ms):
            continue
        send_all(wire, client, server, now_ms)
        due = (wire.next_ms(), client.next_timeout(), server.next_timeout(), device.resend_ms)
        now_ms = max(now_ms, min(one for one in due if one is not None))
        events = []
        for to_server, datagram, peer in wire.take(now_ms):
            if to_server:
                delivered += serve(server, datagram, peer, now_ms)
            elif peer == wire.peer():
                events += client.receive_datagram(datagram, now_ms)
        events += client.handle_timeout(now_ms)
        server.handle_timeout(now_ms)
        for event in events:
            if isinstance(event, Connected):
                device.resend_ms = now_ms
                device.resumed += event.is_resumed
            elif isinstance(event, ApplicationData):
                if event.data.split(b"/")[0] == b"%d" % number:
                    number += 1
                    device.heard(now_ms)
                    if sleeps and number % 3 == 0 and client.is_connected:
                        # In turn with the session and without it.
                        device.sleep(is_live=number % 2 == 0)
                        wire.port += 1
                        break
            elif isinstance(event, Failed):
                # Damage in the unprotected flights may end a handshake; the device tries again.
                device.client = None
    return delivered, device


def test_a_clean_wire_takes_one_handshake():
    delivered, device = converse(0, loss=0.0)
    assert device.handshakes <= 2
    assert len(delivered) >= MESSAGES


def test_every_message_gets_through_a_hostile_wire_and_none_twice():
    for seed in SEEDS:
        delivered, device = converse(seed, loss=0.3)
        check(seed, delivered)
        assert device.handshakes < 20, f"seed {seed}: {device.handshakes} handshakes"


@pytest.mark.parametrize("way", [{"session_ids": True}, {"session_tickets": True}])
def test_ids_and_resumption_together_on_a_hostile_wire(way):
    """Each waking is from a new address, with the session (RFC 9146) or by resuming it."""
    settings = DtlsSettings(**way, connection_id_bytes=8)
    resumed = restored = 0
    for seed in SEEDS:
        delivered, device = converse(
            *(seed, 0.3, settings, True),
            connection_id=True,
            ticket="session_tickets" in way,
        )
        check(seed, delivered)
        assert device.handshakes < 40, f"seed {seed}: {device.handshakes} handshakes"
        resumed += device.resumed
        restored += device.restored
    # Of ten wakings half may be without a handshake, and half by a short one.
    assert restored > 3 * len(SEEDS)
    assert resumed > 3 * len(SEEDS)


def check(seed, delivered):
    assert len(set(delivered)) == len(delivered), f"seed {seed}: delivered twice"
    numbers = {int(data.split(b"/")[0]) for data in delivered}
    assert numbers == set(range(MESSAGES)), f"seed {seed}"


def conversation(suite, cid, etm):
    """The datagrams of a client that shakes hands and says two things."""
    server, client, sent = new_server(), handmade.Client(suite, cid=cid, etm=etm), []

    def give(datagram):
        sent.append(datagram)
        server.receive_datagram(datagram, PEER, 0)
        return [answer for _, answer in server.datagrams_to_send()]

    [request] = give(client.hello())
    [flight] = give(client.answer_cookie(request))
    give(client.answer_flight(flight))
    give(client.send(SAID[0]))
    give(client.send(SAID[1]))
    return sent


def new_server():
    """Always the same one, so that its cookie and keys fit what was recorded."""
    settings = DtlsSettings(session_ids=True, session_tickets=True, connection_id_bytes=8)
    return DtlsServer(
        look_up_psk=lambda identity, peer: handmade.KEY,
        random_bytes=Random(1).randbytes,
        settings=settings,
    )


def damaged(datagrams, random):
    """One to three changes to their bytes, their number or their order."""
    datagrams = [bytearray(datagram) for datagram in datagrams]
    for _ in range(random.randint(1, 3)):
        chosen = random.choice(datagrams)
        at = random.randrange(len(chosen) + 1)
        how = random.randrange(6)
        if how == 0:
            chosen[at : at + 1] = bytes((random.choice((0, 1, 127, 128, 254, 255)),))
        elif how == 1 and at < len(chosen):
            chosen[at] ^= 1 << random.randrange(8)
        elif how == 2:
            del chosen[at : at + random.randint(1, 6)]
        elif how == 3:
            chosen[at:at] = random.randbytes(random.randint(1, 6))
        elif how == 4:
            datagrams.insert(random.randrange(len(datagrams) + 1), bytearray(chosen))
        elif how == 5:
            random.shuffle(datagrams)
    return [bytes(datagram) for datagram in datagrams]


def test_no_conversation_however_damaged_raises_or_delivers_what_was_not_said():
    recorded = [
        conversation(suite, cid, etm)
        for suite in (handmade.CCM_8, handmade.GCM, handmade.CBC)
        for cid in (None, b"", b"ab")
        for etm in (False, True)
    ]
    random = Random(5)
    for _ in range(DAMAGED):
        datagrams = damaged(random.choice(recorded), random)
        try:
            check_damaged(datagrams, random)
        except Exception:
            print([datagram.hex() for datagram in datagrams])
            raise


def check_damaged(datagrams, random):
    server, delivered, now_ms = new_server(), [], 0
    for datagram in datagrams:
        now_ms += random.choice((0, 0, 9_500))
        peer = PEER if random.random() < 0.9 else (HOST, FIRST_PORT + 1)
        events = server.receive_datagram(datagram, peer, now_ms)
        delivered += [event.data for event in events if isinstance(event, Data)]
        server.handle_timeout(now_ms)
        server.datagrams_to_send()
    assert len(set(delivered)) == len(delivered)
    assert set(delivered) <= set(SAID)
