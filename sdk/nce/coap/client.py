"""A CoAP client over a datagram port (asyncio).

    from nce.coap.codes import CHANGED, POST, dotted
    from nce.coap.parameters import LTE_M

    client = CoapClient(port, parameters=LTE_M)
    response = await client.request(POST, "/", query=("t=gps",), payload=record)
    if response.code != CHANGED:
        print(dotted(response.code), response.payload)

Any number of tasks may request at once. There is no task in the background: a task that waits
for a response drives the exchanges of all, so nothing is left behind when a task is cancelled.

The rooms beside build on it and are loaded only when they are imported: `transfer` (block-wise),
`observe`, `ping`, `responder` (the device serves).
"""

import asyncio
import os
from collections import namedtuple

from nce.clock import now_ms as default_now_ms
from nce.coap import options
from nce.coap.exchange import ACKNOWLEDGED, RESPONSE, Endpoint
from nce.coap.parameters import DEFAULT
from nce.errors import CoapTimeout as CoapTimeout  # noqa: PLC0414  (a name of this module, too)

if 1 - 1:
    from nce.coap.exchange import Event
    from nce.coap.mid import MessageIds
    from nce.coap.parameters import Parameters
    from nce.seams import (
        Any,
        DatagramPort,
        NamedTuple,
        NowMs,
        Options,
        RandomBytes,
        Sequence,
        Tell,
    )

    class Response(NamedTuple):
        code: int
        options: "Options"
        payload: bytes

else:
    Response = namedtuple("Response", ("code", "options", "payload"))  # type: ignore[no-redef]

# Events kept for an observer that does not ask; older ones make room.
_MOST_EVENTS = 4


class CoapClient:
    """Requests to the peer of one datagram port.

    `random_bytes` defaults to `os.urandom`, `now_ms` to `nce.clock.now_ms`; `mids` continues the
    message IDs of an earlier life (`nce.coap.mid_store`). `on_event` is called with the events of
    exchanges that no task waits for. `spares_tokens`: a request that is alone has the empty token;
    right over DTLS, whose keys are not those of an earlier client's.
    """

    def __init__(
        self,
        port: "DatagramPort",
        random_bytes: "RandomBytes | None" = None,
        parameters: "Parameters" = DEFAULT,
        now_ms: "NowMs | None" = None,
        mids: "MessageIds | int | None" = None,
        on_event: "Tell | None" = None,
        spares_tokens: bool = False,
    ) -> None:
        self._port = port
        self._spares_tokens = spares_tokens
        self.now_ms = now_ms or default_now_ms
        self.endpoint = Endpoint(random_bytes or os.urandom, parameters, port.max_datagram, mids)
        self.on_event: "Tell | None" = on_event
        # token -> the events that wait to be taken, oldest first
        self._events: "dict[Any, list[Event]]" = {}
        self._turn = asyncio.Lock()

    async def request(
        self,
        method: int,
        path: str,
        query: "Sequence[str] | str" = (),
        payload: bytes = b"",
        host: "str | None" = None,
        content_format: "int | None" = None,
        confirmable: bool = True,
        wants_response: bool = True,
    ) -> "Response | Any":
        """Send a request and wait for its `Response`, whatever its code.

        Without `wants_response` (RFC 7967) the server is asked for none and None is returned: when
        the request was acknowledged, or, not confirmable, when it was sent.
        Raises `CoapTimeout`, `ResetByPeer`, `UnusableResponse`, `UsageError` for what does not
        fit the port or the format, and lets every `OSError` of the port through.
        """
        request_options = options.path_options(path) + options.query_options(query)
        if host is not None:
            request_options += ((options.URI_HOST, host.encode("utf-8")),)
        if content_format is not None:
            value = options.uint_value(content_format)
            request_options += ((options.CONTENT_FORMAT, value),)
        if not wants_response:
            request_options += ((options.NO_RESPONSE, b"\x1a"),)
        return await self.exchange(method, request_options, payload, confirmable)

    async def exchange(
        self,
        method: int,
        request_options: "Options",
        payload: bytes = b"",
        confirmable: bool = True,
    ) -> "Response | Any":
        """`request` with the options as a tuple of (number, value)."""
        token = self.start(method, request_options, payload, confirmable)
        try:
            event = await self.next_event(token)
        finally:
            self.stop(token)
        if event.outcome == ACKNOWLEDGED:
            return None
        if event.outcome != RESPONSE:
            from nce.coap.failures import error_of

            raise error_of(event, options.path_of(request_options))
        message = event.detail
        return Response(message.code, message.options, message.payload)

    def start(
        self,
        method: int,
        request_options: "Options",
        payload: bytes = b"",
        confirmable: bool = True,
        token: "Any" = None,
    ) -> "Any":
        """Begin an exchange whose events `next_event` brings; returns its token.

        `token` takes the place of the exchange that has it.
        """
        # A DTLS port knows this once it is connected.
        self.endpoint.max_datagram = self._port.max_datagram
        # Not while an event of that token waits to be taken.
        spares_token = self._spares_tokens and not self._events
        token = self.endpoint.request(
            method, request_options, payload, self.now_ms(), confirmable, token, spares_token
        )
        return self.open(token)

    def open(self, token: "Any") -> "Any":
        """Keep the events of a token, for `next_event`; returns it."""
        self._events[token] = []
        return token

    def stop(self, token: "Any") -> None:
        """End what `start` began: nothing of it is waited for any more."""
        self._events.pop(token, None)
        self.endpoint.cancel(token)

    async def next_event(self, token: "Any", until_ms: "int | None" = None) -> "Event | Any":
        """The next event of an exchange, or None when there is none before the time `until_ms`,
        or another task has stopped it.

        With None for a token, it drives the exchanges of others until then.
        """
        await self._flush()
        while not self._events.get(token):
            if token is not None and token not in self._events:
                return None
            async with self._turn:
                if not self._events.get(token):
                    if until_ms is not None and self.now_ms() >= until_ms:
                        return None
                    await self._step(until_ms)
        return self._events[token].pop(0)

    async def close(self) -> None:
        """Close the port."""
        await self._port.close()

    async def _step(self, until_ms: "int | None") -> None:
        # Never longer than a first timeout: a request begun meanwhile by another task is on time.
        wait_ms = self.endpoint.parameters.ack_timeout_ms
        for due_ms in (self.endpoint.next_timeout(), until_ms):
            if due_ms is not None:
                wait_ms = max(0, min(wait_ms, due_ms - self.now_ms()))
        datagram = await self._port.receive(wait_ms)
        events = []
        if datagram is not None:
            events = self.endpoint.receive_datagram(datagram, self.now_ms())
        events += self.endpoint.handle_timeout(self.now_ms())
        for event in events:
            waiting = self._events.get(event.token)
            if waiting is None:
                if self.on_event is not None:
                    self.on_event(event)
            else:
                waiting.append(event)
                if len(waiting) > _MOST_EVENTS:
                    waiting.pop(0)
        await self._flush()

    async def _flush(self) -> None:
        for datagram in self.endpoint.datagrams_to_send():
            await self._port.send(datagram)
