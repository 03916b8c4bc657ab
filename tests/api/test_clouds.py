"""The Cloud Integrator over the API: bodies as 1NCE's examples have them, events from a modem."""

from __future__ import annotations

import asyncio

from nce_sim.deliveries.receiver import VirtualReceiver
from support.api import in_world

CLOUDS = "/v1/integrate/clouds"
URL = "https://receiver.example.com/in"
NEW = {
    "name": "webhook-name-1",
    "url": URL,
    "headers": {"x-api-key": "s3cret"},
    "eventTypes": [{"type": "TELEMETRY_DATA"}, {"type": "LIFECYCLE", "version": "1.0.0"}],
}
AWS = {"name": "aws-1", "eventTypes": [{"type": "ERROR"}], "jsonPayloadEnabled": True}


def receiver_of(place, url="https://receiver.example.com/"):
    return VirtualReceiver(place.backend.deliveries.transport, url)


async def created(place, body=NEW, path="/webhooks"):
    answer = await place.post(CLOUDS + path, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


@in_world
async def test_a_webhook_from_its_creation_to_its_end(place):
    made = await created(place)
    assert set(made) == {
        *("id", "name", "url", "headers", "eventTypes", "jsonPayloadEnabled", "state", "type"),
        *("createdTime", "updatedTime"),
    }
    assert (made["state"], made["type"], made["jsonPayloadEnabled"]) == (
        *("ROLLOUT_DONE", "WEBHOOK", False),
    )
    assert made["headers"] == {"x-api-key": "s3cret"}
    assert made["eventTypes"] == [
        {"type": "TELEMETRY_DATA", "version": "1.0.0"},
        {"type": "LIFECYCLE", "version": "1.0.0"},
    ]
    assert made["createdTime"] == "2026-01-01T00:00:00.000Z"
    path = f"{CLOUDS}/{made['id']}"
    assert (await place.get(path)).json() == made
    [item] = (await place.get(CLOUDS)).json()["items"]
    assert item["id"] == made["id"]
    assert "headers" not in item
    for operation in (path, f"{CLOUDS}/webhooks/{made['id']}"):
        change = {"jsonPayloadEnabled": True, "eventTypes": [{"type": "ERROR"}]}
        answer = await place.patch(operation, json=change)
        assert answer.status_code == 200
        assert answer.json()["jsonPayloadEnabled"]
        assert answer.json()["eventTypes"] == [{"type": "ERROR", "version": "1.0.0"}]
    assert (await place.delete(path)).status_code == 204
    assert (await place.get(path)).status_code == 404
    assert (await place.get(CLOUDS)).json() == {"items": [], "page": 1, "pageAmount": 1}


@in_world
async def test_a_message_of_a_device_arrives_at_the_webhook(place):
    receiver = receiver_of(place)
    made = await created(place)
    sim = place.world.add_sim()
    address = place.world.core.add_subscriber(sim)
    place.backend.clock.advance(1)
    await place.backend.write(
        lambda work: place.backend.integrator.accept(
            sim, "UDP", b"hello", address=address, work=work
        )
    )
    await receiver.wait_for(2)
    lifecycle, telemetry = receiver.bodies
    assert lifecycle["type"] == "LIFECYCLE"
    assert telemetry["payload"] == {"type": "STRING", "encoding": "base64", "value": "aGVsbG8="}
    assert telemetry["device"] == {"iccid": sim.iccid, "ip": address, "imsi": sim.imsi}
    assert receiver.requests[0].headers["x-api-key"] == "s3cret"
    found = (await place.get(f"{CLOUDS}/{made['id']}")).json()
    assert found["state"] == "INTEGRATION_ACTIVE"
    assert found["lastSuccessfulMessageDelivery"].startswith("2026-01-01T00:00:00.")
    changed = await place.patch(f"{CLOUDS}/{made['id']}", json={"headers": {}})
    assert "lastSuccessfulMessageDelivery" not in changed.json()


@in_world
async def test_tests_and_restarts(place):
    receiver = receiver_of(place)
    made = await created(place)
    path = f"{CLOUDS}/webhooks/{made['id']}"
    assert (await place.post(path + "/test")).json() == {
        "testStatus": "SUCCESS",
        "message": "Test was successful",
    }
    assert receiver.bodies[0]["type"] == "TEST_MESSAGE"
    assert (await place.post(path + "/restart")).status_code == 409
    receiver.status = 500
    assert (await place.post(path + "/test")).json()["testStatus"] == "FAILURE"
    assert (await place.post(path.replace("webhooks", "aws") + "/test")).status_code == 404


@in_world
async def test_aws_from_its_creation_to_its_stack(place):
    made = await created(place, AWS, "/aws")
    assert made["state"] == "ROLLOUT_STARTED"
    assert len(made["jwt"].split(".")) == 3
    assert "url" not in made
    assert "headers" not in made
    place.world.advance(60_000)
    found = (await place.get(f"{CLOUDS}/{made['id']}")).json()
    assert (found["state"], found["awsAccountId"], found["region"]) == (
        *("ROLLOUT_DONE", "123456789012", "eu-central-1"),
    )
    receiver_of(place, "aws-iot://eu-central-1/")
    path = f"{CLOUDS}/aws/{made['id']}"
    assert (await place.post(path + "/test")).json()["testStatus"] == "SUCCESS"
    assert (await place.patch(f"{CLOUDS}/{made['id']}", json={"url": URL})).status_code == 400
    wrong = f"{CLOUDS}/webhooks/{made['id']}"
    assert (await place.patch(wrong, json={"jsonPayloadEnabled": False})).status_code == 404


@in_world
async def test_what_can_be_chosen(place):
    rows = (await place.get(CLOUDS + "/eventTypes")).json()["eventTypes"]
    assert [row["name"] for row in rows] == [
        *("TELEMETRY_DATA", "LIFECYCLE", "ERROR", "GEOFENCE", "LOCATION", "TEST_MESSAGE"),
    ]
    assert all(row["payload"]["type"] == row["name"] for row in rows)
    stacks = (await place.get(CLOUDS + "/aws/parameters")).json()["awsIntegration"]
    assert stacks[0]["version"] == "v1.2.0"


WRONG = [
    {**NEW, "url": "http://example.com/"},
    {**NEW, "url": "https://10.60.2.219/"},
    {**NEW, "headers": {"Host": "x"}},
    {**NEW, "headers": {"x": 1}},
    {**NEW, "eventTypes": []},
    {**NEW, "eventTypes": [{"type": "TEST_MESSAGE"}]},
    {**NEW, "name": ""},
    {**NEW, "more": 1},
    {name: value for name, value in NEW.items() if name != "headers"},
]


@in_world
async def test_a_wrong_body_is_refused_without_its_secrets(place):
    for body in WRONG:
        answer = await place.post(CLOUDS + "/webhooks", json=body)
        assert answer.status_code == 400, body
        assert set(answer.json()) == {"statusCode", "statusText", "errors"}
        assert "s3cret" not in answer.text


@in_world
async def test_a_url_is_used_once(place):
    await created(place)
    assert (await place.post(CLOUDS + "/webhooks", json=NEW)).status_code == 409


@in_world
async def test_another_organisations_integration_is_not_there(place):
    other = place.organisation_id + 1
    made = await place.backend.write(
        lambda work: place.backend.clouds.create_webhook(
            other, "other", URL, {}, [("ERROR", None)], work=work
        )
    )
    one = made.integration_id
    assert (await place.get(CLOUDS)).json()["items"] == []
    for method, path in (
        ("GET", f"/{one}"),
        ("DELETE", f"/{one}"),
        ("PATCH", f"/{one}"),
        ("PATCH", f"/webhooks/{one}"),
        ("POST", f"/webhooks/{one}/test"),
        ("POST", f"/webhooks/{one}/restart"),
    ):
        body = {"json": {}} if method == "PATCH" else {}
        answer = await place.client.request(method, CLOUDS + path, **body)
        assert answer.status_code == 404, path
    assert place.backend.clouds.get(other, one) == made
    await created(place)  # its URL is free for others


@in_world
async def test_a_webhook_that_failed_is_in_the_logs_and_comes_back_by_a_restart(place):
    receiver = receiver_of(place)
    receiver.status = 500
    made = await created(place)
    sim = place.world.add_sim()
    await place.backend.write(
        lambda work: place.backend.integrator.accept(
            sim, "UDP", b"hello", address="10.160.0.1", work=work
        )
    )
    await receiver.wait_for(5, 4_000)
    await asyncio.sleep(1)
    path = f"{CLOUDS}/{made['id']}"
    failed = (await place.get(path)).json()
    assert (failed["state"], failed["error"]) == ("INTEGRATION_FAILED", "HTTP status 500")
    logs = (await place.get("/v1/administrationLogs?q=type:integration")).json()["items"]
    assert [log["message"] for log in logs] == ["CloudIntegrator[IntegrationDisabled]"]
    assert logs[0]["integrationId"] == made["id"]
    receiver.status = 200
    restarted = (await place.post(f"{CLOUDS}/webhooks/{made['id']}/restart")).json()
    assert restarted["restartStatus"] == "SUCCESS"
    assert restarted["message"] == "Restart was successful"
    assert restarted["integration"]["state"] == "INTEGRATION_ACTIVE"
    assert "error" not in (await place.get(path)).json()
