"""The rules of the CoAP proxy: what a device's request becomes, and what its answer.

    proxy = PartnerProxy(plugins, transport, write, is_open=True)
    proxy.ask(Asked(organisation_id, iccid, "POST", uri, payload), answered)
    # answered(ProxyAnswer(codes.CHANGED)): at once for what is refused, else later

The device names a URI, and the proxy adds what the device does not have: its ICCID in the place of
`:iccid:`, Memfault's project key, Mender's token. No key ever goes to a device.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Protocol

from nce.coap import codes
from nce_sim.clock import Handle
from nce_sim.deliveries import Body, Outcome, Request, Transport
from nce_sim.services.identifiers import nanoid
from nce_sim.services.plugins.mender import AUTH_PATH, auth_request, token_of
from nce_sim.services.plugins.partners import (
    MEMFAULT,
    MemfaultDetails,
    MenderDetails,
    Plugin,
)
from nce_sim.services.plugins.routes import ForeignHost, Route, route_of
from nce_sim.services.plugins.service import Plugins
from nce_sim.storage import Work

_JSON, _BYTES = "application/json", "application/octet-stream"

# HTTP to CoAP (RFC 8075, 7, table 2); a success without a body is 2.04.
_CODES = {
    201: codes.CREATED,
    400: codes.BAD_REQUEST,
    401: codes.UNAUTHORIZED,
    403: codes.FORBIDDEN,
    404: codes.NOT_FOUND,
    405: codes.METHOD_NOT_ALLOWED,
    406: codes.NOT_ACCEPTABLE,
    409: codes.CONFLICT,
    412: codes.PRECONDITION_FAILED,
    413: codes.REQUEST_ENTITY_TOO_LARGE,
    415: codes.UNSUPPORTED_CONTENT_FORMAT,
    422: codes.UNPROCESSABLE_ENTITY,
    429: codes.TOO_MANY_REQUESTS,
    500: codes.INTERNAL_SERVER_ERROR,
    501: codes.NOT_IMPLEMENTED,
    502: codes.BAD_GATEWAY,
    503: codes.SERVICE_UNAVAILABLE,
    504: codes.GATEWAY_TIMEOUT,
}


@dataclass(frozen=True)
class Asked:
    """A request of a device, whole."""

    organisation_id: int
    iccid: str = field(repr=False)
    method: str
    uri: str = field(repr=False)
    payload: bytes = field(repr=False)


@dataclass(frozen=True)
class ProxyAnswer:
    """What the device gets; `code` is CoAP's byte, `content_type` HTTP's text."""

    code: int
    payload: bytes = field(default=b"", repr=False)
    content_type: str = ""


Answered = Callable[[ProxyAnswer], None]


class Write(Protocol):
    """Lets a call write by itself, soon, in line with the devices' messages."""

    def __call__(self, call: Callable[[Work], None]) -> None: ...


class PartnerProxy:
    """Asks partners for devices; at most `most_under_way` at a time.

    `is_open`: hosts without a stand-in are asked, too.
    """

    def __init__(
        self,
        plugins: Plugins,
        transport: Transport,
        write: Write,
        random: Random,
        *,
        is_open: bool,
    ) -> None:
        self.settings = plugins.settings
        self._plugins = plugins
        self._transport = transport
        self._write = write
        self._random = random
        self._is_open = is_open
        self._under_way: dict[str, Handle] = {}  # by the request's id

    @property
    def under_way(self) -> int:
        """How many requests are on their way to partners."""
        return len(self._under_way)

    def close(self) -> None:
        """Give up what is under way: nobody waits for it any more."""
        for handle in self._under_way.values():
            handle.cancel()
        self._under_way.clear()

    def ask(self, asked: Asked, answered: Answered) -> None:
        """Let `answered` have the answer to a device's request, now or later."""
        prepared = self._prepared(asked)
        if isinstance(prepared, ProxyAnswer):
            answered(prepared)
            return
        plugin, route, request = prepared

        def done(outcome: Outcome) -> None:
            del self._under_way[request.delivery_id]
            if _is_auth(route, asked.method):
                self._authenticated(plugin, route, asked.iccid, outcome, answered)
            else:
                answered(self._answer(outcome))

        # `done` is never called before `send` has returned.
        self._under_way[request.delivery_id] = self._transport.send(request, done)

    # -- before ----------------------------------------------------------------------------

    def _prepared(self, asked: Asked) -> ProxyAnswer | tuple[Plugin, Route, Request]:
        """The request to send, or the answer in its place."""
        settings = self.settings
        try:
            route = route_of(asked.uri, asked.iccid)
        except ForeignHost as error:
            return ProxyAnswer(settings.foreign_host_code, str(error).encode())
        plugin = self._plugins.of_partner(asked.organisation_id, route.partner)
        if plugin is None:
            text = f"the plugin of {route.partner} is not installed"
            return ProxyAnswer(settings.no_plugin_code, text.encode())
        if route.partner == MEMFAULT and asked.method != "POST":
            return ProxyAnswer(codes.METHOD_NOT_ALLOWED)  # [D] chunks are posted
        if route.host not in settings.stand_ins and not self._is_open:
            text = f"{route.host} has no stand-in, and the internet is not reached"
            return ProxyAnswer(codes.BAD_GATEWAY, text.encode())
        if self.under_way >= settings.most_under_way:
            return ProxyAnswer(codes.SERVICE_UNAVAILABLE, b"too many requests are under way")
        body, headers = self._content(plugin, route, asked)
        url, request_id = route.url(settings.stand_ins), nanoid(self._random)
        timeout_ms = settings.upstream_timeout_ms
        return plugin, route, Request(asked.method, url, headers, body, request_id, timeout_ms)

    def _content(self, plugin: Plugin, route: Route, asked: Asked) -> tuple[bytes, dict[str, str]]:
        details = plugin.details
        if isinstance(details, MemfaultDetails):
            return asked.payload, {
                "Content-Type": _BYTES,
                "Memfault-Project-Key": details.project_key,
            }
        if isinstance(details, MenderDetails) and _is_auth(route, asked.method):
            return auth_request(details, asked.iccid)  # [D] the device's body is ignored
        headers = {"Content-Type": _JSON} if asked.payload else {}
        token = self._plugins.tokens.of(plugin.plugin_id, asked.iccid, route.host)
        if token is not None:  # [D] before the first authentication it goes without
            headers["Authorization"] = f"Bearer {token}"
        return asked.payload, headers

    # -- after -----------------------------------------------------------------------------

    def _authenticated(
        self, plugin: Plugin, route: Route, iccid: str, outcome: Outcome, answered: Answered
    ) -> None:
        """Keep Mender's token, and only then say that the device is accepted."""
        tokens = self._plugins.tokens
        if outcome.status == 200:
            token = token_of(_body(outcome).data)
            if token is None:
                answered(ProxyAnswer(codes.BAD_GATEWAY, b"the answer has no token"))
                return
            kept = token

            def keep(work: Work) -> None:
                if self._plugins.with_id(plugin.plugin_id) is not None:
                    tokens.keep(plugin.plugin_id, iccid, route.host, kept, work)
                # [D] 2.05; the token itself stays here.
                work.after_commit(lambda: answered(ProxyAnswer(codes.CONTENT)))

            self._write(keep)
        elif outcome.status == 401:

            def drop(work: Work) -> None:
                # Pending, or rejected: what the device had is worth nothing any more.
                tokens.drop(iccid, route.host, work)
                work.after_commit(lambda: answered(ProxyAnswer(codes.UNAUTHORIZED)))

            self._write(drop)
        else:
            answered(self._answer(outcome))

    def _answer(self, outcome: Outcome) -> ProxyAnswer:
        if outcome.status is None:
            code = codes.GATEWAY_TIMEOUT if outcome.is_late else codes.BAD_GATEWAY
            # The reason may name an address, which a device need not see.
            text = b"no answer in time" if outcome.is_late else b"no connection, or no HTTP"
            return ProxyAnswer(code, text)
        body, most = _body(outcome), self.settings.most_answer_bytes
        if len(body.data) > most or not body.is_whole:
            return ProxyAnswer(codes.BAD_GATEWAY, b"the answer is larger than %d bytes" % most)
        return ProxyAnswer(code_of(outcome.status, bool(body.data)), body.data, body.content_type)


def _body(outcome: Outcome) -> Body:
    return outcome.answer if isinstance(outcome.answer, Body) else Body()


def _is_auth(route: Route, method: str) -> bool:
    return method == "POST" and route.path.partition("?")[0].rstrip("/") == AUTH_PATH


def code_of(status: int, has_body: bool) -> int:
    """The CoAP code of an HTTP status; a redirect is not followed, and so a bad gateway."""
    if status in _CODES:
        return _CODES[status]
    if 200 <= status < 300:
        return codes.CONTENT if has_body else codes.CHANGED
    if 400 <= status < 500:
        return codes.BAD_REQUEST
    return codes.BAD_GATEWAY if status < 500 else codes.INTERNAL_SERVER_ERROR
