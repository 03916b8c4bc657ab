"""The order in which servers are registered with, where their accounts have one (LwM2M 1.1, E.2,
resources 13 to 15). Loaded for it.

One after the other, by resource 13: the next one begins when the one before is registered, or has
failed and does not block (15); it waits a while (14) when it is its first registration after a
bootstrap. An account without a place in the order waits for nobody.
"""

from nce.lwm2m import registration

if 1 - 1:
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server


def go_on(client: "Engine", now_ms: int) -> None:
    """Begin with the server whose turn it is, if it is a new one's."""
    value = client.tree.value
    waiting: "list[tuple[int, int]]" = []
    for index, server in enumerate(client.servers):
        place = place_of(client, server)
        if place is not None:
            waiting.append((place, index))
    is_first = True
    for _place, index in sorted(waiting):
        server = client.servers[index]
        if server.state == registration.OFF:
            if server.due_ms is not None:
                continue  # it disabled itself for a while
            delay_s = 0 if is_first else value(1, server.account, 14, 0)
            if delay_s and server.is_fresh:
                registration.wait(server, now_ms, 1000 * delay_s)
            else:
                registration.take(client, server, registration.START, now_ms)
            return
        blocks = not server.has_failed or value(1, server.account, 15, False)
        if blocks and server.location is None:
            return
        is_first = False


def place_of(client: "Engine", server: "Server") -> "int | None":
    """The place of a server in the order, None when it has none."""
    if server.is_bootstrap:
        return None
    place: "int | None" = client.tree.value(1, server.account, 13)
    return place
