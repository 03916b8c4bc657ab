"""`Device` with real DTLS and a session store that fails: it delivers, and tells it once."""

import asyncio
from random import Random

import pytest

from memory_stores import Kept
from nce.coap.message import ACK, Message, decode, encode
from nce.credentials import Credentials
from nce.device import ACKNOWLEDGED, Device
from nce.watched import StoreFailed
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import Data, DtlsServer, DtlsSettings

ICCID = "8988228066604086910"
KNOWN = Credentials(ICCID, b"0123456789abcdef", "coap.os.1nce.com", 5684)
CHANGED = 0x44


class FlashFullError(OSError):
    pass


class Full(Kept):
    """A store that takes so many saves, and then none; for good, or until it is given room."""

    def __init__(self, room, data=None):
        super().__init__(data)
        self.room = room
        self.failures = 0

    def save(self, data):
        if self.room == 0:
            self.failures += 1
            raise FlashFullError(28, "no space left on the device")
        self.room -= 1
        super().save(data)


class Network:
    """A bearer whose datagrams reach a DTLS server that acknowledges each CoAP request."""

    max_datagram = 1200

    def __init__(self):
        self.server = DtlsServer(
            look_up_psk=lambda identity, peer: KNOWN.key,
            random_bytes=Random(1).randbytes,
            settings=DtlsSettings(session_ids=True, connection_id_bytes=8),
        )
        self.ports = 0
        self.sessions = set()
        self.taken = []
        self.arrived = []

    async def attach(self):
        pass

    async def open_datagram(self, host, port):
        self.ports += 1
        self.arrived = []
        return self

    async def send(self, data):
        peer = ("10.160.0.1", 20000 + self.ports)
        for event in self.server.receive_datagram(data, peer, 0):
            if isinstance(event, Data):
                request = decode(event.data)
                self.sessions.add(event.session)
                self.taken.append(request.payload)
                answer = Message(ACK, CHANGED, request.mid, request.token, (), b"")
                self.server.send_to_session(event.session, encode(answer), 0)
        self.arrived += [answer for _peer, answer in self.server.datagrams_to_send()]

    async def receive(self, timeout_ms):
        if not self.arrived:
            await asyncio.sleep(timeout_ms / 1000)
        return self.arrived.pop(0) if self.arrived else None

    async def close(self):
        pass


def deliver(network, store, records, told, **options):
    """Send records in virtual time; the deliveries, and the seconds that they took."""

    async def main(clock):
        device = Device(
            network,
            credentials=KNOWN,
            session_store=store,
            on_event=told.append,
            random_bytes=Random(network.ports).randbytes,
            **options,
        )
        began_ms = clock.now_ms()
        deliveries = [await device.send(b"record %d" % number) for number in range(records)]
        elapsed_s = (clock.now_ms() - began_ms) / 1000
        await device.close()
        return deliveries, elapsed_s

    return run_virtual(main)


def faults(told):
    return [event for event in told if isinstance(event, StoreFailed)]


@pytest.mark.parametrize("room", [0, 1, 2, 3])
def test_a_store_that_is_full_costs_at_most_one_handshake_and_is_told_of_once(room):
    network, told = Network(), []
    # No pause is left for another attempt: each record goes at the first.
    deliveries, elapsed_s = deliver(network, Full(room), 200, told, retry_pauses_ms=())
    assert [delivery.proof for delivery in deliveries] == [ACKNOWLEDGED] * 200
    assert {delivery.attempts for delivery in deliveries} == {1}
    assert network.taken == [b"record %d" % number for number in range(200)]
    # A session of which the store has reserved numbers ends with them; the next has its own.
    assert len(network.sessions) == (1 if room == 0 else 2)
    assert network.ports == 1
    assert [event.what for event in faults(told)] == ["session"]
    assert "no space left" in str(faults(told)[0].error)
    assert elapsed_s < 1


def test_a_session_of_before_that_cannot_be_saved_again_is_left_for_a_new_one():
    network, told = Network(), []
    store = Full(99)
    deliver(network, store, 3, told)
    assert not faults(told)
    kept = store.data
    store.room = 0
    deliver(network, store, 100, told)
    assert len(network.sessions) == 2
    assert store.data == kept
    assert len(faults(told)) == 1
    # Once there is room, the session that is there goes on, with numbers that nobody has used.
    store.room = 99
    deliver(network, store, 3, told)
    assert len(network.taken) == 106
    assert len(faults(told)) == 1


def test_a_store_that_works_again_and_fails_again_is_told_of_again():
    network, told = Network(), []
    store = Full(0)
    device_store_lives = ((0, 1), (99, 0), (0, 1))
    for room, expected in device_store_lives:
        store.room = room
        before = len(faults(told))
        deliver(network, store, 5, told)
        assert len(faults(told)) - before == expected
