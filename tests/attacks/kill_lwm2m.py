"""Kills a simulated 1NCE OS while an LwM2M client notifies, and looks whether it kept its word.

    python tests/attacks/kill_lwm2m.py --times 10

Each run starts `nce sim up --db` on the same database. A client at a SIM's twin, its CoAP written
by hand, bootstraps, registers and is observed in the first run; in all others it goes on with the
registration and the observation that it was told of. It notifies as fast as it is confirmed, and
the process ends with SIGKILL at a moment that the seed decides. Then Python's own sqlite3 opens
the database: each notification that was confirmed is in it, once. One that was not comes again in
the next run, as RFC 7252 has it.
"""

import argparse
import json
import random as randoms
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections import Counter
from contextlib import closing
from pathlib import Path

from promises import Lost

sys.path.insert(0, str(Path(__file__).parents[1]))
from support.hand_coap import FORMAT, LOCATION, OBSERVE, PATH, QUERY, message, read, uint

NCE = Path(sys.executable).with_name("nce")
START_S = 60
ANSWER_S = 10
DEVICES = "/v1/integrate/devices"
TEMPERATURE = "/3303/0/5700"


class Simulator:
    """`nce sim up`, and what it says of itself."""

    def __init__(self, db):
        self.process = subprocess.Popen(
            [str(NCE), "sim", "up", "--json", "--sims", "1", "--db", db],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        killer = threading.Timer(START_S, self.process.kill)
        killer.start()
        try:
            line = self.process.stdout.readline()
        finally:
            killer.cancel()
        if not line:
            raise SystemExit("nce sim up does not start")
        description = json.loads(line)
        # Whoever does not read what it prints would stop it.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.sim, self.api = description["sims"][0], description["api"]
        self.control = description["control"]
        [twin] = [
            one["twin"]
            for one in description["endpoints"]
            if one["service"] == "lwm2m.os.1nce.com" and one["twin"].endswith(":5683")
        ]
        host, _, port = twin.rpartition(":")
        self.service = host, int(port)

    def call(self, method, path, body):
        """An operation of the Management API."""
        token = self.verb("token")["token"]
        return _json(method, self.api["url"] + path, token, body)

    def verb(self, name, **arguments):
        url = f"{self.control['url']}/verbs/{name}"
        return _json("POST", url, self.control["token"], arguments)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def _json(method, url, token, body):
    request = urllib.request.Request(
        url,
        method=method,
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
        return json.loads(answer.read())


class Client:
    """What the client keeps over the runs, and its socket in one."""

    def __init__(self):
        self.location = None
        self.token = None
        self.number = 0
        self.mid = 0x100
        self.confirmed, self.sent = set(), set()
        self.unconfirmed = None  # the bytes of a notification, as they are sent again
        self.port = 0

    def open(self, simulator):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((simulator.sim["twin"], self.port))
        self.port = self.socket.getsockname()[1]
        self.socket.connect(simulator.service)
        self.socket.settimeout(ANSWER_S)

    def ask(self, method, path, query=(), payload=b""):
        """A request; the answer to it. What the server asks meanwhile is answered."""
        self.mid += 1
        options = [(PATH, part.encode()) for part in path.split("/")[1:]]
        options += [(FORMAT, uint(40))] if payload else []
        options += [(QUERY, one.encode()) for one in query]
        self.socket.send(message("CON", method, self.mid, b"ask", options, payload))
        while True:
            came = self.hear()
            if came.kind == "ACK" and came.mid == self.mid:
                return came

    def hear(self):
        """The next message; a request is answered before it is returned."""
        came = read(self.socket.recv(2048))
        if came.kind == "CON":
            self.answer(came)
        return came

    def answer(self, came):
        code = {"GET": "2.05", "PUT": "2.04", "POST": "2.04", "DELETE": "2.02"}
        options, payload = [], b""
        if came.what == f"GET {TEMPERATURE}":
            options, payload = [(OBSERVE, uint(1)), (FORMAT, b"")], b"0"
            self.token, self.number = came.token, 1
        reply = message("ACK", code[came.what.split()[0]], came.mid, came.token, options, payload)
        self.socket.send(reply)

    def begin(self, simulator):
        """Bootstrap, register, and be observed."""
        body = {"active": True, "settings": []}
        simulator.call("PATCH", DEVICES + "/endpoints/LWM2M", body)
        if self.ask("0.02", "/bs", ["ep=a"]).code != "2.04":
            raise Lost("the bootstrap is refused")
        while self.hear().what != "POST /bs":
            pass
        query = ["ep=a", "lt=86400", "lwm2m=1.1", "b=U"]
        answer = self.ask("0.02", "/rd", query, b"</3/0>,</3303/0>")
        if answer.code != "2.01":
            raise Lost(f"the registration is refused: {answer}")
        self.location = "/" + "/".join(part.decode() for part in answer.values(LOCATION))
        body = {"action": "observe-start", "resourceAddress": TEMPERATURE}
        path = f"{DEVICES}/{simulator.sim['iccid']}/actions/LWM2M"
        accepted = simulator.call("POST", path, body)
        while self.token is None:
            self.hear()
        # The observation is stored once its action is over.
        until = time.monotonic() + ANSWER_S
        shown = f"{DEVICES}/actions/requests/{accepted['id']}"
        token = simulator.verb("token")["token"]
        while time.monotonic() < until:
            request = urllib.request.Request(
                simulator.api["url"] + shown, headers={"Authorization": f"Bearer {token}"}
            )
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                if json.loads(answer.read())["status"] == "SUCCEEDED":
                    return
            time.sleep(0.05)
        raise Lost("the observation never began")

    def go_on(self):
        """The registration and the observation of the run before are still there."""
        answer = self.ask("0.02", self.location)
        if answer.code != "2.04":
            raise Lost(f"a registration that was told is gone: {answer.code} to its update")

    def notify(self, until):
        """Notify until then, or until the server is gone; each value is a number of its own."""
        while time.monotonic() < until:
            if self.unconfirmed is None:
                self.number += 1
                self.mid += 1
                options = [(OBSERVE, uint(self.number)), (FORMAT, b"")]
                value = b"%d" % self.number
                self.sent.add(self.number)
                data = message("CON", "2.05", self.mid, self.token, options, value)
                self.unconfirmed = data, self.mid, self.number
            data, mid, number = self.unconfirmed
            try:
                self.socket.send(data)
                came = self.hear()
            except (ConnectionRefusedError, TimeoutError):
                return
            if came.kind == "RST":
                raise Lost(f"notification {number} is not known any more")
            if came.kind == "ACK" and came.mid == mid:
                self.confirmed.add(number)
                self.unconfirmed = None


def check(db, client):
    """Compare the database with what was confirmed; how many notifications it has."""
    with closing(sqlite3.connect(db)) as connection:
        [(verdict,)] = connection.execute("PRAGMA integrity_check")
        rows = connection.execute("SELECT payload FROM history WHERE protocol = 'LWM2M'")
        stored = Counter(int(json.loads(payload)[TEMPERATURE]) for (payload,) in rows)
    del stored[0]  # the answer to the observation's request
    if verdict != "ok":
        raise Lost(f"the database is damaged: {verdict}")
    if client.confirmed - stored.keys():
        raise Lost(f"{client.confirmed - stored.keys()} were confirmed and are not stored")
    if max(stored.values(), default=1) > 1 or stored.keys() - client.sent:
        raise Lost("a notification is stored twice, or was never sent")
    return len(stored)


def kill_many(db, times, seed, tell=print):
    """Several runs on one database; the client after them."""
    client, random = Client(), randoms.Random(seed)
    for run in range(1, times + 1):
        simulator = Simulator(db)
        try:
            client.open(simulator)
            if client.location is None:
                client.begin(simulator)
            else:
                client.go_on()
            moment_s = random.uniform(0.05, 0.6)
            killer = threading.Timer(moment_s, simulator.process.kill)
            killer.start()
            client.notify(time.monotonic() + moment_s + ANSWER_S)
            killer.join()
        finally:
            simulator.kill()
            client.socket.close()
        stored = check(db, client)
        tell(
            f"run {run}: killed after {moment_s:.3f} s; {stored} stored, "
            f"{len(client.confirmed)} confirmed"
        )
    return client


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=10, help="how many kills (10)")
    parser.add_argument("--seed", type=int, default=8, help="decides the moments")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        kill_many(str(Path(folder) / "world.db"), options.times, options.seed)


if __name__ == "__main__":
    main()
