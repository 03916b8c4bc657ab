"""Our LwM2M client before Wakaama's servers of npm, unmodified: LwM2M 1.0 over UDP.

`make peers` builds them.
"""

from __future__ import annotations

import asyncio

from lwm2m_scene import SAMPLE, Temperature, account, creatables, device
from nce.lwm2m import events
from nce.lwm2m.model import Creatable, Instance
from support import wakaama
from support.lwm2m_engine import running

BOOTSTRAP = """[Server]
id=1111
uri=coap://127.0.0.1:{port}
bootstrap=no
lifetime=300
security=NoSec

[Endpoint]
Delete=/0
Delete=/1
Server=1111
"""


def executed():
    """A sample with one executable, and the arguments that it was given."""
    given = []
    values = {2: given.append, 3: {0: 7}, 10: b"\1\2", 12: 5, 14: 1.5, 15: "text"}
    return given, Instance(SAMPLE, 0, values)


async def life():
    """Registered, managed and observed by the server, and gone."""
    async with wakaama.server() as peer:
        temperature = [21.5]
        given, sample = executed()
        sensor = Temperature(lambda: temperature[0])
        own = [device(), sensor, sample, Creatable(SAMPLE)]
        uri = f"coap://127.0.0.1:{peer.port}"
        async with running(account(lifetime_s=300, uri=uri) + own, version="1.0") as client:
            await client.told(events.REGISTERED)
            await peer.until("New client #0 registered")
            said = [
                await peer.command(f"{command}", answer)
                for command, answer in (
                    ("read 0 /3303/0/5700", "41 AC 00 00"),
                    ("read 0 /3/0", "COAP_205_CONTENT"),
                    ("disc 0 /3303", "COAP_205_CONTENT"),
                    ("write 0 /33605/0/12 42", "COAP_204_CHANGED"),
                    ("exec 0 /33605/0/2", "COAP_204_CHANGED"),
                    ("time 0 /3303/0/5700 0 60", "COAP_204_CHANGED"),
                    ("read 0 /3303/0/99", "COAP_404_NOT_FOUND"),
                    ("del 0 /33605/0", "COAP_202_DELETED"),
                    ("observe 0 /3303/0/5700", "Notify from client #0 /3303/0/5700"),
                )
            ]
            temperature[0] = 30.5
            sensor.changed(5700)
            await peer.until("41 F4 00 00", said[-1])
            await peer.command("cancel 0 /3303/0/5700", "COAP_NO_ERROR")
            client.take(client.client.stop(client.now_ms()))
            await client.told(events.DEREGISTERED)
            await peer.until("Client #0 unregistered")
        return peer.said, given, sample


def test_our_client_lives_at_wakaamas_server():
    said, given, sample = asyncio.run(life())
    assert [bytes(one) for one in given] == [b""]
    assert sample.values[12] == 42
    text = "\n".join(said)
    assert "</3303/0/5700>" in text


async def bootstrapped(folder):
    """Bootstrapped by one program, registered with the other."""
    async with wakaama.server() as peer:
        text = BOOTSTRAP.format(port=peer.port)
        async with wakaama.bootstrap_server(folder, text) as before:
            security = account()[0]
            security.values.update({0: f"coap://127.0.0.1:{before.port}", 1: True, 10: 2222})
            objects = [security, *creatables(), device(), Temperature(lambda: 21.5)]
            async with running(objects, version="1.0") as client:
                await client.told(events.BOOTSTRAPPED)
                await client.told(events.REGISTERED)
                await peer.until("New client #0 registered")
                return [(one.uri, one.lifetime_s) for one in client.client.servers], peer.port


def test_our_client_is_bootstrapped_by_wakaamas_bootstrap_server(tmp_path):
    servers, port = asyncio.run(bootstrapped(tmp_path))
    assert (f"coap://127.0.0.1:{port}", 300) in servers
