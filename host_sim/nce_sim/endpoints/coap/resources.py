"""The resources of the CoAP endpoints: paths, methods, callers (1NCE OS, Device Integrator).

    resources = Resources(device_of, {"/data": {codes.POST: post_data}})
    response = resources(request, work)

An unknown or disabled SIM gets 4.01 whatever it asks; then the path decides, then the method.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from nce.coap import codes
from nce_sim.endpoints.coap.request import CoapPeer, Request, Response
from nce_sim.sim_card import SimCard
from nce_sim.storage import Work

Resource = Callable[[SimCard, Request, Work], Response]
DeviceOf = Callable[[CoapPeer], "SimCard | None"]

MAX_TOPIC_CHARACTERS = 253
_TOPIC = re.compile(r"[A-Za-z0-9_/]+", re.ASCII)

# Documented down to its size: 14 bytes with a header and no token.
NOT_FOUND = Response(codes.NOT_FOUND, b"Not Found")


class BadTopic(ValueError):
    """A topic that the endpoint refuses with 4.00."""


def topic_of(queries: tuple[str, ...]) -> str | None:
    """The topic of `?t=`, None without one; BadTopic for one outside the documented rules."""
    topics = [query[2:] for query in queries if query.startswith("t=")]
    if not topics:
        return None
    topic = topics[0]
    if len(topics) > 1 or len(topic) > MAX_TOPIC_CHARACTERS:
        raise BadTopic(
            f"{len(topics)} topics, the first of {len(topic)} characters; "
            f"one of at most {MAX_TOPIC_CHARACTERS} is allowed"
        )
    if not _TOPIC.fullmatch(topic) or "//" in topic:
        raise BadTopic("a topic has letters, digits, `_` and single `/` only")
    return topic


def not_found(sim: SimCard, request: Request, work: Work) -> Response:
    """The documented answer to `GET /`."""
    return NOT_FOUND


class Resources:
    """The table of one endpoint: path, method, resource."""

    def __init__(self, device_of: DeviceOf, table: Mapping[str, Mapping[int, Resource]]) -> None:
        self._device_of = device_of
        self._table = dict(table)

    def add(self, path: str, methods: Mapping[int, Resource]) -> None:
        """Offer something at one more path, or something else at one of them."""
        self._table[path] = methods

    def __call__(self, request: Request, work: Work) -> Response:
        """Answer a request; what its service stores goes into `work`."""
        found = self._find(request)
        if isinstance(found, Response):
            return found
        sim, resource = found
        return resource(sim, request, work)

    def refusal(self, request: Request) -> Response | None:
        """The refusal that a request gets whatever its body is, or None."""
        found = self._find(request)
        return found if isinstance(found, Response) else None

    def _find(self, request: Request) -> Response | tuple[SimCard, Resource]:
        sim = self._device_of(request.peer)
        if sim is None or not sim.is_enabled:
            return Response(codes.UNAUTHORIZED)
        methods = self._table.get(request.path)
        if methods is None:
            return NOT_FOUND
        resource = methods.get(request.method)
        if resource is None:
            return Response(codes.METHOD_NOT_ALLOWED)
        return sim, resource
