"""`nce sim up` with and without what 1NCE does not document: resumption and connection IDs."""

import json
import os

import pytest

from nce_sim.modem.sockets.dtls_client import ESTABLISHED, DtlsClient
from support.dtls_openssl_peer import OpenSslClient
from support.running_world import bootstrap, endpoint_twin, open_world, socket_at

pytestmark = pytest.mark.slow


def the_sim(world):
    """A socket that is the SIM, and the credentials it gets from the authenticator."""
    line = socket_at(world.description["sims"][0]["twin"])
    iccid, key, _ = bootstrap(line, endpoint_twin(world.description, 5683))
    line.connect(endpoint_twin(world.description, 5684))
    return line, iccid, key


def established(process):
    for line in process.stdout:
        event = json.loads(line)
        if event["kind"] == "dtls_established":
            return event
    raise AssertionError("the world ended")


def visit(line, iccid, key, tickets, after=None):
    client = OpenSslClient(identity=iccid, key=key, takes_tickets=tickets, after=after)
    flight = client.take()
    while flight and not client.is_connected:
        for datagram in flight:
            line.send(datagram)
        flight = client.take(line.recv(4096))
    for datagram in flight:
        line.send(datagram)
    assert client.is_connected, client.error
    return client


@pytest.mark.parametrize(
    ("options", "is_resumed"),
    [((), False), (("--session-ids",), True), (("--session-tickets",), True)],
)
def test_a_session_of_openssl_is_resumed_when_the_world_is_told_so(options, is_resumed):
    tickets = "--session-tickets" in options
    with open_world(*options) as world:
        line, iccid, key = the_sim(world)
        with line:
            first = visit(line, iccid, key, tickets)
            assert established(world.process)["resumed"] is False
            visit(line, iccid, key, tickets, after=first)
            assert established(world.process)["resumed"] is is_resumed


@pytest.mark.parametrize(("options", "length"), [((), 0), (("--connection-id", "6"), 6)])
def test_a_connection_id_is_agreed_when_the_world_is_told_so(options, length):
    with open_world(*options) as world:
        line, iccid, key = the_sim(world)
        client = DtlsClient(
            iccid, key, suites=(0xC0A8,), random_bytes=os.urandom, offers_connection_id=True
        )
        with line:
            client.start(0)
            while client.state != ESTABLISHED:
                for datagram in client.datagrams_to_send():
                    line.send(datagram)
                client.receive_datagram(line.recv(4096), 0)
        client.send(b"x")
        (datagram,) = client.datagrams_to_send()
        # 13 bytes of header, the ID, nonce, text, its true type where there is an ID, tag
        assert len(datagram) == 13 + length + 8 + 1 + (length > 0) + 8
