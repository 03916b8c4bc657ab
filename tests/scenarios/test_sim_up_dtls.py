"""`nce sim up` with and without what 1NCE does not document: resumption and connection IDs."""

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
from dtls_openssl_peer import OpenSslClient

from nce_sim.modem.dtls_client import ESTABLISHED, DtlsClient

NCE = Path(sys.executable).with_name("nce")
SIM_TWIN, COAP_TWIN = "127.160.0.1", "127.60.2.219"
GET_BOOTSTRAP = b"\x40\x01\x00\x01\xb9bootstrap"


@contextmanager
def open_world(*options):
    process = subprocess.Popen(
        [str(NCE), "sim", "up", "--json", *options], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline(), "the world did not open"
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=20)


def the_sim():
    """A socket that is the SIM, and the credentials it gets from the authenticator."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.settimeout(10)
    line.bind((SIM_TWIN, 0))
    line.sendto(GET_BOOTSTRAP, (COAP_TWIN, 5683))
    iccid, key, _ = line.recv(2048).partition(b"\xff")[2].split(b",")
    line.connect((COAP_TWIN, 5684))
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
    with open_world(*options) as process:
        line, iccid, key = the_sim()
        with line:
            first = visit(line, iccid, key, tickets)
            assert established(process)["resumed"] is False
            visit(line, iccid, key, tickets, after=first)
            assert established(process)["resumed"] is is_resumed


@pytest.mark.parametrize(("options", "length"), [((), 0), (("--connection-id", "6"), 6)])
def test_a_connection_id_is_agreed_when_the_world_is_told_so(options, length):
    with open_world(*options):
        line, iccid, key = the_sim()
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
