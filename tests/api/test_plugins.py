"""Plugins over 1NCE's Management API, and events to Datacake and Tartabit."""

import re

from nce_sim.deliveries.receiver import VirtualReceiver
from nce_sim.services.plugins.partners import key_pair
from nce_sim.wire.datagram import Address, Datagram
from support.api import in_world

PLUGINS = "/v1/partners/plugins"
UDP = Address("10.60.2.239", 4445)
TARTABIT = {"serverDomain": "bridge-us.tartabit.com", "webhookKey": "webhook-secret-0042"}
DATACAKE = {"workspaceId": "abcdef12-0000-0000-ab12-123456789012"}
WAITS_MS = (150_000, 180_000, 420_000, 1_020_000)


async def install(place, partner, body):
    return await place.post(f"/v1/partners/{partner}/plugins", json=body)


def device_of(place):
    """A SIM on the air; `speaks()` sends a message."""
    sim = place.world.add_sim()
    session = place.world.core.open_session(sim, lambda datagram: None)
    host = place.world.core.address_of(sim)

    def speaks(wait_ms=5_000):
        session.send(Datagram(Address(host, 40_000), UDP, b"1"))
        place.world.advance(wait_ms)

    return sim, speaks


@in_world
async def test_a_plugin_is_installed_listed_shown_and_removed(place):
    private, public = key_pair(1_024)
    mender = {"tenantToken": "tenant-0815", "privateKey": private, "publicKey": public}
    ids = {}
    for partner, body, own in (
        ("DATACAKE", DATACAKE, DATACAKE),
        ("TARTABIT", TARTABIT, {**TARTABIT, "webhookKey": "********0042"}),
        ("MENDER", mender, {"tenantToken": "********", "publicKey": public}),
        ("MEMFAULT", {}, {}),
    ):
        made = await install(place, partner, body)
        assert made.status_code == 201, made.text
        ids[partner] = made.json()["id"]
        assert re.fullmatch(r"[\w-]{21}", ids[partner])
        shown = {"partner": partner, "status": "INSTALLED", **own}
        assert shown.items() <= made.json().items()
        details = await place.get(f"{PLUGINS}/{ids[partner]}")
        assert made.json().items() <= details.json().items()
        assert private[40:80] not in details.text
        again = await install(place, partner, body)
        assert (again.status_code, again.json()["statusText"]) == (409, "Conflict")
    memfault = (await place.get(f"{PLUGINS}/{ids['MEMFAULT']}")).json()
    assert {"email", "url", "memfaultProjectId"} <= set(memfault)

    listed = (await place.get(PLUGINS)).json()
    assert (listed["page"], listed["pageAmount"]) == (1, 1)
    assert [item["id"] for item in listed["items"]] == sorted(ids.values())  # of one instant
    assert set(listed["items"][0]) == {"id", "partner", "created", "updated", "status"}

    assert (await place.delete(f"{PLUGINS}/{ids['DATACAKE']}")).status_code == 204
    for method in ("get", "delete"):
        gone = await getattr(place, method)(f"{PLUGINS}/{ids['DATACAKE']}")
        assert gone.status_code == 404
    assert (await install(place, "DATACAKE", DATACAKE)).status_code == 201


@in_world
async def test_wrong_plugins_are_refused(place):
    for partner, body in (
        ("DATACAKE", {}),
        ("DATACAKE", {"workspaceId": ""}),
        ("TARTABIT", {"serverDomain": "bridge-us.tartabit.com"}),
        ("TARTABIT", {**TARTABIT, "serverDomain": "host.example/path"}),
        ("MENDER", {"tenantToken": "t", "privateKey": "nonsense"}),
        ("MENDER", {"tenantToken": "t", "privateKey": "a", "publicKey": "b"}),
        ("MEMFAULT", {"projectKey": "mine"}),
    ):
        refused = await install(place, partner, body)
        assert refused.status_code == 400, (partner, body)
        assert refused.json()["statusText"] == "Bad Request"
    assert (await place.get(PLUGINS)).json()["items"] == []
    assert (await install(place, "NOBODY", {})).status_code == 404


@in_world
async def test_datacake_and_tartabit_get_all_events(place):
    transport = place.backend.deliveries.transport
    datacake = VirtualReceiver(transport, "https://api.datacake.co/")
    tartabit = VirtualReceiver(transport, "https://bridge-us.tartabit.com/")
    installed = await install(place, "DATACAKE", DATACAKE)
    await install(place, "TARTABIT", TARTABIT)
    sim, speaks = device_of(place)
    speaks()
    for receiver in (datacake, tartabit):
        assert [body["type"] for body in receiver.bodies] == ["LIFECYCLE", "TELEMETRY_DATA"]
        assert {body["device"]["iccid"] for body in receiver.bodies} == {sim.iccid}
        assert receiver.requests[0].method == "POST"
        assert receiver.requests[0].headers["content-type"] == "application/json"
    assert DATACAKE["workspaceId"] in datacake.requests[0].path
    assert tartabit.requests[0].path == "/webhook/webhook-secret-0042"
    await place.delete(f"{PLUGINS}/{installed.json()['id']}")
    speaks()
    assert (len(datacake.requests), len(tartabit.requests)) == (2, 3)


@in_world
async def test_a_plugin_that_nobody_answers_fails_and_is_restarted(place):
    transport = place.backend.deliveries.transport
    tartabit = VirtualReceiver(transport, "https://bridge-us.tartabit.com/")
    plugin_id = (await install(place, "TARTABIT", TARTABIT)).json()["id"]
    watcher = VirtualReceiver(transport)
    webhook = {
        "name": "errors",
        "url": watcher.url,
        "headers": {},
        "eventTypes": [{"type": "ERROR"}],
    }
    made = await place.post("/v1/integrate/clouds/webhooks", json=webhook)
    assert made.status_code == 201, made.text
    restart = f"{PLUGINS}/{plugin_id}/restart"
    assert (await place.post(restart)).status_code == 409, "it has not failed"
    tartabit.status = 500
    _, speaks = device_of(place)
    speaks()
    for wait_ms in WAITS_MS:
        assert (await place.get(f"{PLUGINS}/{plugin_id}")).json()["status"] == "INSTALLED"
        place.world.advance(wait_ms + 1_000)
    assert (await place.get(f"{PLUGINS}/{plugin_id}")).json()["status"] == "FAILED"
    assert len(tartabit.requests) == 5
    [error] = watcher.bodies
    assert error["error"]["message"] == "CloudIntegrator[PluginDisabled]"
    assert error["error"]["description"].startswith("One of your plugins has failed.")
    logs = (await place.get("/v1/administrationLogs")).json()["items"]
    assert logs[0]["message"] == "CloudIntegrator[PluginDisabled]"
    speaks()
    assert len(tartabit.requests) == 5, "it gets nothing any more"

    failed = (await place.post(restart)).json()
    assert (failed["restartStatus"], failed["plugin"]["status"]) == ("FAILURE", "FAILED")
    tartabit.status = 204
    done = (await place.post(restart)).json()
    assert (done["restartStatus"], done["message"]) == ("SUCCESS", "Restart was successful")
    assert done["plugin"]["status"] == "INSTALLED"
    assert tartabit.bodies[-1]["type"] == "TEST_MESSAGE"
    speaks()
    assert tartabit.bodies[-1]["type"] == "TELEMETRY_DATA"
