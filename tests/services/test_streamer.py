"""The Data Streamer: records of both platforms from a simulated network, and their delivery."""

from __future__ import annotations

import base64
import csv
import io
import re

import pytest

from nce_sim import Backend, Settings, World
from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.deliveries.virtual import Answer
from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.services.streamer.settings import StreamerSettings
from nce_sim.wire.datagram import Address, Datagram

URL = "https://streams.example.com/in"
A_MINUTE = 60_000
# 1nce_os_2.md, 4.2
USAGE_COLUMNS = (
    "id event_start_timestamp event_stop_timestamp organisation_id organisation_name endpoint_id "
    "sim_id iccid imsi operator_id operator_name country_id operator_country_name traffic_type_id "
    "traffic_type_description volume volume_tx volume_rx cost currency_id currency_code "
    "currency_symbol ratezone_tariff_id ratezone_tariff_name ratezone_id ratezone_name "
    "endpoint_name endpoint_ip_address endpoint_tags endpoint_imei msisdn_msisdn "
    "sim_production_date operator_mncs country_mcc"
)
A_DAY = 24 * 60 * A_MINUTE


class Scene:
    """A world whose organisation has streams, and a SIM that sends."""

    def __init__(self, settings=None, db=None):
        self.world = World(1, settings=settings)
        self.backend = Backend(self.world, db)
        self.streamer = self.backend.streamer
        self.organisation_id = self.world.settings.account.organisation_id
        self.receiver = VirtualReceiver(self.backend.deliveries.transport, URL)
        self.sim = self.world.add_sim()
        self.world.advance(1)

    def create(self, kind="EVENT", url=URL, organisation_id=None, **more):
        organisation_id = organisation_id or self.organisation_id
        with self.backend.storage.unit() as work:
            return self.streamer.create(
                organisation_id, "mine", kind, url, "user", "s3cret", work=work, **more
            )

    def turn(self, call, stream):
        with self.backend.storage.unit() as work:
            return call(stream.organisation_id, stream.stream_id, work)

    def use(self, size=1_000):
        """Open a session, send, and close it."""
        session = self.world.core.open_session(
            self.sim, lambda datagram: None, cell=self.world.operator.cells[0]
        )
        server = Address("10.60.2.239", 4445)
        session.send(Datagram(Address(session.host, 4000), server, b"x" * (size - 28)))
        self.world.advance(10_000)
        session.close()
        self.world.advance(1_000)

    def threshold(self):
        self.world.account.exhaust(self.sim)
        self.world.advance(1_000)

    @property
    def records(self):
        return [record for body in self.receiver.bodies for record in body]


@pytest.fixture
def scene():
    scene = Scene()
    with scene.backend:
        yield scene


@pytest.fixture
def scene_2():
    scene = Scene(Settings.platform_2())
    with scene.backend:
        yield scene


def test_an_event_record_of_platform_1(scene):
    scene.create()
    scene.use()
    created, deleted = (one for one in scene.records if one["event_type"]["id"] in (3, 5))
    assert set(created) == {
        *("id", "timestamp", "event_type", "event_severity", "event_source", "organisation"),
        *("alert", "description", "user", "imsi", "sim", "endpoint", "detail"),
    }
    assert created["event_type"] == {"id": 3, "description": "Create PDP Context"}
    assert created["event_severity"] == {"id": 0, "description": "INFO"}
    assert created["event_source"] == {"id": 0, "description": "Network"}
    assert created["organisation"]["id"] == scene.organisation_id
    assert created["alert"] is False
    assert created["user"] is None
    assert re.fullmatch(r"2026-01-01T00:00:\d\dZ", created["timestamp"])
    assert set(created["imsi"]) == {"id", "imsi", "import_date"}
    assert set(created["sim"]) == {"id", "iccid", "msisdn", "production_date"}
    assert created["sim"]["iccid"] == scene.sim.iccid
    assert set(created["endpoint"]) == {"id", "name", "ip_address", "tags", "imei"}
    assert created["endpoint"]["ip_address"] == "10.160.0.1"
    assert created["detail"]["pdp_context"]["apn"] == "iot.1nce.net"
    assert "ipcan_session_id" not in created["detail"]["pdp_context"]
    assert deleted["description"] == "PDP Context deleted."
    assert set(deleted["detail"]["volume"]) == {"rx", "tx", "total"}
    assert deleted["id"] > created["id"]
    assert created["id"] < 2**53


def test_an_event_record_of_platform_2(scene_2):
    scene_2.create()
    scene_2.use()
    scene_2.threshold()
    created, deleted = (one for one in scene_2.records if one["event_type"]["id"] in (3, 5))
    assert set(created["imsi"]) == {"id", "imsi"}
    assert set(created["sim"]) == {"id", "iccid", "msisdn"}
    context = created["detail"]["pdp_context"]
    assert context["apn"] == "sensor.net"
    assert "tariff_profile_id" not in context
    assert re.fullmatch(r"[0-9a-f-]{36}", context["ipcan_session_id"])
    assert context["ipcan_session_id"] == deleted["detail"]["pdp_context"]["ipcan_session_id"]
    assert set(context["gtp_v2_uli"]) == {"tac", "eci", "lac", "menbi"}
    [used_up] = [one for one in scene_2.records if one["event_type"]["id"] == 19]
    assert used_up["event_severity"] == {"id": 1, "description": "WARN"}
    assert used_up["event_source"] == {"id": 1, "description": "Policy Control"}
    assert used_up["alert"] is True


USAGE = {
    *("id", "cost", "start_timestamp", "end_timestamp", "volume", "imsi", "imsi_id"),
    *("organisation", "operator", "sim", "tariff", "traffic_type", "endpoint"),
}


def test_a_usage_record_of_platform_1(scene):
    scene.create("USAGE")
    scene.use(1_500)
    [record] = scene.records
    assert set(record) == USAGE | {"currency"}
    assert record["volume"] == {"total": 0.0015, "tx": 0.0015, "rx": 0}
    assert record["cost"] == 0.0015
    assert record["currency"] == {"id": 1, "symbol": "€", "code": "EUR"}
    assert record["traffic_type"] == {"id": 5, "description": "Data"}
    assert record["endpoint"]["balance"] is None
    assert record["tariff"]["ratezone"]["name"] == "Rate Zone 1 (DE)"
    assert record["start_timestamp"] < record["end_timestamp"]


def test_a_usage_record_of_platform_2(scene_2):
    scene_2.create("USAGE")
    scene_2.create("EVENT", URL + "/events")
    scene_2.use(1_500)
    [record] = [one for one in scene_2.records if "volume" in one]
    assert set(record) == USAGE | {"detail"}
    # 1500 bytes, and what makes it two whole kB; MiB with six decimals.
    assert record["volume"] == {"total": 0.001907, "tx": 0.001431, "rx": 0}
    assert set(record["sim"]) == {"id", "iccid", "msisdn"}
    created = next(one for one in scene_2.records if one.get("event_type", {}).get("id") == 3)
    context = created["detail"]["pdp_context"]
    assert record["detail"]["pdp_context"] == {
        "rat_type": context["rat_type"],
        "ipcan_session_id": context["ipcan_session_id"],
    }


def test_short_messages_are_a_stream_of_platform_2_alone(scene, scene_2):
    for one in (scene, scene_2):
        one.create("SMS")
        one.world.sms.send_mt(one.sim, "hello")
        one.world.advance(A_DAY + 1)
    assert scene.records == []
    [report] = scene_2.records
    assert set(report) == {
        *("id", "submit_date", "final_date", "organisation", "endpoint", "status", "detail"),
    }
    assert report["status"] == {"id": 6, "status": "EXPIRED"}
    assert report["submit_date"].startswith("2026-01-01T00:00:00")


def test_records_go_as_arrays_with_basic_authorization_to_their_own_organisation(scene):
    scene.create()
    other = scene.create(organisation_id=scene.organisation_id + 1, url=URL + "/other")
    scene.use()
    assert all(isinstance(body, list) for body in scene.receiver.bodies)
    request = scene.receiver.requests[0]
    assert (request.method, request.path) == ("POST", "/in")
    assert base64.b64decode(request.headers["authorization"].split()[1]) == b"user:s3cret"
    assert {one.path for one in scene.receiver.requests} == {"/in"}
    for call in (scene.streamer.stop, scene.streamer.delete, scene.streamer.restart):
        with scene.backend.storage.unit() as work, pytest.raises(NotFound):
            call(scene.organisation_id, other.stream_id, work)
    assert other not in scene.streamer.list(scene.organisation_id)
    assert "s3cret" not in repr(other)


def test_only_200_counts_and_what_waited_goes_together(scene):
    scene.create()
    scene.receiver.status = 204
    scene.use()
    first = scene.receiver.requests[0]
    scene.receiver.status = 200
    scene.world.advance(2 * A_MINUTE)
    last = scene.receiver.requests[-1]
    assert last.json[: len(first.json)] == first.json
    ids = [one["id"] for one in last.json]
    assert ids == sorted(set(ids))


def test_a_stream_fails_after_a_day_and_sends_what_waited_when_it_is_restarted(scene):
    made = scene.create()
    scene.receiver.status = 500
    scene.use()
    waited = scene.backend.deliveries.waiting("stream", made.stream_id)
    scene.world.advance(A_DAY + 31 * A_MINUTE)
    failed = scene.streamer.get(scene.organisation_id, made.stream_id)
    assert (failed.state, failed.error) == ("FAILED", "HTTP status 500")
    tries = len(scene.receiver.requests)
    assert tries == 6 + 47, "at 0, 1, 3, 7, 15 and 31 minutes, then each half hour to 1441"
    scene.use()
    scene.world.advance(A_DAY)
    assert len(scene.receiver.requests) == tries
    with pytest.raises(Conflict, match="FAILED"):
        scene.turn(scene.streamer.start, made)
    scene.turn(scene.streamer.restart, made)
    scene.world.advance(A_MINUTE // 2)
    assert scene.streamer.get(scene.organisation_id, made.stream_id).state == "ACTIVE"
    scene.receiver.status = 200
    scene.world.advance(2 * A_MINUTE)
    assert len(scene.receiver.requests[-1].json) == waited


def test_a_stopped_stream_keeps_what_waits_and_takes_nothing_new(scene):
    made = scene.create("USAGE")
    scene.receiver.status = 500
    scene.use()
    scene.turn(scene.streamer.stop, made)
    scene.use()
    scene.world.advance(A_DAY)
    scene.receiver.requests.clear()
    scene.receiver.status = 200
    scene.turn(scene.streamer.start, made)
    scene.world.advance(1_000)
    assert len(scene.records) == 1
    scene.use()
    assert len(scene.records) == 2
    scene.turn(scene.streamer.delete, made)
    scene.use()
    assert len(scene.records) == 2


def test_a_new_stream_of_platform_2_may_begin_with_the_last_seven_days(scene, scene_2):
    for one in (scene, scene_2):
        one.use()
        one.world.advance(3 * A_DAY)
        one.use()
        one.world.advance(5 * A_DAY)
        one.use()
        one.create("USAGE", URL + "/replay", replay=True)
        one.create("USAGE", URL + "/fresh")
        one.world.advance(1_000)
    assert [len(body) for body in scene_2.receiver.bodies] == [2]
    assert scene_2.receiver.requests[0].path == "/in/replay"
    assert scene.records == [], "Platform 1.0 has no replay"


REFUSED = [
    ({"url": "http://example.com/"}, "https"),
    ({"url": "https://9.9.9.9/"}, "domain name"),
    ({"url": "https://[2606:4700:4700::1111]/"}, "domain name"),
    ({"url": "https://169.254.169.254/"}, "public"),
    ({"url": "kinesis://eu-central-1"}, "region"),
    ({"url": "s3://eu-central-1"}, "region/bucket"),
    ({"url": "s3://eu-central-1/Bucket"}, "region/bucket"),
    ({"url": "s3://eu-central-1/bucket/key"}, "region/bucket"),
    ({"url": "s3://eu-central-1/bucket?role=admin"}, "arn:aws:iam"),
    ({"url": "s3://eu-central-1/bucket", "kind": "SMS"}, "usage or events"),
    ({"kind": "OTHER"}, "OTHER"),
]


def test_a_wrong_stream_is_refused(scene):
    for options, text in REFUSED:
        with pytest.raises(Invalid, match=text):
            scene.create(**options)


def test_there_are_ten_streams_at_most(scene):
    for _ in range(10):
        scene.create()
    with pytest.raises(Conflict, match="10"):
        scene.create()


def test_kinesis_gets_the_same_records(scene):
    kinesis = VirtualReceiver(scene.backend.deliveries.transport, "kinesis://eu-central-1/mine")
    scene.create("USAGE", kinesis.url)
    scene.use()
    [request] = kinesis.requests
    assert request.method == "PUT"
    assert request.json[0]["sim"]["iccid"] == scene.sim.iccid


ROLE = "arn:aws:iam::123456789012:role/streams"


BUCKET = "s3://eu-central-1/mine"


def files_of(scene):
    """The requests that a bucket gets."""
    requests = []

    def take(request):
        requests.append(request)
        return Answer()

    scene.backend.deliveries.transport.serve(BUCKET, take)
    return requests


def rows_of(request):
    return list(csv.DictReader(io.StringIO(request.body.decode())))


def test_s3_gets_files_of_usage_with_the_columns_of_1nce(scene):
    files = files_of(scene)
    scene.create("USAGE", f"{BUCKET}?role={ROLE}")
    scene.use()
    [request] = files
    [row] = rows_of(request)
    assert request.url == BUCKET
    assert request.access["role"] == ROLE
    assert request.access["external_id"] == str(scene.organisation_id)
    assert re.fullmatch(r"cdr_\d{8}_\d{6}\.csv", request.access["key"])
    assert " ".join(row) == USAGE_COLUMNS
    assert request.body.startswith(b'"id","event_start_timestamp"')
    assert (row["iccid"], row["imsi"]) == (scene.sim.iccid, scene.sim.imsi)
    assert (row["ratezone_tariff_name"], row["currency_code"]) == (
        "1NCE Production 01 - 1Mbps",
        "EUR",
    )
    assert float(row["volume"]) == float(row["volume_tx"]) + float(row["volume_rx"]) > 0
    assert (row["country_mcc"], row["endpoint_tags"]) == ("262", "")


def test_s3_gets_files_of_events_and_never_two_of_one_name(scene):
    files = files_of(scene)
    for _ in range(2):
        scene.create("EVENT", BUCKET)
    scene.use()
    names = [request.access["key"] for request in files]
    assert len(set(names)) == len(names) > 2
    assert all(re.fullmatch(r"events_\d{8}_\d{6}\.csv", name) for name in names)
    row = rows_of(files[0])[0]
    assert row["event_type_description"]
    assert row["sim_iccid"] == scene.sim.iccid


def test_another_run_knows_its_streams_and_their_records(db):
    scene = Scene(Settings.platform_2(), db)
    with scene.backend:
        made = scene.create("USAGE")
        scene.receiver.status = 500
        scene.use()
    again = Scene(Settings.platform_2(), db)
    with again.backend:
        assert again.streamer.get(scene.organisation_id, made.stream_id) == made
        again.world.advance(2 * A_MINUTE)
        assert again.receiver.bodies == [scene.receiver.bodies[0]]
        again.use()
        assert again.records[-1]["id"] > again.records[0]["id"]
        again.create("USAGE", URL + "/replay", replay=True)
        again.world.advance(1_000)
        assert again.receiver.bodies[-1] == again.records[:2]
        again.turn(again.streamer.delete, made)


def test_an_event_is_not_stored_in_a_list_without_its_record(scene, monkeypatch):
    """One commit has both: a kill between two would leave an event that no stream ever sends."""
    scene.create()
    monkeypatch.setattr(scene.streamer, "_write_soon", lambda write: None)
    scene.use()
    _, listed = scene.backend.sim_records.events(scene.sim.iccid, 0, limit=10, offset=0)
    assert len(scene.records) == listed > 0


def test_the_waits_end_with_the_patience():
    settings = StreamerSettings(waits_min=(1, 2), patience_ms=4 * A_MINUTE)
    assert [settings.wait_ms(tries) for tries in range(4)] == [60_000, 120_000, 120_000, None]
