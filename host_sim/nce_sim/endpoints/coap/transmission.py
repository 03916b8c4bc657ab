"""Confirmable messages under way: repeated, confirmed or given up (RFC 7252, 4.2).

under_way = Transmissions(random, settings.transmission)
under_way.start(key, receiver, datagram, now_ms)
under_way.stop(key)                                     # an ACK or a Reset came
repeated, given_up = under_way.handle_timeout(now_ms)
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from nce_sim.endpoints.coap.deadlines import Deadlines
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.settings import Transmission

Key = tuple[CoapPeer, int]  # endpoint and message ID


@dataclass(slots=True)
class _Pending:
    receiver: CoapPeer
    datagram: bytes
    timeout_ms: int
    repeats: int = 0


class Transmissions:
    """All confirmable messages of one endpoint; the caller sends the first copy itself."""

    def __init__(self, random: Random, parameters: Transmission) -> None:
        self._random = random
        self._parameters = parameters
        self._pending: dict[Key, _Pending] = {}
        self._deadlines: Deadlines[Key] = Deadlines()

    def __len__(self) -> int:
        return len(self._pending)

    def start(self, key: Key, receiver: CoapPeer, datagram: bytes, now_ms: int) -> None:
        """Watch over a message that has just been sent."""
        factor = self._random.uniform(1.0, self._parameters.ack_random_factor)
        timeout_ms = int(self._parameters.ack_timeout_ms * factor)
        self._pending[key] = _Pending(receiver, datagram, timeout_ms)
        self._deadlines.put(key, now_ms + timeout_ms)

    def stop(self, key: Key) -> bool:
        """The message is confirmed or rejected; False when it was not under way."""
        self._deadlines.drop(key)
        return self._pending.pop(key, None) is not None

    def next_timeout(self) -> int | None:
        """When `handle_timeout` is due (ms), or None."""
        return self._deadlines.next_ms()

    def handle_timeout(self, now_ms: int) -> tuple[list[tuple[CoapPeer, bytes]], list[Key]]:
        """The datagrams to send again, and the keys of those given up."""
        repeated, given_up = [], []
        for key in self._deadlines.take_due(now_ms):
            one = self._pending[key]
            if one.repeats >= self._parameters.max_retransmit:
                del self._pending[key]
                given_up.append(key)
                continue
            one.repeats += 1
            one.timeout_ms *= 2
            self._deadlines.put(key, now_ms + one.timeout_ms)
            repeated.append((one.receiver, one.datagram))
        return repeated, given_up
