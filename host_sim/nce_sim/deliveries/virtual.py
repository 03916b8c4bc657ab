"""Servers inside a virtual world: functions in the place of sockets.

    transport = VirtualTransport(clock)
    stop = transport.serve("https://cloud.example.com/", lambda request: Answer(204))
    transport.send(request, done)           # answered by the longest prefix that fits its URL

A URL that nobody serves is a name that no name server knows.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nce_sim.clock import Clock, Handle
from nce_sim.deliveries.transport import Done, Outcome, Request


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answers, and how long it takes; a status of None is a connection lost."""

    status: int | None = 200
    delay_ms: int = 50  # [U] a round trip between clouds
    body: Any = None


Server = Callable[[Request], Answer]


class VirtualTransport:
    """Carries requests of every scheme to functions, by the world's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._servers: dict[str, Server] = {}

    def serve(self, prefix: str, server: Server) -> Callable[[], None]:
        """Let `server` answer requests whose URL begins with `prefix`; the result ends that."""
        self._servers[prefix] = server

        def stop() -> None:
            if self._servers.get(prefix) is server:
                del self._servers[prefix]

        return stop

    def send(self, request: Request, done: Done) -> Handle:
        fitting = [prefix for prefix in self._servers if request.url.startswith(prefix)]
        if not fitting:
            outcome = Outcome(None, "the name of the server is not known in this virtual world")
            return self._clock.call_later(0, lambda: done(outcome))
        answer = self._servers[max(fitting, key=len)](request)
        if answer.delay_ms >= request.timeout_ms:
            text = f"no answer within {request.timeout_ms / 1000:g} s"
            outcome = Outcome(None, text, is_late=True)
        elif answer.status is None:
            outcome = Outcome(None, "the server closed the connection")
        else:
            outcome = Outcome(answer.status, answer=answer.body)
        delay_ms = min(answer.delay_ms, request.timeout_ms)
        return self._clock.call_later(delay_ms, lambda: done(outcome))

    def close(self) -> None:
        """A function needs no closing."""
