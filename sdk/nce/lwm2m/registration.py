"""Registration at one server: register, update, deregister, and how each loss is recovered from
(LwM2M 1.1, 6.2).

The table says all: `(state, what happened) -> (what to do, next state)`; what it has no row for
means nothing in that state. The recovery:

| lost | seen by | then |
|---|---|---|
| the registration, a server's reboot | 4.04 or Reset on an update | register again |
| the address, the DTLS session | silence | a new connection, then an update |
| the version (1.1) | 4.12, 4.00 on a registration | register as 1.0 |
| the right to register, the key | 4.00, 4.03, a refused handshake | bootstrap, else wait |
| all | silence on a registration | wait, twice as long each time; in the end bootstrap |

With `bootstraps_on_connect`, each registration anew comes after a bootstrap. How long is waited,
and how often, stands in object 1 (resources 17 to 20); `nce.lwm2m.budget` has the bound on all of
it.
"""

from nce.coap import codes, options
from nce.const import const
from nce.errors import NetworkError, PeerError
from nce.lwm2m import events
from nce.lwm2m.server import location_options

if 1 - 1:
    from nce.coap.message import Message
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any, Path


# States.
OFF = 0
CONNECTING = 1
REGISTERING = 2
REGISTERED = 3
UPDATING = 4
LEAVING = 5
WAITING = 6
# A bootstrap server's: see `nce.lwm2m.bootstrap`.
BOOTSTRAPPING = 7

# What happens.
START = const(0)
CONNECTED = const(1)
BROKEN = const(2)  # no connection, or the port was lost
ACCEPTED = const(3)
OTHER_VERSION = const(4)
GONE = const(5)  # the server has no such registration
REFUSED = const(6)
SILENT = const(7)
DUE = const(8)
CHANGED = const(9)  # there is something to tell: `needs`
STOP = const(10)

# What an update has to say.
NEEDS_UPDATE = 1  # nothing but that the client is there
NEEDS_LIFETIME = 2
NEEDS_BINDING = 4
NEEDS_OBJECTS = 8

# 1.1, 6.2.1.1: registration retries, unless object 1 says otherwise.
_RETRY_COUNT = const(5)
_RETRY_S = const(60)
# The specification waits a day after that; a device in the field is wanted back sooner.
_SEQUENCE_DELAY_S = const(3600)
# No wait is longer than a day, however often it doubled.
_MOST_WAIT_S = const(86400)

_LINK_FORMAT = b"\x28"

# What a server takes for granted, and is not sent (1.1, 6.2.1 and 7.2.3): the lifetime, TLV, and
# the versions of core objects that come with LwM2M 1.1. Object 4 is 1.1 in one edition and 1.2 in
# the next, object 5 remained 1.0.
_TLV = const(11542)
_LIFETIME_S = const(86400)
_CORE_VERSIONS = {1: "1.1", 3: "1.1"}


def take(client: "Engine", server: "Server", happened: int, now_ms: int) -> None:
    """Go one step by the table."""
    row = _TABLE.get(server.state << 4 | happened)
    if row is not None:
        action, server.state = row
        action(client, server, now_ms)


def answered(client: "Engine", server: "Server", response: "Message | int", now_ms: int) -> None:
    """Take what became of a registration, an update or a deregistration."""
    if isinstance(response, int):
        happened = SILENT if server.state != UPDATING or response != 1 else GONE  # 1: RESET
        client.tell(events.FAILED, server, NetworkError("%s does not answer" % server.uri))
    elif codes.is_success(response.code):
        happened = ACCEPTED
        if server.state == REGISTERING:
            server.location = _location_of(response)
    elif server.state == REGISTERING and (
        response.code == codes.PRECONDITION_FAILED
        # A server of 1.0 may stumble over the links of 1.1 before it looks at the version.
        or (response.code == codes.BAD_REQUEST and server.version != "1.0")
    ):
        happened = OTHER_VERSION
    else:
        # 6.2.2: whatever is wrong with an update, a registration begins again.
        is_lasting = response.code >> 5 == 4
        happened = (GONE if server.state == UPDATING else REFUSED) if is_lasting else SILENT
        if server.state != UPDATING or not is_lasting:
            client.tell(
                events.FAILED,
                server,
                PeerError("%s answers %s" % (server.uri, codes.dotted(response.code))),
            )
    take(client, server, happened, now_ms)


def is_managed(server: "Server") -> bool:
    """Whether a server may manage the device: it may ask before its 2.01 has arrived."""
    return server.state in (REGISTERING, REGISTERED, UPDATING)


def forget(server: "Server") -> None:
    """Begin at a server as if it were new."""
    server.abandon()
    server.state = OFF
    server.location = server.expires_ms = server.due_ms = None
    server.attempts = server.needs = 0
    server.attributes = {}
    server.is_fresh = True


def _connect(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    if server.endpoint is not None:
        take(client, server, CONNECTED, now_ms)
    elif client.attempts.take(now_ms):
        client.connect(server)
    else:
        _wait(server, now_ms, client.attempts.wait_ms(now_ms))


def _resume(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    if server.location is not None:
        server.state = UPDATING
        _update(client, server, now_ms)
    else:
        _register(client, server, now_ms)


def _register(client: "Engine", server: "Server", now_ms: int) -> None:
    if client.bootstraps_on_connect and not server.is_fresh and client.fall_back(now_ms):
        # 1NCE: a registration that was lost begins with a bootstrap.
        server.state = WAITING
        server.due_ms = None
        return
    if server.endpoint is None:
        server.state = CONNECTING
        _connect(client, server, now_ms)
        return
    server.due_ms = None
    if not client.attempts.take(now_ms):
        _wait(server, now_ms, client.attempts.wait_ms(now_ms))
        return
    # 6.2.1: whatever was observed, the server asks for it again.
    server.location = None
    server.expires_ms = None
    server.observations = []
    server.needs = 0
    server.lifetime_s = client.tree.value(1, server.account, 1, _LIFETIME_S)
    is_old = server.version == "1.0"
    query = ["lwm2m=" + server.version, "ep=" + client.endpoint_name]
    if server.lifetime_s != _LIFETIME_S:
        query.append("lt=%d" % server.lifetime_s)
    query += _binding(client, server)
    its_options = (
        ((options.URI_PATH, b"rd"),)
        + options.query_options(query)
        + ((options.CONTENT_FORMAT, _LINK_FORMAT),)
    )
    server.ask(codes.POST, its_options, links(client, is_old), now_ms)


def _lower(client: "Engine", server: "Server", now_ms: int) -> None:
    if server.version == "1.0":
        client.tell(events.FAILED, server, PeerError("%s speaks no LwM2M 1.0" % server.uri))
        server.state = REGISTERING
        take(client, server, REFUSED, now_ms)
        return
    server.version = "1.0"
    _register(client, server, now_ms)


def _registered(client: "Engine", server: "Server", now_ms: int) -> None:
    server.attempts = 0
    server.is_fresh = False
    client.tell(events.REGISTERED, server, server.location)
    _schedule(client, server, now_ms)


def _update(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    if server.endpoint is None:
        server.state = CONNECTING
        _connect(client, server, now_ms)
        return
    if _is_expired(server, now_ms):
        server.state = REGISTERING
        _register(client, server, now_ms)
        return
    if not client.updates.take(now_ms):
        server.state = REGISTERED
        server.due_ms = now_ms + client.updates.wait_ms(now_ms)
        return
    needs, server.needs = server.needs, 0
    query = []
    if needs & NEEDS_LIFETIME:
        server.lifetime_s = client.tree.value(1, server.account, 1, _LIFETIME_S)
        query.append("lt=%d" % server.lifetime_s)
    if needs & NEEDS_BINDING:
        query += _binding(client, server, True)
    its_options = location_options(server.location or ()) + options.query_options(query)
    payload = b""
    if needs & NEEDS_OBJECTS:
        its_options += ((options.CONTENT_FORMAT, _LINK_FORMAT),)
        payload = links(client, server.version == "1.0")
    server.ask(codes.POST, its_options, payload, now_ms)


def _updated(client: "Engine", server: "Server", now_ms: int) -> None:
    if server.attempts and not client.tree.value(1, server.account, 6, True):
        # E.2, 6: what changed while the server was away is not stored for it.
        for observation in server.observations:
            observation.is_changed = observation.is_pending = False
    server.attempts = 0
    client.tell(events.UPDATED, server, None)
    _schedule(client, server, now_ms)


def _schedule(client: "Engine", server: "Server", now_ms: int) -> None:
    lifetime_ms = server.lifetime_s * 1000
    if not lifetime_ms:
        server.expires_ms = server.due_ms = None  # 1.1: it never ends
        return
    server.expires_ms = now_ms + lifetime_ms
    # As late as all copies of an update still find the registration, and not all devices of a
    # fleet in the same second.
    spare_ms = client.transmit_wait_ms
    spare_ms += client.random_below(min(spare_ms, lifetime_ms // 20) + 1)
    server.due_ms = server.expires_ms - min(spare_ms, lifetime_ms // 2)


def _reconnect(client: "Engine", server: "Server", now_ms: int) -> None:
    # The first time at once: an address or a session that changed is no server's fault.
    server.attempts += 1
    client.disconnect(server)
    if server.attempts > 1:
        server.state = WAITING
        _back_off(client, server, now_ms)
    else:
        _connect(client, server, now_ms)


def _fail(client: "Engine", server: "Server", now_ms: int) -> None:
    server.attempts += 1
    client.disconnect(server)
    _back_off(client, server, now_ms)


def _refuse(client: "Engine", server: "Server", now_ms: int) -> None:
    # The server knows better than to ask again: only a bootstrap server can help.
    server.location = None
    server.version = client.version
    server.attempts = max(server.attempts + 1, _retry_count(client, server))
    client.disconnect(server)
    _back_off(client, server, now_ms)


def _back_off(client: "Engine", server: "Server", now_ms: int) -> None:
    value = client.tree.value
    count = _retry_count(client, server)
    if server.attempts >= count:
        if value(1, server.account, 16, True) and client.fall_back(now_ms):
            return  # 1.1, 6.2.1.2: to the bootstrap server, which starts all again
        wait_s = value(1, server.account, 19, _SEQUENCE_DELAY_S)
        server.attempts = count  # a long wait each time, until something helps
    else:
        wait_s = value(1, server.account, 18, _RETRY_S) << max(0, server.attempts - 1)
    wait_ms = 1000 * max(1, min(wait_s, _MOST_WAIT_S))
    _wait(server, now_ms, wait_ms + client.random_below(wait_ms // 4 + 1))


def _wait(server: "Server", now_ms: int, wait_ms: int) -> None:
    server.state = WAITING
    server.due_ms = now_ms + wait_ms


def _leave(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    server.abandon()
    if _is_expired(server, now_ms) or not client.updates.take(now_ms):
        take(client, server, ACCEPTED, now_ms)  # there is nothing to leave, or no asking now
        return
    if server.endpoint is None:
        client.connect(server)
        return
    server.ask(codes.DELETE, location_options(server.location or ()), b"", now_ms)


def _left(client: "Engine", server: "Server", now_ms: int) -> None:
    server.location = server.expires_ms = server.due_ms = None
    server.observations = []
    if server.rests_ms:
        # 1.1, E.2, 4: disabled by the server, for a while.
        server.due_ms = now_ms + server.rests_ms
        server.rests_ms = 0
    client.tell(events.DEREGISTERED, server, None)
    client.disconnect(server)


def _stop(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    client.disconnect(server)


def links(client: "Engine", is_old: bool) -> bytes:
    """The objects and instances as Register tells them (1.1, 6.2.1)."""
    from nce.lwm2m import link

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


def _retry_count(client: "Engine", server: "Server") -> int:
    count: "int" = client.tree.value(1, server.account, 17, _RETRY_COUNT)
    return max(1, count)


def _is_expired(server: "Server", now_ms: int) -> bool:
    return server.expires_ms is not None and now_ms >= server.expires_ms


def _location_of(response: "Message") -> "tuple[str, ...]":
    parts: "list[str]" = []
    for number, value in response.options:
        if number == 8:  # Location-Path; some servers give it as one option
            parts += [part for part in str(value, "utf-8").split("/") if part]
    return tuple(parts)


_TABLE: "dict[int, tuple[Any, int]]" = {
    OFF << 4 | START: (_connect, CONNECTING),
    OFF << 4 | DUE: (_connect, CONNECTING),
    CONNECTING << 4 | CONNECTED: (_resume, REGISTERING),
    CONNECTING << 4 | BROKEN: (_fail, WAITING),
    CONNECTING << 4 | REFUSED: (_refuse, WAITING),
    CONNECTING << 4 | STOP: (_stop, OFF),
    REGISTERING << 4 | ACCEPTED: (_registered, REGISTERED),
    REGISTERING << 4 | OTHER_VERSION: (_lower, REGISTERING),
    REGISTERING << 4 | REFUSED: (_refuse, WAITING),
    REGISTERING << 4 | SILENT: (_fail, WAITING),
    REGISTERING << 4 | BROKEN: (_fail, WAITING),
    REGISTERING << 4 | STOP: (_stop, OFF),
    REGISTERED << 4 | DUE: (_update, UPDATING),
    REGISTERED << 4 | CHANGED: (_update, UPDATING),
    REGISTERED << 4 | SILENT: (_reconnect, CONNECTING),
    REGISTERED << 4 | BROKEN: (_reconnect, CONNECTING),
    REGISTERED << 4 | GONE: (_register, REGISTERING),
    REGISTERED << 4 | STOP: (_leave, LEAVING),
    UPDATING << 4 | ACCEPTED: (_updated, REGISTERED),
    UPDATING << 4 | GONE: (_register, REGISTERING),
    UPDATING << 4 | SILENT: (_reconnect, CONNECTING),
    UPDATING << 4 | BROKEN: (_reconnect, CONNECTING),
    UPDATING << 4 | STOP: (_leave, LEAVING),
    LEAVING << 4 | CONNECTED: (_leave, LEAVING),
    LEAVING << 4 | ACCEPTED: (_left, OFF),
    LEAVING << 4 | REFUSED: (_left, OFF),
    LEAVING << 4 | SILENT: (_left, OFF),
    LEAVING << 4 | BROKEN: (_left, OFF),
    WAITING << 4 | DUE: (_connect, CONNECTING),
    WAITING << 4 | START: (_connect, CONNECTING),
    WAITING << 4 | STOP: (_stop, OFF),
}
