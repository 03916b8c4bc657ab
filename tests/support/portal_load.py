"""Load on a world with a portal: many SIMs, many messages a second, and what they cost.

    order_sims(world, 10_000)                   # by an order, as a customer gets them
    with Traffic(world, rate=200) as traffic:
        ...
    traffic.sent, messages_of(world)
    memory_mb(world.process.pid)
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import httpx

from support.running_world import endpoint_twin, socket_at

_FLEXSIM, _DELIVERED_S = 1001, 5 * 86_400
_UDP_PORT = 4445
_TICK_S = 0.02
_PATIENCE_S = 300


def order_sims(world, count):
    """Order so many SIMs and let the days pass until they are there."""
    portal = world.description["portal"]
    who = {"email": portal["email"], "password": portal["password"]}
    with httpx.Client(base_url=portal["url"], timeout=_PATIENCE_S) as client:
        token = client.post("/session", json=who).json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        order = {"products": [{"productId": _FLEXSIM, "quantity": count}]}
        answer = client.post("/management-api/v1/orders", json=order)
        assert answer.status_code == 200, answer.text
    world.control.time(advance_s=_DELIVERED_S)


class Traffic:
    """Datagrams from the SIMs that have twins, in turn, at a steady rate, by a thread."""

    def __init__(self, world, rate):
        self.sent, self._rate = 0, rate
        twins = [sim["twin"] for sim in world.description["sims"]]
        self._lines = [socket_at(twin) for twin in twins]
        self._service = endpoint_twin(world.description, _UDP_PORT)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *raised):
        self._over.set()
        self._thread.join(_PATIENCE_S)
        for line in self._lines:
            line.close()

    def _send(self):
        start = time.monotonic()
        while not self._over.wait(_TICK_S):
            due = int((time.monotonic() - start) * self._rate)
            while self.sent < due:
                line = self._lines[self.sent % len(self._lines)]
                line.sendto(f"level {self.sent}".encode(), self._service)
                self.sent += 1


def metric(world, name):
    """One number of the world's metrics."""
    lines = world.control.metrics().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.split("{")[0].split(" ")[0] == name)


def memory_mb(pid):
    """What a process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024
