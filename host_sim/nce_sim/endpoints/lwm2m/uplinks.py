"""What clients ask of the endpoint, and who answers it (OMA LwM2M Transport 1.1, 6.4).

    uplinks = Uplinks(service, client_of, most_bytes=32_768, begin=bootstraps.begin)
    response = uplinks(request, work)           # as `Resources` of the other endpoints
    uplinks.refusal(request)

    POST /bs?ep=&pct=     bootstrap           POST /rd?ep=&lt=&lwm2m=&b=    register
    GET /bspack           4.04: not offered   POST, DELETE /rd/<location>   update, deregister
                                              POST /dp                      send

The address or the DTLS identity is the client; what `ep` says, nobody believes. So a location that
is another's is refused by the service.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from nce.coap import codes, options
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.services.lwm2m.outbound import Answer, Bootstrap, Client, Reply, Step
from nce_sim.services.lwm2m.outbound import Request as Observed
from nce_sim.storage import Work


class Service(Protocol):
    """The LwM2M service, as the endpoint sees it."""

    def keys(self, identity: str) -> tuple[bytes, ...]: ...

    def bootstrap(
        self, client: Client, endpoint_name: str | None, preferred_format: int | None, work: Work
    ) -> Bootstrap: ...

    def bootstrapped(self, client: Client, failure: str | None, work: Work) -> None: ...

    def register(
        self, client: Client, query: Sequence[str], payload: bytes, work: Work
    ) -> Answer: ...

    def update(
        self,
        client: Client,
        location: Sequence[str],
        query: Sequence[str],
        payload: bytes,
        work: Work,
    ) -> Answer: ...

    def deregister(self, client: Client, location: Sequence[str], work: Work) -> Answer: ...

    def sent(
        self, client: Client, content_format: int | None, payload: bytes, work: Work
    ) -> Answer: ...

    def notified(self, client: Client, token: bytes, reply: Reply, work: Work) -> bool: ...

    def observed(self, client: Client, token: bytes) -> Observed | None:
        """What an observation asks for; None for a token that is none of this client's."""

    def is_queueing(self, identity: str) -> bool:
        """Whether the client is registered in queue mode."""


Begin = Callable[[Client, Sequence[Step]], None]
_Serve = Callable[[Client, Request, Sequence[str], Work], Response]


class Uplinks:
    """The table of paths and methods; an unknown or disabled SIM gets 4.01 whatever it asks."""

    def __init__(
        self,
        service: Service,
        client_of: Callable[[CoapPeer], Client | None],
        *,
        most_bytes: int,
        begin: Begin,
    ) -> None:
        self._service = service
        self._client_of = client_of
        self._most_bytes = most_bytes
        self._begin = begin
        # By the first segment, and whether a location follows.
        self._table: Mapping[tuple[str, bool], Mapping[int, _Serve]] = {
            ("bs", False): {codes.POST: self._bootstrap},
            ("rd", False): {codes.POST: self._register},
            ("rd", True): {codes.POST: self._update, codes.DELETE: self._deregister},
            ("dp", False): {codes.POST: self._send},
        }

    def __call__(self, request: Request, work: Work) -> Response:
        """Answer a request; what the service stores goes into `work`."""
        found = self._find(request)
        if isinstance(found, Response):
            return found
        client, serve, segments = found
        return serve(client, request, segments, work)

    def refusal(self, request: Request) -> Response | None:
        """The refusal that a request gets whatever its body is, or None."""
        found = self._find(request)
        return found if isinstance(found, Response) else None

    def _find(self, request: Request) -> Response | tuple[Client, _Serve, Sequence[str]]:
        client = self._client_of(request.peer)
        if client is None:
            return Response(codes.UNAUTHORIZED)
        segments = request.path.split("/")[1:]
        methods = self._table.get((segments[0], len(segments) > 1))
        if methods is None:
            return Response(codes.NOT_FOUND)
        serve = methods.get(request.method)
        if serve is None:
            return Response(codes.METHOD_NOT_ALLOWED)
        if len(request.payload) > self._most_bytes:
            return Response(codes.REQUEST_ENTITY_TOO_LARGE)
        return client, serve, segments

    # -- resources -------------------------------------------------------------------------

    def _bootstrap(
        self, client: Client, request: Request, segments: Sequence[str], work: Work
    ) -> Response:
        name, preferred = _first(request.queries, "ep"), _first(request.queries, "pct")
        number = int(preferred) if preferred and _is_number(preferred) else None
        bootstrap = self._service.bootstrap(client, name, number, work)
        if bootstrap.steps:
            work.after_commit(lambda: self._begin(client, bootstrap.steps))
        return _response(bootstrap.answer)

    def _register(
        self, client: Client, request: Request, segments: Sequence[str], work: Work
    ) -> Response:
        return _response(self._service.register(client, request.queries, request.payload, work))

    def _update(
        self, client: Client, request: Request, segments: Sequence[str], work: Work
    ) -> Response:
        answer = self._service.update(client, segments, request.queries, request.payload, work)
        return _response(answer)

    def _deregister(
        self, client: Client, request: Request, segments: Sequence[str], work: Work
    ) -> Response:
        return _response(self._service.deregister(client, segments, work))

    def _send(
        self, client: Client, request: Request, segments: Sequence[str], work: Work
    ) -> Response:
        answer = self._service.sent(client, request.content_format, request.payload, work)
        return _response(answer)


def _response(answer: Answer) -> Response:
    located = tuple((options.LOCATION_PATH, segment.encode()) for segment in answer.location)
    return Response(answer.code, answer.payload, located)


def _first(queries: Sequence[str], name: str) -> str | None:
    return next((one[len(name) + 1 :] for one in queries if one.startswith(name + "=")), None)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 5  # a Content-Format: two bytes
