"""Observing a resource: its state now, and each time it changes (RFC 7641).

    observation = observe(client, "/setting")
    while True:
        response = await observation.next()    # the state now first
        ...
    await observation.cancel()

States are fresh: older ones that the network delivered late are left out (3.4), and when the
server has been silent for longer than the last state's Max-Age, the registration is renewed
(3.3.1). Of a state that is larger than a block the first one comes; `transfer.download` brings all
of it. Only the newest few states wait for a caller that does not ask: it sees the last state,
not every one.
"""

from nce.coap import options
from nce.coap.client import Response
from nce.coap.codes import GET
from nce.coap.exchange import RESPONSE
from nce.coap.message import ACK
from nce.const import const

if 1 - 1:
    from nce.coap.client import CoapClient
    from nce.coap.message import Message
    from nce.seams import Any, Options, Sequence


# RFC 7641, 3.4: after 128 s any state is newer than the last one.
_REORDERING_MS = const(128000)
# 3.3.1: past Max-Age, wait 5 to 15 s for a notification on its way before asking again, at random
# so that a crowd of clients does not ask at once.
_GRACE_MS = const(5000)
_DEFAULT_MAX_AGE_S = const(60)  # RFC 7252, 5.10.5


def is_newer(sequence: int, than: int, elapsed_ms: int) -> bool:
    """Whether a notification of this sequence number is newer than the last one (3.4)."""
    ahead = (sequence - than) & 0xFFFFFF
    return 0 < ahead < 0x800000 or elapsed_ms > _REORDERING_MS


class Observation:
    """A registration at the server; `observe` makes it."""

    def __init__(self, client: "CoapClient", request_options: "Options") -> None:
        self._client = client
        self._options = request_options
        self._token: "Any" = None
        self._sequence: "Any" = None
        self._received_ms = 0
        self._fresh_until_ms: "int | None" = None
        self.is_active = False  # whether the server promised notifications

    async def next(self, timeout_ms: "int | None" = None) -> "Response | None":
        """The next fresh `Response`, or None when none came within `timeout_ms`, or another task
        ended the observation.

        A response that is not a success (4.04, say), or comes when `is_active` is False, is the
        last one: the next call registers again. Raises as `CoapClient.request` does; the next
        call registers again after that, too.
        """
        client = self._client
        until_ms = None if timeout_ms is None else client.now_ms() + timeout_ms
        if not self.is_active:
            self._register()
        while True:
            wake_ms = self._fresh_until_ms
            if wake_ms is None or (until_ms is not None and until_ms < wake_ms):
                wake_ms = until_ms
            event = await client.next_event(self._token, wake_ms)
            now_ms = client.now_ms()
            if event is None:
                if not self.is_active or (until_ms is not None and now_ms >= until_ms):
                    return None
                self._register()
                continue
            if event.outcome != RESPONSE:
                self._end()
                from nce.coap.failures import error_of

                raise error_of(event, options.path_of(self._options))
            message = event.detail
            if self._is_fresh(message, now_ms):
                return Response(message.code, message.options, message.payload)

    async def cancel(self) -> None:
        """Tell the server that no more is wanted (3.6); an `OSError` when it does not answer."""
        if self._token is None:
            return
        token = self._token
        self._client.start(GET, self._options + ((options.OBSERVE, b"\x01"),), token=token)
        self.is_active = False
        try:
            # A notification on its way may come before the answer. It ends this as well: should
            # the request be lost, the next notification is answered with a Reset.
            event = await self._client.next_event(token)
            if event is not None and event.outcome != RESPONSE:
                from nce.coap.failures import error_of

                raise error_of(event, options.path_of(self._options))
        finally:
            self._end()

    def forget(self) -> None:
        """End it on this side alone: the next notification is answered with a Reset (3.6)."""
        self._end()

    def _register(self) -> None:
        request_options = self._options + ((options.OBSERVE, b""),)
        # 3.3.1: a renewal has the token of the registration.
        self._token = self._client.start(GET, request_options, token=self._token)
        self._fresh_until_ms = None
        self.is_active = True

    def _is_fresh(self, message: "Message", now_ms: int) -> bool:
        sequence = options.first_of(message.options, options.OBSERVE)
        if sequence is None or message.code >> 5 != 2:
            self._end()
            return True
        number = options.uint_of(sequence)
        elapsed_ms = now_ms - self._received_ms
        # The answer to the registration itself is new whatever its number: a server that rebooted
        # begins again.
        last = self._sequence
        if last is not None and message.type != ACK and not is_newer(number, last, elapsed_ms):
            if self._fresh_until_ms is None:
                self._fresh_until_ms = now_ms + _REORDERING_MS
            return False
        self._sequence = number
        self._received_ms = now_ms
        max_age = options.first_of(message.options, options.MAX_AGE)
        max_age_s = _DEFAULT_MAX_AGE_S if max_age is None else options.uint_of(max_age)
        grace_ms = _GRACE_MS + self._client.endpoint.random_bytes(1)[0] * 10000 // 255
        self._fresh_until_ms = now_ms + 1000 * max_age_s + grace_ms
        return True

    def _end(self) -> None:
        if self._token is not None:
            self._client.stop(self._token)
        self._token = None
        self._sequence = None
        self._fresh_until_ms = None
        self.is_active = False


def observe(client: "CoapClient", path: str, query: "Sequence[str] | str" = ()) -> "Observation":
    """An `Observation` of the resource; `next` registers it."""
    return Observation(client, options.path_options(path) + options.query_options(query))
