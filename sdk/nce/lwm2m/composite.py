"""Read-, Observe- and Write-Composite: many paths in one request (LwM2M 1.1, 6.3.8, 6.3.9, 6.4.4).
Loaded when a server asks for it."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.lwm2m import formats, operations
from nce.lwm2m.model import Refused

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.seams import Any


_ACCEPT = 17
_FORMATS = (110, 112)  # SenML JSON, SenML CBOR
_A_RESOURCE = (0, 0, 0)  # each value is written as if its resource had been asked for by itself


def fetch(client: "Engine", request: "Request", now_ms: int) -> "Answer":
    """Read, and observe, what is at the paths of a request."""
    server = request.peer
    codec = _codec_of(request)
    paths = tuple(codec.decode_paths(request.payload))
    accept = request.option(_ACCEPT)
    if accept is not None and options.uint_of(accept) not in _FORMATS:
        raise Refused(codes.NOT_ACCEPTABLE)
    if accept is not None:
        content_format = options.uint_of(accept)
    elif client.preferred_format in _FORMATS:
        content_format = client.preferred_format
    else:
        content_format = formats.SENML_CBOR  # TLV has no room for paths of several objects
    entries = client.operations.entries_of(paths, True, server)
    answer = client.operations.answer_of((), entries, content_format)
    if request.option(options.OBSERVE) is None:
        return answer
    from nce.lwm2m import observing

    if not paths:
        raise Refused(codes.BAD_REQUEST)
    return observing.register(client, request, paths, True, entries, answer, now_ms)


def patch(client: "Engine", request: "Request") -> "Answer":
    """Write all the values of a request, or none."""
    server = request.peer
    values = _codec_of(request).decode((), request.payload, client.tree.kind_of)
    for path, value, _time in values:
        if len(path) < 3 or value is None:
            raise Refused(codes.BAD_REQUEST)
        if path[0] == 0:
            raise Refused(codes.UNAUTHORIZED)
        client.tree.instance(path)
        client.operations.require(server, path, operations.MAY_WRITE)
    # Of a resource with instances those that are named are written, the others stay.
    paths = client.tree.write(_A_RESOURCE, values, False)
    client.written(server, paths)
    return Answer(codes.CHANGED, (), b"")


def _codec_of(request: "Request") -> "Any":
    value = request.option(options.CONTENT_FORMAT)
    content_format = -1 if value is None else options.uint_of(value)
    codec = formats.codec_of(content_format) if content_format in _FORMATS else None
    if codec is None:
        raise Refused(codes.UNSUPPORTED_CONTENT_FORMAT)
    return codec
