"""A CoAP client over a datagram port (asyncio).

    client = CoapClient(port, parameters=LTE_M)
    response = await client.request(POST, "/", query=("t=gps",), payload=record)
    if response.code != CHANGED:
        print(dotted(response.code), response.payload)

Any number of tasks may request at once. There is no task in the background: whoever waits for a
response drives the exchanges of all, so that nothing is left behind when a task is cancelled.
"""

import asyncio
import os
from collections import namedtuple

from nce.clock import now_ms as default_now_ms
from nce.coap import options
from nce.coap.exchange import Endpoint, ResetReceived, ResponseReceived, TimedOut
from nce.coap.parameters import DEFAULT
from nce.errors import NetworkError, PeerError

Response = namedtuple("Response", ("code", "options", "payload"))


class CoapTimeout(NetworkError):
    """No acknowledgement, or no response, within the transmission parameters."""


class ResetByPeer(PeerError):
    """The peer rejected the message with a Reset."""


class UnusableResponse(PeerError):
    """The response carries a critical option that is not known here (RFC 7252, 5.4.1)."""


class CoapClient:
    """Requests to the peer of one datagram port.

    `random_bytes` defaults to `os.urandom`, `now_ms` to `nce.clock.now_ms`.
    """

    def __init__(self, port, random_bytes=None, parameters=DEFAULT, now_ms=None):
        self._port = port
        self._parameters = parameters
        self._now_ms = now_ms or default_now_ms
        self._endpoint = Endpoint(random_bytes or os.urandom, parameters, port.max_datagram)
        self._waiting = {}  # token -> the event that ended it, None before
        self._turn = asyncio.Lock()

    async def request(
        self,
        method,
        path,
        query=(),
        payload=b"",
        host=None,
        content_format=None,
        confirmable=True,
    ):
        """Send a request and wait for its `Response`, whatever its code.

        Raises `CoapTimeout`, `ResetByPeer`, `UnusableResponse`, `UsageError` for what does not
        fit the port or the format, and lets every `OSError` of the port through.
        """
        request_options = options.path_options(path) + options.query_options(query)
        if host is not None:
            request_options += ((options.URI_HOST, host.encode("utf-8")),)
        if content_format is not None:
            value = options.uint_value(content_format)
            request_options += ((options.CONTENT_FORMAT, value),)
        token = self._endpoint.request(
            method, request_options, payload, self._now_ms(), confirmable
        )
        self._waiting[token] = None
        try:
            await self._flush()
            while self._waiting[token] is None:
                async with self._turn:
                    if self._waiting[token] is None:
                        await self._step()
            return self._outcome(self._waiting[token], path)
        finally:
            del self._waiting[token]
            self._endpoint.cancel(token)

    async def close(self):
        """Close the port."""
        await self._port.close()

    async def _step(self):
        # Never longer than a first timeout: a request begun meanwhile by another task is on time.
        wait_ms = self._parameters.ack_timeout_ms
        deadline_ms = self._endpoint.next_timeout()
        if deadline_ms is not None:
            wait_ms = max(0, min(wait_ms, deadline_ms - self._now_ms()))
        datagram = await self._port.receive(wait_ms)
        events = []
        if datagram is not None:
            events = self._endpoint.receive_datagram(datagram, self._now_ms())
        events += self._endpoint.handle_timeout(self._now_ms())
        for event in events:
            if event.token in self._waiting:
                self._waiting[event.token] = event
        await self._flush()

    async def _flush(self):
        for datagram in self._endpoint.datagrams_to_send():
            await self._port.send(datagram)

    def _outcome(self, event, path):
        if isinstance(event, ResponseReceived):
            message = event.message
            return Response(message.code, message.options, message.payload)
        if isinstance(event, TimedOut):
            if event.was_acknowledged:
                raise CoapTimeout(
                    "%s was acknowledged, but no response came in %d ms: the server took the "
                    "request and failed, or its answer was lost"
                    % (path, self._parameters.response_wait_ms)
                )
            raise CoapTimeout(
                "no answer to %s after %d transmissions: check coverage, address and port, or "
                "choose longer transmission parameters" % (path, event.transmissions)
            )
        if isinstance(event, ResetReceived):
            raise ResetByPeer(
                "the peer rejected %s with a Reset: it has no CoAP server on this port" % path
            )
        raise UnusableResponse(
            "the response to %s carries critical %s, unknown here"
            % (path, options.name_of(event.number))
        )
