"""The bytes of one opaque resource out of a body that comes in blocks, without holding it: TLV and
CBOR put a short header before them (LwM2M 1.1, 7.4.3; RFC 8949, 3). Loaded when it is needed."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.const import const
from nce.lwm2m import registration
from nce.lwm2m.changing import sink_row
from nce.lwm2m.model import Refused
from nce.lwm2m.operations import MAY_WRITE
from nce.lwm2m.tree import parse

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any


_URI_PATH = const(11)
_PUT = const(3)
_TEXT = const(0)
_OPAQUE = const(42)
_CBOR = const(60)
_TLV = const(11542)
_LONGEST_HEADER = const(6)


def open_sink(client: "Engine", request: "Request") -> "Any":
    """The sink for a body that comes in blocks, or None: it is gathered."""
    server: "Server" = request.peer
    texts = [value for number, value in request.options if number == _URI_PATH]
    if request.code != _PUT or server.is_bootstrap or len(texts) != 3:
        return None
    path = parse(texts)
    if not registration.is_managed(server) or path[0] == 0 or sink_row(client, path) is None:
        return None
    client.operations.require(server, path, MAY_WRITE)
    instance = client.tree.instance(path)
    value = request.option(options.CONTENT_FORMAT)
    content_format = _TEXT if value is None else options.uint_of(value)
    if content_format == _OPAQUE:
        return instance.open_sink(path[2])
    if content_format in (_TLV, _CBOR):
        sink = instance.open_sink(path[2])
        if sink is not None:
            return Unwrapped(sink, content_format, path[2])
    return None


def too_large(client: "Engine", request: "Request", answer: "Answer") -> "Answer":
    """The answer to an upload that could not be gathered: 4.15 when only its format is in the way
    of the resource's sink (RFC 7252, 5.9.2.8), else as it is."""
    path = parse([value for number, value in request.options if number == _URI_PATH])
    value = request.option(options.CONTENT_FORMAT)
    content_format = _TEXT if value is None else options.uint_of(value)
    is_streamed = content_format in (_OPAQUE, _CBOR, _TLV)
    if len(path) == 3 and not is_streamed and sink_row(client, path) is not None:
        sinks = client.tree.instance(path).sinks
        if sinks and path[2] in sinks:
            return Answer(codes.UNSUPPORTED_CONTENT_FORMAT, (), b"")
    return answer


class Unwrapped:
    """A sink before a sink: takes the header off, and counts what follows."""

    def __init__(self, sink: "Any", content_format: int, resource: int) -> None:
        self._sink = sink
        self._content_format = content_format
        self._resource = resource
        self._head: "bytearray | None" = bytearray()
        self._left = 0

    def write(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        if self._head is not None:
            self._head.extend(data)
            if len(self._head) < _LONGEST_HEADER:
                return
            data = self._begin()
        if len(data) > self._left:
            raise Refused(codes.BAD_REQUEST)
        self._left -= len(data)
        self._sink.write(data)

    def finish(self) -> "Any":
        """The sink, when the value is whole."""
        if self._head is not None:
            self._sink.write(self._begin())
        if self._left:
            self.close()
            raise Refused(codes.BAD_REQUEST)
        return self._sink

    def close(self) -> None:
        """Give up."""
        if hasattr(self._sink, "close"):
            self._sink.close()

    def _begin(self) -> bytes:
        head: "Any" = self._head
        self._head = None
        size = _cbor_header(head) if self._content_format == _CBOR else self._tlv_header(head)
        if size is None:
            raise Refused(codes.BAD_REQUEST)
        at, self._left = size
        return bytes(head[at:])

    def _tlv_header(self, head: bytearray) -> "tuple[int, int] | None":
        kind = head[0] if head else 0
        at = 3 if kind & 0x20 else 2
        more = kind >> 3 & 3
        if kind >> 6 != 3 or len(head) < at + more:
            return None
        if int.from_bytes(bytes(head[1:at]), "big") != self._resource:
            return None
        size = int.from_bytes(bytes(head[at : at + more]), "big") if more else kind & 7
        return at + more, size


def _cbor_header(head: bytearray) -> "tuple[int, int] | None":
    kind = head[0] if head else 0
    if kind >> 5 != 2:
        return None
    short = kind & 31
    if short < 24:
        return 1, short
    if short > 26:
        return None
    more = 1 << short - 24
    if len(head) < 1 + more:
        return None
    return 1 + more, int.from_bytes(bytes(head[1 : 1 + more]), "big")
