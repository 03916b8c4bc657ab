"""Requests to clients: one at a time each, the others in line; a sleeper is waited for.

    downlink = Downlink(ways, clock, settings, sleeps=service.is_queueing)
    downlink.request(request, ended)            # `Outbound` of the service
    downlink.heard(client)                      # it sent something: it is awake
    downlink.take(is_secure, outcome)           # of the CoAP layer

A line has a bound, and so has the time in it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from nce.coap import options
from nce_sim.clock import Clock, Handle
from nce_sim.endpoints.coap.client import Outcome
from nce_sim.endpoints.coap.deadlines import Deadlines
from nce_sim.endpoints.coap.request import CoapPeer
from nce_sim.endpoints.coap.transfer import Answer
from nce_sim.endpoints.lwm2m.settings import Lwm2mEndpointSettings
from nce_sim.endpoints.lwm2m.ways import Ways
from nce_sim.services.lwm2m.outbound import Client, Ended, NoReply, Reply, Request

GONE = "the client is gone"
NO_ASSOCIATION = "the client has no DTLS association; the next handshake is its own to make"

# What becomes of each request, for the timeline.
OnEnd = Callable[[Request, "Reply | NoReply"], None]


@dataclass(slots=True, eq=False)
class _Ask:
    request: Request
    ended: Ended
    place: Client | None  # where the client was registered when the request came


@dataclass(slots=True)
class _Line:
    """The requests to one client."""

    waiting: deque[_Ask] = field(default_factory=deque)
    current: _Ask | None = None
    key: tuple[bool, int] = (False, 0)  # of the current one, at the CoAP layer
    peer: CoapPeer | None = None
    is_due: bool = False  # it is looked at in a moment


class Downlink:
    """All lines; one is kept while there is something in it."""

    def __init__(
        self,
        ways: Ways,
        clock: Clock,
        settings: Lwm2mEndpointSettings,
        *,
        sleeps: Callable[[str], bool],
        flush: Callable[[], None],
        on_end: OnEnd,
    ) -> None:
        self._ways = ways
        self._clock = clock
        self._settings = settings
        self._sleeps = sleeps
        self._flush = flush
        self._on_end = on_end
        self._lines: dict[str, _Line] = {}
        self._identities: dict[tuple[bool, int], str] = {}
        # When each client was heard last, and where it is; one entry for each SIM at most.
        self._heard_ms: dict[str, int] = {}
        self._places: dict[str, Client] = {}
        # What waits in lines, until when; one timer for all.
        self._patience: Deadlines[_Ask] = Deadlines()
        self._timer: Handle | None = None
        self._is_closed = False

    def __len__(self) -> int:
        """How many requests wait or are under way."""
        return sum(len(line.waiting) + (line.current is not None) for line in self._lines.values())

    # -- for the service -------------------------------------------------------------------

    def request(self, request: Request, ended: Ended) -> None:
        """Send a request, or put it in line for its client; `ended` is called once, later.

        Not after `close`: then all requests end without a word.
        """
        if self._is_closed:
            return
        identity = request.client.identity
        line = self._lines.setdefault(identity, _Line())
        ask = _Ask(request, ended, self._places.get(identity))
        if len(line.waiting) >= self._settings.most_waiting:
            self._end_later(ask, NoReply(f"{len(line.waiting)} requests wait for the client"))
            return
        line.waiting.append(ask)
        self._patience.put(ask, self._clock.now_ms() + self._settings.waiting_ms)
        self._arm()
        self._look_soon(identity, line)

    def forget(self, client: Client) -> None:
        """The client is gone: what waits for it, or for its answer, ends with NoReply.

        One that has moved is gone from where it was: what waits finds it where it is.
        """
        is_there = self._places.get(client.identity, client) == client
        self._clear(client.identity, of_line=is_there)

    def clear(self, client: Client) -> None:
        """The client begins from nothing: all that waits for it ends with NoReply."""
        self._clear(client.identity, of_line=True)

    # -- for the endpoint ------------------------------------------------------------------

    def heard(self, client: Client, *, is_there: bool = False) -> None:
        """The client has sent something: it hears us for a while.

        With `is_there` it registered or updated: it is reached there from now on.
        """
        identity = client.identity
        self._heard_ms[identity] = self._clock.now_ms()
        if is_there:
            self._places[identity] = client
        line = self._lines.get(identity)
        if line is not None:
            if line.peer is not None and not self._ways.lead_to(line.peer):
                # It shook hands again: nobody answers in the earlier association.
                self._clear(identity, of_line=False)
            self._look_soon(identity, line)

    def take(self, is_secure: bool, outcome: Outcome) -> None:
        """Take the end of a request from the CoAP layer."""
        key = is_secure, outcome.handle
        identity = self._identities.pop(key, None)
        line = self._lines.get(identity) if identity is not None else None
        if identity is None or line is None or line.current is None or line.key != key:
            return
        ask, line.current = line.current, None
        if outcome.answer is None:
            # In queue mode: it has gone to sleep.
            self._heard_ms.pop(identity, None)
            self._end(ask, NoReply(outcome.reason))
        else:
            self._heard_ms[identity] = self._clock.now_ms()
            self._end(ask, reply_of(outcome.answer))
        self._look_soon(identity, line)

    def close(self) -> None:
        """Send nothing more; requests end without a word."""
        self._is_closed = True
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._lines.clear()
        self._identities.clear()

    # -- inside ----------------------------------------------------------------------------

    def _clear(self, identity: str, *, of_line: bool) -> None:
        line = self._lines.get(identity)
        if line is None:
            return
        asks = []
        if line.current is not None and line.peer is not None:
            is_secure, handle = line.key
            asks.append(line.current)
            line.current = None
            self._ways.of(is_secure).client.cancel(handle, line.peer, self._clock.now_ms())
            self._identities.pop(line.key, None)
        if of_line:
            asks += line.waiting
            line.waiting.clear()
        for ask in asks:
            self._patience.drop(ask)
            self._end_later(ask, NoReply(GONE))
        self._look_soon(identity, line)

    def _look_soon(self, identity: str, line: _Line) -> None:
        """Look at a line in a moment: what is answered now is to leave before it."""
        if not line.is_due:
            line.is_due = True
            self._clock.call_later(0, lambda: self._look(identity, line))

    def _look(self, identity: str, line: _Line) -> None:
        line.is_due = False
        if self._lines.get(identity) is not line:
            return
        while line.waiting and line.current is None and self._is_awake(identity):
            ask = line.waiting.popleft()
            self._patience.drop(ask)
            self._send(identity, line, ask)
        if not line.waiting and line.current is None:
            del self._lines[identity]
        self._flush()

    def _send(self, identity: str, line: _Line, ask: _Ask) -> None:
        client = self._whereabouts(identity, ask)
        sent = self._ways.ask(replace(ask.request, client=client), self._clock.now_ms())
        if sent is None:
            self._end_later(ask, NoReply(NO_ASSOCIATION))
            return
        line.current = ask
        line.key, line.peer = (client.is_secure, sent[0]), sent[1]
        self._identities[line.key] = identity

    def _whereabouts(self, identity: str, ask: _Ask) -> Client:
        """Where the client is: as the request says, unless it has moved since."""
        asked, place = ask.request.client, self._places.get(identity)
        # What was meant for records never leaves without.
        if place is None or place is ask.place or place.is_secure != asked.is_secure:
            return asked
        return place

    def _is_awake(self, identity: str) -> bool:
        heard_ms = self._heard_ms.get(identity)
        if heard_ms is not None and self._clock.now_ms() - heard_ms < self._settings.awake_ms:
            return True
        return not self._sleeps(identity)

    def _arm(self) -> None:
        due_ms = self._patience.next_ms()
        if self._timer is None and due_ms is not None:
            delay_ms = max(0, due_ms - self._clock.now_ms())
            self._timer = self._clock.call_in_passing(delay_ms, self._give_up)

    def _give_up(self) -> None:
        self._timer = None
        for ask in self._patience.take_due(self._clock.now_ms()):
            identity = ask.request.client.identity
            line = self._lines[identity]
            line.waiting.remove(ask)
            self._end(ask, NoReply("the client was not heard in time"))
            self._look_soon(identity, line)
        self._arm()

    def _end_later(self, ask: _Ask, reply: Reply | NoReply) -> None:
        self._clock.call_later(0, lambda: self._end(ask, reply))

    def _end(self, ask: _Ask, reply: Reply | NoReply) -> None:
        self._patience.drop(ask)
        if not self._is_closed:
            self._on_end(ask.request, reply)
            ask.ended(reply)


def reply_of(answer: Answer) -> Reply:
    """The response of a client, or its notification, as the service sees it."""
    content_format = options.first_of(answer.options, options.CONTENT_FORMAT)
    observe = options.first_of(answer.options, options.OBSERVE)
    return Reply(
        answer.code,
        None if content_format is None else options.uint_of(content_format),
        answer.payload,
        None if observe is None else options.uint_of(observe),
    )
