"""Discover: what there is at a path, and the attributes on it (LwM2M 1.1, 6.3.2 and 6.1.7.4).
Loaded when a server asks."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.lwm2m import attribute_names, link
from nce.lwm2m.model import Refused, is_multiple, row_of
from nce.lwm2m.tree import has

if 1 - 1:
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.model import Instance
    from nce.lwm2m.server import Server
    from nce.seams import Any, Path

    Link = tuple[Path, list[tuple[str, Any]]]


def of(client: "Engine", path: "Path", server: "Server") -> "Answer":
    """The answer to a server's Discover of an object, an instance or a resource."""
    if not 1 <= len(path) <= 3:
        raise Refused(codes.BAD_REQUEST)
    tree = client.tree
    known = tree.objects.get(path[0])
    if known is None:
        raise Refused(codes.NOT_FOUND)
    links: "list[Link]" = []
    if len(path) == 1:
        version = known.definition.version
        told: "list[tuple[str, Any]]" = [] if version == "1.0" else [("ver", version)]
        links.append((path, told + attribute_names.of(server, path)))
        for instance in tree.instances(path[0]):
            _add_instance(links, instance, server)
    elif len(path) == 2:
        _add_instance(links, tree.instance(path), server)
    else:
        instance = tree.instance(path)
        if row_of(instance.definition, path[2]) is None or not has(instance, path[2]):
            raise Refused(codes.NOT_FOUND)
        _add_resource(links, instance, path[2], server, True)
    return _answer(links)


def of_bootstrap(client: "Engine", path: "Path", version: str) -> "Answer":
    """The answer to a bootstrap server's: objects and instances, with their servers."""
    tree = client.tree
    if path and path[0] not in tree.objects:
        raise Refused(codes.NOT_FOUND)
    links: "list[Link]" = [((), [("lwm2m", version)])]
    for number in path or sorted(tree.objects):
        known = tree.objects[number].definition.version
        links.append(((number,), [] if known == "1.0" else [("ver", known)]))
        for instance in tree.instances(number):
            told: "list[tuple[str, Any]]" = []
            values = instance.values
            if number == 1 or (number == 0 and not values.get(1, False)):
                told.append(("ssid", values.get(0 if number else 10, 0)))
            if number == 0:
                told.append(("uri", values.get(0, "")))
            links.append(((number, instance.number), told))
    return _answer(links)


def _answer(links: "list[Link]") -> "Answer":
    its_format = ((options.CONTENT_FORMAT, b"\x28"),)
    return Answer(codes.CONTENT, its_format, link.encode(links))


def _add_instance(links: "list[Link]", instance: "Instance", server: "Server") -> None:
    path = (instance.definition.number, instance.number)
    links.append((path, attribute_names.of(server, path)))
    for row in instance.definition.resources:
        if has(instance, row >> 9):
            _add_resource(links, instance, row >> 9, server, False)


def _add_resource(
    links: "list[Link]", instance: "Instance", number: int, server: "Server", is_alone: bool
) -> None:
    path = (instance.definition.number, instance.number, number)
    row = row_of(instance.definition, number) or 0
    told: "list[tuple[str, Any]]" = []
    many = []
    if is_multiple(row):
        many = sorted(instance.read(number) or ())
        told.append(("dim", len(many)))
    links.append((path, told + attribute_names.of(server, path, is_alone)))
    if is_alone and server.version != "1.0":
        for at in many:  # 1.1: a resource is told with its instances
            links.append((path + (at,), attribute_names.of(server, path + (at,))))
