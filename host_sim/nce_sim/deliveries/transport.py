"""What carries a request to a customer's server, and how that ended.

    handle = transport.send(request, done)      # done(Outcome(200)), or Outcome(None, "why")
    handle.cancel()                             # `done` is not called any more

A transport waits no longer than `request.timeout_ms`. In real time requests travel by sockets
(`http`, `aws`, `mqtt`); in virtual time servers are functions (`virtual`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from nce_sim.clock import Clock, Handle

Done = Callable[["Outcome"], None]


@dataclass(frozen=True, slots=True)
class Request:
    """One request; what may be secret stays out of `repr`.

    The scheme of `url` chooses the carrier: https (and http to loopback), mqtts, aws-iot, kinesis,
    s3. `access` is what that carrier needs besides: a client's certificate, a role, a file's name.
    """

    method: str
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    delivery_id: str
    timeout_ms: int = 20_000
    access: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0].lower()


@dataclass(frozen=True, slots=True)
class Body:
    """The body of an answer by HTTP, as far as it was read."""

    content_type: str = ""
    data: bytes = field(default=b"", repr=False)
    is_whole: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of the answer; None without one, and then `reason` says why.

    `answer` is what the carrier read: by HTTP a `Body`. `is_late`: the time was over.
    """

    status: int | None
    reason: str = ""
    answer: Any = field(default=None, repr=False, compare=False)
    is_late: bool = field(default=False, compare=False)

    def __str__(self) -> str:
        return self.reason if self.status is None else f"HTTP status {self.status}"


class Transport(Protocol):
    """Carries requests. `done` is called once, and never before `send` has returned."""

    def send(self, request: Request, done: Done) -> Handle: ...

    def close(self) -> None:
        """Nothing more will be sent; closing twice is harmless."""


class ByScheme:
    """Hands a request to the carrier of its scheme."""

    def __init__(self, clock: Clock, carriers: Mapping[str, Transport]) -> None:
        self._clock = clock
        self._carriers = carriers

    def send(self, request: Request, done: Done) -> Handle:
        carrier = self._carriers.get(request.scheme)
        if carrier is not None:
            return carrier.send(request, done)
        known = ", ".join(sorted(self._carriers))
        outcome = Outcome(None, f"nothing here carries {request.scheme}: URLs; only {known}")
        return self._clock.call_later(0, lambda: done(outcome))

    def close(self) -> None:
        for carrier in self._carriers.values():
            carrier.close()
