"""The bootstraps under way: each a list of requests to one client, one after the other.

    bootstraps = Bootstraps(downlink, clock, settings, done=done)
    bootstraps.begin(client, steps)             # soon, when the 2.04 has left
    bootstraps.registers(identity)              # the client goes on: it has had the finish
    # done(client, failure): once for each; None is a success

A step that is needed and refused is tried again a few times: a client may not be ready yet. One
that is not needed may be refused. Without an answer, or after the patience, the bootstrap ends. A
client that begins again begins from the first step, and nothing is heard of the former attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from nce.coap import codes, options
from nce_sim.clock import Clock, Handle
from nce_sim.endpoints.lwm2m.downlink import Downlink
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.services.lwm2m.outbound import Client, NoReply, Reply, Request, Step

Done = Callable[[Client, "str | None"], None]


@dataclass(slots=True, eq=False)
class _Bootstrap:
    client: Client
    steps: Sequence[Request]
    is_needed: Sequence[bool]
    patience: Handle
    at: int = 0
    attempts: int = 0
    next: Handle | None = None  # the step that comes in a moment


class Bootstraps:
    """One at most for each SIM."""

    def __init__(
        self,
        downlink: Downlink,
        clock: Clock,
        settings: Lwm2mEndpointSettings,
        *,
        done: Done,
    ) -> None:
        self._downlink = downlink
        self._clock = clock
        self._settings = settings
        self._done = done
        self._under_way: dict[str, _Bootstrap] = {}

    def __len__(self) -> int:
        return len(self._under_way)

    def begin(self, client: Client, steps: Sequence[Step]) -> None:
        """Begin with the first step, in the place of what is under way with the client."""
        self.drop(client)
        settings = self._settings
        listed = [
            Request(
                client,
                step.method,
                step.path,
                content_format=step.content_format,
                payload=step.payload,
            )
            for step in steps
        ]
        needed = [step.is_needed for step in steps]
        if settings.bootstrap_discovers:
            listed.insert(0, Request(client, "GET", (), accept=options.LINK_FORMAT))
            needed.insert(0, False)
        text = f"it takes longer than {settings.bootstrap_patience_ms} ms"
        patience = self._clock.call_later(
            settings.bootstrap_patience_ms, lambda: self._cut_short(one, text)
        )
        one = _Bootstrap(client, listed, needed, patience)
        self._under_way[client.identity] = one
        self._ask_in(one, settings.bootstrap_after_ms)

    def registers(self, identity: str) -> None:
        """The client registers: if only the answer to the last step is missing, it was lost."""
        one = self._under_way.get(identity)
        if one is not None and one.next is None and one.at == len(one.steps) - 1:
            self._cut_short(one, None)

    def drop(self, client: Client) -> None:
        """Forget what is under way with a client, and what is asked of it."""
        one = self._under_way.pop(client.identity, None)
        if one is not None:
            _stop(one)
        self._downlink.clear(client)

    def close(self) -> None:
        """End all without a word."""
        for one in self._under_way.values():
            _stop(one)
        self._under_way.clear()

    # -- inside ----------------------------------------------------------------------------

    def _ask_in(self, one: _Bootstrap, delay_ms: int) -> None:
        def ask() -> None:
            one.next = None
            one.attempts += 1
            self._downlink.request(one.steps[one.at], lambda reply: self._take(one, reply))

        one.next = self._clock.call_later(delay_ms, ask)

    def _take(self, one: _Bootstrap, reply: Reply | NoReply) -> None:
        if self._under_way.get(one.client.identity) is not one:
            return
        step = one.steps[one.at]
        if isinstance(reply, NoReply):
            self._end(one, f"{_named(step)}: {reply.reason}")
            return
        if one.is_needed[one.at] and not codes.is_success(reply.code):
            if one.attempts < self._settings.bootstrap_attempts:
                self._ask_in(one, self._settings.bootstrap_again_ms)
            else:
                self._end(one, f"{_named(step)}: {codes.dotted(reply.code)}")
            return
        one.at, one.attempts = one.at + 1, 0
        if one.at == len(one.steps):
            self._end(one, None)
        else:
            self._ask_in(one, 0)

    def _cut_short(self, one: _Bootstrap, failure: str | None) -> None:
        """End it while a step has no answer: that is not repeated any more."""
        self._end(one, failure)
        self._downlink.clear(one.client)

    def _end(self, one: _Bootstrap, failure: str | None) -> None:
        del self._under_way[one.client.identity]
        _stop(one)
        self._done(one.client, failure)


def _named(step: Request) -> str:
    return f"{step.method} /{'/'.join(step.path)}"


def _stop(one: _Bootstrap) -> None:
    one.patience.cancel()
    if one.next is not None:
        one.next.cancel()
        one.next = None
