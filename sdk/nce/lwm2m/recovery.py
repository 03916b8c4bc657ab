"""What a registration does when it does not go well, and when it ends: rows of the table of
`nce.lwm2m.registration`, which loads this for them."""

from nce.coap import codes
from nce.const import const
from nce.errors import NetworkError, PeerError
from nce.lwm2m import events, registration
from nce.lwm2m.server import location_options

if 1 - 1:
    from nce.coap.message import Message
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server


# 1.1, 6.2.1.1: registration retries, unless object 1 says otherwise.
_RETRY_COUNT = const(5)
_RETRY_S = const(60)
_SEQUENCES = const(1)
# The specification waits a day after that; a device in the field is wanted back sooner.
_SEQUENCE_DELAY_S = const(3600)
# No wait is longer than a day, however often it doubled.
_MOST_WAIT_S = const(86400)

_DELETE = const(4)


def judge(client: "Engine", server: "Server", response: "Message | int") -> int:
    """What an answer without success means: of what happened, for the table."""
    if isinstance(response, int):
        client.tell(events.FAILED, server, NetworkError("%s does not answer" % server.uri))
        return (
            registration.SILENT
            if server.state != registration.UPDATING or response != 1
            else registration.GONE
        )  # 1: RESET
    if server.state == registration.REGISTERING and (
        response.code == codes.PRECONDITION_FAILED
        # A server of 1.0 may stumble over the links of 1.1 before it looks at the version.
        or (response.code == codes.BAD_REQUEST and server.version != "1.0")
    ):
        return registration.OTHER_VERSION
    # 6.2.2: whatever is wrong with an update, a registration begins again.
    is_lasting = response.code >> 5 == 4
    if server.state != registration.UPDATING or not is_lasting:
        client.tell(
            events.FAILED,
            server,
            PeerError("%s answers %s" % (server.uri, codes.dotted(response.code))),
        )
    if not is_lasting:
        return registration.SILENT
    return registration.GONE if server.state == registration.UPDATING else registration.REFUSED


def lower(client: "Engine", server: "Server", now_ms: int) -> None:
    """The server wants another version: 1.0, or none of ours."""
    if server.version == "1.0":
        client.tell(events.FAILED, server, PeerError("%s speaks no LwM2M 1.0" % server.uri))
        server.state = registration.REGISTERING
        registration.take(client, server, registration.REFUSED, now_ms)
        return
    server.version = "1.0"
    registration.register(client, server, now_ms)


def reconnect(client: "Engine", server: "Server", now_ms: int) -> None:
    """It does not answer: a new connection, the first time at once."""
    # The first time at once: an address or a session that changed is no server's fault.
    server.attempts += 1
    client.disconnect(server)
    if server.attempts > 1:
        server.state = registration.WAITING
        _back_off(client, server, now_ms)
    else:
        registration.connect(client, server, now_ms)


def fail(client: "Engine", server: "Server", now_ms: int) -> None:
    """No connection, or no answer: wait, longer each time."""
    server.attempts += 1
    client.disconnect(server)
    _back_off(client, server, now_ms)


def refuse(client: "Engine", server: "Server", now_ms: int) -> None:
    """It does not want the device: see whether a bootstrap helps."""
    # The server knows better than to ask again: only a bootstrap server can help.
    server.location = None
    server.version = client.version
    server.attempts = max(server.attempts + 1, _retry_count(client, server))
    server.sequences = _sequences(client, server)
    client.disconnect(server)
    _back_off(client, server, now_ms)


def _back_off(client: "Engine", server: "Server", now_ms: int) -> None:
    value = client.tree.value
    count = _retry_count(client, server)
    if server.attempts >= count:
        wait_s = value(1, server.account, 19, _SEQUENCE_DELAY_S)
        server.sequences += 1
        if server.sequences < _sequences(client, server):
            server.attempts = 0  # E.2, 20: the next sequence
        else:
            server.has_failed = True
            if value(1, server.account, 16, True) and client.fall_back(now_ms):
                return  # 1.1, 6.2.1.2: to the bootstrap server, which starts all again
            server.attempts = count  # a long wait each time, until something helps
    else:
        wait_s = value(1, server.account, 18, _RETRY_S) << max(0, server.attempts - 1)
    wait_ms = 1000 * max(1, min(wait_s, _MOST_WAIT_S))
    registration.wait(server, now_ms, wait_ms + client.random_below(wait_ms // 4 + 1))
    if server.has_failed:
        client.next_in_order(now_ms)


def leave(client: "Engine", server: "Server", now_ms: int) -> None:
    """Deregister."""
    server.due_ms = None
    server.abandon()
    if registration.is_expired(server, now_ms) or not client.updates.take(now_ms):
        # There is nothing to leave, or no asking now.
        registration.take(client, server, registration.ACCEPTED, now_ms)
        return
    if server.endpoint is None:
        client.connect(server)
        return
    server.ask(_DELETE, location_options(server.location or ()), b"", now_ms)


def left(client: "Engine", server: "Server", now_ms: int) -> None:
    """The deregistration is over, however it ended."""
    server.location = server.expires_ms = server.due_ms = None
    server.observations = []
    if server.rests_ms:
        # 1.1, E.2, 4: disabled by the server, for a while.
        server.due_ms = now_ms + server.rests_ms
        server.rests_ms = 0
    client.tell(events.DEREGISTERED, server, None)
    client.disconnect(server)


def stop(client: "Engine", server: "Server", now_ms: int) -> None:
    """Nothing is registered: close the port."""
    server.due_ms = None
    client.disconnect(server)


def _retry_count(client: "Engine", server: "Server") -> int:
    count: "int" = client.tree.value(1, server.account, 17, _RETRY_COUNT)
    return max(1, count)


def _sequences(client: "Engine", server: "Server") -> int:
    count: "int" = client.tree.value(1, server.account, 20, _SEQUENCES)
    return max(1, count)


# In the order of `nce.lwm2m.registration`, from its `_LOWER` on.
ACTIONS = (lower, reconnect, fail, refuse, leave, left, stop)
