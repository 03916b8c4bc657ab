"""1NCE's older onboarding: a certificate by the device's address, as JSON and as CSV."""

from __future__ import annotations

import csv
import json

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from nce_sim.backend import Backend
from nce_sim.network.tcp.events import Arrived, Closed
from nce_sim.wire.datagram import Address
from nce_sim.world import World

SERVER = Address("10.60.2.243", 80)
# As urequests of the pycom blueprint sends it.
REQUEST = b"GET /device-api/onboarding HTTP/1.0\r\nHost: device.connectivity-suite.cloud\r\n%s\r\n"


class Scene:
    """A world with devices that speak TCP to the onboarding."""

    def __init__(self, db=None):
        self.world = World(seed=1)
        self.backend = Backend(self.world, db=db)
        self.sims = [self.world.add_sim() for _ in range(2)]
        self.sessions = {
            sim: self.world.core.open_session(sim, lambda _: None) for sim in self.sims
        }

    def ask(self, sim, request=REQUEST % b"", pieces=None):
        """All that comes back until the connection ends, and whether it ended in order."""
        heard, ends = [], []

        def on_event(event):
            if isinstance(event, Arrived):
                heard.append(connection.receive(10_000))
            elif isinstance(event, Closed):
                ends.append(event)

        connection = self.sessions[sim].tcp.connect(SERVER, on_event)
        for piece in pieces or [request]:
            left = piece
            while left:
                left = left[connection.send(left) :]
                self.world.advance(200)
        connection.shut_down()
        self.world.advance(2_000)
        head, _, body = b"".join(heard).partition(b"\r\n\r\n")
        return head.decode(), body, bool(ends)


@pytest.fixture
def scene():
    scene = Scene()
    yield scene
    scene.backend.close()


def checked(certificate, key, ca, name):
    """The certificate is the key's, is signed by the CA, and names the device."""
    found = x509.load_pem_x509_certificate(certificate.encode())
    authority = x509.load_pem_x509_certificate(ca.encode())
    found.verify_directly_issued_by(authority)
    assert found.public_key() == load_pem_private_key(key.encode(), None).public_key()
    assert found.subject.rfc4514_string() == f"CN={name}"


def test_a_device_gets_its_certificate_as_json(scene):
    sim, another = scene.sims
    head, body, has_ended = scene.ask(sim)
    assert head.startswith("HTTP/1.1 200")
    assert "content-type: application/json" in head.lower()
    assert has_ended
    found = json.loads(body)
    assert set(found) == {
        "amazonRootCaUrl",
        "certificate",
        "privateKey",
        "iccid",
        "iotCoreEndpointUrl",
    }
    assert found["iccid"] == sim.iccid
    checked(found["certificate"], found["privateKey"], scene.backend.onboarding.root_ca, sim.iccid)
    assert json.loads(scene.ask(sim)[1]) == found, "the same again"
    assert json.loads(scene.ask(another)[1])["privateKey"] != found["privateKey"]


def test_a_device_gets_one_line_of_csv(scene):
    [sim, _] = scene.sims
    head, body, _ = scene.ask(sim, REQUEST % b"Accept: text/csv\r\n")
    assert "content-type: text/csv" in head.lower()
    assert body.count(b"\n") == 0
    assert body.startswith(b'"')
    [row] = csv.reader([body.decode()])
    iccid, endpoint, url, ca, certificate, key = (field.replace("\\n", "\n") for field in row)
    assert (iccid, endpoint[-4:], url[:8]) == (sim.iccid, ".com", "https://")
    checked(certificate, key, ca, sim.iccid)


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET /device-api/onboarding?x=1 HTTP/1.1", 200),
        (b"GET /device-api/onboarding/more HTTP/1.1", 404),
        (b"GET / HTTP/1.1", 404),
        (b"POST /device-api/onboarding HTTP/1.1", 405),
        (b"NONSENSE", 400),
        (b"GET /%s HTTP/1.1" % (b"x" * 20_000), 431),
    ],
)
def test_other_requests_are_refused(scene, request_line, status):
    head, _, has_ended = scene.ask(scene.sims[0], request_line + b"\r\nHost: x\r\n\r\n")
    assert head.split(" ")[1] == str(status)
    assert has_ended or status == 431, "the rest of a long request is not read"


def test_a_request_comes_in_pieces(scene):
    request = REQUEST % b"Accept: text/csv\r\n"
    pieces = [request[at : at + 7] for at in range(0, len(request), 7)]
    assert scene.ask(scene.sims[0], pieces=pieces)[0].startswith("HTTP/1.1 200")


def test_a_disabled_sim_gets_nothing(scene):
    sim = scene.sims[0]
    sim.is_enabled = False
    head, _, _ = scene.ask(sim)
    assert "200" not in head
    assert scene.backend.onboarding.root_ca is None


def test_a_connection_that_says_nothing_is_ended(scene):
    sim = scene.sims[0]
    ends = []
    connection = scene.sessions[sim].tcp.connect(SERVER, ends.append)
    connection.send(b"GET /device-api")
    scene.world.advance(29_000)
    before = len(ends)
    scene.world.advance(2_000)
    assert "Reset" in repr(ends[before:])


def test_certificates_are_there_after_a_restart(tmp_path):
    answers = set()
    for _ in range(2):
        scene = Scene(str(tmp_path / "world.db"))
        answers.add(scene.ask(scene.sims[0])[1])
        scene.backend.close()
    assert len(answers) == 1


def test_a_virtual_world_makes_the_same_certificates_again():
    answers = set()
    for _ in range(2):
        scene = Scene()
        answers.add(scene.ask(scene.sims[0])[1])
        scene.backend.close()
    assert len(answers) == 1


def test_keys_are_in_no_record(scene):
    key = json.loads(scene.ask(scene.sims[0])[1])["privateKey"].splitlines()[1]
    shown = "".join(
        f"{one} {one.fields}" for one in scene.world.timeline.records(source="backend")
    )
    assert key not in shown + repr(vars(scene.backend.onboarding))
