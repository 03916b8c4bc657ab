"""tshark reads a conversation with connection IDs: a third party's word on RFC 9146.

No client here has them (OpenSSL, GnuTLS, libcoap's builds, mbedTLS 2.28 in python-mbedtls and
tinydtls in DTLSSocket have none), so a client written for the tests speaks, and tshark, which
checks every tag and MAC with the key alone, has to find the same text.

tshark comes by `make peers`.
"""

from __future__ import annotations

import struct
import subprocess
from random import Random

import pytest

from nce_sim.endpoints.dtls import DtlsServer, DtlsSettings
from support import dtls_handmade_peer as handmade
from support.dtls_handmade_peer import CBC, CCM, CCM_8, GCM, KEY
from support.peers import program

pytestmark = pytest.mark.slow

DEVICE, SERVER = ("10.160.0.1", 40000), ("10.60.2.219", 5684)
CASES = (
    (CCM_8, False),
    (CCM, False),
    (GCM, False),
    (CBC, False),
    (CBC, True),
)
UP, DOWN = (b"\x40\x02\x12\x34\xffup number %d", b"\x60\x44\x12\x34\xffdown number %d")


class Capture:
    """A pcap of raw IPv4, and who is where in it."""

    def __init__(self, path):
        self.file = path.open("wb")
        self.file.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101))
        self.count = 0

    def add(self, source, destination, payload):
        hosts = [bytes(int(part) for part in host.split(".")) for host, _ in (source, destination)]
        udp = struct.pack("!HHHH", source[1], destination[1], 8 + len(payload), 0) + payload
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0)
        packet = head + b"".join(hosts) + udp
        self.count += 1
        self.file.write(struct.pack("<IIII", self.count, 0, len(packet), len(packet)) + packet)


def converse(capture, suite, etm):
    server = DtlsServer(
        look_up_psk=lambda identity, peer: KEY,
        random_bytes=Random(1).randbytes,
        settings=DtlsSettings(connection_id_bytes=8, connection_id_padding_bytes=16),
    )
    client = handmade.Client(suite, cid=b"\xc1\xc2\xc3", etm=etm, zeros=3)

    def give(datagram):
        capture.add(DEVICE, SERVER, datagram)
        events = server.receive_datagram(datagram, DEVICE, 0)
        return events, take()

    def take():
        datagrams = [datagram for _, datagram in server.datagrams_to_send()]
        for datagram in datagrams:
            capture.add(SERVER, DEVICE, datagram)
        return datagrams

    _, [request] = give(client.hello())
    _, [flight] = give(client.answer_cookie(request))
    _, [last] = give(client.answer_flight(flight))
    client.check_finished(last)
    for number in range(3):
        [data], _ = give(client.send(UP % number))
        server.send_to_session(data.session, DOWN % number, 0)
        take()


def what_tshark_reads(path, key):
    command = (program("tshark"), "-r", path, "-o", f"dtls.psk:{key.hex()}", "-T", "fields")
    done = subprocess.run(
        (*command, "-e", "data.data", "-Y", "coap.payload"),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [bytes.fromhex(line) for line in done.stdout.split()]


@pytest.mark.parametrize(("suite", "etm"), CASES)
def test_tshark_reads_what_was_said_under_connection_ids(tmp_path, suite, etm):
    path = tmp_path / "cid.pcap"
    capture = Capture(path)
    converse(capture, suite, etm)
    capture.file.close()
    said = []
    for number in range(3):
        said += [b"up number %d" % number, b"down number %d" % number]
    assert what_tshark_reads(path, KEY) == said
    assert what_tshark_reads(path, b"another key here") == []
    # It does check what it reads: one bit of the last record's tag or MAC, and that one is gone.
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    assert what_tshark_reads(path, KEY) == said[:-1]
