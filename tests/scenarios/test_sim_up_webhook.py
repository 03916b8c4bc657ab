"""`nce sim up` delivers a message of a device to a webhook that was set over its HTTP API."""

from __future__ import annotations

import asyncio
import socket

import httpx
import pytest
import typer

from nce_cli.backend_options import trusted_file
from nce_sim.deliveries.receiver import LoopbackReceiver
from support.running_world import open_world
from support.tls_authority import Authority

GRANT = {"grant_type": "client_credentials"}
EVENTS = [{"type": "TELEMETRY_DATA"}]
LIMIT_S = 30


def send_udp(description, payload):
    """As the SIM's twin, to the twin of udp.os.1nce.com."""
    [sim] = description["sims"]
    [udp] = [one for one in description["endpoints"] if one["service"] == "udp.os.1nce.com"]
    host, _, port = udp["twin"].rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.bind((sim["twin"], 0))
        device.sendto(payload, (host, int(port)))


async def story(description):
    api = description["api"]
    async with (
        LoopbackReceiver.opened() as receiver,
        httpx.AsyncClient(base_url=api["url"], timeout=LIMIT_S) as client,
    ):
        answer = await client.post(
            "/oauth/token", auth=(api["client_id"], api["client_secret"]), json=GRANT
        )
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        webhook = {"name": "mine", "url": receiver.url, "headers": {}, "eventTypes": EVENTS}
        path = "/v1/integrate/clouds"
        made = (await client.post(f"{path}/webhooks", json=webhook)).json()
        tested = await client.post(f"{path}/webhooks/{made['id']}/test")
        assert tested.json()["testStatus"] == "SUCCESS", tested.text
        send_udp(description, b"hello")
        test, telemetry = await receiver.wait_for(2, LIMIT_S)
        assert test.json["type"] == "TEST_MESSAGE"
        assert telemetry.json["payload"]["value"] == "aGVsbG8="
        inside = {**webhook, "url": "http://169.254.169.254/", "name": "other"}
        assert (await client.post(f"{path}/webhooks", json=inside)).status_code == 400


@pytest.mark.slow
def test_a_webhook_on_this_computer_gets_what_a_device_sends():
    with open_world("--sims", "1", "--deliver-to-loopback") as world:
        asyncio.run(story(world.description))


def test_a_file_without_certificates_is_refused(tmp_path):
    (tmp_path / "ca.pem").write_text("nothing")
    with pytest.raises(typer.BadParameter, match="holds no certificate"):
        trusted_file(tmp_path / "ca.pem")
    certificate = tmp_path / "authority.pem"
    certificate.write_bytes(Authority().pem)
    assert trusted_file(certificate) == certificate
    assert trusted_file(None) is None
