"""The words of a registration and of an update (LwM2M 1.1, 6.2.1 and 6.2.2). Loaded for one."""

from nce.coap import options
from nce.const import const
from nce.lwm2m import link
from nce.lwm2m.registration import LIFETIME_S, NEEDS_BINDING, NEEDS_LIFETIME, NEEDS_OBJECTS

if 1 - 1:
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Options, Path


_LINK_FORMAT = b"\x28"

# What a server takes for granted, and is not sent (7.2.3): TLV, and the versions of core objects
# that come with LwM2M 1.1. Object 4 is 1.1 in one edition and 1.2 in the next, object 5 remained
# 1.0.
_TLV = const(11542)
_CORE_VERSIONS = {1: "1.1", 3: "1.1"}


def registration(client: "Engine", server: "Server") -> "tuple[Options, bytes]":
    """Options and payload of a Register."""
    query = ["lwm2m=" + server.version, "ep=" + client.endpoint_name]
    if server.lifetime_s != LIFETIME_S:
        query.append("lt=%d" % server.lifetime_s)
    query += _binding(client, server)
    its_options = (
        ((options.URI_PATH, b"rd"),)
        + options.query_options(query)
        + ((options.CONTENT_FORMAT, _LINK_FORMAT),)
    )
    return its_options, links(client, server.version == "1.0")


def update(client: "Engine", server: "Server", needs: int) -> "tuple[Options, bytes]":
    """Options and payload of an Update, beside its place."""
    query = []
    if needs & NEEDS_LIFETIME:
        server.lifetime_s = client.tree.value(1, server.account, 1, LIFETIME_S)
        query.append("lt=%d" % server.lifetime_s)
    if needs & NEEDS_BINDING:
        query += _binding(client, server, True)
    its_options = options.query_options(query)
    payload = b""
    if needs & NEEDS_OBJECTS:
        its_options += ((options.CONTENT_FORMAT, _LINK_FORMAT),)
        payload = links(client, server.version == "1.0")
    return its_options, payload


def links(client: "Engine", is_old: bool) -> bytes:
    """The objects and instances as Register tells them (1.1, 6.2.1)."""
    tree = client.tree
    told: "list[tuple[Path, Any]]" = []
    if not is_old and client.preferred_format != _TLV:
        told.append(((), (("ct", client.preferred_format),)))
    for number in sorted(tree.objects):
        if number == 0:
            continue  # 6.2.1: never the security object
        version = tree.objects[number].definition.version
        instances = tree.instances(number)
        # 7.2.2: a version that is usual is not told; servers of 1.0 do not expect any.
        if not is_old and version != _CORE_VERSIONS.get(number, "1.0"):
            told.append(((number,), (("ver", version),)))
        elif not instances:
            told.append(((number,), ()))
        for instance in instances:
            told.append(((number, instance.number), ()))
    return link.encode(told)


def _binding(client: "Engine", server: "Server", is_told: bool = False) -> "list[str]":
    binding = client.tree.value(1, server.account, 7, "U")
    is_old = server.version == "1.0"
    if is_old and client.is_queue_mode and "Q" not in binding:
        binding += "Q"
    query = ["b=" + binding] if is_told or binding != "U" else []
    if client.is_queue_mode and not is_old and not is_told:
        query.append("Q")
    return query
