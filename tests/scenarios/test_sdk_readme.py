"""The examples of sdk/README.md, run as they stand and in order, in a world with 1NCE OS."""

import ast
import asyncio
import json
import re
import types
from pathlib import Path

import pytest

import nce.folder
import nce.listener
from nce.coap import codes
from nce.coap.client import CoapClient
from nce.coap.server import CoapServer
from nce.coap.site import Site
from nce.device import Undelivered
from nce_modem import Modem
from nce_sim.backend import Backend
from nce_sim.backend_settings import BackendSettings
from nce_sim.clock import run_virtual
from nce_sim.endpoints.dtls import DtlsSettings
from nce_sim.ports.pipe import PipeBoard
from nce_sim.world import World

README = Path(__file__).parents[2] / "sdk" / "README.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.M | re.S)


class Template:
    @staticmethod
    def encode(record):
        return json.dumps(record).encode()


class Line:
    """Datagrams to and from one peer: a datagram port, and a listening one at the other end."""

    max_datagram = 1152

    def __init__(self, clock):
        self._clock = clock
        self.inbox = []
        self.far = None

    async def send(self, data):
        self.far.inbox.append(data)

    async def send_to(self, data, peer):
        await self.send(data)

    async def receive(self, timeout_ms):
        until_ms = self._clock.now_ms() + timeout_ms
        while not self.inbox and self._clock.now_ms() < until_ms:
            await asyncio.sleep(0.005)
        return self.inbox.pop(0) if self.inbox else None

    async def receive_from(self, timeout_ms):
        data = await self.receive(timeout_ms)
        return None if data is None else (data, "peer")

    async def close(self):
        pass


def line(clock):
    near, far = Line(clock), Line(clock)
    near.far, far.far = far, near
    return near, far


def server_of_ones_own():
    """What the example of block-wise transfer and observation speaks to; its site and log."""
    site = Site(max_body=4096)
    taken = []
    site.add("/log", codes.PUT, lambda request: taken.append(request.payload) or codes.CHANGED)
    site.add("/image", codes.GET, lambda request: bytes(5000))
    site.add("/setting", codes.GET, lambda request: b"on", is_observable=True)
    site.add("/", codes.POST, lambda request: taken.append(request.payload) or codes.CHANGED)
    return site, taken


async def run_block(block, names):
    code = compile(block, "sdk/README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = types.FunctionType(code, names)()
    if asyncio.iscoroutine(result):
        await result


async def story(clock, folder, printed):
    settings = BackendSettings(dtls=DtlsSettings(session_ids=True, connection_id_bytes=8))
    world = World(seed=1, clock=clock)
    with Backend(world, settings=settings) as backend:
        sim = world.add_sim()
        simulated = world.add_modem(sim)
        simulated.power_on()
        modem = Modem(PipeBoard(simulated))
        await modem.attach()
        names = {"modem": modem, "template": Template, "record": b"by hand", "print": printed}
        blocks = list(BLOCKS)

        def sent():
            history = backend.inspector.history(sim.iccid, page_size=None)
            return [item.value for item in reversed(history)]

        await run_block(blocks.pop(0), names)  # a Device
        await run_block(blocks.pop(0), names)  # the same by hand
        assert len(sent()) == 2

        near, far = line(clock)
        site, taken = server_of_ones_own()
        serving = asyncio.ensure_future(CoapServer(far, site).serve())
        (folder / "log.txt").write_bytes(b"x" * 3000)
        mine = {**names, "client": CoapClient(near)}
        await run_block(blocks.pop(0), mine)
        serving.cancel()
        assert taken == [b"x" * 3000, b"1"]
        assert (folder / "image.bin").read_bytes() == bytes(5000)
        assert (mine["state"].payload, len(site.observers)) == (b"on", 0)

        near, far = line(clock)
        nce.listener.open_listener = lambda port: listener(far, port)
        serving = asyncio.ensure_future(run_block(blocks.pop(0), dict(names)))
        pushed = await CoapClient(near).request(codes.POST, "/example", "a=1", b"{}")
        serving.cancel()
        assert (pushed.code, printed.lines) == (codes.CHANGED, [(["a=1"], b"{}")])

        await run_block(blocks.pop(0), names)  # the outbox
        assert len(sent()) == 3

        outbox = names["outbox"]
        number = outbox.put(b"bad")
        outbox.refuse(outbox.peek_batch(1), codes.REQUEST_ENTITY_TOO_LARGE)
        await run_block(blocks.pop(0), names)  # what was refused
        assert printed.lines[-1] == ("record", number, "was refused with", 0x8D, b"bad")
        assert outbox.refused.records() == []

        await names["secure"].close()
        names["port"] = await modem.open_datagram("coap.os.1nce.com", 5684)
        credentials = names["credentials"]
        names.update(identity=credentials.identity, key=credentials.key)
        await run_block(blocks.pop(0), names)  # parameters
        assert (await names["client"].request(codes.POST, "/", payload=b"4")).code == codes.CHANGED
        await names["secure"].close()

        for handshakes in (1, 0):  # sleep: the session is kept, and goes on without a handshake
            before = backend.counters.handshakes
            names["port"] = await modem.open_datagram("coap.os.1nce.com", 5684)
            await run_block(blocks[0], names)
            assert backend.counters.handshakes == before + handshakes
        blocks.pop(0)
        bootstraps = backend.counters.bootstraps
        await run_block(blocks.pop(0), names)  # credentials given by hand: not those of this SIM
        with pytest.raises(Undelivered):
            await names["device"].send(b"record")
        assert backend.counters.bootstraps == bootstraps
        assert not blocks
        await modem.close()


async def listener(port_of_the_test, port):
    assert port == 3000
    return port_of_the_test


class Printed:
    def __init__(self):
        self.lines = []

    def __call__(self, *words):
        self.lines.append(words)


def test_every_example_runs_as_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # On a board the outbox is at the root of the flash.
    whole = nce.folder.Folder
    monkeypatch.setattr(nce.folder, "Folder", lambda path: whole(str(tmp_path) + path))
    monkeypatch.setattr(nce.listener, "open_listener", nce.listener.open_listener)
    printed = Printed()
    run_virtual(lambda clock: story(clock, tmp_path, printed))
