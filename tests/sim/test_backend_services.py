"""1NCE OS behind the simulated core network: what a device at an address gets, in virtual time."""

from __future__ import annotations

import base64
import json
import re
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.services.settings.settings import OsSettings
from nce_sim.wire.datagram import Address, Datagram
from nce_sim.world import World

BEFORE_REVISIONS = Path(__file__).parent / "data/world_before_revisions.sqlite"
COAP = Address("10.60.2.219", 5683)
UDP = Address("10.60.2.239", 4445)
GPS_TEMPLATE = {
    "sense": [
        {
            "asset": "position.longitude",
            "custom_type": "location_long",
            "value": {"byte": 0, "bytelength": 8, "type": "float", "byteorder": "big"},
        },
        {
            "asset": "position.latitude",
            "custom_type": "location_lat",
            "value": {"byte": 8, "bytelength": 8, "type": "float", "byteorder": "big"},
        },
    ]
}
# 24.10589 and 56.92137111 as big-endian binary64 (by an independent converter).
GPS_PAYLOAD = bytes.fromhex("40381b1b9c662a85") + bytes.fromhex("404c75ef7d1076f1")


class Device:
    """Sends from an address and collects the answers: what a modem's session would do."""

    def __init__(self, world, host, sim=None):
        self.world, self.source, self.answers = world, Address(host, 40000), []
        self.mid = 0
        if sim is None:
            world.core.set_twin(lambda datagram: self.answers.append(datagram.payload))
        else:
            world.core.open_session(sim, lambda datagram: self.answers.append(datagram.payload))

    def send(self, payload, service=COAP, wait_ms=2_000):
        self.world.core.send(Datagram(self.source, service, payload))
        self.world.clock.advance(wait_ms)
        answers, self.answers = self.answers, []
        return answers

    def request(self, method, path="", query="", payload=b""):
        self.mid += 1
        datagram = b"\x40" + bytes([method]) + self.mid.to_bytes(2, "big")
        delta = 11
        for segment in path.split("/") if path else ():
            datagram += bytes([delta << 4 | len(segment)]) + segment.encode()
            delta = 0
        if query:
            delta = 4 if path else 15
            encoded = query.encode()
            high = b"" if delta < 13 else bytes([delta - 13])
            low = b"" if len(encoded) < 13 else bytes([len(encoded) - 13])
            datagram += bytes([min(delta, 13) << 4 | min(len(encoded), 13)]) + high + low + encoded
        [answer] = self.send(datagram + (b"\xff" + payload if payload else b""))
        assert answer[0] == 0x60
        assert answer[2:4] == self.mid.to_bytes(2, "big")
        return f"{answer[1] >> 5}.{answer[1] & 31:02d}", answer[4:].removeprefix(b"\xff")


GET, POST, PUT = 1, 2, 3


@pytest.fixture
def world():
    return World(seed=1)


@pytest.fixture
def backend(world):
    with Backend(world) as backend:
        yield backend


@pytest.fixture
def device(world, backend):
    sim = world.add_sim()
    device = Device(world, world.core.address_of(sim), sim)
    device.sim = sim
    return device


def test_bootstrap_gives_identity_key_and_url(device):
    code, line = device.request(GET, "bootstrap")
    assert code == "2.05"
    iccid, key, url = line.decode().split(",")
    assert iccid == device.sim.iccid
    assert re.fullmatch(r"[A-Za-z0-9]{16}", key)
    assert url == "coaps://coap.os.1nce.com:5684"


def test_the_key_is_kept_and_renewed_after_five_minutes_of_not_asking(device, world):
    def key_of():
        return device.request(GET, "bootstrap")[1].split(b",")[1]

    first = key_of()
    for _ in range(5):
        world.clock.advance(297_000)
        assert key_of() == first, "each call starts the five minutes anew"
    world.clock.advance(299_000)
    assert key_of() != first


def test_a_key_set_by_the_customer_stays(device, world, backend):
    backend.authenticator.set_psk(device.sim.iccid, "0011223344556677", "HEX")
    for _ in range(2):
        assert device.request(GET, "bootstrap")[1].split(b",")[1] == b"0011223344556677"
        world.clock.advance(400_000)
    assert backend.authenticator.psk(device.sim.iccid) == bytes.fromhex("0011223344556677")
    with pytest.raises(ValueError, match="not hexadecimal"):
        backend.authenticator.set_psk(device.sim.iccid, "not hexadecimal", "HEX")
    with pytest.raises(ValueError, match="8 to 256"):
        backend.authenticator.set_psk(device.sim.iccid, "short")


def test_a_rotated_key_is_what_the_next_call_gets(device, world, backend):
    iccid = device.sim.iccid
    with pytest.raises(ValueError, match="has no key yet") as caught:
        backend.authenticator.rotate(iccid)
    assert iccid not in str(caught.value)
    first = device.request(GET, "bootstrap")[1].split(b",")[1]
    backend.authenticator.rotate(iccid)
    assert backend.authenticator.psk(iccid) != first
    for _ in range(2):
        world.clock.advance(200_000)
        assert device.request(GET, "bootstrap")[1].split(b",")[1] != first
    assert backend.authenticator.psk(iccid) == device.request(GET, "bootstrap")[1].split(b",")[1]


def test_keys_show_in_no_repr_and_on_no_timeline(device, world, backend):
    key = device.request(GET, "bootstrap")[1].split(b",")[1].decode()
    recorded = "".join(repr(record.fields) for record in world.timeline.records(source="backend"))
    assert device.sim.iccid not in recorded
    assert key not in recorded + repr(vars(backend.authenticator)) + repr(vars(backend.coaps.dtls))


def test_without_the_agreements_there_is_no_key(world):
    settings = BackendSettings(os=OsSettings(default_has_accepted=False))
    with Backend(world, settings=settings) as backend:
        sim = world.add_sim()
        device = Device(world, world.core.address_of(sim), sim)
        code, body = device.request(GET, "bootstrap")
        assert code == "4.01"
        found = json.loads(body)
        assert found["statusText"] == "Unauthorized"
        assert "terms" in found["errors"][0]["message"]
        # 1NCE's C SDK receives 150 bytes, and takes what begins with 89 for an ICCID.
        assert 4 + 1 + len(body) <= 150
        assert b"89" not in body
        assert backend.authenticator.psk(sim.iccid) is None
        with backend.storage.unit() as work:
            backend.agreements.accept(world.settings.account.organisation_id, True, work=work)
        assert device.request(GET, "bootstrap")[0] == "2.05"


def test_a_fault_of_the_service_is_5_00(device, backend):
    backend.authenticator.fault = "Something went wrong"
    code, body = device.request(GET, "bootstrap")
    assert code == "5.00"
    assert json.loads(body) == {
        "statusText": "Server Error",
        "errors": [{"message": "Something went wrong"}],
    }
    assert backend.authenticator.psk(device.sim.iccid) is None
    backend.authenticator.fault = None
    assert device.request(GET, "bootstrap")[0] == "2.05"


ANSWERS = (
    (POST, "", "", "2.04", b""),
    (POST, "data", "", "2.04", b""),
    (POST, "", "t=gps", "2.04", b""),
    (POST, "data", "t=a/b_C", "2.04", b""),
    (POST, "", "t=a//b", "4.00", None),
    (POST, "", "t=" + "a" * 253, "2.04", b""),
    (POST, "", "t=a%20b", "4.00", None),
    (GET, "", "", "4.04", b"Not Found"),
    (GET, "nowhere", "", "4.04", b"Not Found"),
    (POST, "bootstrap/more", "", "4.04", b"Not Found"),
    (POST, "bootstrap", "", "4.05", b""),
    (PUT, "", "", "4.05", b""),
)


def test_the_data_endpoint_answers_as_documented(device):
    for method, path, query, code, payload in ANSWERS:
        got = device.request(method, path, query, b"x" if method == POST else b"")
        assert got[0] == code, (path, query)
        assert payload is None or got[1] == payload


def test_get_of_the_root_is_the_documented_14_bytes(device):
    [answer] = device.send(bytes.fromhex("40011234"))
    assert answer == bytes.fromhex("60841234ff") + b"Not Found"
    assert len(answer) == 14


def test_strangers_and_disabled_sims_get_4_01_and_are_not_processed(world, backend, device):
    stranger = Device(world, "10.160.0.200")
    for method, path in ((GET, "bootstrap"), (POST, ""), (GET, "nowhere")):
        assert stranger.request(method, path) == ("4.01", b"")
    assert backend.counters.messages == 0
    device.sim.is_enabled = False
    assert device.send(b"\x40\x02\x77\x77\xff1") == [], "a disabled SIM has no way in at all"
    assert backend.inspector.message_count() == 0


def test_a_duplicate_is_acknowledged_again_and_stored_once(device, backend):
    datagram = b"\x40\x02\x12\x34\xffonce"
    assert device.send(datagram) == device.send(datagram) == [b"\x60\x44\x12\x34"]
    assert backend.inspector.message_count() == 1
    assert backend.counters.duplicates == 1


def test_udp_is_stored_and_never_answered(device, backend):
    assert device.send(b"\x00\x01raw", UDP) == []
    [item] = backend.inspector.history(device.sim.iccid)
    assert (item.protocol, item.topic, item.value) == ("UDP", None, b"\x00\x01raw")


def test_an_untranslated_message_is_kept_as_base64(device, backend):
    device.request(POST, "", "t=gps", b'{"a": 1}')
    [item] = backend.inspector.history(device.sim.iccid)
    text = base64.b64encode(b'{"a": 1}').decode()
    assert item.payload == text
    assert item.as_json() == {
        "time": "2026-01-01T00:00:00.005Z",
        "payload": text,
        "iccid": device.sim.iccid,
        "deviceId": device.sim.iccid,
        "protocol": "COAP",
        "topic": "gps",
    }
    assert backend.inspector.state(device.sim.iccid, "COAP") == {"message": text, "topic": "gps"}


def test_a_translated_message_gives_telemetry_and_location_events(device, backend, world):
    backend.add_template("gps", json.dumps(GPS_TEMPLATE), ("COAP",))
    seen = []
    backend.integrator.subscribe(seen.append)
    device.request(POST, "", "t=gps", GPS_PAYLOAD)
    value = {"position": {"longitude": 24.105890053, "latitude": 56.92137111}}
    assert [event["type"] for event in seen] == ["LIFECYCLE", "TELEMETRY_DATA", "LOCATION"]
    telemetry, location = seen[1:]
    got = telemetry["payload"]["value"]["position"]
    assert got["latitude"] == value["position"]["latitude"]
    assert telemetry["payload"] == {"type": "JSON", "value": {"position": got}, "topic": "gps"}
    assert telemetry["device"] == {
        "iccid": device.sim.iccid,
        "ip": "10.160.0.1",
        "imsi": device.sim.imsi,
    }
    assert telemetry["version"] == "1.0.0"
    received_s = int(telemetry["received"]) // 1000
    assert re.fullmatch(rf"1-{received_s:08x}-[0-9a-f]{{24}}", telemetry["id"])
    assert location["location"] == {
        "source": "GPS",
        "coordinates": [repr(got["longitude"]), "56.92137111"],
    }
    [item] = backend.inspector.history(device.sim.iccid)
    assert item.value == {"position": got}
    assert item.payload.startswith('{"position":{"latitude":'), "keys in alphabetical order"
    device.request(POST, "", "t=gps", GPS_PAYLOAD)
    assert [event["type"] for event in seen[3:]] == ["TELEMETRY_DATA", "LOCATION"]


def test_a_payload_the_template_cannot_decode_is_kept_and_logged(device, backend):
    backend.add_template("gps", GPS_TEMPLATE, ("COAP",))
    seen = []
    backend.integrator.subscribe(seen.append)
    device.request(POST, "", "", GPS_PAYLOAD[:12])
    assert [event["type"] for event in seen] == ["LIFECYCLE", "TELEMETRY_DATA", "ERROR"]
    [item] = backend.inspector.history()
    assert item.value == GPS_PAYLOAD[:12]
    log = backend.logs.latest(device.sim.iccid)[0]
    assert (log.type, log.category) == ("DEVICE", "error")
    assert log.message == "Translator[UserPayloadError]"
    assert log.description == (
        "Asset path:position.latitude, Error: can't extract [8:16] from 12 bytes"
    )
    assert re.fullmatch(r"[0-9A-Za-z]{27}", log.log_id)
    assert seen[2]["error"]["id"] == log.log_id


SWITCH_TEMPLATE = {
    "sense": [
        {
            "switch": {"byte": 0, "type": "uint"},
            "on": [
                {"case": 1, "do": [{"asset": "level", "value": {"byte": 1, "type": "uint"}}]},
                {"case": 2, "do": []},
            ],
        }
    ]
}


def test_a_payload_that_matches_no_case_is_kept_raw_and_logged(device, backend):
    backend.add_template("tank", SWITCH_TEMPLATE, ("COAP",))
    seen = []
    backend.integrator.subscribe(lambda event: seen.append(event["type"]))
    for payload in (b"\x01\x2a", b"\x07\x2a"):
        device.request(POST, "", "", payload)
    assert seen == ["LIFECYCLE", "TELEMETRY_DATA", "TELEMETRY_DATA", "ERROR"]
    assert [item.value for item in backend.inspector.history()] == [b"\x07\x2a", {"level": 42}]
    assert (backend.counters.messages, backend.counters.decoded) == (2, 1)
    log = backend.logs.latest()[0]
    assert (log.message, log.description, log.payload) == (
        "Translator[UserPayloadError]",
        "no case matches a payload of 2 bytes",
        "Byo=",
    )


def test_an_empty_translation_counts_as_decoded_where_it_is_set_so_or_nothing_is_asked_for(world):
    settings = BackendSettings(empty_translation_is_error=False)
    with Backend(world, settings=settings) as backend:
        backend.add_template("tank", SWITCH_TEMPLATE, ("COAP",))
        translation = backend.energy_saver.translate("COAP", b"\x07")
        assert (translation.value, translation.error) == ({}, None)
    with Backend(world) as backend:
        backend.add_template("nothing", {"sense": []}, ("COAP",))
        assert backend.energy_saver.translate("COAP", b"\x07").value == {}


def test_one_template_per_protocol(backend):
    backend.add_template("one", GPS_TEMPLATE, ("COAP",))
    with pytest.raises(ValueError, match="'one' is active for COAP"):
        backend.add_template("two", GPS_TEMPLATE)
    backend.add_template("two", GPS_TEMPLATE, ("UDP",))
    backend.energy_saver.remove_template("one")
    backend.add_template("three", GPS_TEMPLATE, ("COAP",))
    with pytest.raises(ValueError, match="sense"):
        backend.energy_saver.add_template("bad", "{}", ("COAP",))


def test_long_messages_miss_the_history_and_longer_ones_the_state(device, backend):
    for size, in_history, in_state in ((1536, 1, 1), (1537, 1, 2), (6200, 1, 3), (6000, 1, 4)):
        device.request(POST, "", "", bytes(size))
        assert backend.inspector.message_count() == in_history
        state = backend.inspector.state(device.sim.iccid, "COAP")
        kept = len(base64.b64decode(state["message"]))
        assert kept == (size if in_state != 3 else 1537)
    [log] = [one for one in backend.logs.latest() if "Shadow" in one.message]
    assert "at most 8192" in log.description


def test_history_ends_after_seven_days_of_silence(device, backend, world):
    for number in range(8):
        device.request(POST, "", "", b"old %d" % number)
    world.clock.advance(7 * 86_400_000 - 8 * 2_000)
    assert backend.inspector.message_count() == 8, "each for seven days"
    world.clock.advance(23 * 86_400_000)
    assert backend.inspector.history(page_size=None) == []
    assert backend.inspector.message_count() == 0
    assert backend.logs.latest() == []
    assert backend.inspector.state(device.sim.iccid, "COAP") is not None, "the last state stays"


def test_what_is_past_is_dropped_from_the_database_by_the_clock(device, backend, world):
    def rows():
        return backend.storage.read(text("SELECT count(*) FROM history"))[0][0]

    day_ms = 86_400_000
    for _ in range(8):
        device.request(POST, "", "", b"old")
        world.clock.advance(day_ms)
    assert rows() < 8
    assert world.clock.next_due_ms() is not None
    world.clock.advance(30 * day_ms)
    assert rows() == 0
    assert world.clock.next_due_ms() is None, "nothing kept, nothing scheduled"


def test_history_is_newest_first_filtered_and_paged(device, backend):
    for number in range(30):
        device.request(POST, "", f"t=n{number % 3}", str(number).encode())
    values = [item.value for item in backend.inspector.history(device.sim.iccid)]
    assert values == [str(number).encode() for number in range(29, 19, -1)]
    assert len(backend.inspector.history(page_size=None)) == 30
    assert len(backend.inspector.history(topic="n1", page_size=None)) == 10
    assert backend.inspector.history("8988228066600000000") == []
    assert backend.inspector.history(protocol="UDP") == []


def test_a_database_file_keeps_what_a_backend_stored(tmp_path):
    path = str(tmp_path / "world.db")
    for run in (1, 2):
        world = World(seed=1)
        with Backend(world, db=path) as backend:
            device_sim = world.add_sim()
            device = Device(world, world.core.address_of(device_sim), device_sim)
            device.request(POST, "", "", b"run %d" % run)
            assert backend.inspector.message_count() == run
            lifecycle = [one for one in backend.logs.latest() if one.type == "LIFECYCLE"]
            assert len(lifecycle) == 1, "a device registers for the first time once"


def test_rows_from_before_there_were_organisations_are_the_default_ones(tmp_path):
    path = str(tmp_path / "world.db")
    shutil.copy(BEFORE_REVISIONS, path)
    world = World(seed=1)
    organisation_id = world.settings.account.organisation_id
    with Backend(world, db=path) as backend:
        for table, count in (("history", 4), ("state", 2), ("admin_log", 2)):
            rows = backend.storage.read(text(f"SELECT organisation_id FROM {table}"))
            assert [row[0] for row in rows] == [organisation_id] * count, table


def test_a_template_is_active_again_after_a_restart(tmp_path):
    path = str(tmp_path / "world.db")
    for _ in range(2):
        world = World(seed=1)
        with Backend(world, db=path) as backend:
            backend.add_template("gps", GPS_TEMPLATE, ("COAP",))
    with Backend(World(seed=1), db=path) as backend:
        assert backend.energy_saver.translate("COAP", GPS_PAYLOAD).value["position"]


def test_a_world_is_reproducible_with_its_backend():
    hashes = set()
    for _ in range(2):
        world = World(seed=7)
        with Backend(world, settings=BackendSettings()):
            sim = world.add_sim()
            device = Device(world, world.core.address_of(sim), sim)
            device.request(GET, "bootstrap")
            device.request(POST, "", "t=x", b"1")
        hashes.add(world.timeline.hash())
    assert len(hashes) == 1


def test_a_closed_backend_listens_no_more(world):
    backend = Backend(world)
    backend.close()
    backend.close()
    assert world.core.listeners() == []
    Backend(world).close()
