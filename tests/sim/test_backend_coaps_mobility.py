"""CoAPS of a whole world: a device that changes its port, and answers that find it."""

from __future__ import annotations

import pytest

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.endpoints.coap.settings import CoapSettings
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support import dtls_handmade_peer as handmade

COAPS = Address("10.60.2.219", 5684)
POST, CHANGED = b"\x41\x02\x42\x41\x01\xffhello", b"\x61\x44\x42\x41\x01"


class Device:
    """A SIM whose DTLS client is written for the tests; its ports are its own."""

    def __init__(self, world, backend, **options):
        self.world, self.received = world, []
        self.sim = world.add_sim()
        self.host = world.core.address_of(self.sim)
        world.core.open_session(self.sim, self.received.append)
        backend.authenticator.set_psk(self.sim.iccid, handmade.KEY.decode())
        identity = self.sim.iccid.encode()
        self.client = handmade.Client(identity=identity, **options)

    def send(self, datagram, port=40000, wait_ms=2_000):
        """What comes back: ports and payloads."""
        self.received.clear()
        source = Address(self.host, port)
        self.world.core.send(Datagram(source, COAPS, datagram))
        self.world.clock.advance(wait_ms)
        return [(one.destination.port, one.payload) for one in self.received]

    def connect(self):
        [(_, request)] = self.send(self.client.hello())
        [(_, flight)] = self.send(self.client.answer_cookie(request))
        [(_, last)] = self.send(self.client.answer_flight(flight))
        self.client.check_finished(last)

    def texts(self, answers):
        return [(port, self.client.open(data)[0][1]) for port, data in answers]


@pytest.fixture
def world():
    return World(seed=5)


def open_backend(world, coap=None):
    settings = BackendSettings(
        dtls=DtlsSettings(connection_id_bytes=6), coap=coap or CoapSettings()
    )
    return Backend(world, settings=settings)


def test_a_message_repeated_from_another_port_counts_once_and_is_answered_there(world):
    with open_backend(world) as backend:
        device = Device(world, backend, cid=b"\x01\x02")
        device.connect()
        for port in (40000, 50000):
            answers = device.send(device.client.send(POST), port)
            assert device.texts(answers) == [(port, CHANGED)]
        assert backend.counters.messages == 1
        assert backend.counters.duplicates == 1
        [moved] = world.timeline.records(kind="dtls_moved")
        assert moved.fields["previous"] == f"{device.host}:40000"


def test_a_separate_response_goes_to_where_the_device_is_by_then(world):
    with open_backend(world, CoapSettings(separate_after_ms=5_000)) as backend:
        device = Device(world, backend, cid=b"\x01\x02")
        device.connect()
        assert device.texts(device.send(device.client.send(POST))) == [
            (40000, b"\x60\x00\x42\x41")
        ]
        # A ping from another port, before the response is due.
        answers = device.texts(device.send(device.client.send(b"\x40\x00\x00\x07"), 50000, 8_000))
        assert answers[0] == (50000, b"\x70\x00\x00\x07")
        port, response = answers[1]
        assert (port, response[:2], response[4:]) == (50000, b"\x41\x44", b"\x01")
        assert backend.counters.messages == 1
        device.send(device.client.send(b"\x60\x00" + response[2:4]), 50000, 0)
        assert device.send(b"", 50000, 120_000) == []


def test_a_response_to_an_association_that_is_over_is_dropped(world):
    with open_backend(world, CoapSettings(separate_after_ms=5_000)) as backend:
        device = Device(world, backend)
        device.connect()
        device.send(device.client.send(POST), wait_ms=100)
        device.send(device.client.record(21, b"\1\0", epoch=1), wait_ms=100)
        world.clock.advance(200_000)
        assert backend.coaps.counters["reply to an association that is over"] >= 1


@pytest.mark.parametrize("is_enabled", [True, False])
def test_a_sim_that_is_disabled_while_its_key_exchange_is_on_the_way_gets_no_key(
    world, is_enabled
):
    with open_backend(world) as backend:
        device = Device(world, backend, cid=None)
        [(_, request)] = device.send(device.client.hello())
        [(_, flight)] = device.send(device.client.answer_cookie(request))
        # It has left the radio network, and no wall but the endpoint's own is before it.
        source = Address(device.host, 40000)
        world.core.send(Datagram(source, COAPS, device.client.answer_flight(flight)))
        device.sim.is_enabled = is_enabled
        world.clock.advance(2_000)
        assert len(world.timeline.records(kind="dtls_established")) == int(is_enabled)
        failed = world.timeline.records(kind="dtls_failed")
        assert len(failed) == int(not is_enabled)
        for record in failed:
            assert "no key for a PSK identity" in record.fields["reason"]
