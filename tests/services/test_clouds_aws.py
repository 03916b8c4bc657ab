"""Events to AWS: rollout and topics in virtual time; moto and mosquitto as real servers."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import socket
import ssl
import subprocess

import pytest

from nce_sim.deliveries import DeliverySettings, Outcome, Request
from nce_sim.deliveries.aws import AwsTransport
from nce_sim.deliveries.mqtt import MqttTransport
from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.problems import Conflict, Invalid
from nce_sim.services.clouds.envelopes import topic
from nce_sim.storage import Storage
from nce_sim.tables import METADATA
from support.brokers import is_up
from support.cloud_bench import ALL, OWN, Cloud, in_time
from support.peers import START_TIMEOUT_S, program
from support.tls_authority import Authority

ICCID = "8988228066600000001"
A_MINUTE = 60_000


def created(cloud, **more):
    with cloud.storage.unit() as work:
        return cloud.clouds.create_aws(OWN, "mine", ALL, work=work, **more)


def test_events_go_to_iot_core_once_the_stack_is_rolled_out():
    cloud = Cloud()
    iot = VirtualReceiver(cloud.transport, "aws-iot://eu-central-1/")
    made = created(cloud)
    assert made.state == "ROLLOUT_STARTED"
    cloud.emit("LIFECYCLE")
    cloud.clock.advance(A_MINUTE - 1)
    assert cloud.state(made) == "ROLLOUT_STARTED"
    cloud.clock.advance(1)
    done = cloud.clouds.get(OWN, made.integration_id)
    assert (done.state, done.region, done.aws_account_id) == (
        *("ROLLOUT_DONE", "eu-central-1", "123456789012"),
    )
    cloud.emit("LOCATION")
    cloud.clock.advance(1_000)
    [request] = iot.requests
    assert (request.method, request.path) == ("PUBLISH", "/location")
    assert cloud.state(made) == "INTEGRATION_ACTIVE"
    tried = in_time(cloud, cloud.clouds.trials.test(OWN, made.integration_id, "AWS"))
    assert tried.is_ok
    assert iot.requests[-1].path == "/integration-status"


def test_the_token_of_the_stack_names_the_integration_and_lasts_an_hour():
    made = created(Cloud())
    head, claims, signature = made.jwt.split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "==")) == {"alg": "HS256", "typ": "JWT"}
    found = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert found["integrationId"] == made.integration_id
    assert found["exp"] - found["iat"] == 3_600
    assert len(base64.urlsafe_b64decode(signature + "==")) == 32
    assert made.jwt not in repr(made)


def test_a_rollout_that_waits_for_the_customer_goes_on_in_another_run_and_may_fail():
    storage = Storage(METADATA)
    cloud = Cloud(storage, rollout_ms=None)
    made = created(cloud)
    cloud.clock.advance(10 * A_MINUTE)
    assert cloud.state(made) == "ROLLOUT_STARTED"
    with pytest.raises(Conflict, match="roll out"):
        in_time(cloud, cloud.clouds.trials.test(OWN, made.integration_id, "AWS"))
    with cloud.storage.unit() as work, pytest.raises(Invalid, match="webhooks"):
        cloud.clouds.patch(OWN, made.integration_id, url="https://example.com/", work=work)
    with cloud.storage.unit() as work:
        cloud.clouds.rollouts.failed(made.integration_id, "rolled back", work)
    failed = cloud.clouds.get(OWN, made.integration_id)
    assert (failed.state, failed.error) == ("ROLLOUT_FAILED", "rolled back")
    with cloud.storage.unit() as work:
        cloud.clouds.rollouts.done(made.integration_id, work, "999999999999", "us-east-1")
    assert cloud.clouds.get(OWN, made.integration_id).region == "us-east-1"

    due = Storage(METADATA)
    made = created(Cloud(due))
    other = Cloud(due)
    other.clock.advance(A_MINUTE)
    assert other.state(made) == "ROLLOUT_DONE"


TOPICS = [
    ({"type": "ERROR"}, "error"),
    ({"type": "GEOFENCE"}, "geofence"),
    ({"type": "LOCATION"}, "location"),
    ({"type": "LIFECYCLE"}, "lifecycle"),
    ({"type": "TEST_MESSAGE"}, "integration-status"),
    ({"source": "UDP", "payload": {}}, f"{ICCID}/messages"),
    ({"source": "LWM2M", "payload": {}}, f"{ICCID}/messages"),
    ({"source": "COAP", "payload": {}}, ICCID),
    ({"source": "COAP", "payload": {"topic": "a/b"}}, f"{ICCID}/a/b"),
    ({"source": "COAP", "payload": {"topic": "a/#"}}, ICCID),
    ({"source": "COAP", "payload": {"topic": "+"}}, ICCID),
    ({"source": "COAP", "payload": {"topic": "x" * 253}}, ICCID),
    ({"source": "COAP", "payload": {"topic": "/" * 7}}, ICCID),
]


@pytest.mark.parametrize(("event", "expected"), TOPICS, ids=lambda value: str(value)[:50])
def test_topics(event, expected):
    assert topic({"type": "TELEMETRY_DATA", "device": {"iccid": ICCID}, **event}) == expected


async def outcome_of(transport, request):
    answer = asyncio.get_running_loop().create_future()
    transport.send(request, answer.set_result)
    return await asyncio.wait_for(answer, 30)


@pytest.fixture
def credentials(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")


@pytest.mark.slow
def test_moto_has_what_boto3_published_and_put(credentials):
    """Starting moto takes three seconds."""
    import boto3
    from moto.iotdata.models import iotdata_backends
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        settings = DeliverySettings(aws_endpoint_url=url)
        transport = AwsTransport(settings)
        body = b'{"type": "TELEMETRY_DATA"}'
        iot = f"aws-iot://eu-central-1/{ICCID}/messages"
        got = asyncio.run(outcome_of(transport, Request("PUBLISH", iot, {}, body, "d1")))
        assert got == Outcome(200)
        published = iotdata_backends["123456789012"]["eu-central-1"].published_payloads
        assert published == [(f"{ICCID}/messages", body)]

        kinesis = boto3.client("kinesis", region_name="eu-central-1", endpoint_url=url)
        kinesis.create_stream(StreamName="mine", ShardCount=1)
        records = [{"id": number, "sim": {"iccid": ICCID}} for number in range(1_001)]
        put = Request("PUT", "kinesis://eu-central-1/mine", {}, json.dumps(records).encode(), "d")
        assert asyncio.run(outcome_of(transport, put)) == Outcome(200)
        shard = kinesis.get_shard_iterator(
            StreamName="mine", ShardId="shardId-000000000000", ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        found = kinesis.get_records(ShardIterator=shard, Limit=2_000)["Records"]
        assert [json.loads(one["Data"])["id"] for one in found] == list(range(1_001))
        wrong = Request("PUT", "kinesis://eu-central-1/other", {}, b"[{}]", "d")
        missing = asyncio.run(outcome_of(transport, wrong))
        assert (missing.status, missing.answer) == (400, "ResourceNotFoundException")
        kinesis.close()

        s3 = boto3.client("s3", region_name="eu-central-1", endpoint_url=url)
        s3.create_bucket(
            Bucket="mine", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
        )
        role = "arn:aws:iam::123456789012:role/streams"
        for access in ({"key": "a.csv"}, {"key": "b.csv", "role": role, "external_id": "8000001"}):
            put = Request("PUT", "s3://eu-central-1/mine", {}, b'"id"', "d", access=access)
            assert asyncio.run(outcome_of(transport, put)) == Outcome(200)
        found = {one["Key"] for one in s3.list_objects_v2(Bucket="mine")["Contents"]}
        assert found == {"a.csv", "b.csv"}
        assert s3.get_object(Bucket="mine", Key="b.csv")["Body"].read() == b'"id"'
        s3.close()
    finally:
        server.stop()
    gone = asyncio.run(outcome_of(AwsTransport(settings), Request("P", iot, {}, body, "d1")))
    assert gone.status is None
    assert "AWS" in gone.reason


@contextlib.contextmanager
def broker(folder, authority):
    """mosquitto with TLS that wants a client's certificate."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    certificate, key = authority.written(folder, "127.0.0.1")
    (folder / "ca.pem").write_bytes(authority.pem)
    (folder / "mosquitto.conf").write_text(
        f"listener {port} 127.0.0.1\ncafile {folder}/ca.pem\ncertfile {certificate}\n"
        f"keyfile {key}\nrequire_certificate true\nallow_anonymous true\nuser root\n"
        "tls_version tlsv1.2\n"
    )
    process = subprocess.Popen(
        [program("mosquitto"), "-c", str(folder / "mosquitto.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(START_TIMEOUT_S)


# paho-mqtt leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_broker_gets_events_by_tls_with_our_certificate_alone(tmp_path):
    import aiomqtt

    authority = Authority()
    ours = tmp_path / "ours"
    ours.mkdir()
    certificate, key = authority.written(ours, "nce-sim", is_client=True)
    settings = DeliverySettings(
        mqtt_ca_file=str(tmp_path / "ca.pem"),
        mqtt_certificate_file=str(certificate),
        mqtt_key_file=str(key),
    )

    async def main(port):
        await is_up(("127.0.0.1", port))
        context = ssl.create_default_context(cadata=authority.pem.decode())
        context.load_cert_chain(certificate, key)
        request = Request(
            "PUBLISH", f"mqtts://127.0.0.1:{port}/{ICCID}/messages", {}, b'{"level": 42}', "d1"
        )
        async with aiomqtt.Client("127.0.0.1", port, tls_context=context) as client:
            await client.subscribe("#")
            assert await outcome_of(MqttTransport(settings), request) == Outcome(200)
            message = await asyncio.wait_for(anext(aiter(client.messages)), 10)
            assert (str(message.topic), message.payload) == (f"{ICCID}/messages", b'{"level": 42}')
        stranger = DeliverySettings(mqtt_ca_file=settings.mqtt_ca_file)
        refused = await outcome_of(MqttTransport(stranger), request)
        assert refused.status is None
        distrusting = await outcome_of(MqttTransport(), request)
        assert "certificate" in distrusting.reason.lower()

    with broker(tmp_path, authority) as port:
        asyncio.run(main(port))
