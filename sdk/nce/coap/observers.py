"""The observers of a `Site`, and the notifications to them (RFC 7641, 4).

    site.add("/setting", GET, get_setting, is_observable=True)
    ...
    site.observers.notify("/setting", now_ms)    # what get_setting returns now goes to each

A notification is confirmable: a device sends few, and only so learns that an observer is
gone. While one is under way its observer gets no other: of the changes meanwhile the last one
follows when it is acknowledged (4.5.1). An observer is removed by its Reset, its cancellation,
silence, or an answer that is not a success.
"""

from nce.coap import codes, options
from nce.coap.exchange import RESET, TIMED_OUT
from nce.coap.message import CON
from nce.const import const
from nce.errors import UsageError

if 1 - 1:
    from nce.coap.exchange import Event
    from nce.coap.responder import Answer, Request
    from nce.coap.site import Site
    from nce.seams import Any


_MOST_OBSERVERS = const(8)


class _Observer:
    is_told = True  # no notification to it is under way
    is_outdated = False  # and the state has changed since the one that is

    def __init__(self, request: "Request") -> None:
        self.request = request  # its options and token are those of every notification
        self.path = request.path


class Observers:
    """The observers of one `Site`."""

    def __init__(self, site: "Site") -> None:
        self._site = site
        self._observers: "list[_Observer]" = []
        self._sequence = 1

    def __len__(self) -> int:
        return len(self._observers)

    def register(self, request: "Request", answer: "Answer", now_ms: int) -> "Answer":
        """Register or remove as a GET asks; its answer, with Observe when registered (4.1)."""
        value = request.option(options.OBSERVE)
        if request.code != codes.GET or value is None:
            return answer
        asked = options.uint_of(value)
        if asked > 1:
            return answer  # 2: neither to register nor to deregister
        for observer in self._observers:
            known = observer.request
            if (known.peer, known.token) == (request.peer, request.token):
                self._observers.remove(observer)
                break
        # A full list: served, without notifications (4.1).
        if asked or not codes.is_success(answer.code) or len(self._observers) >= _MOST_OBSERVERS:
            return answer
        self._observers.append(_Observer(request))
        return self._numbered(answer)

    def notify(self, path: str, now_ms: int) -> int:
        """Send the state of a resource to its observers; the number of them."""
        self._sequence = (self._sequence + 1) & 0xFFFFFF
        count = 0
        for observer in list(self._observers):
            if observer.path == path:
                observer.is_outdated = True
                if observer.is_told:
                    self._notify_one(observer, now_ms)
                count += 1
        return count

    def take_event(self, event: "Event", now_ms: int) -> None:
        """Learn from what became of a notification (4.5)."""
        observer = event.token
        if observer not in self._observers:
            return
        if event.outcome in (RESET, TIMED_OUT):
            self._observers.remove(observer)
            return
        observer.is_told = True
        if observer.is_outdated:
            self._notify_one(observer, now_ms)

    def forget(self, peer: "Any") -> None:
        """Remove a peer's observations, when the peer itself is forgotten."""
        self._observers = [one for one in self._observers if one.request.peer != peer]

    def _notify_one(self, observer: "_Observer", now_ms: int) -> None:
        request = observer.request
        try:
            answer = self._site.answer(request)
            if answer is not None:
                if codes.is_success(answer.code):
                    answer = self._numbered(answer)
                answer = self._site.cut(request, answer, now_ms)
        except Exception as error:  # noqa: BLE001 - a handler may fail in any way
            answer = request.responder.failed(request, error)
        if answer is None or not codes.is_success(answer.code):
            self._observers.remove(observer)  # 4.2: an error ends it
            if answer is None:
                return
        try:
            request.responder.endpoint.send(
                CON, answer.code, request.token, answer.options, answer.payload, now_ms, observer
            )
        except UsageError:
            # As much waits for the peer as there is room for: it is not listening, or will ask
            # again when Max-Age is over. The other observers are still told.
            if observer in self._observers:
                self._observers.remove(observer)
            return
        observer.is_told = observer.is_outdated = False

    def _numbered(self, answer: "Answer") -> "Answer":
        # A new tuple of the same type: namedtuple has no _replace on MicroPython.
        value = options.uint_value(self._sequence)
        return type(answer)(
            answer.code, tuple(answer.options) + ((options.OBSERVE, value),), answer.payload
        )
