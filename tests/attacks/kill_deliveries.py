"""Kills a simulated 1NCE OS while it delivers, and looks whether a webhook got everything.

    python tests/attacks/kill_deliveries.py --times 10
    python tests/attacks/kill_deliveries.py --times 10 --db postgresql://...

As `kill_backend.py`, with a webhook to a server on loopback: every message that was answered with
2.04 has to arrive there, by the end of a last run that nobody kills, and no event id comes twice
with different content.
"""

import argparse
import base64
import json
import os
import socket
import tempfile
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

import httpx
from kill_backend import Load, Lost, simulator

OPTION = "--deliver-to-loopback"
IN_FLIGHT = 2  # messages of devices that wait for their answers
DELAY_S = 0.01  # of the server: something is on its way at every moment
LIMIT_S = 90


class Inbox:
    """What the server got: payloads, and bodies by event id."""

    def __init__(self):
        self.requests = 0
        self.payloads = set()
        self.bodies = defaultdict(set)

    def take(self, body):
        event = json.loads(body)
        self.requests += 1
        self.bodies[event["id"]].add(body)
        self.payloads.add(base64.b64decode(event["payload"]["value"]))


@contextmanager
def server():
    """An HTTP server on loopback: its URL, and its inbox."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(DELAY_S)
            if self.has_gone():
                return  # nobody hears the answer: it has to come once more
            inbox.take(body)
            self.send_response(200)
            self.end_headers()

        def has_gone(self):
            try:
                return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            except BlockingIOError:
                return False
            except OSError:
                return True

        def log_message(self, *words):
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.handle_error = lambda *where: None  # the other side was killed
        thread = threading.Thread(target=running.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{running.server_address[1]}/in", inbox
        finally:
            running.shutdown()
            thread.join()


def integrate(api, url):
    """Set the webhook over the Management API."""
    with httpx.Client(base_url=api["url"], timeout=30) as client:
        credentials = (api["client_id"], api["client_secret"])
        grant = {"grant_type": "client_credentials"}
        token = client.post("/oauth/token", auth=credentials, json=grant).json()["access_token"]
        webhook = {
            "name": "all",
            "url": url,
            "headers": {},
            "eventTypes": [{"type": "TELEMETRY_DATA"}],
        }
        answer = client.post(
            "/v1/integrate/clouds/webhooks",
            json=webhook,
            headers={"Authorization": f"Bearer {token}"},
        )
        assert answer.status_code == 201, answer.text


def work(one, duration_s):
    """Keep a few messages under way for a while."""
    until = time.monotonic() + duration_s
    while time.monotonic() < until:
        while len(one.waiting) < IN_FLIGHT:
            one.send()
        one.hear(0.05)


def kill_many(db, times, seed, tell=print):
    """Several runs on one database, and one that delivers the rest; Lost when some is missing."""
    load, random = Load(), Random(seed)
    with server() as (url, inbox):
        for run in range(times):
            with simulator(db, load, random.random(), OPTION) as one:
                if run == 0:
                    integrate(one.api, url)
                work(one, random.uniform(0.1, 0.4))
                one.kill()
            tell(f"run {run + 1}: {len(load.acknowledged)} acknowledged, {inbox.requests} sent")
        with simulator(db, load, random.random(), OPTION) as one:
            until = time.monotonic() + LIMIT_S
            while load.acknowledged - inbox.payloads and time.monotonic() < until:
                time.sleep(0.05)
            one.interrupt()
        lost = load.acknowledged - inbox.payloads
        again = inbox.requests - len(inbox.bodies)
        tell(
            f"{times} kills: {len(load.acknowledged)} acknowledged, {len(inbox.bodies)} "
            f"delivered, {again} of them once more, {len(lost)} lost"
        )
        if lost:
            raise Lost(f"{len(lost)} messages were acknowledged and never delivered: {lost}")
        if any(len(bodies) > 1 for bodies in inbox.bodies.values()):
            raise Lost("an event id came with two contents")
        if len(inbox.bodies) != len(inbox.payloads):
            raise Lost("a message came under two event ids")
        if inbox.payloads - load.sent:
            raise Lost("a message arrived that nobody sent")
    return load, inbox


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="how many kills (10)")
    parser.add_argument("--seed", type=int, help="decides the moments; printed if not given")
    parser.add_argument("--db", help="use this new database and keep it")
    arguments = parser.parse_args()
    seed = arguments.seed
    if seed is None:
        seed = int.from_bytes(os.urandom(4), "big")
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        kill_many(arguments.db or str(Path(folder) / "world.db"), arguments.times, seed)
    print("everything that was acknowledged was delivered")


if __name__ == "__main__":
    main()
