"""Requests that change something: write, write attributes, execute (LwM2M 1.1, 6.3.3 to 6.3.5).
Loaded when a server asks for one.

An opaque resource that has a sink takes its bytes as they come, in the formats that allow it
(`nce.lwm2m.uploads`).
"""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.const import const
from nce.lwm2m import events, formats, registration
from nce.lwm2m.model import EXECUTE, WRITE, Refused, is_multiple, kind_of, operations_of, row_of
from nce.lwm2m.operations import MAY_EXECUTE, MAY_READ, MAY_WRITE
from nce.lwm2m.rooms import unload
from nce.lwm2m.tree import ENGINES_OWN, below, has, parse

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Path


_URI_PATH = const(11)
_URI_QUERY = const(15)
_PUT = const(3)
_OPAQUE_KIND = const(6)

_TEXT = const(0)
_OPAQUE = const(42)
_CBOR = const(60)
_TLV = const(11542)


def put(client: "Engine", request: "Request", path: "Path", server: "Server") -> "Answer":
    query = request.option(_URI_QUERY)
    content_format = request.option(options.CONTENT_FORMAT)
    if query is not None:
        from nce.lwm2m import attribute_names, observing

        if request.payload or content_format is not None:
            raise Refused(codes.BAD_REQUEST)
        client.operations.require(server, path, MAY_READ)
        attribute_names.write(client.tree, server, path, request.query)
        observing.forget_limits(server)
        return Answer(codes.CHANGED, (), b"")
    if len(path) < 2:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    return _write(client, request, path, server, True)


def post(client: "Engine", request: "Request", path: "Path", server: "Server") -> "Answer":
    if not path or len(path) == 4:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    if len(path) == 1:
        from nce.lwm2m import creation

        return creation.create(client, request, path, server)
    if len(path) == 2:
        return _write(client, request, path, server, False)
    row = client.tree.row(path)
    if row is not None and is_multiple(row) and operations_of(row) & WRITE:
        return _write(client, request, path, server, False)
    return _execute(client, request, path, server)


def _execute(client: "Engine", request: "Request", path: "Path", server: "Server") -> "Answer":
    instance = client.tree.instance(path)
    client.operations.require(server, path, MAY_EXECUTE)
    row = row_of(instance.definition, path[2])
    if row is None or not has(instance, path[2]):
        raise Refused(codes.NOT_FOUND)
    if not operations_of(row) & EXECUTE:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    content_format = request.option(options.CONTENT_FORMAT)
    if content_format is not None and options.uint_of(content_format) != _TEXT:
        raise Refused(codes.UNSUPPORTED_CONTENT_FORMAT)
    arguments = arguments_of(request.payload)
    if path[0] == 1 and path[2] in ENGINES_OWN:
        client.execute(path)
    else:
        instance.execute(path[2], arguments)
    client.tell(events.EXECUTED, server, (path, arguments))
    return Answer(codes.CHANGED, (), b"")


def _write(
    client: "Engine", request: "Request", path: "Path", server: "Server", is_replacing: bool
) -> "Answer":
    client.operations.require(server, path, MAY_WRITE)
    instance = client.tree.instance(path)
    if request.body is not None:
        # It is in the sink already, block by block.
        finish = getattr(request.body, "finish", None)
        instance.write(path[2], finish() if finish else request.body)
        paths = [path[:3]]
    else:
        values = values_in(client, request, path)
        unload("tlv_reader received")  # makes room for what stores the values
        sink = None
        if len(path) == 3 and len(values) == 1 and values[0][1]:
            row = _sink_row(client, path)
            sink = instance.open_sink(path[2]) if row is not None else None
        if sink is not None:
            sink.write(values[0][1])
            instance.write(path[2], sink)
            paths = [path]
        else:
            paths = client.tree.write(path, values, is_replacing)
    client.written(server, paths)
    return Answer(codes.CHANGED, (), b"")


def values_in(client: "Engine", request: "Request", base: "Path") -> "list[tuple[Path, Any, Any]]":
    """The values that a request writes below a path."""
    value = request.option(options.CONTENT_FORMAT)
    content_format = _TEXT if value is None else options.uint_of(value)
    codec = formats.codec_of(content_format)
    if codec is None:
        raise Refused(codes.UNSUPPORTED_CONTENT_FORMAT)
    values: "list[tuple[Path, Any, Any]]" = codec.decode(
        base, request.payload, client.tree.kind_of
    )
    for path, _value, _time in values:
        if not below(path, base):
            raise Refused(codes.BAD_REQUEST)
    return values


def _sink_row(client: "Engine", path: "Path") -> "int | None":
    """The `Resource` at a path whose bytes may go to a sink, or None."""
    row = client.tree.row(path)
    if row is not None and kind_of(row) == _OPAQUE_KIND and operations_of(row) & WRITE:
        return row
    return None


def open_sink(client: "Engine", request: "Request") -> "Any":
    server: "Server" = request.peer
    texts = [value for number, value in request.options if number == _URI_PATH]
    if request.code != _PUT or server.is_bootstrap or len(texts) != 3:
        return None
    path = parse(texts)
    if not registration.is_managed(server) or path[0] == 0 or _sink_row(client, path) is None:
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
            from nce.lwm2m.uploads import Unwrapped

            return Unwrapped(sink, content_format, path[2])
    return None


def too_large(client: "Engine", request: "Request", answer: "Answer") -> "Answer":
    """The answer to an upload that could not be gathered: 4.15 when only its format is in the way
    of the resource's sink (RFC 7252, 5.9.2.8), else as it is."""
    path = parse([value for number, value in request.options if number == _URI_PATH])
    value = request.option(options.CONTENT_FORMAT)
    content_format = _TEXT if value is None else options.uint_of(value)
    is_streamed = content_format in (_OPAQUE, _CBOR, _TLV)
    if len(path) == 3 and not is_streamed and _sink_row(client, path) is not None:
        sinks = client.tree.instance(path).sinks
        if sinks and path[2] in sinks:
            return Answer(codes.UNSUPPORTED_CONTENT_FORMAT, (), b"")
    return answer


def arguments_of(payload: bytes) -> "tuple[tuple[int, str | None], ...]":
    """The arguments of an Execute: `0='a',1` is `((0, "a"), (1, None))` (6.3.5)."""
    text = str(payload, "utf-8")
    if not text:
        return ()
    found: "list[tuple[int, str | None]]" = []
    at = 0
    while True:
        digit = text[at : at + 1]
        if not digit or digit not in "0123456789":
            raise Refused(codes.BAD_REQUEST)
        at += 1
        value = None
        if text[at : at + 2] == "='":
            end = text.find("'", at + 2)
            if end < 0:
                raise Refused(codes.BAD_REQUEST)
            value = text[at + 2 : end]
            at = end + 1
        found.append((int(digit), value))
        if at == len(text):
            return tuple(found)
        if text[at] != ",":
            raise Refused(codes.BAD_REQUEST)
        at += 1
