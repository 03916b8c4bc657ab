"""Execute, and its arguments (LwM2M 1.1, 6.3.5). Loaded when a server executes."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.const import const
from nce.lwm2m import events
from nce.lwm2m.model import EXECUTE, Refused, operations_of, row_of
from nce.lwm2m.operations import MAY_EXECUTE
from nce.lwm2m.tree import ENGINES_OWN, has

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Path


_TEXT = const(0)


def execute(client: "Engine", request: "Request", path: "Path", server: "Server") -> "Answer":
    """Run what is at a path, and tell of it."""
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
    arguments = _arguments_of(request.payload)
    if path[0] == 1 and path[2] in ENGINES_OWN:
        client.execute(path)
    else:
        instance.execute(path[2], arguments)
    client.tell(events.EXECUTED, server, (path, arguments))
    return Answer(codes.CHANGED, (), b"")


def _arguments_of(payload: bytes) -> "tuple[tuple[int, str | None], ...]":
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
