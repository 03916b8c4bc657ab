"""Requests that change something: write, write attributes, execute (LwM2M 1.1, 6.3.3 to 6.3.5).
Loaded when a server asks for one; `nce.lwm2m.executing` when it executes.

An opaque resource that has a sink takes its bytes as they come, in the formats that allow it
(`nce.lwm2m.uploads`).
"""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.const import const
from nce.lwm2m import formats
from nce.lwm2m.model import WRITE, Refused, is_multiple, kind_of, operations_of
from nce.lwm2m.operations import MAY_READ, MAY_WRITE
from nce.lwm2m.rooms import unload
from nce.lwm2m.tree import below

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Path


_URI_QUERY = const(15)
_OPAQUE_KIND = const(6)

_TEXT = const(0)


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
    from nce.lwm2m import executing

    return executing.execute(client, request, path, server)


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
            row = sink_row(client, path)
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


def sink_row(client: "Engine", path: "Path") -> "int | None":
    """The `Resource` at a path whose bytes may go to a sink, or None."""
    row = client.tree.row(path)
    if row is not None and kind_of(row) == _OPAQUE_KIND and operations_of(row) & WRITE:
        return row
    return None
