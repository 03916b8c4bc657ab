"""What leaves a world for a customer's servers besides webhooks: data streams, forwarded SMS.

    streams = Streams(url, speed=20)
    streams.integrate(portal)           # in the first run, as `nce sim up --json` describes it
    streams.take("/stream", "POST", body)       # what the server at `url` got
    with streams.phone(pty):            # a modem that sends short messages until it is killed
        ...
    streams.check(events)               # Lost when a record or an acknowledged message is missing

A short message is acknowledged by the network's reference, `+CMGS: n`.
"""

import json
import math
import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager

import httpx
import serial
from customer import second_of
from promises import Lost

STREAM, FORWARDER = "/stream", "/sms"
ATTACH_S = 20
LINE_S = 5


class Streams:
    """Streams of events and of usage, a forwarder, and what came of them."""

    def __init__(self, url, speed):
        self.url = url
        self._speed = speed  # of the world
        self.records = defaultdict(set)  # bodies of stream records by kind and id
        self.forwarded = defaultdict(set)  # texts of messages by their id
        self.asked, self.acknowledged = set(), set()
        self.arrivals = Counter()
        self._since = 0  # the second from which on the streams are there
        self._lock = threading.Lock()

    def integrate(self, portal):
        """Set them, as the owner that the first start made."""
        owner = {"email": portal["email"], "password": portal["password"]}
        with httpx.Client(base_url=portal["url"], timeout=LINE_S * 6) as client:
            session = client.post("/session", json=owner).raise_for_status().json()
            client.headers["Authorization"] = f"Bearer {session['access_token']}"
            for kind in ("EVENT", "USAGE"):
                body = {"name": kind.lower(), "type": kind, "url": f"{self.url}{STREAM}/{kind}"}
                asked_s = time.monotonic()
                made = client.post("/streams", json=body).raise_for_status().json()
                # What happens until the stream is stored is not in it.
                took_s = math.ceil((time.monotonic() - asked_s) * self._speed)
                since = second_of({"timestamp": made["created"]}) + took_s
                self._since = max(self._since, since)
            body = {"url": self.url + FORWARDER}
            client.put("/sms-forwarder", json=body).raise_for_status()

    # -- what the server got ---------------------------------------------------------------

    def take(self, path, method, body):
        """Note a request; False when it is none of theirs."""
        with self._lock:
            if path.startswith(STREAM):
                kind = path.rpartition("/")[2]
                for record in json.loads(body):
                    self.arrivals[kind] += 1
                    self.records[kind, record["id"]].add(json.dumps(record, sort_keys=True))
                return True
            if path.startswith(FORWARDER):
                message = json.loads(body)
                self.arrivals["SMS"] += 1
                if method == "POST":
                    self.forwarded[message["id"]].add(message["payload"])
                return True
        return False

    @property
    def texts(self):
        """The texts that the forwarder sent."""
        with self._lock:
            return {text for texts in self.forwarded.values() for text in texts}

    # -- the phone -------------------------------------------------------------------------

    @contextmanager
    def phone(self, pty):
        """A thread that sends one message after the other, from the modem at `pty`."""
        with serial.Serial(pty, 115_200, timeout=0.05, write_timeout=LINE_S) as line:
            self._attach(line)
            thread = threading.Thread(target=self._send, args=(line,))
            thread.start()
            try:
                yield
            finally:
                thread.join(LINE_S * 2)
                if thread.is_alive():
                    raise Lost("the modem neither answers nor is gone")

    def _attach(self, line):
        until = time.monotonic() + ATTACH_S
        commands = (b"ATE0", b'AT+CGDCONT=1,"IP","iot.1nce.net";+CMGF=1', b"AT+CFUN=1")
        for command in commands:
            while not _answered(line, command, b"OK", 1):
                if time.monotonic() > until:
                    raise Lost("the modem does not answer")
        while not _answered(line, b"AT+CEREG?", b",5", 1):
            if time.monotonic() > until:
                raise Lost("the modem does not register")

    def _send(self, line):
        try:
            while True:
                text = f"text {len(self.asked)}"
                self.asked.add(text)
                if not _answered(line, b'AT+CMGS="882285100"', b"> ", LINE_S):
                    return
                if not _answered(line, text.encode() + b"\x1a", b"+CMGS: ", LINE_S, end=b""):
                    return
                self.acknowledged.add(text)
        except OSError:
            return  # the world was killed, and its pty with it

    # -- the end ---------------------------------------------------------------------------

    def missing(self, events):
        """What has to come yet: events as `Customer.events` has them, acknowledged texts."""
        with self._lock:
            streamed = Counter(
                _event(json.loads(min(bodies)))
                for (kind, _), bodies in self.records.items()
                if kind == "EVENT"
            )
        wanted = {event: count for event, count in events.items() if event[2] > self._since}
        return Counter(wanted) - streamed, self.acknowledged - self.texts

    def check(self, events):
        """Compare what was sent and what is kept with what came; Lost when one is missing."""
        records, texts = self.missing(events)
        if records or texts:
            since = f"since {self._since}"
            raise Lost(f"events {records} {since} and messages {texts} came nowhere")
        if self.texts - self.asked:
            raise Lost(f"nobody sent {self.texts - self.asked}")
        for bodies in (*self.records.values(), *self.forwarded.values()):
            if len(bodies) > 1:
                raise Lost(f"an id came with two contents: {sorted(bodies)}")
        ids = Counter(text for texts in self.forwarded.values() for text in texts)
        if ids and max(ids.values()) > 1:
            raise Lost(f"a message came under two ids: {ids.most_common(1)}")

    def counts(self):
        """For the figures."""
        return {
            "stream records": len(self.records),
            "MO SMS acknowledged": len(self.acknowledged),
            "forwarded": len(self.texts),
        }


def _event(record):
    return record["sim"]["iccid"], record["description"], second_of(record)


def _answered(line, data, wanted, limit_s, end=b"\r"):
    """Whether `wanted` came after `data` was written, and all of its answer was read."""
    line.write(data + end)
    got, until = b"", time.monotonic() + limit_s
    while time.monotonic() < until:
        got += line.read(max(1, line.in_waiting))
        if wanted in got and (wanted == b"> " or got.endswith(b"OK\r\n")):
            return True
        if b"ERROR" in got:
            return False
    return False
