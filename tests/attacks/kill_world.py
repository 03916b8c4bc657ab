"""Kills a simulated world in the middle of its work, and looks whether it kept its word.

    python tests/attacks/kill_world.py --times 10
    python tests/attacks/kill_world.py --times 10 --db postgresql://...

Each run starts `nce sim up --db` on the same database. Its SIMs' twins send messages by CoAP and
UDP, a customer writes over the Management API by three connections, a modem sends short messages,
and servers on loopback get events, data streams and forwarded messages; SIGKILL comes at a moment
that the seed decides. The next run is asked for all that was answered with 2xx. A last run that
nobody kills delivers the rest: every message that was answered with 2.04 is in the history and was
delivered, every short message that the network took was forwarded, every event of a SIM is in the
stream, every action reached its device, and no id ever came with two contents.
"""

import argparse
import base64
import json
import os
import socket
import tempfile
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

from customer import ACTION_PORT, Customer
from kill_backend import Load, simulator
from promises import Lost
from streams import Streams

# The API's rate limits are by the world's clock.
SPEED = 20
OPTIONS = ("--deliver-to-loopback", "--speed", str(SPEED))
UDP_PORT = 4445
IN_FLIGHT = 2  # messages of devices that wait for their answers
DELAY_S = 0.005  # of the receiver: something is on its way at every moment
LIMIT_S = 60
EARLY_S = 0.2  # a kill this soon may come before there is a load
LEAST_MESSAGES, LEAST_WRITES = 8, 5  # acknowledged before any other
# What SIGKILL waits for: an answer that comes before its commit is found out by the last two.
CAUSES = MOMENT, MESSAGE, WRITE = "once", "an answer to a message", "an answer to a write"
UNDER_WAY = {"SCHEDULED", "IN_PROGRESS"}  # of actions


class Inbox:
    """What the receiver got: how often each payload's events came, and bodies by event id."""

    def __init__(self):
        self.streams = None
        self.requests = 0
        self.events = defaultdict(set)  # payload to the ids of its events
        self.bodies = defaultdict(set)

    def take(self, path, method, body):
        if self.streams.take(path, method, body):
            return
        event = json.loads(body)
        self.requests += 1
        self.bodies[event["id"]].add(body)
        if event["type"] == "TELEMETRY_DATA":
            self.events[base64.b64decode(event["payload"]["value"])].add(event["id"])


@contextmanager
def server():
    """An HTTP server on loopback: its URL, and its inbox."""
    inbox = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_PATCH(self):
            self.do_POST()

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            time.sleep(DELAY_S)
            if self.has_gone():
                return  # nobody hears the answer: it has to come once more
            inbox.take(self.path, self.command, body)
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
            url = f"http://127.0.0.1:{running.server_address[1]}"
            inbox.streams = Streams(url, SPEED)
            yield f"{url}/in", inbox
        finally:
            running.shutdown()
            thread.join()


class Devices:
    """The SIMs' devices: messages by CoAP and UDP, and what comes down to them."""

    def __init__(self):
        self.load = Load()
        self.datagrams = set()
        self.actions = set()  # (ICCID, text)
        self._lines = []

    @contextmanager
    def on(self, one):
        """Their sockets, at the twins of a run."""
        with ExitStack() as closing:
            self._lines = []
            for sim in one.sims:
                line = closing.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                line.bind((sim["twin"], ACTION_PORT))
                line.setblocking(False)
                self._lines.append((line, sim["iccid"]))
            yield

    def work(self, one, has_ended, limit_s):
        """Keep a few messages under way until `has_ended()`, or for a while."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until:
            self.send(one)
            one.hear(0.02)
            if has_ended():
                return
            self.listen()

    def send(self, one):
        while len(one.waiting) < IN_FLIGHT:
            one.send()
            self.send_datagram(one)

    def send_datagram(self, one):
        """One more message by UDP, which nobody acknowledges."""
        payload = b"datagram %d" % len(self.datagrams)
        line, _ = self._lines[len(self.datagrams) % len(self._lines)]
        self.datagrams.add(payload)
        line.sendto(payload, one.services[UDP_PORT])

    def listen(self):
        """Take the actions that came down, and answer them."""
        for line, iccid in self._lines:
            while True:
                try:
                    request, sender = line.recvfrom(2048)
                except BlockingIOError:
                    break
                # RFC 7252, 3 and 5.2.1: message ID, 8 bytes of token, options, the payload; the
                # acknowledgement has 2.04 and the first two.
                self.actions.add((iccid, request[12:].partition(b"\xff")[2].decode()))
                line.sendto(b"\x68\x44" + request[2:12], sender)

    def wait(self, duration_s):
        """Listen for a while."""
        until = time.monotonic() + duration_s
        while time.monotonic() < until:
            self.listen()
            time.sleep(0.005)

    def begin(self, one):
        """Send from each device: from now on it gets what goes to its port, and not its modem."""
        for _ in self._lines:
            self.send_datagram(one)


def run_once(one, customer, devices, streams, moment_s, cause):
    """Load until SIGKILL: at that moment, or at the next answer to a message or to a write."""
    # SIMs that an order brought are in no modem.
    [*_, pty] = [sim["pty"] for sim in one.sims if sim["pty"] is not None]
    with streams.phone(pty), devices.on(one):
        devices.begin(one)
        begun = len(devices.load.acknowledged), customer.counts["acknowledged"]
        customer.begin([sim["iccid"] for sim in one.sims])
        devices.work(one, lambda: False, moment_s)
        if moment_s > EARLY_S:
            # A slow computer gets the time that it needs: the kill is to come amid the load.
            devices.work(
                one,
                lambda: (
                    len(devices.load.acknowledged) >= begun[0] + LEAST_MESSAGES
                    and customer.counts["acknowledged"] >= begun[1] + LEAST_WRITES
                ),
                LIMIT_S,
            )
        known = len(devices.load.acknowledged)
        if cause == MESSAGE:
            devices.work(one, lambda: len(devices.load.acknowledged) > known, LIMIT_S)
        elif cause == WRITE:
            customer.kill_at_next_answer(one.process)
            devices.work(one, lambda: one.process.poll() is not None, LIMIT_S)
        one.kill()
        customer.end()
        devices.listen()
    if any("Traceback" in line for line in one.complaints):
        raise Lost("".join(one.complaints))


def deliver_the_rest(one, customer, devices, inbox):
    """Wake each device, and wait until nothing waits; the messages that are stored, by number."""
    with devices.on(one):
        devices.begin(one)
        devices.work(one, lambda: False, 0.2)
        one.finish(LIMIT_S)
        until = time.monotonic() + LIMIT_S
        while customer.actions_by_status().keys() & UNDER_WAY and time.monotonic() < until:
            devices.wait(0.2)
        stored = Counter(map(base64.b64decode, customer.history()))
        events = customer.events()
        waits_for = inbox.streams.missing
        while time.monotonic() < until and (
            stored.keys() - inbox.events.keys() or any(waits_for(events))
        ):
            devices.wait(0.05)
        inbox.streams.check(events)
    return stored


def check_messages(devices, stored, inbox):
    """Compare what was sent, acknowledged, stored and delivered; Lost when one is missing."""
    load = devices.load
    if load.acknowledged - stored.keys():
        raise Lost(f"{load.acknowledged - stored.keys()} were answered with 2.04 and not stored")
    if load.refused & stored.keys():
        raise Lost(f"{load.refused & stored.keys()} were answered with 5.03 and are stored")
    if stored.keys() - load.sent - devices.datagrams or max(stored.values()) > 1:
        raise Lost("a message is stored twice, or was never sent")
    if stored.keys() != inbox.events.keys():
        raise Lost(f"{stored.keys() ^ inbox.events.keys()} are either stored or delivered")
    if any(len(ids) > 1 for ids in inbox.events.values()):
        raise Lost("a message came under two event ids")
    if any(len(bodies) > 1 for bodies in inbox.bodies.values()):
        raise Lost("an event id came with two contents")


def kill_many(db, times, seed, tell=print):
    """Several runs on one database, and one that delivers the rest; the counts."""
    devices, random = Devices(), Random(seed)
    with server() as (url, inbox):
        customer = Customer(url, seed)
        for run in range(times):
            with simulator(db, devices.load, random.random(), *OPTIONS) as one:
                customer.sign_in(one.api)
                if run == 0:
                    customer.integrate()
                    inbox.streams.integrate(one.portal)
                else:
                    customer.check()
                moment_s = random.uniform(0.1, 0.8)
                cause = random.choice(CAUSES)
                run_once(one, customer, devices, inbox.streams, moment_s, cause)
            acknowledged = len(devices.load.acknowledged), customer.counts["acknowledged"]
            tell(
                f"run {run + 1}: killed after {moment_s:.3f} s, at {cause}; {acknowledged[0]} "
                f"messages and {acknowledged[1]} writes acknowledged, {inbox.requests} deliveries"
            )
        with simulator(db, devices.load, random.random(), *OPTIONS) as one:
            customer.sign_in(one.api)
            customer.check()
            stored = deliver_the_rest(one, customer, devices, inbox)
            customer.check()
            actions = customer.actions_by_status()
            if one.interrupt():
                raise Lost("".join(one.complaints))
    tell(f"refused: {dict(customer.refusals)}")
    check_messages(devices, stored, inbox)
    if actions.keys() & UNDER_WAY:
        raise Lost(f"actions wait for devices that are there: {actions}")
    if actions["SUCCEEDED"] - devices.actions:
        raise Lost(f"{actions['SUCCEEDED'] - devices.actions} succeeded and never arrived")
    return {
        "kills": times,
        "messages acknowledged": len(devices.load.acknowledged),
        "stored": len(stored),
        "events delivered": len(inbox.bodies),
        "of these once more": inbox.requests - len(inbox.bodies),
        "writes acknowledged": customer.counts["acknowledged"],
        "cut off": customer.counts["unanswered"],
        "refused": customer.counts["refused"],
        **customer.promised(),
        **inbox.streams.counts(),
        "actions that succeeded": len(actions["SUCCEEDED"]),
        "lost": 0,
    }


def shown(counts):
    return ", ".join(f"{name} {count}" for name, count in counts.items())


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
        db = arguments.db or str(Path(folder) / "world.db")
        print(shown(kill_many(db, arguments.times, seed)))


if __name__ == "__main__":
    main()
