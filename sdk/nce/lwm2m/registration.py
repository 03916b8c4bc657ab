"""Registration at one server: register, update, deregister, and how each loss is recovered from
(LwM2M 1.1, 6.2).

The table says all: of a state and what happened, what to do and the next state; what it has no row
for means nothing in that state. The recovery, most of it in `nce.lwm2m.recovery`:

| lost | seen by | then |
|---|---|---|
| the registration, a server's reboot | 4.04 or Reset on an update | register again |
| the address, the DTLS session | silence | a new connection, then an update |
| the version (1.1) | 4.12, 4.00 on a registration | register as 1.0 |
| the right to register, the key | 4.00, 4.03, a refused handshake | bootstrap, else wait |
| all | silence on a registration | wait, twice as long each time; in the end bootstrap |

With `bootstraps_on_connect`, a bootstrap comes before each new registration. How long is waited,
and how often, stands in object 1 (resources 13 to 20); `nce.lwm2m.budget` has the bound on all of
it.
"""

from nce.coap import codes
from nce.const import const
from nce.lwm2m import events
from nce.lwm2m.server import location_options

if 1 - 1:
    from nce.coap.message import Message
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server


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
_NEEDS_WORDS = const(14)  # these three

# The lifetime that a server takes for granted (1.1, 6.2.1).
LIFETIME_S = const(86400)

# What is done about it; from `_LOWER` on by `nce.lwm2m.recovery`.
_CONNECT = const(0)
_RESUME = const(1)
_REGISTER = const(2)
_TELL_REGISTERED = const(3)
_UPDATE = const(4)
_TELL_UPDATED = const(5)
_LOWER = const(6)
_RECONNECT = const(7)
_FAIL = const(8)
_REFUSE = const(9)
_LEAVE = const(10)
_LEFT = const(11)
_STOP = const(12)


def take(client: "Engine", server: "Server", happened: int, now_ms: int) -> None:
    """Go one step by the table."""
    row = _TABLE.get(server.state << 4 | happened)
    if row is not None:
        server.state = row & 15
        action = row >> 4
        if action < _LOWER:
            _ACTIONS[action](client, server, now_ms)
        else:
            from nce.lwm2m import recovery

            recovery.ACTIONS[action - _LOWER](client, server, now_ms)


def answered(client: "Engine", server: "Server", response: "Message | int", now_ms: int) -> None:
    """Take what became of a registration, an update or a deregistration."""
    if not isinstance(response, int) and codes.is_success(response.code):
        happened = ACCEPTED
        if server.state == REGISTERING:
            server.location = _location_of(response)
    else:
        from nce.lwm2m import recovery

        happened = recovery.judge(client, server, response)
    take(client, server, happened, now_ms)


def is_managed(server: "Server") -> bool:
    """Whether a server may manage the device: it may ask before its 2.01 has arrived."""
    return server.state in (REGISTERING, REGISTERED, UPDATING)


def forget(server: "Server") -> None:
    """Begin at a server as if it were new."""
    server.abandon()
    server.state = OFF
    server.location = server.expires_ms = server.due_ms = None
    server.succeeded()
    server.needs = 0
    server.attributes = {}
    server.is_fresh = True


def connect(client: "Engine", server: "Server", now_ms: int) -> None:
    """Open the port, if there is none, as soon as the bound on attempts allows it."""
    server.due_ms = None
    if server.endpoint is not None:
        take(client, server, CONNECTED, now_ms)
    elif client.attempts.take(now_ms):
        client.connect(server)
    else:
        wait(server, now_ms, client.attempts.wait_ms(now_ms))


def _resume(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    if server.location is not None:
        server.state = UPDATING
        _update(client, server, now_ms)
    else:
        register(client, server, now_ms)


def register(client: "Engine", server: "Server", now_ms: int) -> None:
    """Register, or bootstrap before."""
    if client.bootstraps_on_connect and not server.is_fresh and client.fall_back(now_ms):
        # 1NCE: a registration that was lost begins with a bootstrap.
        server.state = WAITING
        server.due_ms = None
        return
    if server.endpoint is None:
        server.state = CONNECTING
        connect(client, server, now_ms)
        return
    server.due_ms = None
    if not client.attempts.take(now_ms):
        wait(server, now_ms, client.attempts.wait_ms(now_ms))
        return
    # 6.2.1: whatever was observed, the server asks for it again.
    server.location = None
    server.expires_ms = None
    server.observations = []
    server.needs = 0
    server.lifetime_s = client.tree.value(1, server.account, 1, LIFETIME_S)
    from nce.lwm2m import asking

    server.ask(codes.POST, *asking.registration(client, server), now_ms)


def _registered(client: "Engine", server: "Server", now_ms: int) -> None:
    server.succeeded()
    server.is_fresh = False
    client.tell(events.REGISTERED, server, server.location)
    client.leave_bootstrap()
    _schedule(client, server, now_ms)
    client.next_in_order(now_ms)


def _update(client: "Engine", server: "Server", now_ms: int) -> None:
    server.due_ms = None
    if server.endpoint is None:
        server.state = CONNECTING
        connect(client, server, now_ms)
        return
    if is_expired(server, now_ms):
        server.state = REGISTERING
        register(client, server, now_ms)
        return
    if not client.updates.take(now_ms):
        server.state = REGISTERED
        server.due_ms = now_ms + client.updates.wait_ms(now_ms)
        return
    needs, server.needs = server.needs, 0
    its_options, payload = location_options(server.location or ()), b""
    if needs & _NEEDS_WORDS:
        from nce.lwm2m import asking

        told, payload = asking.update(client, server, needs)
        its_options += told
    server.ask(codes.POST, its_options, payload, now_ms)


def _updated(client: "Engine", server: "Server", now_ms: int) -> None:
    if server.attempts and not client.tree.value(1, server.account, 6, True):
        # E.2, 6: what changed while the server was away is not stored for it.
        for observation in server.observations:
            observation.is_changed = observation.is_pending = False
    server.succeeded()
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


def wait(server: "Server", now_ms: int, wait_ms: int) -> None:
    """Do nothing for a while."""
    server.state = WAITING
    server.due_ms = now_ms + wait_ms


def is_expired(server: "Server", now_ms: int) -> bool:
    """Whether the server has forgotten the registration by now."""
    return server.expires_ms is not None and now_ms >= server.expires_ms


def _location_of(response: "Message") -> "tuple[str, ...]":
    parts: "list[str]" = []
    for number, value in response.options:
        if number == 8:  # Location-Path; some servers give it as one option
            parts += [part for part in str(value, "utf-8").split("/") if part]
    return tuple(parts)


_ACTIONS = (connect, _resume, register, _registered, _update, _updated)
_TABLE: "dict[int, int]" = {
    OFF << 4 | START: _CONNECT << 4 | CONNECTING,
    OFF << 4 | DUE: _CONNECT << 4 | CONNECTING,
    CONNECTING << 4 | CONNECTED: _RESUME << 4 | REGISTERING,
    CONNECTING << 4 | BROKEN: _FAIL << 4 | WAITING,
    CONNECTING << 4 | REFUSED: _REFUSE << 4 | WAITING,
    CONNECTING << 4 | STOP: _STOP << 4 | OFF,
    REGISTERING << 4 | ACCEPTED: _TELL_REGISTERED << 4 | REGISTERED,
    REGISTERING << 4 | OTHER_VERSION: _LOWER << 4 | REGISTERING,
    REGISTERING << 4 | REFUSED: _REFUSE << 4 | WAITING,
    REGISTERING << 4 | SILENT: _FAIL << 4 | WAITING,
    REGISTERING << 4 | BROKEN: _FAIL << 4 | WAITING,
    REGISTERING << 4 | STOP: _STOP << 4 | OFF,
    REGISTERED << 4 | DUE: _UPDATE << 4 | UPDATING,
    REGISTERED << 4 | CHANGED: _UPDATE << 4 | UPDATING,
    REGISTERED << 4 | SILENT: _RECONNECT << 4 | CONNECTING,
    REGISTERED << 4 | BROKEN: _RECONNECT << 4 | CONNECTING,
    REGISTERED << 4 | GONE: _REGISTER << 4 | REGISTERING,
    REGISTERED << 4 | STOP: _LEAVE << 4 | LEAVING,
    UPDATING << 4 | ACCEPTED: _TELL_UPDATED << 4 | REGISTERED,
    UPDATING << 4 | GONE: _REGISTER << 4 | REGISTERING,
    UPDATING << 4 | SILENT: _RECONNECT << 4 | CONNECTING,
    UPDATING << 4 | BROKEN: _RECONNECT << 4 | CONNECTING,
    UPDATING << 4 | STOP: _LEAVE << 4 | LEAVING,
    LEAVING << 4 | CONNECTED: _LEAVE << 4 | LEAVING,
    LEAVING << 4 | ACCEPTED: _LEFT << 4 | OFF,
    LEAVING << 4 | REFUSED: _LEFT << 4 | OFF,
    LEAVING << 4 | SILENT: _LEFT << 4 | OFF,
    LEAVING << 4 | BROKEN: _LEFT << 4 | OFF,
    WAITING << 4 | DUE: _CONNECT << 4 | CONNECTING,
    WAITING << 4 | START: _CONNECT << 4 | CONNECTING,
    WAITING << 4 | STOP: _STOP << 4 | OFF,
}
