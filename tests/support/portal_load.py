"""Load on a world with a portal: many SIMs, many messages a second, and what they cost.

order_sims(world, 10_000)                   # by an order, as a customer gets them
with Traffic(world, rate=200) as traffic:
    ...
traffic.sent, metric(world, "nce_messages_total")
memory_mb(world.process.pid)
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from pathlib import Path

import httpx

from support.running_world import endpoint_twin, socket_at

_FLEXSIM, _DELIVERED_DAYS, _DAY_S = 1001, 5, 86_400
_COAP_PORT = 5683
# RFC 7252, 3: a confirmable POST /data without a token; the message ID stands between the halves.
_HEAD, _REST = b"\x40\x02", b"\xb4data\xff"
_CHANGED = 0x44  # 2.04, within the acknowledgement
_UNDER_WAY = 64
_TICK_S = 0.02
_PATIENCE_S = 300


@contextlib.contextmanager
def portal_client(world):
    """The portal's API, and below it the Management API, for the owner."""
    portal = world.description["portal"]
    who = {"email": portal["email"], "password": portal["password"]}
    with httpx.Client(base_url=portal["url"], timeout=_PATIENCE_S) as client:
        token = client.post("/session", json=who).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def order_sims(world, count):
    """Order so many SIMs and let the days pass until they are there."""
    with portal_client(world) as client:
        order = {"products": [{"productId": _FLEXSIM, "quantity": count}]}
        answer = client.post("/management-api/v1/orders", json=order)
        assert answer.status_code == 200, answer.text
    for _ in range(_DELIVERED_DAYS):  # each within the limit of a request, on a busy computer
        world.control.time(advance_s=_DAY_S)


class Traffic:
    """Messages from the SIMs that have twins, in turn, at a steady rate, by a thread.

    Each is acknowledged when it is stored; any other answer is among `refused`. A server that
    does not keep up gets them more slowly: `rate` is what was reached at the end. What is under
    way then is waited for, unless an exception ended the work.
    """

    def __init__(self, world, rate):
        self.sent = self.stored = 0
        self.rate, self.refused = float(rate), []
        twins = [sim["twin"] for sim in world.description["sims"]]
        self._lines = [socket_at(twin) for twin in twins]
        for line in self._lines:
            line.connect(endpoint_twin(world.description, _COAP_PORT))
            line.setblocking(False)
        self._over = threading.Event()
        self._patience_s = _PATIENCE_S
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, kind, *raised):
        if kind is not None:
            self._patience_s = 0
        self._over.set()
        self._thread.join(_PATIENCE_S)
        for line in self._lines:
            line.close()

    def wait_for(self, count):
        """Until so many are stored."""
        deadline = time.monotonic() + _PATIENCE_S
        while self.stored < count:
            assert time.monotonic() < deadline, f"{self.stored} of {count} are stored"
            self._over.wait(_TICK_S)
        assert self.refused == []

    def _run(self):
        start, goal = time.monotonic(), self.rate
        while not self._over.is_set():
            self._send(int((time.monotonic() - start) * goal))
            self._hear(_TICK_S)
        deadline = time.monotonic() + self._patience_s
        while self.stored < self.sent and time.monotonic() < deadline:
            self._hear(_TICK_S)
        self.rate = self.stored / (time.monotonic() - start)

    def _send(self, due):
        while self.sent < min(due, self.stored + _UNDER_WAY):
            line = self._lines[self.sent % len(self._lines)]
            number = (self.sent & 0xFFFF).to_bytes(2, "big")
            line.send(_HEAD + number + _REST + f"level {self.sent}".encode())
            self.sent += 1

    def _hear(self, timeout_s):
        for line in select.select(self._lines, (), (), timeout_s)[0]:
            with contextlib.suppress(BlockingIOError):
                while True:
                    answer = line.recv(2_048)
                    self.stored += 1
                    if answer[1] != _CHANGED:
                        self.refused.append(answer)


def metric(world, name):
    """One number of the world's metrics."""
    lines = world.control.metrics().splitlines()
    return next(float(line.split()[-1]) for line in lines if line.startswith(f"{name} "))


def memory_mb(pid):
    """What a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def processor_s(pid):
    """How much processor time a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
