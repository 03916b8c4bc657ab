"""The CoAP proxy: Memfault and Mender from a device's side and the partner's, in virtual time."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.deliveries import Body
from nce_sim.deliveries.virtual import Answer
from nce_sim.services.plugins.partners import MemfaultDetails, MenderDetails, key_pair
from nce_sim.services.plugins.settings import PluginSettings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World
from support.proxy_device import (
    BLOCK1,
    CONTENT_FORMAT,
    GET,
    PATCH,
    POST,
    PROXY,
    PUT,
    ProxyDevice,
    option_bytes,
)

MEMFAULT_HOST, MENDER_HOST = "https://chunks.memfault.com", "https://hosted.mender.io"
CHUNKS = MEMFAULT_HOST + "/api/v0/chunks/:iccid:"
AUTH = MENDER_HOST + "/api/devices/v1/authentication/auth_requests"
INVENTORY = MENDER_HOST + "/api/devices/v1/inventory/device/attributes"
NEXT = MENDER_HOST + "/api/devices/v2/deployments/device/deployments/next"
MENDER_PATH = ((11, b"mender"), (CONTENT_FORMAT, b"\x32"))
KEYS = key_pair(1_024)


class Bench:
    """A world whose partners answer what `answers` says, the last one for ever."""

    def __init__(self, path=None, **settings):
        self.world = World(seed=1)
        plugins = PluginSettings(memfault_project_key="project-key-1", **settings)
        self.backend = Backend(self.world, path, BackendSettings(plugins=plugins))
        self.organisation_id = self.world.settings.account.organisation_id
        self.got = []
        self.answers = [Answer(202, body=Body("text/plain", b"Accepted"))]
        for host in (MEMFAULT_HOST, MENDER_HOST):
            self.backend.deliveries.transport.serve(host + "/", self._serve)

    def _serve(self, request):
        self.got.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]

    def install(self, *details):
        with self.backend.storage.unit() as work:
            for one in details:
                self.backend.plugins.install(self.organisation_id, one, work)


@pytest.fixture
def bench():
    bench = Bench()
    bench.install(MemfaultDetails(), MenderDetails("tenant-1", *KEYS))
    with bench.backend:
        yield bench


@pytest.fixture
def device(bench):
    return ProxyDevice(bench.world)


def as_json(status, text=b""):
    return Answer(status, body=Body("application/json" if text else "", text))


# -- Memfault --------------------------------------------------------------------------------


def test_a_chunk_goes_to_memfault_with_the_devices_number_and_the_projects_key(bench, device):
    chunk = bytes(range(256))
    code, _ = device.ask(POST, CHUNKS, chunk, ((CONTENT_FORMAT, b"\x2a"),))
    assert code.startswith("2.")
    [request] = bench.got
    assert request.method == "POST"
    assert request.url == f"https://chunks.memfault.com/api/v0/chunks/{device.id}"
    assert request.headers == {
        "Content-Type": "application/octet-stream",
        "Memfault-Project-Key": "project-key-1",
    }
    assert request.body == chunk


def test_a_repeated_message_is_one_chunk(bench, device):
    device.ask(POST, CHUNKS, b"1")
    device._mid -= 1
    assert device.ask(POST, CHUNKS, b"1") is not None
    assert len(device.answers) == 2
    assert len(bench.got) == 1


def test_a_first_contact_through_the_proxy_is_a_lifecycle_event(bench, device):
    events = []
    bench.backend.integrator.subscribe(events.append)
    for _ in range(2):
        device.ask(POST, CHUNKS, b"1")
    [event] = events
    assert event["lifecycle"]["type"] == "DEVICE_FIRST_TIME_REGISTERED"
    assert event["device"]["iccid"] == device.id


def blocks_of(device, payload, size, uri=CHUNKS):
    """The answers to a body in blocks, until one is not 2.31."""
    exponent = size.bit_length() - 5
    for number, start in enumerate(range(0, len(payload), size)):
        block = (number << 4 | (start + size < len(payload)) << 3 | exponent).to_bytes(2, "big")
        part = payload[start : start + size]
        code, _ = device.ask(POST, uri, part, ((BLOCK1, block.lstrip(b"\0")),))
        yield code
        if code != "2.31":
            return


def test_a_body_of_5120_bytes_comes_in_blocks_and_one_more_byte_is_too_many(bench, device):
    body = bytes(index % 251 for index in range(5_120))
    assert list(blocks_of(device, body, 1_024))[:-1] == ["2.31"] * 4
    assert bench.got[0].body == body
    assert list(blocks_of(device, body + b"1", 1_024))[-1] == "4.13"
    assert len(bench.got) == 1


def test_blocks_for_two_uris_are_not_mixed(bench, device):
    first = blocks_of(device, b"a" * 32 + b"b", 16)
    second = blocks_of(device, b"c" * 16 + b"d", 16, CHUNKS + "/2")
    next(first)
    list(second)
    list(first)
    assert [request.body for request in bench.got] == [b"c" * 16 + b"d", b"a" * 32 + b"b"]


# -- Mender ----------------------------------------------------------------------------------


def test_mender_authenticates_a_device_by_the_plugins_key(bench, device):
    bench.answers = [as_json(401, b'{"error":"pending"}'), Answer(200, body=Body("", b"jwt-1"))]
    assert device.ask(POST, AUTH, b"ignored", MENDER_PATH) == ("4.01", b"")
    assert device.ask(POST, AUTH, b"ignored", MENDER_PATH) == ("2.05", b"")
    request = bench.got[1]
    assert json.loads(request.body) == {
        "id_data": f'{{"iccid":"{device.id}"}}',
        "pubKey": KEYS[1],
        "tenant_token": "tenant-1",
    }
    assert request.headers["Content-Type"] == "application/json"
    signature = base64.b64decode(request.headers["X-MEN-Signature"])
    public = serialization.load_pem_public_key(KEYS[1].encode())
    public.verify(signature, request.body, padding.PKCS1v15(), hashes.SHA256())


def test_later_calls_carry_the_token_and_earlier_ones_none(bench, device):
    bench.answers = [as_json(401), Answer(200, body=Body("", b"jwt-1")), as_json(200)]
    assert device.ask(PATCH, INVENTORY, b"[]", MENDER_PATH)[0] == "4.01"
    device.ask(POST, AUTH)
    assert device.ask(PATCH, INVENTORY, b'[{"name":"IMEI"}]', MENDER_PATH) == ("2.04", b"")
    assert "Authorization" not in bench.got[0].headers
    assert bench.got[2].headers["Authorization"] == "Bearer jwt-1"
    assert bench.got[2].body == b'[{"name":"IMEI"}]'
    other = ProxyDevice(bench.world)
    other.ask(PATCH, INVENTORY, b"[]", MENDER_PATH)
    assert "Authorization" not in bench.got[3].headers, "a token is of one device"
    device.ask(PATCH, INVENTORY.replace("hosted", "eu.hosted"), b"[]", MENDER_PATH)
    assert len(bench.got) == 4, "nobody serves the other host here"


def test_a_device_that_is_rejected_loses_its_token(bench, device):
    bench.answers = [Answer(200, body=Body("", b"jwt-1")), as_json(401), as_json(200)]
    for expected in ("2.05", "4.01"):
        assert device.ask(POST, AUTH)[0] == expected
    device.ask(GET, INVENTORY)
    assert "Authorization" not in bench.got[2].headers


def test_an_update_is_asked_for_and_told(bench, device):
    update = b'{"id":"1","artifact":{"artifact_name":"2"}}'
    bench.answers = [as_json(204), as_json(200, update), as_json(204)]
    assert device.ask(POST, NEXT, b"{}", MENDER_PATH) == ("2.04", b"")
    mid = device.send(POST, NEXT, b"{}", MENDER_PATH)
    bench.world.advance(5_000)
    assert device.answer_to(mid) == ("2.05", update, {CONTENT_FORMAT: b"\x32"})
    status = NEXT.replace("v2", "v1").replace("next", "1/status")
    assert device.ask(PUT, status, b'{"status":"success"}', MENDER_PATH) == ("2.04", b"")
    assert [request.method for request in bench.got] == ["POST", "POST", "PUT"]


def test_an_answer_that_is_no_token_is_a_bad_gateway(bench, device):
    for token in (b"", b"two words", b"line\nline", b"\xff", b"x" * 5_000):
        bench.answers = [Answer(200, body=Body("", token)), as_json(200)]
        assert device.ask(POST, AUTH)[0] == "5.02", token
        device.ask(GET, INVENTORY)
        assert "Authorization" not in bench.got[-1].headers


def test_plugins_and_tokens_outlive_a_world(db):
    bench = Bench(db)
    with bench.backend:
        bench.install(MenderDetails("tenant-1", *KEYS))
        bench.answers = [Answer(200, body=Body("", b"jwt-1"))]
        assert ProxyDevice(bench.world).ask(POST, AUTH)[0] == "2.05"
    again = Bench(db)
    with again.backend:
        ProxyDevice(again.world).ask(GET, INVENTORY)
        assert again.got[0].headers["Authorization"] == "Bearer jwt-1"


# -- what goes wrong -------------------------------------------------------------------------

STATUSES = (
    (200, b"x", "2.05"),
    (201, b"", "2.01"),
    (301, b"", "5.02"),
    (400, b"why", "4.00"),
    (401, b"", "4.01"),
    (404, b"", "4.04"),
    (409, b"", "4.09"),
    (413, b"", "4.13"),
    (418, b"", "4.00"),
    (429, b"", "4.29"),
    (500, b"", "5.00"),
    (503, b"", "5.03"),
    (599, b"", "5.00"),
)


def test_a_status_becomes_a_code(bench, device):
    for status, body, code in STATUSES:
        bench.answers = [as_json(status, body)]
        assert device.ask(GET, INVENTORY) == (code, body), status


SLOW = Answer(200, delay_ms=60_000)
TROUBLES = (
    (SLOW, ("5.04", b"no answer in time")),
    (Answer(None), ("5.02", b"no connection, or no HTTP")),
    (as_json(200, b"x" * 5_121), ("5.02", b"the answer is larger than 5120 bytes")),
)


def test_a_partner_in_trouble_is_told_to_the_device(bench, device):
    for answer, expected in TROUBLES:
        bench.answers = [answer]
        assert device.ask(GET, INVENTORY) == expected
        assert bench.backend.partner_proxy.under_way == 0


def test_requests_under_way_are_bounded():
    bench = Bench(most_under_way=2)
    with bench.backend:
        bench.install(MemfaultDetails())
        bench.answers = [SLOW]
        devices = [ProxyDevice(bench.world) for _ in range(3)]
        mids = [device.send(POST, CHUNKS, b"1") for device in devices]
        bench.world.advance(5_000)
        answers = [device.answer_to(mid) for device, mid in zip(devices, mids, strict=True)]
        assert [answer[0] for answer in answers if answer] == ["5.03"]
        assert bench.backend.partner_proxy.under_way == len(bench.got) == 2


REFUSALS = (
    ("no Proxy-Uri", POST, None, "4.00"),
    ("a foreign host", POST, "https://example.com/", "4.03"),
    ("another part of the API", GET, MENDER_HOST + "/api/management/v1/x", "4.03"),
    ("a chunk is posted", GET, CHUNKS, "4.05"),
    ("a method that HTTP has not", 5, CHUNKS, "4.05"),
)


def test_what_the_proxy_does_not_do_is_refused(bench, device):
    for name, method, uri, code in REFUSALS:
        assert device.ask(method, uri, b"1")[0] == code, name
    assert bench.got == []


def test_without_its_plugin_a_host_is_refused_as_is_set():
    for setting, code in ((0x83, "4.03"), (0x84, "4.04")):
        bench = Bench(no_plugin_code=setting, foreign_host_code=setting)
        with bench.backend:
            device = ProxyDevice(bench.world)
            assert device.ask(POST, CHUNKS, b"1") == (
                code,
                b"the plugin of MEMFAULT is not installed",
            )
            assert device.ask(POST, "https://example.com/", b"1")[0] == code


def test_a_plugin_serves_its_own_organisation_alone(bench):
    with bench.backend.storage.unit() as work:
        memfault = bench.backend.plugins.of_partner(bench.organisation_id, "MEMFAULT")
        bench.backend.plugins.uninstall(bench.organisation_id, memfault.plugin_id, work)
        bench.backend.plugins.install(8_000_777, MemfaultDetails(), work)
    assert ProxyDevice(bench.world).ask(POST, CHUNKS, b"1")[0] == "4.03"


def test_who_has_no_sim_is_refused_at_the_first_block(bench):
    heard = []
    bench.world.core.set_twin(lambda datagram: heard.append(datagram.payload))
    block = ((35, CHUNKS.encode()), (BLOCK1, b"\x08"))
    data = b"\x40\x02\x00\x01" + option_bytes(block) + b"\xff" + b"a" * 16
    bench.world.core.send(Datagram(Address("10.160.9.9", 40_000), PROXY, data))
    bench.world.advance(5_000)
    assert heard == [b"\x60\x81\x00\x01"]


def test_no_key_is_on_the_timeline(bench, device):
    bench.answers = [Answer(200, body=Body("", b"jwt-1"))]
    device.ask(POST, AUTH)
    device.ask(POST, CHUNKS, b"1")
    told = repr([record.fields for record in bench.world.timeline.records(source="backend")])
    assert "answered" in told
    for secret in ("jwt-1", "project-key-1", "tenant-1", "PRIVATE", device.id):
        assert secret not in told
