"""The accounts of servers, as objects 0 and 1 have them (LwM2M 1.1, E.1 and E.2)."""

from nce.lwm2m.server import NO_SECURITY, Server

if 1 - 1:
    from nce.lwm2m.tree import Tree


def read(tree: "Tree", known: "list[Server]", version: str) -> "list[Server]":
    """The accounts of objects 0 and 1, bootstrap servers first. One whose place and security are
    as before is the same `Server`, with all that it has come to."""
    found: "list[Server]" = []
    for security in tree.instances(0):
        at = security.number
        server = Server()
        server.version = version
        server.security = at
        server.uri = tree.value(0, at, 0, "")
        server.is_bootstrap = bool(tree.value(0, at, 1, False))
        server.mode = tree.value(0, at, 2, NO_SECURITY)
        server.identity = tree.value(0, at, 3, b"")
        server.key = tree.value(0, at, 5, b"")
        server.short_id = tree.value(0, at, 10, 0)
        if not server.is_bootstrap:
            for account in tree.instances(1):
                if tree.value(1, account.number, 0) == server.short_id:
                    break
            else:
                continue
            server.account = account.number
        for one in known:
            if one.is_as(server):
                one.security, one.account = server.security, server.account
                # A bootstrap server writes its own account as well: that is for the next time.
                one.short_id, one.uri, one.mode = server.short_id, server.uri, server.mode
                one.identity, one.key = server.identity, server.key
                server = one
                break
        if server.is_bootstrap:
            found.insert(0, server)
        else:
            found.append(server)
    return found


def port_of(uri: str) -> "tuple[str, int]":
    """`(host, port)` of a coap or coaps URI; the port is the scheme's own when it names none."""
    scheme, _colon, rest = uri.partition("://")
    if scheme not in ("coap", "coaps") or not rest:
        raise ValueError("no server at %r: coap://HOST[:PORT] or coaps://HOST[:PORT]" % uri)
    rest = rest.partition("/")[0]
    own = 5684 if scheme == "coaps" else 5683
    if rest.startswith("["):
        host, _bracket, port = rest[1:].partition("]")
        port = port[1:]
    else:
        host, _colon, port = rest.partition(":")
    if not host or (port and not (port.isdigit() and 0 < int(port) < 65536)):
        raise ValueError("no server at %r: coap://HOST[:PORT] or coaps://HOST[:PORT]" % uri)
    return host, int(port) if port else own
