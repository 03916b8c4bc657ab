"""A real broker, mosquitto, and a published MQTT client over the driver's TCP, in real time.

Client, modem's serial line, air, NAT, bridge, broker; a second client sits beside the broker.
The client hands a message on that ended too early: an end that nothing tells would be seen.
"""

import asyncio
import contextlib
import random
import time

import pytest

from nce_modem import Modem
from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.settings import CellSettings, Settings
from support.brokers import is_up, mosquitto
from support.driver_bench import Bench

aiomqttc = pytest.importorskip("aiomqttc", reason="pip install aiomqttc")
pytestmark = pytest.mark.slow

BROKER = Address("203.0.113.8", 1883)
LIMIT_S = 400
# A cell that is near and found at once: this waits in real time.
NEAR = Settings(
    cell=CellSettings(link=LinkProfile("near", (5, 20)), search_ms=(100, 200), attach_ms=(50, 100))
)
MESSAGES = [b"%d " % number + bytes(range(256)) * 5 for number in range(3)]
QOS = 1
LARGE = [random.Random(number).randbytes(65_536) for number in range(16)]
NO_MESSAGE_S = 60  # on a computer that has other work


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


@pytest.fixture
def over_the_modem(tmp_path, monkeypatch):
    """Run `story(bench, modem, real)`: clients of BROKER's address connect over the modem.

    Returns what mosquitto said.
    """
    plain = aiomqttc.StreamConnection._connect

    async def main(story, real):
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
            await story(bench, modem, real)
        finally:
            await modem.close()

    def run(story):
        with mosquitto(tmp_path) as (real, log):
            asyncio.run(asyncio.wait_for(main(story, real), LIMIT_S))
        return log.read_text()

    return run


def test_a_published_client_and_mosquitto_meet_over_a_modem(over_the_modem):
    async def story(bench, modem, real):
        desk, at_desk = await connected("desk", *real)
        device, at_device = await connected("device", BROKER.host, BROKER.port)
        for message in MESSAGES:
            assert await device.publish("to/desk", message, qos=QOS)
            assert await desk.publish("to/device", message[::-1], qos=QOS)
        assert await all_of(at_desk, "to/desk") == MESSAGES
        assert await all_of(at_device, "to/device") == [data[::-1] for data in MESSAGES]
        await device.disconnect()
        await desk.disconnect()

    told = over_the_modem(story)
    # The broker's word: each with QoS 1, acknowledged both ways.
    assert told.count("Received PUBLISH from device (d0, q1, r0") == len(MESSAGES)
    assert told.count("Sending PUBACK to device") == len(MESSAGES)
    assert told.count("Sending PUBLISH to device (d0, q1, r0") == len(MESSAGES)
    assert told.count("Received PUBACK from device") == len(MESSAGES)


async def rounds(device, heard, topic, messages):
    """Publish each message and hear it again; the messages that are left when one fails."""
    for done, message in enumerate(messages):
        with contextlib.suppress(OSError):  # the client closes the stream, which says why it broke
            if await device.publish(topic, message, qos=QOS):
                async with asyncio.timeout(NO_MESSAGE_S):
                    told, data = await heard.get()
                assert told == topic
                assert data == message, f"{len(data)} bytes came of {len(message)}"
                continue
        assert heard.empty()
        assert not device.connected
        return messages[done:]
    return []


@pytest.mark.parametrize(("count", "restarts"), [(16, 0), (4, 1)])
def test_a_mebibyte_to_mosquitto_and_back_is_right_or_an_error_says_so(
    over_the_modem, figure, count, restarts
):
    """A restart of the modem takes a message in its middle; a new client publishes it again."""

    async def story(bench, modem, real):
        if restarts:
            faults = bench.knobs.faults
            faults.at_command("+QISEND", faults.reset, count=100, when="received")
        desk, at_desk = await connected("desk", *real)
        await desk.subscribe("to/+", qos=QOS)
        started_s, used_s = time.monotonic(), time.process_time()
        left, clients = LARGE[:count], 0
        while left:
            clients += 1
            assert clients <= 1 + restarts
            await modem.attach()
            name = f"device-{clients}"
            device, heard = await connected(name, BROKER.host, BROKER.port)
            left = await rounds(device, heard, f"to/{name}", left)
            await device.disconnect()
        assert clients == 1 + restarts
        took_s, used_s = time.monotonic() - started_s, time.process_time() - used_s
        at_the_broker = [(await at_desk.get())[1] for _ in range(at_desk.qsize())]
        assert at_the_broker == LARGE[:count]
        await desk.disconnect()
        size = sum(map(len, at_the_broker)) // 1024
        figure(
            f"bg95 and mosquitto: {size} KiB each way in {took_s:.1f} s, {used_s:.1f} CPU s, "
            f"{restarts} restarts"
        )

    over_the_modem(story)
