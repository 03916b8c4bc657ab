"""The bytes of one opaque resource out of a body that comes in blocks, without holding it: TLV and
CBOR put a short header before them (LwM2M 1.1, 7.4.3; RFC 8949, 3). Loaded when it is needed."""

from nce.coap import codes
from nce.const import const
from nce.lwm2m.model import Refused

if 1 - 1:
    from nce.seams import Any


_CBOR = const(60)
_LONGEST_HEADER = const(6)


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
