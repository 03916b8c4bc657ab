"""Requests to registered clients: paths below their root, and formats that they know.

    requests.read(registration, (3303, 0), ended)           # ended(Reply or NoReply)
    requests.observe(registration, (3303, 0, 5700), token, ended)
    requests.write(registration, [Record((3311, 0, 5850), True)], ended)
    requests.execute(registration, (3, 0, 4), ended)

A client that does not know the format is asked once more without it, or with plain text.
"""

from __future__ import annotations

from dataclasses import replace

from nce.coap import codes
from nce_sim.services.lwm2m.outbound import Ended, NoReply, Outbound, Reply, Request
from nce_sim.services.lwm2m.registration import Registration
from nce_sim.wire.lwm2m import formats, registry
from nce_sim.wire.lwm2m.record import Path, Record

# Formats of several values, the shortest first; a client's `ct` may have the numbers of drafts.
_PREFERRED = (formats.SENML_CBOR, formats.SENML_JSON, formats.TLV, 1542, formats.JSON, 1543)
_NOT_KNOWN = (
    codes.NOT_ACCEPTABLE,
    codes.UNSUPPORTED_CONTENT_FORMAT,
    codes.BAD_OPTION,
)
NO_ENDPOINT = "the LwM2M endpoint is closed"


class Requests:
    """Sends by an endpoint, once there is one."""

    def __init__(self) -> None:
        self._outbound: Outbound | None = None

    def send_by(self, outbound: Outbound) -> None:
        """Send by this from now on."""
        self._outbound = outbound

    def forget(self, registration: Registration) -> None:
        """Nothing more is asked of this client."""
        if self._outbound is not None:
            self._outbound.forget(registration.client)

    def read(self, registration: Registration, path: Path, ended: Ended) -> None:
        """Read an object, an instance, a resource or a resource instance."""
        self._get(self._request(registration, "GET", path), registration, ended)

    def observe(
        self, registration: Registration, path: Path, token: bytes, ended: Ended, *, end: bool
    ) -> None:
        """Begin to observe a path, or end it; both bring its values."""
        request = self._request(registration, "GET", path)
        self._get(replace(request, observe=int(end), token=token), registration, ended)

    def observed(self, registration: Registration, path: Path) -> Request:
        """What an observation asks for: the endpoint fetches the rest of a notification so."""
        request = self._request(registration, "GET", path)
        return replace(request, accept=format_of(registration))

    def write(self, registration: Registration, record: Record, ended: Ended) -> None:
        """Replace the value of a resource or of a resource instance."""
        request = self._request(registration, "PUT", record.path)
        if registry.types(record.path) is None and isinstance(record.value, str):
            # Of an object that no definition names: the client knows the type of a plain text,
            # while TLV of "42" would be the integer 13362 to it.
            self._send(_written(request, formats.TEXT, record), ended)
            return

        def written(reply: Reply | NoReply) -> None:
            if isinstance(reply, Reply) and reply.code in _NOT_KNOWN:
                is_opaque = isinstance(record.value, bytes)
                plain = formats.OPAQUE if is_opaque else formats.TEXT
                self._send(_written(request, plain, record), ended)
            else:
                ended(reply)

        self._send(_written(request, format_of(registration), record), written)

    def execute(self, registration: Registration, path: Path, ended: Ended) -> None:
        """Execute a resource."""
        self._send(self._request(registration, "POST", path), ended)

    def _request(self, registration: Registration, method: str, path: Path) -> Request:
        root = [one for one in registration.parsed.root.split("/") if one]
        return Request(registration.client, method, (*root, *map(str, path)))

    def _get(self, request: Request, registration: Registration, ended: Ended) -> None:
        def got(reply: Reply | NoReply) -> None:
            if isinstance(reply, Reply) and reply.code in _NOT_KNOWN:
                self._send(request, ended)
            else:
                ended(reply)

        self._send(replace(request, accept=format_of(registration)), got)

    def _send(self, request: Request, ended: Ended) -> None:
        if self._outbound is None:
            ended(NoReply(NO_ENDPOINT))
        else:
            self._outbound.request(request, ended)


def format_of(registration: Registration) -> int:
    """The format to speak with a client: of those that it names, or TLV, which 1.0 requires."""
    named = registration.parsed.content_formats
    return next((number for number in _PREFERRED if number in named), formats.TLV)


def records_of(path: Path, reply: Reply) -> list[Record]:
    """The values of a reply or a notification; LwM2mMistake when they cannot be read."""
    number = reply.content_format
    if number is None:
        # A lone value needs no format (LwM2M 1.0, 6.4.1): it is text.
        number = formats.TEXT if len(path) > 2 else formats.TLV
    return formats.decode(number, path, reply.payload)


def _written(request: Request, number: int, record: Record) -> Request:
    payload = formats.encode(number, record.path, [record])
    return replace(request, content_format=number, payload=payload)
