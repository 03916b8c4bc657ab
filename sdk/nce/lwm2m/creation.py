"""Create and Delete: instances that servers make and remove (LwM2M 1.1, 6.3.6 and 6.3.7). Loaded
when a server asks for it."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.lwm2m import changing, events, formats, operations, writing
from nce.lwm2m.model import Refused

if 1 - 1:
    from nce.coap.responder import Request
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Path

_LOCATION_PATH = 8
# Objects that only a bootstrap server makes instances of, and the access rules (E.1 to E.3).
_CLOSED = (0, 1, 2)


def create(client: "Engine", request: "Request", path: "Path", server: "Server") -> "Answer":
    """Make an instance with the values of a request; 2.01 with its place."""
    tree = client.tree
    number = path[0]
    known = tree.objects.get(number)
    if known is None:
        raise Refused(codes.NOT_FOUND)
    if number in _CLOSED or known.creatable is None:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    client.operations.require(server, (number,), operations.MAY_CREATE)
    at, base = _number_for(client, request, number)
    instance = writing.make(tree, number, at)
    try:
        values = changing.values_in(client, request, base) if request.payload else []
        tree.write((number, at), values, False, True)
    except Exception:
        tree.remove(number, at)
        raise
    if client.is_shared:
        from nce.lwm2m import access

        access.add_rule(tree, number, instance.number, server)
    client.tell(events.CREATED, server, (number, at))
    client.objects_changed((number, at))
    places = tuple([(_LOCATION_PATH, str(one).encode()) for one in (number, at)])
    return Answer(codes.CREATED, places, b"")


def delete(client: "Engine", path: "Path", server: "Server") -> "Answer":
    """Remove an instance."""
    tree = client.tree
    if len(path) != 2:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    tree.instance(path)
    if path[0] in _CLOSED or tree.objects[path[0]].creatable is None:
        raise Refused(codes.METHOD_NOT_ALLOWED)
    client.operations.require(server, path, operations.MAY_DELETE)
    tree.remove(path[0], path[1])
    if client.is_shared:
        from nce.lwm2m import access

        access.remove_rules(tree, path)
    client.tell(events.DELETED, server, path)
    client.objects_changed(path)
    return Answer(codes.DELETED, (), b"")


def _number_for(client: "Engine", request: "Request", number: int) -> "tuple[int, Path]":
    # The server may name the instance in the payload; else it is the first that is free.
    tree = client.tree
    taken = tree.objects[number].instances
    free = 0
    while free in taken:
        free += 1
    value = request.option(options.CONTENT_FORMAT)
    content_format = options.uint_of(value or b"")
    if not request.payload or formats.codec_of(content_format) is None:
        return free, (number, free)
    if content_format in (11542, 1542) and request.payload[0] >> 6:
        return free, (number, free)  # TLV of resources, without their instance
    values = changing.values_in(client, request, (number,))
    named = []
    for path, _value, _time in values:
        if len(path) > 1 and path[1] not in named:
            named.append(path[1])
    if len(named) != 1:
        raise Refused(codes.BAD_REQUEST)
    if named[0] in taken:
        raise Refused(codes.BAD_REQUEST)
    return named[0], (number,)
