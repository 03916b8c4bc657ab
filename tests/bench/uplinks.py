"""Uplinks per second of processor time: committed by the simulated 1NCE OS, and by aiocoap alone.

Each server is a process of its own that tells its processor time; the same client, which is no
CoAP library, sends the same literal bytes to both, 64 requests under way. Ours stores every
message in a database file before it answers 2.04; aiocoap alone answers 2.04 and stores nothing.
In the heavier of our two runs every message comes in a DTLS record and a template decodes it; for
aiocoap it stays a plain one.
"""

import asyncio
import gc
import json
import os
import selectors
import socket
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from itertools import zip_longest
from pathlib import Path

UPLINKS = 2000
WARM_UP = 400
ROUNDS = 5
SIMS = 8
WINDOW = 64
DEADLINE_S = 120
# CON POST /data?t=env with a token of two bytes and 17 bytes of payload (RFC 7252, 3); Uri-Path is
# option 11, Uri-Query 15. The payload is one of the template.
TEMPLATE = Path(__file__).parents[2] / "firmware/blueprints/environment_template.json"
HEAD = bytes.fromhex("42 02")
REST = bytes.fromhex("aa bb b4") + b"data" + b"\x45t=env" + b"\xff"
REST += struct.pack("<4f?", 21.5, 40.25, 512, 0.75, True)
SECURE, PLAIN = "secure", "plain"
CCM_8 = 0xC0A8  # TLS_PSK_WITH_AES_128_CCM_8 (RFC 6655)


# --- the servers, each a process --------------------------------------------------------------


async def tell_processor_time(first_line):
    """Print the line, then the processor time for each line that comes in, until the last."""
    print(json.dumps(first_line), flush=True)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(time.process_time(), flush=True)


async def serve_ours(db, way):
    from nce_sim.backend import Backend
    from nce_sim.backend_settings import BackendSettings
    from nce_sim.clock import LoopClock
    from nce_sim.ports.twin import TwinBlock, TwinPorts, twin_of
    from nce_sim.scenarios.open_world import TIMELINE_BYTES
    from nce_sim.settings import Settings
    from nce_sim.wire.datagram import Address
    from nce_sim.world import World

    # As `nce sim up` has it: listeners get each record at once, so only a few are kept.
    settings = Settings(timeline_bytes=TIMELINE_BYTES)
    block = TwinBlock.claim(settings, BackendSettings().addresses)
    world = World(1, clock=LoopClock(), settings=block.settings)
    sims = [world.add_sim() for _ in range(SIMS)]
    with Backend(world, db=db) as backend:
        twins = TwinPorts(world.core, asyncio.get_running_loop(), block)
        await twins.open()
        ports, keys = backend.settings, []
        if way == SECURE:
            backend.add_template("environment", TEMPLATE.read_text(), ("COAP",))
            for sim in sims:
                backend.authenticator.bootstrap(sim.iccid, 0)
            keys = [(sim.iccid, backend.authenticator.psk(sim.iccid).hex()) for sim in sims]
        port = ports.coaps_port if way == SECURE else ports.coap_port
        service = Address(world.core.settings.coap_host, port)
        sources = [twin_of(world.core.address_of(sim)) for sim in sims]
        gc.freeze()  # as `nce sim up` does
        try:
            await tell_processor_time([list(twins.addresses[service]), sources, keys])
        finally:
            twins.close()


async def serve_aiocoap(port):
    import aiocoap
    from aiocoap import resource

    class Data(resource.Resource):
        async def render_post(self, request):
            return aiocoap.Message(code=aiocoap.CHANGED)

    site = resource.Site()
    site.add_resource(["data"], Data())
    host = "127.0.0.1"
    context = await aiocoap.Context.create_server_context(
        site, bind=(host, int(port)), transports=["udp6"]
    )
    try:
        await tell_processor_time([[host, int(port)], [host] * SIMS, []])
    finally:
        await context.shutdown()


# --- the client -------------------------------------------------------------------------------


class Lane:
    """The socket of one SIM, and its DTLS session if it has one."""

    def __init__(self, service, source, key):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect(service)
        self._session = None if key is None else self._shaken_hands(*key)

    def _shaken_hands(self, identity, key):
        from nce_sim.modem.sockets.dtls_client import DtlsClient

        session = DtlsClient(
            identity.encode(), bytes.fromhex(key), suites=(CCM_8,), random_bytes=os.urandom
        )
        session.start(0)
        self.socket.settimeout(DEADLINE_S)
        while session.is_shaking_hands:
            for datagram in session.datagrams_to_send():
                self.socket.send(datagram)
            session.receive_datagram(self.socket.recv(2048), 0)
        if not session.is_established:
            raise SystemExit(f"no DTLS session: {session.failure}")
        return session

    def send(self, message):
        if self._session is None:
            self.socket.send(message)
            return
        self._session.send(message)
        for datagram in self._session.datagrams_to_send():
            self.socket.send(datagram)

    def receive(self):
        datagram = self.socket.recv(2048)
        if self._session is None:
            return datagram
        [message] = self._session.receive_datagram(datagram, 0)
        return message


def send_all(lanes, count, first_mid):
    """Send `count` requests, `WINDOW` of them under way; each must be answered with 2.04."""
    deadline = time.monotonic() + DEADLINE_S
    with selectors.DefaultSelector() as selector:
        for lane in lanes:
            selector.register(lane.socket, selectors.EVENT_READ, lane)
        sent = answered = 0
        while answered < count:
            while sent < count and sent - answered < WINDOW:
                mid = first_mid + sent // len(lanes)
                lanes[sent % len(lanes)].send(HEAD + mid.to_bytes(2, "big") + REST)
                sent += 1
            for key, _ in selector.select(1):
                answer = key.data.receive()
                if answer[1] != 0x44:
                    raise SystemExit(f"an uplink was answered with {answer.hex()}")
                answered += 1
            if time.monotonic() > deadline:
                raise SystemExit(f"{answered} of {count} uplinks answered in {DEADLINE_S} s")


def measure(server, *arguments):
    """(uplinks per second of processor time, and per second) of a server's process."""
    process = subprocess.Popen(
        [sys.executable, __file__, server, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def processor_time():
        process.stdin.write("?\n")
        process.stdin.flush()
        return float(process.stdout.readline())

    try:
        line = process.stdout.readline()
        if not line:
            raise SystemExit(f"{server} does not start")
        service, sources, keys = json.loads(line)
        lanes = [
            Lane(tuple(service), source, key)
            for source, key in zip_longest(sources, keys)  # no keys: all plain
        ]
        send_all(lanes, WARM_UP, 1)
        before, start = processor_time(), time.perf_counter()
        send_all(lanes, UPLINKS, 10_000)
        took, wall = processor_time() - before, time.perf_counter() - start
        for lane in lanes:
            lane.socket.close()
        return UPLINKS / took, UPLINKS / wall
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def free_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ours(way):
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "world.db")
        rates = measure("serve_ours", db, way)
        with closing(sqlite3.connect(db)) as connection:
            query = "SELECT count(*) FROM history WHERE is_json = ?"
            [(stored,)] = connection.execute(query, (way == SECURE,))
    if stored != WARM_UP + UPLINKS:
        raise SystemExit(f"{stored} of {WARM_UP + UPLINKS} acknowledged uplinks are stored")
    return rates


def rows():
    try:
        import aiocoap  # noqa: F401

        has_aiocoap = True
    except ImportError:
        has_aiocoap = False
    secure, plain, theirs = [], [], []
    # In turn, and the best of each: a busy machine slows all.
    for _ in range(ROUNDS):
        secure.append(ours(SECURE))
        plain.append(ours(PLAIN))
        if has_aiocoap:
            theirs.append(measure("serve_aiocoap", str(free_port()))[0])
    rate, per_second = (max(values) for values in zip(*secure, strict=True))
    plain_rate = max(plain)[0]
    note = f"{UPLINKS} CoAP messages of {SIMS} SIMs, {WINDOW} under way; best of {ROUNDS}"
    table = [
        ("uplinks per CPU second: DTLS, decoded, committed", round(rate), "1/s", note),
        ("uplinks per second: the same", round(per_second), "1/s", "client and disk included"),
        ("uplinks per CPU second: plain, committed", round(plain_rate), "1/s", "no template"),
    ]
    if not has_aiocoap:
        return [*table, ("uplinks / bare aiocoap", "skipped", "", "aiocoap is not installed")]
    best = max(theirs)
    return [
        *table,
        ("uplinks per CPU second, bare aiocoap", round(best), "1/s", "plain, stores nothing"),
        ("uplinks: DTLS, decoded, committed / aiocoap", rate / best, "x", "in turn; goal 1.5"),
        ("uplinks: plain, committed / bare aiocoap", plain_rate / best, "x", "in turn; goal 1.5"),
    ]


if __name__ == "__main__":
    _, server, *arguments = sys.argv
    asyncio.run({"serve_ours": serve_ours, "serve_aiocoap": serve_aiocoap}[server](*arguments))
