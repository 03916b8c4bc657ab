"""Discover: what there is at a path, and the attributes on it (LwM2M 1.1, 6.3.2 and 6.1.7.4).
Loaded when a server asks."""

from nce.coap import codes, options
from nce.coap.responder import Answer
from nce.lwm2m import attributes
from nce.lwm2m.model import Refused, is_multiple, row_of

if 1 - 1:
    from nce.lwm2m.client import Lwm2mClient
    from nce.lwm2m.model import Instance
    from nce.lwm2m.server import Server
    from nce.lwm2m.tree import Path


def of(client: "Lwm2mClient", path: "Path", server: "Server") -> "Answer":
    """The answer to a server's Discover of an object, an instance or a resource."""
    if not 1 <= len(path) <= 3:
        raise Refused(codes.BAD_REQUEST)
    tree = client.tree
    known = tree.objects.get(path[0])
    if known is None:
        raise Refused(codes.NOT_FOUND)
    parts: "list[str]" = []
    if len(path) == 1:
        version = known.definition.version
        text = "" if version == "1.0" else ";ver=" + version
        parts.append("</%d>%s%s" % (path[0], text, attributes.text_of(server, path)))
        for instance in tree.instances(path[0]):
            _add_instance(parts, instance, server)
    elif len(path) == 2:
        _add_instance(parts, tree.instance(path), server)
    else:
        instance = tree.instance(path)
        if row_of(instance.definition, path[2]) is None or path[2] not in instance.values:
            raise Refused(codes.NOT_FOUND)
        _add_resource(parts, instance, path[2], server, True)
    return _answer(parts)


def of_bootstrap(client: "Lwm2mClient", path: "Path", version: str) -> "Answer":
    """The answer to a bootstrap server's: objects and instances, with their servers."""
    tree = client.tree
    if path and path[0] not in tree.objects:
        raise Refused(codes.NOT_FOUND)
    parts = ["</>;lwm2m=" + version]
    for number in path or sorted(tree.objects):
        known = tree.objects[number]
        text = known.definition.version
        parts.append("</%d>%s" % (number, "" if text == "1.0" else ";ver=" + text))
        for instance in tree.instances(number):
            link = "</%d/%d>" % (number, instance.number)
            values = instance.values
            if number == 0:
                if not values.get(1, False):
                    link += ";ssid=%d" % values.get(10, 0)
                link += ';uri="%s"' % values.get(0, "")
            elif number == 1:
                link += ";ssid=%d" % values.get(0, 0)
            parts.append(link)
    return _answer(parts)


def _answer(parts: "list[str]") -> "Answer":
    its_format = ((options.CONTENT_FORMAT, b"\x28"),)
    return Answer(codes.CONTENT, its_format, ",".join(parts).encode("utf-8"))


def _add_instance(parts: "list[str]", instance: "Instance", server: "Server") -> None:
    path = (instance.definition.number, instance.number)
    parts.append("</%d/%d>%s" % (path + (attributes.text_of(server, path),)))
    for row in instance.definition.resources:
        if row >> 9 in instance.values:
            _add_resource(parts, instance, row >> 9, server, False)


def _add_resource(
    parts: "list[str]", instance: "Instance", number: int, server: "Server", is_alone: bool
) -> None:
    path = (instance.definition.number, instance.number, number)
    row = row_of(instance.definition, number) or 0
    text = ""
    many = []
    if is_multiple(row):
        many = sorted(instance.read(number) or ())
        text = ";dim=%d" % len(many)
    text += attributes.text_of(server, path, is_alone)
    parts.append("</%d/%d/%d>%s" % (path + (text,)))
    if is_alone and server.version != "1.0":
        for at in many:  # 1.1: a resource is told with its instances
            parts.append(
                "</%d/%d/%d/%d>%s" % (path + (at, attributes.text_of(server, path + (at,))))
            )
