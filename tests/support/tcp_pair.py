"""Two TCP engines and the wire between them, in virtual time, with every segment as octets."""

from __future__ import annotations

import heapq
import itertools
import random
from dataclasses import dataclass, field

from nce_sim.network.tcp.engine import Engine, refusal
from nce_sim.network.tcp.events import (
    Arrived,
    Closed,
    Connected,
    NotOpen,
    PeerClosed,
    Refused,
    Reset,
)
from nce_sim.network.tcp.states import TcpState
from nce_sim.settings import TcpSettings
from nce_sim.wire.tcp import decode, encode

HOSTS = (("10.160.0.1", 40_000), ("203.0.113.7", 80))
ENDS = (Closed, Reset, Refused)


@dataclass
class Wire:
    """What happens to segments under way; probabilities are 0..1."""

    loss: float = 0.0
    doubling: float = 0.0
    latency_ms: tuple[int, int] = (50, 50)
    damage: float = 0.0


@dataclass
class Side:
    """One end, and a user that writes and reads by pieces."""

    engine: Engine
    text: bytes = b""
    sent: int = 0
    got: bytearray = field(default_factory=bytearray)
    events: list = field(default_factory=list)

    @property
    def end(self):
        """The event that ended it, or None."""
        return next((event for event in self.events if isinstance(event, ENDS)), None)

    @property
    def has_seen_the_end(self):
        return any(isinstance(event, PeerClosed) for event in self.events)

    @property
    def is_open(self):
        return any(isinstance(event, Connected) for event in self.events) and not self.end

    @property
    def has_work(self):
        """Whether its user has something left to read or to write."""
        return bool(self.engine.receiver.pending) or (self.is_open and self.sent < len(self.text))


class Pair:
    """`step()` moves time to the next thing that happens; False when nothing ever will."""

    def __init__(self, seed=0, wire=None, settings=None, firsts=(100, 300), sizes=(1_460, 1_460)):
        self.random = random.Random(seed)
        self.wire = wire or Wire()
        settings = settings or TcpSettings()
        self.sides = [
            Side(Engine(first, size, settings)) for first, size in zip(firsts, sizes, strict=True)
        ]
        self.now_ms = 0
        self.log = []  # (time, side, segment, payload)
        self._flying = []
        self._order = itertools.count()
        self.sides[1].engine.listen()

    def connect(self):
        self.sides[0].engine.connect()
        self.flush()

    def flush(self):
        """Let what the engines have to send onto the wire."""
        for number, side in enumerate(self.sides):
            for segment, payload in side.engine.segments_to_send(self.now_ms):
                self.put(number, segment, payload)

    def put(self, number, segment, payload):
        self.log.append((self.now_ms, number, segment, payload))
        octets = encode(segment, HOSTS[number], HOSTS[1 - number], payload)
        draw = self.random.random
        for _ in range(2 if draw() < self.wire.doubling else 1):
            if draw() < self.wire.loss:
                continue
            if draw() < self.wire.damage:
                octets = bytes(octets[:-1] + bytes([octets[-1] ^ 1]))
            arrival_ms = self.now_ms + self.random.randint(*self.wire.latency_ms)
            heapq.heappush(self._flying, (arrival_ms, next(self._order), 1 - number, octets))

    def step(self):
        due = [side.engine.next_timeout() for side in self.sides]
        due.append(self._flying[0][0] if self._flying else None)
        times = [time for time in due if time is not None]
        if not times:
            return False
        self.now_ms = max(self.now_ms, min(times))
        for side in self.sides:
            side.events += side.engine.handle_timeout(self.now_ms)
        while self._flying and self._flying[0][0] <= self.now_ms:
            _, _, number, octets = heapq.heappop(self._flying)
            self._arrive(number, octets)
        self.flush()
        return True

    def _arrive(self, number, octets):
        try:
            _, _, segment, payload = decode(octets, HOSTS[1 - number][0], HOSTS[number][0])
        except ValueError:
            return  # the checksum is wrong
        side = self.sides[number]
        if side.engine.state is TcpState.CLOSED:
            answer = refusal(segment, payload)
            if answer is not None:
                self.put(number, answer, b"")
        else:
            side.events += side.engine.receive_segment(segment, payload, self.now_ms)

    def run(self, until=lambda: False, limit=200_000):
        """Step until `until()`, or to the end; the number of steps is bounded."""
        for _ in range(limit):
            if until() or not self.step():
                return
        raise AssertionError(f"no end after {limit} steps: {[s.engine.state for s in self.sides]}")

    def establish(self):
        self.connect()
        self.run(lambda: all(s.engine.state is TcpState.ESTABLISHED for s in self.sides))
        self.log.clear()

    def use(self, side, chunk=2_000):
        """The user's turn: read and write a piece, then half close; close at the peer's end."""
        engine = side.engine
        if engine.receiver.pending:
            side.got += engine.receive(self.random.randint(1, chunk))
        if not side.is_open:
            return
        try:
            piece = side.text[side.sent : side.sent + self.random.randint(1, chunk)]
            side.sent += engine.send(piece)
            if side.sent == len(side.text):
                side.events += engine.shut_down()
        except NotOpen:
            pass  # it said so: the FIN is behind everything
        if side.has_seen_the_end and side.sent == len(side.text) and not engine.receiver.pending:
            side.events += engine.close(self.now_ms)


def kinds(events):
    """The events' names, without the counts of bytes."""
    return [type(e).__name__ for e in events if not isinstance(e, Arrived)]
