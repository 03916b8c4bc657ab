"""Requests of the endpoints as jobs of the intake.

intake.take(CoapJob(server, resources, request, clock, note, retry_after_s=5))
intake.take(UdpJob(accept, refused, sim, payload))
intake.take(CallJob(lambda work: service.add(row, work), future))
intake.take(OwnJob(lambda work: service.expire(work), again))
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from nce.coap import codes, options
from nce_sim.clock import Clock
from nce_sim.endpoints.coap.request import Request, Response
from nce_sim.problems import Problem, Unavailable
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

Result = TypeVar("Result")


class RequestServer(Protocol):
    """An engine that hands requests out and is told their responses later."""

    def respond(self, handle: int, response: Response, now_ms: int) -> list[Any]: ...


@dataclass(slots=True)
class CoapJob:
    """A CoAP request: answered by its resource once that is stored, else with 5.03."""

    server: RequestServer
    resources: Callable[[Request, Work], Response]  # `Resources`, or a table like it
    request: Request
    clock: Clock
    note: Callable[[Any], None]
    retry_after_s: int
    response: Response | None = None

    def serve(self, work: Work) -> None:
        self.response = self.resources(self.request, work)

    def stored(self) -> None:
        if self.response is None:
            raise RuntimeError("a request is stored before it is served")
        self.answer(self.response)

    def refused(self, reason: str) -> None:
        # RFC 7252, 5.9.3.4: Max-Age says after how many seconds to try again.
        max_age = (options.MAX_AGE, options.uint_value(self.retry_after_s))
        text = f"the database is {reason}".encode()
        self.answer(Response(codes.SERVICE_UNAVAILABLE, text, (max_age,)))

    def failed(self) -> None:
        self.answer(Response(codes.INTERNAL_SERVER_ERROR))

    def answer(self, response: Response) -> None:
        """Give the device its answer."""
        now_ms = self.clock.now_ms()
        for event in self.server.respond(self.request.handle, response, now_ms):
            self.note(event)


@dataclass(slots=True)
class UdpJob:
    """A UDP message: no answer is expected, and a refused message is lost."""

    accept: Callable[[SimCard, bytes, Work], None]
    lost: Callable[[], None]
    sim: SimCard
    payload: bytes

    def serve(self, work: Work) -> None:
        self.accept(self.sim, self.payload, work)

    def stored(self) -> None:
        pass

    def refused(self, reason: str) -> None:
        self.lost()

    def failed(self) -> None:
        self.lost()


@dataclass(slots=True)
class CallJob(Generic[Result]):
    """A call of the host's side that writes: `answer` gets its result once that is stored.

    A `Problem` that the call raises goes to `answer`, and nothing of the call is kept.
    """

    call: Callable[[Work], Result]
    answer: asyncio.Future[Result]
    result: Result | None = None
    problem: Problem | None = None

    def serve(self, work: Work) -> None:
        try:
            self.result = self.call(work)
        except Problem as problem:
            work.discard()
            self.problem = problem

    def stored(self) -> None:
        if self.answer.done():
            return  # its caller has gone
        if self.problem is not None:
            self.answer.set_exception(self.problem)
        else:
            self.answer.set_result(self.result)  # type: ignore[arg-type]

    def refused(self, reason: str) -> None:
        self._end(Unavailable(f"the database is {reason}; try again later"))

    def failed(self) -> None:
        self._end(RuntimeError("the call failed; the error log has its reason"))

    def _end(self, error: Exception) -> None:
        if not self.answer.done():
            self.answer.set_exception(error)


@dataclass(slots=True)
class OwnJob:
    """A write that a service makes by itself: `again()` when the database did not take it."""

    call: Callable[[Work], None]
    again: Callable[[], None]

    def serve(self, work: Work) -> None:
        self.call(work)

    def stored(self) -> None:
        pass

    def refused(self, reason: str) -> None:
        self.again()

    def failed(self) -> None:
        pass
