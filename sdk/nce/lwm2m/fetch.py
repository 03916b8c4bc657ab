"""A package from a CoAP server, by the URI that a LwM2M server wrote (object 5, resource 1).

    source = source_of("coaps://files.example/1.2.0.package#sha256=9f86d081...")
    await fetch(source, package, open_port, notes)

The part behind # is never sent (RFC 3986, 3.5): it is the image's digest, for a package that comes
by plain CoAP. A download goes on where it was: `notes.etag` is of what is on flash.
"""

import asyncio
import binascii
from collections import namedtuple

from nce.coap import options
from nce.coap.client import CoapClient
from nce.coap.codes import CONTENT, GET, dotted
from nce.coap.transfer import Transfer
from nce.const import const
from nce.errors import UsageError
from nce.lwm2m.package import PackageRefused, result_of

if 1 - 1:
    from nce.lwm2m.package import Package
    from nce.seams import Any, Awaitable, Callable, DatagramPort, NamedTuple

    class Source(NamedTuple):
        is_secure: bool
        host: str
        port: int
        path: str
        query: "tuple[str, ...]"
        digest: "bytes | None"

    # (host, port, is_secure) -> a port, open and secured
    OpenPort = Callable[[str, int, bool], Awaitable[DatagramPort]]

else:
    Source = namedtuple(  # type: ignore[no-redef]
        "Source", ("is_secure", "host", "port", "path", "query", "digest")
    )

# LwM2M's Update Result (object 5, resource 5).
_CONNECTION_LOST = const(4)
_INVALID_URI = const(7)
_UNSUPPORTED_PROTOCOL = const(9)

_BLOCK_BYTES = const(512)  # a datagram of this and its options passes every bearer
# Pauses between two tries without progress; one more is the last [U].
PAUSES_S = (10, 30, 60, 120, 300, 600)
_DIGEST = "sha256="
_HEX_DIGITS = const(64)


def source_of(uri: str) -> "Source":
    """The parts of a URI (RFC 7252, 6.1). Raises `PackageRefused` with LwM2M's result."""
    scheme, found, rest = uri.partition("://")
    if not found or not scheme:
        raise PackageRefused(_INVALID_URI, "this is no URI: it has no scheme")
    if scheme not in ("coap", "coaps"):
        raise PackageRefused(_UNSUPPORTED_PROTOCOL, "give a URI of coap or coaps")
    rest, _, fragment = rest.partition("#")
    rest, _, query = rest.partition("?")
    place, _, path = rest.partition("/")
    host, colon, port = place.partition(":")
    number = 5684 if scheme == "coaps" else 5683
    if colon:
        number = int(port) if port.isdigit() and len(port) < 6 else 0
    try:
        path = "/".join([_decoded(part) for part in path.split("/")])
        queries = tuple([_decoded(part) for part in query.split("&") if part])
        digest = _digest_of(fragment)
    except ValueError:
        raise PackageRefused(_INVALID_URI, "the URI has a wrong %, or a digest that is none")
    if not host or not 0 < number < 65536:
        raise PackageRefused(_INVALID_URI, "the URI has no host, or a port that is none")
    return Source(scheme == "coaps", host, number, "/" + path, queries, digest)


def _decoded(text: str) -> str:
    first, *rest = text.split("%")
    made = first.encode()
    for part in rest:
        made += bytes((int(part[:2], 16),)) + part[2:].encode()
    return made.decode()


def _digest_of(fragment: str) -> "bytes | None":
    if not fragment:
        return None
    digits = fragment[len(_DIGEST) :]
    if not fragment.startswith(_DIGEST) or len(digits) != _HEX_DIGITS:
        raise ValueError(fragment)
    return binascii.unhexlify(digits)


class Notes:
    """What a download has to know to go on: the version of the resource, by its ETag.

    `keep` is called when that is another one.
    """

    def __init__(
        self, etag: "bytes | None" = None, keep: "Callable[[], object] | None" = None
    ) -> None:
        self.etag = etag
        self.keep = keep


class _Sink:
    """Takes a block: what the package or the flash says of it is no fault of the way."""

    def __init__(self, package: "Package", notes: "Notes") -> None:
        self._package = package
        self._notes = notes
        self.transfer: "Any" = None

    def write(self, data: bytes) -> int:
        notes = self._notes
        if self.transfer.etag != notes.etag:
            notes.etag = self.transfer.etag
            if notes.keep is not None:
                notes.keep()
        try:
            return self._package.write(data)
        except OSError as error:
            raise PackageRefused(result_of(error), "%s" % error)


async def fetch(
    source: "Source", package: "Package", open_port: "OpenPort", notes: "Notes"
) -> None:
    """Fetch what is missing of the package, and check it.

    Raises `PackageRefused` when no further try helps, also when the connection is lost again and
    again; what the update raises when the image is wrong; a bearer's permanent error.
    """
    failures = 0
    while True:
        before = package.position
        try:
            await _try(source, package, open_port, notes)
            package.finish()
            return
        except UsageError as error:
            raise PackageRefused(_INVALID_URI, "%s" % error)
        except (OSError, asyncio.TimeoutError) as error:
            if hasattr(error, "result") or getattr(error, "is_permanent", False):
                raise
            cause = error
        failures = 0 if package.position > before else failures + 1
        if failures > len(PAUSES_S):
            raise PackageRefused(
                _CONNECTION_LOST, "no more bytes came in %d tries: %s" % (failures, cause)
            )
        await asyncio.sleep(PAUSES_S[max(0, failures - 1)])


async def _try(
    source: "Source", package: "Package", open_port: "OpenPort", notes: "Notes"
) -> None:
    def restart() -> None:
        package.seek(0)

    port = await open_port(source.host, source.port, source.is_secure)
    try:
        request = options.path_options(source.path) + options.query_options(source.query)
        # A block begins at a multiple of its size: some bytes come twice.
        package.seek(package.position & ~(_BLOCK_BYTES - 1))
        sink = _Sink(package, notes)
        sink.transfer = Transfer(
            GET, request, None, sink, _BLOCK_BYTES, None, restart, package.position, notes.etag
        )
        response = await sink.transfer.run(CoapClient(port))
    finally:
        await port.close()
    if response.code != CONTENT:
        is_ours = response.code >> 5 == 4
        message = "the server answers %s to the URI" % dotted(response.code)
        if is_ours:
            raise PackageRefused(_INVALID_URI, message)
        raise OSError(message)
