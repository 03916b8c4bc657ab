"""Webhooks of the Cloud Integrator: what is accepted, what is sent, when it is given up."""

from __future__ import annotations

import asyncio
import base64
import re

import pytest

from nce_sim.problems import Conflict, Invalid, NotFound
from nce_sim.storage import Storage
from nce_sim.tables import METADATA
from support.cloud_bench import OTHER, OWN, URL, Cloud, in_time
from support.outboxes import START_MS


@pytest.fixture
def cloud():
    return Cloud()


def test_an_event_arrives_at_those_that_asked_for_its_type_and_own_its_device(cloud):
    cloud.create(url=URL + "/all")
    cloud.create(url=URL + "/errors", types=[("ERROR", "1.0.0")])
    cloud.create(OTHER, url=URL + "/other")
    cloud.emit("TELEMETRY_DATA", source="UDP")
    cloud.emit("ERROR", error={"id": "x"})
    cloud.emit("TELEMETRY_DATA", iccid="8988228066600000003")
    cloud.emit("ERROR", iccid=None)
    cloud.clock.advance(1_000)
    arrived = sorted((one.path, one.json["type"]) for one in cloud.receiver.requests)
    assert arrived == [
        ("/in/all", "ERROR"),
        ("/in/all", "TELEMETRY_DATA"),
        ("/in/errors", "ERROR"),
    ]
    [request] = [one for one in cloud.receiver.requests if one.path == "/in/errors"]
    assert request.method == "POST"
    assert request.headers["content-type"] == "application/json"
    assert request.json["device"]["iccid"] == "8988228066600000001"


def test_placeholders_are_filled_and_unknown_ones_stay(cloud):
    cloud.create(
        url=URL + "/:iccid:/:imsi:?ip=:ip:&x=:other:",
        headers={"X-Sim": "sim-:iccid:", "Authorization": "Bearer s3cret"},
    )
    cloud.emit()
    cloud.clock.advance(1_000)
    [request] = cloud.receiver.requests
    assert request.path == "/in/8988228066600000001/901405100000001?ip=10.160.0.1&x=:other:"
    assert request.headers["x-sim"] == "sim-8988228066600000001"
    assert request.headers["authorization"] == "Bearer s3cret"


PAYLOADS = [
    (b'{"level": 42}', True, {"type": "JSON", "topic": "t", "value": {"level": 42}}),
    (b'{"level": 42}', False, None),
    (b"[1]", True, {"type": "JSON", "topic": "t", "value": [1]}),
    (b"42", True, None),
    (b"{broken", True, None),
    (b'{"x": NaN}', True, None),
    (b"\xff\xfe", True, None),
    (b"[" * 100_000, True, None),
]


@pytest.mark.parametrize(("payload", "is_json", "expected"), PAYLOADS)
def test_a_raw_payload_goes_as_json_where_that_was_asked_for(cloud, payload, is_json, expected):
    cloud.create(json_payload=is_json)
    text = base64.b64encode(payload).decode()
    raw = {"type": "STRING", "encoding": "base64", "value": text, "topic": "t"}
    cloud.emit(source="COAP", payload=raw)
    cloud.clock.advance(1_000)
    assert cloud.receiver.requests[0].json["payload"] == (expected or raw)


def test_the_first_delivery_makes_it_active_and_is_remembered(cloud):
    made = cloud.create()
    assert re.fullmatch(r"[A-Za-z0-9_-]{21}", made.integration_id)
    assert made.state == "ROLLOUT_DONE"
    assert made.first_success_ms is None
    cloud.receiver.status = 204
    cloud.emit()
    cloud.clock.advance(1_000)
    first = cloud.clouds.get(OWN, made.integration_id)
    assert first.state == "INTEGRATION_ACTIVE"
    cloud.emit()
    cloud.clock.advance(1_000)
    later = cloud.clouds.get(OWN, made.integration_id)
    assert later.first_success_ms == first.first_success_ms
    assert START_MS <= first.first_success_ms <= START_MS + 1_000


def test_five_attempts_at_the_documented_waits_then_it_is_disabled_and_others_hear(cloud):
    failing = cloud.create(types=[("TELEMETRY_DATA", None)])
    watching = cloud.create(url="https://receiver.example.com/watch", types=[("ERROR", None)])
    foreign = cloud.create(OTHER, url="https://receiver.example.com/foreign")
    cloud.transport.serve(URL, lambda request: attempts.append(cloud.clock.now_ms()) or gone)
    from nce_sim.deliveries.virtual import Answer

    attempts, gone = [], Answer(301, 0)
    cloud.emit()
    cloud.emit()
    cloud.clock.advance(3_600_000)
    assert attempts == [0, 150_000, 330_000, 750_000, 1_770_000]
    failed = cloud.clouds.get(OWN, failing.integration_id)
    assert failed.state == "INTEGRATION_FAILED"
    assert failed.error == "HTTP status 301"
    assert cloud.deliveries.waiting("integration", failing.integration_id) == 0
    text = (
        f'Integration with ID {failing.integration_id} and name "mine" was disabled due to '
        "consecutive failed requests. Please review affected integration details in Cloud "
        "Integrator."
    )
    [log] = cloud.logs.listed(OWN).items
    assert (log.type, log.category, log.integration_id) == (
        *("INTEGRATION", "error", failing.integration_id),
    )
    assert (log.message, log.description) == ("CloudIntegrator[IntegrationDisabled]", text)
    assert cloud.logs.listed(OTHER).items == []
    [request] = cloud.receiver.requests
    assert request.path == "/watch"
    assert request.json["error"] == {
        "id": log.log_id,
        "type": "INTEGRATION",
        "message": "CloudIntegrator[IntegrationDisabled]",
        "description": text,
        "payloadExists": False,
    }
    assert "device" not in request.json
    assert cloud.published == [request.json]
    assert cloud.state(watching) == "INTEGRATION_ACTIVE"
    assert cloud.state(foreign) == "ROLLOUT_DONE"
    cloud.emit()
    cloud.clock.advance(3_600_000)
    assert len(attempts) == 5, "nothing goes to a failed integration"


def test_an_answer_after_twenty_seconds_is_none(cloud):
    made = cloud.create()
    cloud.receiver.delay_ms = 20_000
    cloud.emit()
    cloud.clock.advance(100_000)
    cloud.receiver.delay_ms = 19_999
    cloud.clock.advance(100_000)
    assert len(cloud.receiver.requests) == 2
    assert cloud.state(made) == "INTEGRATION_ACTIVE"


def test_a_corrected_url_is_that_of_the_next_attempt(cloud):
    made = cloud.create()
    cloud.receiver.status = 404
    cloud.emit()
    cloud.clock.advance(1_000)
    with cloud.storage.unit() as work:
        cloud.clouds.patch(
            OWN,
            made.integration_id,
            url="https://receiver.example.com/right",
            headers={"x-api-key": "new"},
            work=work,
        )
    cloud.receiver.status = 200
    cloud.clock.advance(200_000)
    assert [one.path for one in cloud.receiver.requests] == ["/in", "/right"]
    assert cloud.receiver.requests[1].headers["x-api-key"] == "new"


def test_a_test_message_is_sent_at_once_and_changes_nothing(cloud):
    made = cloud.create(url=URL + "/:iccid:")
    tried = in_time(cloud, cloud.clouds.trials.test(OWN, made.integration_id, "WEBHOOK"))
    assert (tried.is_ok, tried.message) == (True, "Test was successful")
    [request] = cloud.receiver.requests
    assert request.path == "/in/none"
    assert request.json["type"] == "TEST_MESSAGE"
    assert request.json["integration"] == {"id": made.integration_id, "name": "mine"}
    assert "device" not in request.json
    cloud.receiver.status = 500
    tried = in_time(cloud, cloud.clouds.trials.test(OWN, made.integration_id, "WEBHOOK"))
    assert (tried.is_ok, tried.message) == (False, "Test has failed: HTTP status 500")
    assert cloud.state(made) == "ROLLOUT_DONE"
    assert cloud.clouds.get(OWN, made.integration_id).first_success_ms is None


def test_only_a_failed_integration_is_restarted_and_only_by_an_answer(cloud):
    made = cloud.create()
    trials = cloud.clouds.trials
    with pytest.raises(Conflict, match="ROLLOUT_DONE"):
        in_time(cloud, trials.restart(OWN, made.integration_id, "WEBHOOK"))
    cloud.receiver.status = 500
    cloud.emit()
    cloud.clock.advance(3_600_000)
    tried = in_time(cloud, trials.restart(OWN, made.integration_id, "WEBHOOK"))
    assert not tried.is_ok
    assert cloud.state(made) == "INTEGRATION_FAILED"
    cloud.receiver.status = 200
    tried = in_time(cloud, trials.restart(OWN, made.integration_id, "WEBHOOK"))
    assert (tried.is_ok, tried.message) == (True, "Restart was successful")
    assert tried.integration.state == "INTEGRATION_ACTIVE"
    assert tried.integration.error is None
    assert tried.integration.first_success_ms is None, "no device's message has arrived"
    cloud.emit()
    cloud.clock.advance(1_000)
    assert cloud.receiver.requests[-1].json["type"] == "TELEMETRY_DATA"


REFUSED = [
    ({"url": "http://example.com/"}, "https"),
    ({"url": "https://169.254.169.254/:iccid:"}, "public"),
    ({"url": "https://127.0.0.1/"}, "public"),
    ({"url": "https://example.com:1:ip:/"}, "URL"),
    ({"headers": {"Host": "inside"}}, "Host"),
    ({"headers": {"Transfer-Encoding": "chunked"}}, "Transfer-Encoding"),
    ({"headers": {"a b": "x"}}, "name of a header"),
    ({"headers": {"x": "a\r\nHost: inside"}}, "printable"),
    ({"headers": {"x": "ü"}}, "printable"),
    ({"headers": {"x": "1", "X": "2"}}, "case"),
    ({"headers": {f"x{n}": "" for n in range(21)}}, "at most 20"),
    ({"headers": {"x": "a" * 5_000}}, "at most 4096"),
    ({"types": []}, "at least one"),
    ({"types": [("TEST_MESSAGE", None)]}, "TEST_MESSAGE"),
    ({"types": [("ERROR", "2.0.0")]}, "version"),
]


@pytest.mark.parametrize(("options", "text"), REFUSED, ids=lambda value: str(value)[:40])
def test_a_wrong_webhook_is_refused_and_no_secret_is_told(cloud, options, text):
    with pytest.raises(Invalid, match=re.escape(text)) as caught:
        cloud.create(**options)
    assert "aaaa" not in str(caught.value)
    assert cloud.clouds.list(OWN) == []


def test_a_url_is_used_once_and_there_are_not_too_many():
    cloud = Cloud(most_integrations=2)
    first = cloud.create()
    with pytest.raises(Conflict, match=first.integration_id):
        cloud.create()
    cloud.create(OTHER)
    second = cloud.create(url=URL + "/2")
    with cloud.storage.unit() as work, pytest.raises(Conflict):
        cloud.clouds.patch(OWN, second.integration_id, url=URL, work=work)
    with pytest.raises(Conflict, match="2 integrations"):
        cloud.create(url=URL + "/3")


def test_another_organisations_integration_is_not_there(cloud):
    made = cloud.create(headers={"x-api-key": "s3cret"})
    assert cloud.clouds.list(OTHER) == []
    with cloud.storage.unit() as work:
        for call in (
            lambda: cloud.clouds.get(OTHER, made.integration_id),
            lambda: cloud.clouds.patch(OTHER, made.integration_id, json_payload=True, work=work),
            lambda: cloud.clouds.delete(OTHER, made.integration_id, work),
        ):
            with pytest.raises(NotFound):
                call()
    for trial in (cloud.clouds.trials.test, cloud.clouds.trials.restart):
        with pytest.raises(NotFound):
            asyncio.run(trial(OTHER, made.integration_id, "WEBHOOK"))
        with pytest.raises(NotFound):
            asyncio.run(trial(OWN, made.integration_id, "AWS"))
    assert "s3cret" not in repr(made)
    assert URL not in repr(made)


def test_a_deleted_integration_gets_nothing_more(cloud):
    made = cloud.create()
    cloud.receiver.status = 500
    cloud.emit()
    cloud.clock.advance(1_000)
    with cloud.storage.unit() as work:
        cloud.clouds.delete(OWN, made.integration_id, work)
    cloud.clock.advance(3_600_000)
    assert len(cloud.receiver.requests) == 1
    with pytest.raises(NotFound):
        cloud.clouds.get(OWN, made.integration_id)


def test_another_run_knows_them_and_their_backlog(db):
    storage = Storage(METADATA, db)
    cloud = Cloud(storage)
    made = cloud.create(headers={"x-api-key": "s3cret"}, types=[("LOCATION", None)])
    kept = cloud.clouds.get(OWN, made.integration_id)
    cloud.emit("LOCATION")
    cloud.deliveries.close()

    storage.close()

    storage = Storage(METADATA, db)
    other = Cloud(storage)
    assert other.clouds.get(OWN, made.integration_id) == kept
    other.deliveries.start()
    other.clock.advance(1_000)
    assert other.receiver.requests[0].headers["x-api-key"] == "s3cret"
    with storage.unit() as work:
        other.clouds.delete(OWN, made.integration_id, work)
    storage.close()


def test_no_secret_is_on_the_timeline(cloud):
    cloud.create(url=URL + "?token=s3cret", headers={"Authorization": "Basic s3cret"})
    cloud.emit()
    cloud.clock.advance(1_000)
    [record] = cloud.timeline.records(kind="delivery")
    assert "s3cret" not in str(record)
    assert record.subject is None, "a body would stay in memory with it"
