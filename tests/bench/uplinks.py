"""Uplinks per second of processor time: committed by the simulated 1NCE OS, and by aiocoap alone.

Each server is a process of its own that tells its processor time; the same client, which is no
CoAP library, sends the same literal bytes to both, 64 requests under way. Ours stores every
message in a database file before it answers 2.04; aiocoap alone answers 2.04 and stores nothing.
"""

import asyncio
import json
import selectors
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

UPLINKS = 2000
WARM_UP = 400
ROUNDS = 3
SIMS = 8
WINDOW = 64
DEADLINE_S = 120
# CON POST /data?t=gps with a token of two bytes and 20 bytes of payload (RFC 7252, 3); Uri-Path is
# option 11, Uri-Query 15.
HEAD = bytes.fromhex("42 02")
REST = bytes.fromhex("aa bb b4") + b"data" + b"\x45t=gps" + b"\xff" + bytes(range(20))


# --- the servers, each a process --------------------------------------------------------------


async def tell_processor_time(first_line):
    """Print the line, then the processor time for each line that comes in, until the last."""
    print(json.dumps(first_line), flush=True)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.readline():
        print(time.process_time(), flush=True)


async def serve_ours(db):
    from nce_sim.backend import Backend
    from nce_sim.clock import LoopClock
    from nce_sim.ports.twin import TwinPorts, twin_of
    from nce_sim.wire.datagram import Address
    from nce_sim.world import World

    world = World(seed=1, clock=LoopClock())
    sims = [world.add_sim() for _ in range(SIMS)]
    with Backend(world, db=db) as backend:
        twins = TwinPorts(world.core, asyncio.get_running_loop())
        await twins.open()
        service = Address(world.core.settings.coap_host, backend.settings.coap_port)
        sources = [twin_of(world.core.address_of(sim)) for sim in sims]
        try:
            await tell_processor_time([list(twins.addresses[service]), sources])
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
        await tell_processor_time([[host, int(port)], [host] * SIMS])
    finally:
        await context.shutdown()


# --- the client -------------------------------------------------------------------------------


def send_all(service, sockets, count, first_mid):
    """Send `count` requests, `WINDOW` of them under way; each must be answered with 2.04."""
    deadline = time.monotonic() + DEADLINE_S
    with selectors.DefaultSelector() as selector:
        for one in sockets:
            selector.register(one, selectors.EVENT_READ)
        sent = answered = 0
        while answered < count:
            while sent < count and sent - answered < WINDOW:
                mid = first_mid + sent // len(sockets)
                datagram = HEAD + mid.to_bytes(2, "big") + REST
                sockets[sent % len(sockets)].sendto(datagram, service)
                sent += 1
            for key, _ in selector.select(1):
                answer = key.fileobj.recv(2048)
                if answer[1] != 0x44:
                    raise SystemExit(f"an uplink was answered with {answer.hex()}")
                answered += 1
            if time.monotonic() > deadline:
                raise SystemExit(f"{answered} of {count} uplinks answered in {DEADLINE_S} s")


def measure(server, argument):
    """(uplinks per second of processor time, and per second) of a server's process."""
    process = subprocess.Popen(
        [sys.executable, __file__, server, argument],
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
        service, sources = json.loads(line)
        sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in sources]
        for one, host in zip(sockets, sources, strict=True):
            one.bind((host, 0))
        send_all(tuple(service), sockets, WARM_UP, 1)
        before, start = processor_time(), time.perf_counter()
        send_all(tuple(service), sockets, UPLINKS, 10_000)
        took, wall = processor_time() - before, time.perf_counter() - start
        for one in sockets:
            one.close()
        return UPLINKS / took, UPLINKS / wall
    finally:
        process.stdin.close()
        process.wait(timeout=30)


def free_port():
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def ours():
    with tempfile.TemporaryDirectory() as folder:
        db = str(Path(folder) / "world.db")
        rates = measure("serve_ours", db)
        with closing(sqlite3.connect(db)) as connection:
            [(stored,)] = connection.execute("SELECT count(*) FROM history")
    if stored != WARM_UP + UPLINKS:
        raise SystemExit(f"{stored} of {WARM_UP + UPLINKS} acknowledged uplinks are stored")
    return rates


def rows():
    try:
        import aiocoap  # noqa: F401

        has_aiocoap = True
    except ImportError:
        has_aiocoap = False
    mine, theirs = [], []
    # In turn, and the best of each: a busy machine slows both.
    for _ in range(ROUNDS):
        mine.append(ours())
        if has_aiocoap:
            theirs.append(measure("serve_aiocoap", str(free_port()))[0])
    rate, per_second = (max(values) for values in zip(*mine, strict=True))
    note = f"{UPLINKS} CoAP messages of {SIMS} SIMs, {WINDOW} under way; best of {ROUNDS}"
    table = [
        ("uplinks per CPU second, committed", round(rate), "1/s", note),
        ("uplinks per second, committed", round(per_second), "1/s", "client and disk included"),
    ]
    if not has_aiocoap:
        return [*table, ("uplinks / bare aiocoap", "skipped", "", "aiocoap is not installed")]
    best = max(theirs)
    return [
        *table,
        ("uplinks per CPU second, bare aiocoap", round(best), "1/s", "answers, stores nothing"),
        ("uplinks per CPU second / bare aiocoap", rate / best, "x", "in turn; goal 1.5"),
    ]


if __name__ == "__main__":
    asyncio.run(
        {"serve_ours": serve_ours, "serve_aiocoap": serve_aiocoap}[sys.argv[1]](sys.argv[2])
    )
