"""A real broker, mosquitto, and a published MQTT client over the driver's TCP, in real time.

Client, modem's serial line, air, NAT, bridge, broker; a second client sits beside the broker.
"""

import asyncio
import contextlib
import socket
import subprocess

import pytest

from nce_modem import Modem
from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.settings import CellSettings, Settings
from support.driver_bench import Bench
from support.peers import START_TIMEOUT_S, program

aiomqttc = pytest.importorskip("aiomqttc", reason="pip install aiomqttc")
pytestmark = pytest.mark.slow

BROKER = Address("203.0.113.8", 1883)
LIMIT_S = 120
# A cell that is near and found at once: this waits in real time.
NEAR = Settings(
    cell=CellSettings(link=LinkProfile("near", (5, 20)), search_ms=(100, 200), attach_ms=(50, 100))
)
MESSAGES = [b"%d " % number + bytes(range(256)) * 5 for number in range(3)]
QOS = 1


@contextlib.contextmanager
def mosquitto(folder):
    """The broker on a free port of loopback: yields (host, port), and its log as a file."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings, log = folder / "mosquitto.conf", folder / "mosquitto.log"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type all\n"
    )
    with log.open("wb") as output:
        process = subprocess.Popen(
            [program("mosquitto"), "-c", str(settings)], stdout=output, stderr=output
        )
        try:
            yield ("127.0.0.1", port), log
        finally:
            process.terminate()
            process.wait(START_TIMEOUT_S)


async def is_up(real):
    """Wait until the broker takes connections."""
    async with asyncio.timeout(START_TIMEOUT_S):
        while True:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(*real)
                writer.close()
                return
            await asyncio.sleep(0.05)


async def connected(name, host, port):
    """A client that has subscribed to what the other one says, and what it heard."""
    heard = asyncio.Queue()

    async def on_message(client, topic, message, *_):
        heard.put_nowait((topic, bytes(message)))

    client = aiomqttc.MQTTClient(name, host, port, keepalive=60)
    client.on_message = on_message
    assert await client.connect(timeout_sec=30)
    await client.subscribe(f"to/{name}", qos=QOS)
    return client, heard


async def all_of(heard, topic):
    """What came, as many as were sent; each was for `topic`."""
    found = [await heard.get() for _ in MESSAGES]
    assert {told for told, _ in found} == {topic}
    return [message for _, message in found]


def test_a_published_client_and_mosquitto_meet_over_a_modem(tmp_path, monkeypatch):
    plain = aiomqttc.StreamConnection._connect

    async def main(real):
        await is_up(real)
        bench = Bench(LoopClock(), "bg95", settings=NEAR)
        bench.world.core.internet.bridge(BROKER, real)
        modem = Modem(bench, family="bg95")

        async def connect(stream):
            if stream._host != BROKER.host:
                await plain(stream)
                return
            stream.reader, stream.writer = await modem.open_connection(stream._host, stream._port)
            stream._eof = False

        monkeypatch.setattr(aiomqttc.StreamConnection, "_connect", connect)
        try:
            await modem.attach()
            desk, at_desk = await connected("desk", *real)
            device, at_device = await connected("device", BROKER.host, BROKER.port)
            for message in MESSAGES:
                assert await device.publish("to/desk", message, qos=QOS)
                assert await desk.publish("to/device", message[::-1], qos=QOS)
            assert await all_of(at_desk, "to/desk") == MESSAGES
            assert await all_of(at_device, "to/device") == [data[::-1] for data in MESSAGES]
            await device.disconnect()
            await desk.disconnect()
        finally:
            await modem.close()

    with mosquitto(tmp_path) as (real, log):
        asyncio.run(asyncio.wait_for(main(real), LIMIT_S))
    told = log.read_text()
    # The broker's word: each with QoS 1, acknowledged both ways.
    assert told.count("Received PUBLISH from device (d0, q1, r0") == len(MESSAGES)
    assert told.count("Sending PUBACK to device") == len(MESSAGES)
    assert told.count("Sending PUBLISH to device (d0, q1, r0") == len(MESSAGES)
    assert told.count("Received PUBACK from device") == len(MESSAGES)
