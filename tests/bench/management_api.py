"""Requests of the Management API per second of processor time, beside a bare FastAPI route.

Each server is a process of its own that tells its processor time, in the same uvicorn; the same
client asks both over a few connections. Ours finds the caller by the token and the SIM among ten
thousand; the bare one returns the same bytes to anybody. Rate limits are off.
"""

import asyncio
import http.client
import json
import subprocess
import sys
import tempfile
from pathlib import Path

SIMS = 10_000
REQUESTS = 320
WARM_UP = 32
CONNECTIONS = 16  # asked in turn, so that the server has something to do
ROUNDS = 3
FIRST, LAST = "/v1/sims", f"/v1/sims?page={SIMS // 10}"


# --- the servers, each a process --------------------------------------------------------------


async def serve(app, told):
    """Print what is told, then the processor time for each line that comes in."""
    from uplinks import tell_processor_time

    from nce_sim.api.server import ApiServer

    server = ApiServer(app)
    await server.start()
    try:
        await tell_processor_time({"port": int(server.url.rpartition(":")[2]), **told})
    finally:
        await server.close()


async def serve_ours(folder):
    from nce_sim.api.app import create_app
    from nce_sim.api.settings import ApiSettings
    from nce_sim.backend import Backend
    from nce_sim.clock import LoopClock
    from nce_sim.world import World

    world = World(seed=1, clock=LoopClock())
    sims = [world.add_sim() for _ in range(SIMS)]
    with Backend(world) as backend:
        own, now_ms = world.settings.account.organisation_id, backend.wall_ms()
        issued = backend.access.first_credentials(own, now_ms)
        token = backend.access.token_for(issued.client_id, issued.secret, now_ms).text
        one = f"/v1/sims/{sims[SIMS // 2].iccid}"
        told = {"token": token, "paths": [one, f"{one}/quota/data", f"{one}/status", FIRST, LAST]}
        await serve(create_app(backend, ApiSettings(rate_limits={})), told)


async def serve_bare(folder):
    from fastapi import FastAPI, Response

    app = FastAPI()
    for path in Path(folder).iterdir():
        body = path.read_bytes()

        async def answer(body=body):
            return Response(body, media_type="application/json")

        app.get(f"/{path.name}")(answer)
    await serve(app, {})


# --- the client -------------------------------------------------------------------------------


class Server:
    """A server's process, and one connection to it."""

    def __init__(self, name, folder):
        self._process = subprocess.Popen(
            [sys.executable, __file__, name, folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self._process.stdout.readline()
        if not line:
            raise SystemExit(f"{name} does not start")
        self.told = json.loads(line)
        port = self.told["port"]
        self._clients = [
            http.client.HTTPConnection("127.0.0.1", port, timeout=60) for _ in range(CONNECTIONS)
        ]

    def get(self, path, headers, count=CONNECTIONS):
        """Ask `count` times, as many at once as there are connections; the last body."""
        body = b""
        for _ in range(count // CONNECTIONS):
            for client in self._clients:
                client.request("GET", path, headers=headers)
            for client in self._clients:
                answer = client.getresponse()
                body = answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{path} was answered with {answer.status}: {body[:200]!r}")
        return body

    def processor_time(self):
        self._process.stdin.write("?\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def time_of(self, path, headers):
        """Seconds of processor time for a request."""
        self.hang_up()  # the server ends an idle connection after 5 s
        self.get(path, headers, WARM_UP)
        before = self.processor_time()
        self.get(path, headers, REQUESTS)
        return (self.processor_time() - before) / REQUESTS

    def hang_up(self):
        for client in self._clients:
            client.close()  # it opens again by itself

    def close(self):
        self.hang_up()
        self._process.stdin.close()
        self._process.wait(timeout=30)


def measured(folder):
    """For each path the best processor time of a request: ours, and the bare route's."""
    ours = Server("serve_ours", folder)
    try:
        headers = {"Authorization": f"Bearer {ours.told['token']}"}
        paths = [f"/management-api{path}" for path in ours.told["paths"]]
        for number, path in enumerate(paths):
            Path(folder, str(number)).write_bytes(ours.get(path, headers))
        bare = Server("serve_bare", folder)
        try:
            pairs = [(path, f"/{number}") for number, path in enumerate(paths)]
            best = {path: (float("inf"), float("inf")) for path in paths}
            for path, plain in pairs * ROUNDS:  # in turn: a busy machine slows both
                took = (ours.time_of(path, headers), bare.time_of(plain, headers))
                best[path] = tuple(min(pair) for pair in zip(best[path], took, strict=True))
            return [best[path] for path in paths]
        finally:
            bare.close()
    finally:
        ours.close()


def rows():
    with tempfile.TemporaryDirectory() as folder:
        record, quota, status, first, last = measured(folder)
    note = f"of {SIMS:,} SIMs; {REQUESTS} requests in turn, the best of {ROUNDS}"

    def ratio(pair):
        return pair[1] / pair[0]

    return [
        ("API: one SIM, requests per CPU second", round(1 / record[0]), "1/s", note),
        ("API: one SIM / bare FastAPI route", ratio(record), "x", "the same bytes; goal 0.4"),
        ("API: its quota / bare FastAPI route", ratio(quota), "x", "goal 0.4"),
        ("API: its status / bare FastAPI route", ratio(status), "x", "goal 0.4"),
        ("API: ten SIMs / bare FastAPI route", ratio(first), "x", "the same bytes; goal 0.25"),
        ("API: last page of SIMs / first page", first[0] / last[0], "x", "1: constant time"),
    ]


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    asyncio.run({"serve_ours": serve_ours, "serve_bare": serve_bare}[sys.argv[1]](sys.argv[2]))
