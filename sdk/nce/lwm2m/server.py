"""One server account: where it is, how it is met, and what stands between it and the client.

Objects 0 and 1 say what an account is (LwM2M 1.1, E.1 and E.2); `nce.lwm2m.accounts` reads them.
The adapter opens a port to `uri`, secured as `mode` says with `identity` and `key`.
"""

from nce.coap import options
from nce.coap.block import size_of, szx_for
from nce.coap.exchange import RESPONSE, Endpoint
from nce.coap.responder import Responder
from nce.const import const

if 1 - 1:
    from nce.coap.exchange import Event
    from nce.coap.message import Message
    from nce.coap.mid import MessageIds
    from nce.coap.responder import Answer, Request
    from nce.coap.transfer import Transfer
    from nce.lwm2m.observing import Observation
    from nce.seams import Any, Callable, Options, Path, RandomBytes, Tell

# Modes of security (E.1, resource 2).
PSK = 0
NO_SECURITY = 3

# A header, a token, and the options beside the payload of a request.
_OPTIONS_ROOM = const(64)


class Server:
    """An account of object 0, with its half in object 1 unless it is a bootstrap server's."""

    # What the account says.
    uri = ""
    mode = NO_SECURITY
    identity = b""
    key = b""
    short_id = 0
    is_bootstrap = False
    security = 0  # the instance in object 0
    account = 0  # the instance in object 1

    # The registration.
    state = 0
    version = "1.1"
    location: "tuple[str, ...] | None" = None
    expires_ms: "int | None" = None  # of the registration
    due_ms: "int | None" = None  # when the state's timer runs out
    is_fresh = False  # of a bootstrap, and not registered since
    attempts = 0  # in vain since the last success, or the last sequence of them
    sequences = 0  # of attempts, in vain
    has_failed = False  # after as many sequences as the account allows
    needs = 0  # what the next update has to say
    lifetime_s = 86400
    rests_ms = 0  # how long the server disabled itself for, from its deregistration on

    # The port.
    endpoint: "Endpoint | None" = None
    is_connecting = False
    mids: "MessageIds | None" = None
    active_ms = 0  # when something last passed between the two
    _asked: "Ask | None" = None

    # Observations, and the attributes that the server wrote.
    sequence = 1
    in_flight: "Observation | None" = None

    def __init__(self) -> None:
        self.last_words: "list[bytes]" = []
        self.observations: "list[Observation]" = []
        self.attributes: "dict[Path, list[Any]]" = {}

    def __repr__(self) -> str:
        return "<Server %d at %s>" % (self.short_id, self.uri)

    def is_as(self, other: "Server") -> bool:
        """Whether another account is the same one: a server's place, security and number, a
        bootstrap server's instance."""
        if self.is_bootstrap or other.is_bootstrap:
            return self.is_bootstrap == other.is_bootstrap and self.security == other.security
        return (self.uri, self.mode, self.identity, self.key, self.short_id) == (
            other.uri,
            other.mode,
            other.identity,
            other.key,
            other.short_id,
        )

    @property
    def is_secure(self) -> bool:
        """Whether its port has a session that nobody else can speak for."""
        return self.mode != NO_SECURITY

    @property
    def is_busy(self) -> bool:
        """Whether a request of the engine's is on its way."""
        return self._asked is not None

    def open(
        self,
        random_bytes: "RandomBytes",
        parameters: "Any",
        max_datagram: int,
        handle: "Callable[[Request, int], Answer | None]",
        on_event: "Tell",
    ) -> None:
        """Begin exchanges over a new port."""
        self.close()
        self.endpoint = Endpoint(random_bytes, parameters, max_datagram, self.mids)
        self.mids = self.endpoint.mids
        self.endpoint.responder = Responder(self.endpoint, handle, self, on_event)
        self.is_connecting = False
        self.last_words = []

    def close(self) -> None:
        """Forget the port and what was under way on it; what is to be sent still can be."""
        if self.endpoint is not None:
            self.last_words = self.endpoint.datagrams_to_send()
        if self.in_flight is not None:
            self.in_flight.is_pending = True  # nobody knows whether it was heard
        self.endpoint = self.in_flight = self._asked = None
        self.is_connecting = False

    def succeeded(self) -> None:
        """It is registered with, and answers."""
        self.attempts = self.sequences = 0
        self.has_failed = False

    def room(self) -> int:
        """The most bytes of a payload in one message."""
        return size_of(szx_for(min(1024, self.endpoint.max_datagram - _OPTIONS_ROOM)))  # type: ignore[union-attr]

    def ask(self, code: int, its_options: "Options", payload: bytes, now_ms: int) -> None:
        """Send a request of the engine's; `answer` tells its end."""
        self._asked = Ask(self, code, its_options, payload, now_ms)

    def answer(self, event: "Event", now_ms: int) -> "Message | int | None":
        """What an event says of the engine's request: the response, the outcome that takes its
        place, or None when the request goes on or the event is another's."""
        if self._asked is None or event.token != self._asked.token:
            return None
        answer = self._asked.answer(event, now_ms)
        if answer is not None:
            self._asked = None
        return answer

    def abandon(self) -> None:
        """Forget what is under way: it is about a registration that is no more."""
        if self.endpoint is not None:
            if self._asked is not None:
                self.endpoint.cancel(self._asked.token)
            if self.in_flight is not None:
                self.endpoint.cancel(self.in_flight)
        self._asked = self.in_flight = None


class Ask:
    """A request to a server, in blocks when its payload is long."""

    def __init__(
        self, server: "Server", code: int, its_options: "Options", payload: bytes, now_ms: int
    ) -> None:
        self._server = server
        self._code = code
        self._transfer: "Transfer | None" = None
        if len(payload) > server.room():
            from io import BytesIO

            from nce.coap.transfer import Transfer

            self._transfer = Transfer(
                code, its_options, BytesIO(payload), None, server.room(), len(payload)
            )
            its_options, payload = self._transfer.next_request()
        self._send(its_options, payload, now_ms)

    def _send(self, its_options: "Options", payload: bytes, now_ms: int) -> None:
        server = self._server
        endpoint: "Any" = server.endpoint
        self.token = endpoint.request(
            self._code, its_options, payload, now_ms, spares_token=server.is_secure
        )
        server.active_ms = now_ms

    def answer(self, event: "Event", now_ms: int) -> "Message | int | None":
        """What the event of this request's token says: the response, the outcome in its place,
        or None when there is more to send."""
        if event.outcome != RESPONSE:
            return event.outcome
        if self._transfer is not None and not self._transfer.receive(event.detail):
            its_options, payload = self._transfer.next_request()
            self._send(its_options, payload, now_ms)
            return None
        response: "Message" = event.detail
        return response


def location_options(location: "tuple[str, ...]") -> "Options":
    """The Uri-Path options of a registration's place."""
    return tuple([(options.URI_PATH, part.encode("utf-8")) for part in location])
