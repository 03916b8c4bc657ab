"""What waits for a SIM: messages and status reports, given to its modem one after the other.

    waiting = Waiting(core, delivery_ms, is_reachable, tpdu_of, delivered)
    detach = waiting.attach(sim, deliver)           # deliver(tpdu)
    waiting.add(sim, message)                       # delivered(message) once the modem took it

A receiver that raises ModemMemoryFull is tried again at `deliver_soon`, one that raises
AnswerFollows gets no more until `acknowledge`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nce_sim.sim_card import SimCard
from nce_sim.sms.short_message import ShortMessage

if TYPE_CHECKING:
    from nce_sim.network.core import Core

Receiver = Callable[[bytes], None]


class ModemMemoryFull(Exception):
    """Raised by a receiver: the centre keeps the message until `memory_available`."""


class AnswerFollows(Exception):
    """Raised by a receiver that tells by `acknowledge` whether it has taken the message."""


class Report(NamedTuple):
    """A status report on its way to the SIM that sent `message`."""

    message: ShortMessage
    octets: bytes


Item = Report | ShortMessage


class Waiting:
    """One queue for each SIM."""

    def __init__(
        self,
        core: Core,
        delivery_ms: int,
        is_reachable: Callable[[SimCard], bool],
        tpdu_of: Callable[[ShortMessage], bytes],
        delivered: Callable[[Item], None],
    ) -> None:
        self._core = core
        self._delivery_ms = delivery_ms
        self._is_reachable = is_reachable
        self._tpdu_of = tpdu_of
        self._delivered = delivered
        self._receivers: dict[SimCard, Receiver] = {}
        self._queues: dict[SimCard, deque[Item]] = {}
        self._unanswered: dict[SimCard, Item] = {}

    def attach(self, sim: SimCard, deliver: Receiver) -> Callable[[], None]:
        """Deliver to `deliver(tpdu)` from now on; a second one replaces the first."""
        self._receivers[sim] = deliver
        self._unanswered.pop(sim, None)
        self.deliver_soon(sim)

        def detach() -> None:
            if self._receivers.get(sim) is deliver:
                del self._receivers[sim]

        return detach

    def add(self, sim: SimCard, item: Item) -> None:
        """Deliver it after those that wait already."""
        self._queues.setdefault(sim, deque()).append(item)
        if sim in self._receivers:
            self._schedule(sim)

    def remove(self, message: ShortMessage) -> bool:
        """Take a message back; False when it does not wait."""
        queue = self._queues.get(message.sim, deque())
        if message not in queue:
            return False
        queue.remove(message)
        return True

    def deliver_soon(self, sim: SimCard) -> None:
        """Deliver all that waits for a SIM, in order."""
        for _ in self._queues.get(sim, ()):
            self._schedule(sim)

    def acknowledge(self, sim: SimCard, *, is_taken: bool) -> None:
        """The answer to what was last delivered; it is kept when it was not taken."""
        item = self._unanswered.pop(sim, None)
        if item is None or not is_taken:
            return
        queue = self._queues[sim]
        if item in queue:
            queue.remove(item)
            self._delivered(item)
        self.deliver_soon(sim)

    def _schedule(self, sim: SimCard) -> None:
        self._core.clock.call_later(self._delivery_ms, lambda: self._deliver(sim))

    def _deliver(self, sim: SimCard) -> None:
        queue, receiver = self._queues.get(sim), self._receivers.get(sim)
        if not queue or receiver is None or not self._is_reachable(sim):
            return
        if sim in self._unanswered:
            return
        item = queue[0]
        try:
            receiver(item.octets if isinstance(item, Report) else self._tpdu_of(item))
        except ModemMemoryFull:
            self._core.timeline.add("sms", "sms", sim=sim.masked, state="modem memory full")
            return
        except AnswerFollows:
            self._unanswered[sim] = item
            return
        queue.popleft()
        self._delivered(item)
