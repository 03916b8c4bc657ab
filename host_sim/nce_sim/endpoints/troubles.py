"""Troubles of 1NCE OS on demand: an endpoint refuses, is silent, is slow, or is down.

    troubles = Troubles(clock, timeline)
    troubles.begin("coaps", "error", count=2)           # the next two requests get 5.03
    troubles.begin("coap", "slow", delay_ms=3_000)      # until it is ended
    troubles.end(1)
    troubles.meet(("coap",), go_on, refuse)             # an endpoint, for each request

A request is one message of a device: what it repeats of it meets the same fate and is not counted
again. `down` concerns everything that comes, DTLS handshakes too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

from nce.coap import codes, options
from nce_sim.clock import Clock, Handle
from nce_sim.endpoints.coap.request import Response
from nce_sim.record.timeline import Timeline

# `bootstrap` is a resource of the endpoint `coap`; `proxy` and `lwm2m` have two ports each, `api`
# is HTTP.
ENDPOINTS = ("coap", "coaps", "udp", "proxy", "lwm2m", "bootstrap", "onboarding", "api")
KINDS = ("error", "silence", "slow", "down")
# What both HTTP and CoAP know: 503 is 5.03 there (RFC 7252, 12.1.2).
STATUSES = ("400", "401", "403", "404", "429", "500", "502", "503", "504")
DEFAULT_STATUS = "503"
MOST_COUNT = 1_000_000
MOST_DELAY_MS = 600_000
MOST_TROUBLES = 100
MOST_DELAYED = 10_000  # requests that are slow at the same time; one more is not slowed


@dataclass
class Trouble:
    """One trouble; `left` counts the requests that it still concerns, None without a bound."""

    number: int
    endpoint: str
    kind: str
    status: int | None = None
    delay_ms: int | None = None
    left: int | None = None
    met: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As a verb tells it."""
        return asdict(self)


@dataclass(frozen=True)
class Fate:
    """What becomes of one request."""

    delay_ms: int = 0
    status: int | None = None
    is_silent: bool = False


class Troubles:
    """The troubles of one backend, oldest first; the first that ends a request counts."""

    def __init__(self, clock: Clock, timeline: Timeline) -> None:
        self._clock = clock
        self._timeline = timeline
        self._troubles: dict[int, Trouble] = {}
        self.are_there = False  # never while there is one
        self._last_number = 0
        self._delayed: dict[int, Handle] = {}
        self._last_delayed = 0
        self._waits: set[asyncio.Future[None]] = set()
        self._watchers: list[Callable[[], None]] = []

    def begin(
        self,
        endpoint: str,
        kind: str,
        *,
        count: int | None = None,
        delay_ms: int | None = None,
        status: int | None = None,
    ) -> Trouble:
        """Begin a trouble for the next `count` requests, or until it is ended.

        ValueError when its parts do not fit together, or there are too many.
        """
        _check(endpoint, kind, count, delay_ms, status)
        if len(self._troubles) >= MOST_TROUBLES:
            raise ValueError(f"there are {MOST_TROUBLES} troubles already; end one first")
        self._last_number += 1
        if kind == "error" and status is None:
            status = int(DEFAULT_STATUS)
        trouble = Trouble(self._last_number, endpoint, kind, status, delay_ms, count)
        self._troubles[trouble.number] = trouble
        self.are_there = True
        self._tell()
        return trouble

    def watch(self, changed: Callable[[], None]) -> None:
        """Call `changed()` whenever a trouble began or ended."""
        self._watchers.append(changed)

    def end(self, number: int | None = None) -> int:
        """End one trouble, or all; how many that were. ValueError for an unknown number."""
        if number is None:
            ended = len(self._troubles)
            self._troubles.clear()
            self.are_there = False
            self._tell()
            return ended
        if self._troubles.pop(number, None) is None:
            raise ValueError(f"there is no trouble {number}; `troubles` lists them")
        self._tell()
        return 1

    def __iter__(self) -> Iterator[Trouble]:
        return iter(tuple(self._troubles.values()))

    def close(self) -> None:
        """End all; what is delayed is answered no more."""
        self._troubles.clear()
        self.are_there = False
        for handle in self._delayed.values():
            handle.cancel()
        self._delayed.clear()
        for wait in self._waits:
            if not wait.done():
                wait.set_result(None)
        self._waits.clear()

    # -- for the endpoints -----------------------------------------------------------------

    def is_down(self, endpoint: str) -> bool:
        """Whether nothing reaches an endpoint; what asks is counted."""
        for trouble in self._troubles.values():
            if trouble.kind == "down" and trouble.endpoint == endpoint:
                trouble.met += 1
                return True
        return False

    def fate(self, endpoints: tuple[str, ...]) -> Fate:
        """What becomes of the request that came just now; it counts."""
        if not self._troubles:
            return Fate()
        delay_ms = 0
        for trouble in tuple(self._troubles.values()):
            if trouble.endpoint not in endpoints:
                continue
            self._meet(trouble)
            if trouble.kind == "slow":
                delay_ms += trouble.delay_ms or 0
            elif trouble.kind == "error":
                return Fate(delay_ms, trouble.status)
            else:
                return Fate(is_silent=True)
        return Fate(delay_ms)

    def meet(
        self,
        endpoints: tuple[str, ...],
        go_on: Callable[[], None],
        refuse: Callable[[int], None] | None = None,
    ) -> None:
        """Let a request go on, be refused with a status, or neither; now or later."""
        fate = self.fate(endpoints)
        if fate.is_silent:
            return
        status = fate.status
        act = go_on if status is None or refuse is None else lambda: refuse(status)
        if fate.delay_ms and len(self._delayed) < MOST_DELAYED:
            self._later(fate.delay_ms, act)
        else:
            act()

    async def passed(self, duration_ms: int) -> None:
        """Return after a time of the world, or when the troubles are closed."""
        wait: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits.add(wait)
        handle = self._clock.call_later(
            duration_ms, lambda: None if wait.done() else wait.set_result(None)
        )
        try:
            await wait
        finally:
            handle.cancel()
            self._waits.discard(wait)

    def _later(self, delay_ms: int, act: Callable[[], None]) -> None:
        self._last_delayed += 1
        number = self._last_delayed

        def due() -> None:
            del self._delayed[number]
            act()

        self._delayed[number] = self._clock.call_later(delay_ms, due)

    def _tell(self) -> None:
        for changed in self._watchers:
            changed()

    def _meet(self, trouble: Trouble) -> None:
        trouble.met += 1
        if trouble.left is not None:
            trouble.left -= 1
            if trouble.left == 0:
                del self._troubles[trouble.number]
                self._tell()
        self._timeline.add(
            "backend",
            "trouble",
            number=trouble.number,
            endpoint=trouble.endpoint,
            trouble=trouble.kind,
        )


def coap_response(status: int, retry_after_s: int) -> Response:
    """The CoAP answer with the code of an HTTP status; a 5.03 says when to ask again."""
    code = status // 100 << 5 | status % 100
    if code != codes.SERVICE_UNAVAILABLE:
        return Response(code)
    # RFC 7252, 5.9.3.4
    return Response(code, b"", ((options.MAX_AGE, options.uint_value(retry_after_s)),))


def _check(
    endpoint: str, kind: str, count: int | None, delay_ms: int | None, status: int | None
) -> None:
    if endpoint not in ENDPOINTS:
        raise ValueError(f"{endpoint!r} is no endpoint; choose one of {', '.join(ENDPOINTS)}")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of trouble; choose one of {', '.join(KINDS)}")
    if kind == "error" and endpoint == "udp":
        raise ValueError("udp answers nothing, so it cannot refuse; choose silence, slow or down")
    if (kind == "slow") != (delay_ms is not None):
        raise ValueError("delay_ms is of the kind slow, which needs it")
    if delay_ms is not None and not 1 <= delay_ms <= MOST_DELAY_MS:
        raise ValueError(f"delay_ms is {delay_ms}; 1 to {MOST_DELAY_MS} are allowed")
    if status is not None and (kind != "error" or str(status) not in STATUSES):
        raise ValueError(f"the status {status} is of the kind error; one of {', '.join(STATUSES)}")
    if kind == "down" and count is not None:
        raise ValueError("a service that is down counts no requests; end the trouble instead")
    if count is not None and not 1 <= count <= MOST_COUNT:
        raise ValueError(f"count is {count}; 1 to {MOST_COUNT} are allowed")
