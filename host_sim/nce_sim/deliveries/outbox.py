"""The outbox: takes messages in the work of their event, and sends them after the commit.

    deliveries = Deliveries(storage, clock, wall_ms, take=intake.take, transport=transport,
                            timeline=timeline, random=random)
    deliveries.register(owner)
    deliveries.start()                          # arms what a former run left
    deliveries.add(message, work)               # False: the target's line is full
    deliveries.close()

The database is the truth: a row leaves it in the same commit as what its owner writes because of
the answer. A kill between an answer and that commit sends the delivery once more. Memory keeps the
numbers alone; a delivery is read when it leaves.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from random import Random

from nce_sim.clock import Clock, Handle
from nce_sim.deliveries import rows
from nce_sim.deliveries.line import Line
from nce_sim.deliveries.message import Delivery, Message, Owner
from nce_sim.deliveries.rows import Key
from nce_sim.deliveries.settings import DeliverySettings
from nce_sim.deliveries.settlement import Settlement
from nce_sim.deliveries.transport import Outcome, Request, Transport
from nce_sim.record.timeline import Timeline
from nce_sim.storage import Storage, StorageUnavailable, Work

Take = Callable[[Settlement], None]


class Deliveries:
    """All deliveries of a world; `take(job)` lets a job write in line with devices' messages."""

    def __init__(
        self,
        storage: Storage,
        clock: Clock,
        wall_ms: Callable[[], int],
        *,
        take: Take,
        transport: Transport,
        timeline: Timeline,
        random: Random,
        settings: DeliverySettings | None = None,
    ) -> None:
        self.settings = settings or DeliverySettings()
        self.transport = transport
        self._storage = storage
        self._clock = clock
        self._wall_ms = wall_ms
        self._take = take
        self._timeline = timeline
        self._random = random
        self._owners: dict[str, Owner] = {}
        self._lines: dict[Key, Line] = {}
        self._ready: deque[Line] = deque()
        self._handle: Handle | None = None
        self._last = rows.last_number(storage)
        self._is_closed = False
        self.requests = self.failures = 0  # since the start
        for place in rows.places(storage):
            line = self._line(place.key)
            if not line.numbers:
                line.due_ms = place.due_ms
            line.numbers.append(place.number)

    def register(self, owner: Owner) -> None:
        """Let a service send deliveries of its kind."""
        self._owners[owner.kind] = owner

    def start(self) -> None:
        """Send what waits, at its time."""
        for line in self._lines.values():
            self._arm(line)

    def add(self, message: Message, work: Work) -> bool:
        """Put a message in its target's line; False when the line is full, and nothing is kept."""
        line = self._line(Key(message.kind, message.target_id))
        if line.count >= self.settings.most_waiting:
            self._timeline.add(
                "deliveries", "overflow", to=line.key.kind, target=line.key.target_id
            )
            return False
        self._last += 1
        number, now_ms = self._last, self._wall_ms()
        rows.write(work, number, f"{self._random.getrandbits(128):032x}", message, now_ms)
        line.coming += 1
        work.on_rollback(lambda: self._lost(line))
        work.after_commit(lambda: self._added(line, number))
        return True

    def drop(self, kind: str, target_id: str, work: Work) -> None:
        """Forget all that waits for a target, and what is on its way."""
        key, last = Key(kind, target_id), self._last
        rows.remove(work, key, 0, last)
        work.after_commit(lambda: self._dropped(key, last))

    def begin_again(self, kind: str, target_id: str, work: Work) -> None:
        """A target that took nothing takes deliveries again: their tries begin at none."""
        rows.begin_again(work, Key(kind, target_id), self._last)
        work.after_commit(lambda: self.wake(kind, target_id))

    def wake(self, kind: str, target_id: str) -> None:
        """A target takes deliveries again: send what waits now."""
        line = self._lines.get(Key(kind, target_id))
        if line is None:
            return
        line.is_shut = False
        if line.sending is None:
            line.due_ms = self._wall_ms()
            self._arm(line)

    def waiting(self, kind: str, target_id: str) -> int:
        """How many deliveries wait for a target, those on their way included."""
        line = self._lines.get(Key(kind, target_id))
        return 0 if line is None else len(line.numbers)

    @property
    def targets(self) -> int:
        """For how many targets something waits."""
        return len(self._lines)

    @property
    def all_waiting(self) -> int:
        """How many deliveries wait for all targets, those on their way included."""
        return sum(len(line.numbers) for line in self._lines.values())

    @property
    def in_flight(self) -> int:
        """How many requests are on their way."""
        return sum(line.sending is not None for line in self._lines.values())

    def close(self) -> None:
        """Send nothing more; what is on its way is sent again by the next run."""
        self._is_closed = True
        for line in self._lines.values():
            if not isinstance(line.sending, Settlement):  # its outcome is written yet
                line.stop()
        if self._handle is not None:
            self._handle.cancel()
        self.transport.close()

    # -- sending ---------------------------------------------------------------------------

    def _line(self, key: Key) -> Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = Line(key)
        return line

    def _lost(self, line: Line) -> None:
        line.coming -= 1
        self._forget_empty(line)

    def _dropped(self, key: Key, last: int) -> None:
        line = self._lines.get(key)
        if line is not None:
            line.drop(last)
            self._forget_empty(line)
            self._arm(line)
            self._schedule()

    def _forget_empty(self, line: Line) -> None:
        """Each short message is a target: a line with nothing in it leaves no trace."""
        if line.is_idle and self._lines.get(line.key) is line:
            del self._lines[line.key]

    def _added(self, line: Line, number: int) -> None:
        line.coming -= 1
        line.numbers.append(number)
        if line.timer is None and line.sending is None:
            line.due_ms = max(line.due_ms, self._wall_ms())
            self._arm(line)

    def _arm(self, line: Line) -> None:
        """Let the first delivery of a line leave when it is due."""
        if line.timer is not None:
            line.timer.cancel()
            line.timer = None
        if self._is_closed or line.is_shut or not line.numbers or line.sending is not None:
            return
        delay_ms = line.due_ms - self._wall_ms()
        if delay_ms > 0:
            line.timer = self._clock.call_later(delay_ms, lambda: self._due(line))
        else:
            self._due(line)

    def _due(self, line: Line) -> None:
        line.timer = None
        if line not in self._ready:
            self._ready.append(line)
        self._schedule()

    def _schedule(self) -> None:
        if self._handle is None and self._ready and not self._is_closed:
            self._handle = self._clock.call_later(0, self._send_ready)

    def _send_ready(self) -> None:
        self._handle = None
        room = self.settings.most_in_flight - self.in_flight
        while self._ready and room > 0:
            room -= self._send(self._ready.popleft())

    def _send(self, line: Line) -> bool:
        """Send the first deliveries of a line; False when there is nothing to send now."""
        owner = self._owners.get(line.key.kind)
        if owner is None or not line.numbers or line.sending is not None:
            return False
        together = min(owner.most_together, len(line.numbers))
        first, last = line.numbers[0], line.numbers[together - 1]
        try:
            deliveries = rows.read(self._storage, line.key, first, last)
        except StorageUnavailable:
            line.due_ms = self._wall_ms() + self.settings.store_retry_ms
            self._arm(line)
            return False
        request = owner.request(line.key.target_id, deliveries)
        if request is None:
            line.is_shut = True
            return False
        line.sending = self.transport.send(
            request, lambda outcome: self._ended(line, deliveries, request, outcome)
        )
        return True

    def _ended(
        self, line: Line, deliveries: Sequence[Delivery], request: Request, outcome: Outcome
    ) -> None:
        self.requests += 1
        self.failures += outcome.status is None or not 200 <= outcome.status < 300
        self._timeline.add(
            "deliveries",
            "delivery",
            to=line.key.kind,
            target=line.key.target_id,
            delivery=deliveries[0].delivery_id,
            count=len(deliveries),
            tries=deliveries[0].tries + 1,
            size=len(request.body),
            outcome=str(outcome),
            status=outcome.status,
        )
        owner = self._owners[line.key.kind]
        line.sending = None
        settlement = Settlement(line, owner, deliveries, outcome, self._wall_ms, self._settled)
        line.sending = settlement
        self._take(settlement)

    def _settled(self, settlement: Settlement, is_stored: bool) -> None:
        """The outcome of a request is in the database, or the database refused it for now."""
        line = settlement.line
        if line.sending is not settlement:
            return
        if not is_stored:
            if not self._is_closed:
                self._clock.call_later(
                    self.settings.store_retry_ms, lambda: self._take(settlement)
                )
            return
        line.sending = None
        if settlement.retry_due_ms is None:
            line.passed(settlement.last)
            line.due_ms = self._wall_ms()
        else:
            line.due_ms = settlement.retry_due_ms
        self._arm(line)
        self._forget_empty(line)
        self._schedule()
