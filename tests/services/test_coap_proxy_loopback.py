"""The CoAP proxy in real time: stand-ins for Memfault and Mender are HTTP servers on loopback."""

import asyncio
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import LoopClock
from nce_sim.services.plugins.partners import MemfaultDetails, MenderDetails, key_pair
from nce_sim.services.plugins.settings import PluginSettings
from nce_sim.world import World
from support.proxy_device import PATCH, POST, ProxyDevice

CHUNKS = "https://chunks.memfault.com/api/v0/chunks/:iccid:"
MENDER = "https://hosted.mender.io/api/devices/v1/"
LIMIT_S = 60


class StandIn(ThreadingHTTPServer):
    """Keeps what it gets; answers what `answers` has for a path, else 202."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.got = []
        self.answers = {}
        self.release = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def _serve(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.got.append((self.command, self.path, dict(self.headers.items()), body))
        status, kind, answer = self.server.answers.get(self.path, (202, "", b""))
        if status is None:
            self.server.release.wait(LIMIT_S)
            return
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", self.server.url + "/elsewhere")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = _serve

    def log_message(self, format, *arguments):
        pass


@contextmanager
def stand_in():
    server = StandIn()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.release.set()
        server.shutdown()
        thread.join(LIMIT_S)
        server.server_close()


def play(scene, **settings):
    """Run `scene(device, server, backend)` in real time."""

    async def main():
        with stand_in() as server:
            hosts = ("chunks.memfault.com", "hosted.mender.io")
            plugins = PluginSettings(
                stand_ins=dict.fromkeys(hosts, server.url),
                memfault_project_key="project-key-1",
                **settings,
            )
            world = World(1, LoopClock())
            with Backend(world, settings=BackendSettings(plugins=plugins)) as backend:
                organisation_id = world.settings.account.organisation_id
                with backend.storage.unit() as work:
                    for one in (MemfaultDetails(), MenderDetails("tenant-1", *key_pair(1_024))):
                        backend.plugins.install(organisation_id, one, work)
                async with asyncio.timeout(LIMIT_S):
                    await scene(ProxyDevice(world), server, backend)

    asyncio.run(main())


def test_stand_ins_get_what_the_partners_would():
    async def scene(device, server, backend):
        assert (await device.asked(POST, CHUNKS, b"\x00chunk"))[0] == "2.04"
        auth, inventory = "authentication/auth_requests", "inventory/device/attributes"
        server.answers["/api/devices/v1/" + auth] = (200, "application/jwt", b"jwt-1")
        assert await device.asked(POST, MENDER + auth) == ("2.05", b"")
        assert (await device.asked(PATCH, MENDER + inventory, b"[]"))[0] == "2.04"
        chunk, asked, told = server.got
        assert chunk[:2] == ("POST", f"/api/v0/chunks/{device.id}")
        assert chunk[2]["Memfault-Project-Key"] == "project-key-1"
        assert chunk[3] == b"\x00chunk"
        assert json.loads(asked[3])["id_data"] == f'{{"iccid":"{device.id}"}}'
        assert told[:2] == ("PATCH", "/api/devices/v1/" + inventory)
        assert told[2]["Authorization"] == "Bearer jwt-1"

    play(scene)


def test_a_slow_a_large_a_redirecting_and_a_missing_server():
    async def scene(device, server, backend):
        path = "/api/devices/v1/x"
        for answer, code in (
            ((None, "", b""), "5.04"),
            ((200, "text/plain", b"x" * 100_000), "5.02"),
            ((302, "", b""), "5.02"),
            ((200, "application/json", b"{}"), "2.05"),
        ):
            server.answers[path] = answer
            assert (await device.asked(POST, MENDER + "x", b"1"))[0] == code
        assert {one[1] for one in server.got} == {path}, "a redirect is not followed"
        server.shutdown()
        server.server_close()
        assert (await device.asked(POST, MENDER + "x", b"1"))[0] == "5.02"

    play(scene, upstream_timeout_ms=200)


def test_a_host_without_a_stand_in_is_not_asked():
    async def scene(device, server, backend):
        code, text = await device.asked(POST, MENDER.replace("hosted", "eu.hosted") + "x", b"1")
        assert (code, text) == (
            "5.02",
            b"eu.hosted.mender.io has no stand-in, and the internet is not reached",
        )
        assert server.got == []

    play(scene)


def test_requests_under_way_end_with_the_backend():
    async def scene(device, server, backend):
        server.answers["/api/devices/v1/x"] = (None, "", b"")
        device.send(POST, MENDER + "x", b"1")
        async with asyncio.timeout(LIMIT_S):
            while not server.got:
                await asyncio.sleep(0.005)
        assert backend.partner_proxy.under_way == 1
        backend.close()
        assert backend.partner_proxy.under_way == 0

    play(scene)
