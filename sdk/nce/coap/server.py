"""A CoAP server on a listening port (asyncio): what the Device Controller of 1NCE OS pushes to.

    from nce.listener import open_listener

    port = await open_listener(3000)
    server = CoapServer(port, site)
    await server.serve()                     # until cancelled; or serve(60000), a minute

or, beside the requests of a client, on the client's own port to one peer:

    serve_on(client, site)
    await client.next_event(None, client.now_ms() + 60000)

Each peer is answered at the address it sent from (the Controller's is its own, not the CoAP
endpoint's), with message IDs, duplicates and retransmissions of its own.

A datagram's source address proves nothing: an attacker may send requests in a victim's name, so
that the answers hit it (RFC 7252, 11.3). An unverified peer therefore gets a payload of 64
bytes at most, the rest of a longer one in blocks that it asks for one by one: 80 bytes for a
request of 21. `is_verified` names the peers that get whole datagrams; peers of a DTLS session
(`serve_on`) do.
"""

import os

from nce.clock import now_ms as default_now_ms
from nce.coap.exchange import Endpoint
from nce.coap.mid import MessageIds
from nce.coap.parameters import DEFAULT, exchange_lifetime_ms
from nce.coap.responder import Responder
from nce.const import const

if 1 - 1:
    from nce.coap.client import CoapClient
    from nce.coap.exchange import Event
    from nce.coap.parameters import Parameters
    from nce.coap.site import Site
    from nce.seams import Any, Callable, ListeningPort, NowMs, RandomBytes, Tell


# RFC 7252, 11.3 has this number as its example.
_UNVERIFIED_BLOCK = const(64)

# Peers remembered at once; the one that was silent longest makes room, unless it is being sent to.
_MOST_PEERS = const(8)
_IDLE_MS = const(1000)


class CoapServer:
    """Serves a `Site` to every peer that sends to one listening port.

    A listening port has `receive_from(timeout_ms)` -> (data, peer) or None, `send_to(data, peer)`,
    `close()` and `max_datagram`; a peer is anything that compares. `mids` continues the message
    IDs of an earlier life (`nce.coap.mid_store`). `is_verified(peer)` is True for a peer whose
    address cannot be forged, as on your own private network. `on_event` is told of each
    `nce.coap.responder.HandlerFailed`; without it that is printed.
    """

    def __init__(
        self,
        port: "ListeningPort",
        site: "Site",
        random_bytes: "RandomBytes | None" = None,
        parameters: "Parameters" = DEFAULT,
        now_ms: "NowMs | None" = None,
        mids: "MessageIds | None" = None,
        is_verified: "Callable[[Any], bool] | None" = None,
        on_event: "Tell | None" = None,
    ) -> None:
        self._port = port
        self._site = site
        self._random_bytes = random_bytes or os.urandom
        self._parameters = parameters
        self.now_ms = now_ms or default_now_ms
        # Of one source for all, so that none repeats at a peer that is forgotten and comes back.
        self._mids = mids or MessageIds(
            int.from_bytes(self._random_bytes(2), "big"), exchange_lifetime_ms(parameters)
        )
        self._is_verified = is_verified
        self._on_event = on_event
        self._endpoints: "list[tuple[Any, Endpoint]]" = []  # (peer, Endpoint), the latest last
        self.refused_datagrams = 0  # of peers for which there was no room

    async def serve(self, timeout_ms: "int | None" = None) -> None:
        """Serve for `timeout_ms`, or until cancelled; an `OSError` of the port comes through."""
        until_ms = None if timeout_ms is None else self.now_ms() + timeout_ms
        await self._flush()
        while until_ms is None or self.now_ms() < until_ms:
            wait_ms = _IDLE_MS
            deadlines = [endpoint.next_timeout() for _peer, endpoint in self._endpoints]
            for due_ms in deadlines + [until_ms]:
                if due_ms is not None:
                    wait_ms = max(0, min(wait_ms, due_ms - self.now_ms()))
            received = await self._port.receive_from(wait_ms)
            if received is not None:
                endpoint = self._endpoint_of(received[1])
                if endpoint is None:
                    self.refused_datagrams += 1
                else:
                    self._take(endpoint.receive_datagram(received[0], self.now_ms()))
            for _peer, endpoint in self._endpoints:
                self._take(endpoint.handle_timeout(self.now_ms()))
            await self._flush()

    async def close(self) -> None:
        """Close the port."""
        await self._port.close()

    def _take(self, events: "list[Event]") -> None:
        if self._site.observers is not None:
            for event in events:
                self._site.observers.take_event(event, self.now_ms())

    async def _flush(self) -> None:
        for peer, endpoint in list(self._endpoints):
            for datagram in endpoint.datagrams_to_send():
                await self._port.send_to(datagram, peer)

    def _endpoint_of(self, peer: "Any") -> "Endpoint | None":
        for index, (known, endpoint) in enumerate(self._endpoints):
            if known == peer:
                self._endpoints.append(self._endpoints.pop(index))
                return endpoint
        if len(self._endpoints) >= _MOST_PEERS:
            for index, (_known, endpoint) in enumerate(self._endpoints):
                if endpoint.next_timeout() is None:
                    silent_peer, _endpoint = self._endpoints.pop(index)
                    if self._site.observers is not None:
                        self._site.observers.forget(silent_peer)
                    break
            else:
                return None
        endpoint = Endpoint(
            self._random_bytes, self._parameters, self._port.max_datagram, self._mids
        )
        responder = Responder(endpoint, self._site.handle, peer, self._on_event)
        if self._is_verified is None or not self._is_verified(peer):
            responder.max_block = _UNVERIFIED_BLOCK
        endpoint.responder = responder
        self._endpoints.append((peer, endpoint))
        return endpoint


def serve_on(client: "CoapClient", site: "Site", on_event: "Tell | None" = None) -> None:
    """Serve a `Site` to the peer of a `CoapClient`, whenever one of its requests is waited for.

    `on_event` is as for `CoapServer`.
    """
    client.endpoint.responder = Responder(client.endpoint, site.handle, None, on_event)
    observers = site.observers
    if observers is not None:
        client.on_event = lambda event: observers.take_event(event, client.now_ms())
