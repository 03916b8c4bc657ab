"""What outlives a deep sleep: bootstrap data, registrations, observations, attributes, message IDs
and the bound on requests, as bytes. Loaded when something is saved or restored.

The bytes hold keys: store them as such. Durations are kept, not times, since the clock of the
next life begins anywhere.
"""

import struct
from binascii import crc32

from nce.coap.mid import MessageIds
from nce.coap.parameters import exchange_lifetime_ms
from nce.const import const
from nce.lwm2m import accounts, registration, writing
from nce.lwm2m.observing import Observation

if 1 - 1:
    from nce.lwm2m.engine import Engine
    from nce.lwm2m.server import Server
    from nce.seams import Any


_FORMAT = const(1)
# Message IDs and numbers of notifications that the saved state may not know of.
_SKIPPED = const(64)


def save(client: "Engine", now_ms: int) -> bytes:
    """The state of a client."""
    tree = client.tree
    data = []
    for number in sorted(tree.objects):
        if tree.objects[number].creatable is None:
            continue
        for instance in tree.instances(number):
            values = {
                at: instance.values[at]
                for at in instance.values
                if not callable(instance.values[at])
            }
            data.append((number, instance.number, values))
    servers = [_of_server(server, now_ms) for server in client.servers]
    out = bytearray((_FORMAT,))
    budgets = (client.attempts.save(now_ms), client.updates.save(now_ms))
    _pack(out, (client.endpoint_name, data, budgets, servers))
    return bytes(out) + struct.pack("<I", crc32(out))


def restore(client: "Engine", data: bytes, now_ms: int, slept_ms: "int | None") -> bool:
    """Give a new client the saved state; False when the data is none of ours."""
    body = data[:-4]
    if len(data) < 6 or data[0] != _FORMAT or struct.unpack("<I", data[-4:])[0] != crc32(body):
        return False
    (name, objects, budgets, servers), _end = _unpack(body, 1)
    tree = client.tree
    if name != client.endpoint_name or any([one[0] not in tree.objects for one in objects]):
        return False  # another device's, or the firmware has other objects now
    for number in sorted(tree.objects):
        if tree.objects[number].creatable is not None:
            kept = [one[1] for one in objects if one[0] == number]
            for instance in tree.instances(number):
                if instance.number not in kept:
                    tree.remove(number, instance.number)
    for number, at, values in objects:
        if at not in tree.objects[number].instances:
            writing.make(tree, number, at)
        tree.objects[number].instances[at].values.update(values)
    client.attempts.restore(budgets[0], now_ms, slept_ms or 0)
    client.updates.restore(budgets[1], now_ms, slept_ms or 0)
    client.servers = accounts.read(tree, [], client.version)
    for server in client.servers:
        for one in servers:
            if (one[0], one[1], one[2]) == (server.uri, server.short_id, server.is_bootstrap):
                _to_server(client, server, one, now_ms, slept_ms)
    return True


def _of_server(server: "Server", now_ms: int) -> "tuple[Any, ...]":
    is_registered = server.state in (registration.REGISTERED, registration.UPDATING)
    is_settled = server.state == registration.REGISTERED
    observations = [
        (
            one.token,
            one.paths,
            one.is_composite,
            one.content_format,
            now_ms - one.sent_ms,
            one.is_pending or one.is_changed,
            one.told,
            one.seen,
        )
        for one in server.observations
    ]
    return (
        server.uri,
        server.short_id,
        server.is_bootstrap,
        server.version,
        server.location if is_registered else None,
        _left(server.expires_ms, now_ms),
        _left(server.due_ms, now_ms) if is_settled else 0,
        server.needs,
        server.lifetime_s,
        server.sequence,
        server.mids.next if server.mids else None,
        observations,
        [(path, server.attributes[path]) for path in server.attributes],
    )


def _to_server(
    client: "Engine",
    server: "Server",
    kept: "tuple[Any, ...]",
    now_ms: int,
    slept_ms: "int | None",
) -> None:
    server.version = kept[3]
    server.location = kept[4]
    server.needs, server.lifetime_s = kept[7], kept[8]
    server.sequence = kept[9] + _SKIPPED & 0xFFFFFF
    if kept[10] is not None:
        lifetime_ms = exchange_lifetime_ms(client.parameters)
        server.mids = MessageIds(kept[10] + _SKIPPED, lifetime_ms)
    server.attributes = {path: list(values) for path, values in kept[12]}
    if server.location is None:
        return
    passed_ms = slept_ms or 0
    expires_ms = None if kept[5] is None else kept[5] - passed_ms
    if expires_ms is not None and expires_ms <= 0:
        server.location = None
        return
    server.state = registration.REGISTERED
    server.expires_ms = None if expires_ms is None else now_ms + expires_ms
    if slept_ms is None:
        server.due_ms = now_ms
    else:
        server.due_ms = None if kept[6] is None else now_ms + kept[6] - passed_ms
    for token, paths, is_composite, content_format, sent_ms, is_changed, told, seen in kept[11]:
        one = Observation(token, paths, is_composite, content_format, 0)
        one.sent_ms = one.looked_ms = now_ms - sent_ms - passed_ms
        one.is_changed = is_changed
        one.told, one.seen = list(told), list(seen)
        server.observations.append(one)


def _left(at_ms: "int | None", now_ms: int) -> "int | None":
    return None if at_ms is None else at_ms - now_ms


# A letter for the type, then the value; sizes and integers in groups of seven bits.
def _pack(out: bytearray, value: "Any") -> None:
    if value is None:
        out.extend(b"n")
    elif value is True or value is False:
        out.extend(b"y" if value else b"z")
    elif isinstance(value, int):
        out.extend(b"i" if value >= 0 else b"j")
        _pack_size(out, value if value >= 0 else -value)
    elif isinstance(value, float):
        out.extend(b"d" + struct.pack("<d", value))
    elif isinstance(value, str):
        text = value.encode("utf-8")
        out.extend(b"s")
        _pack_size(out, len(text))
        out.extend(text)
    elif isinstance(value, (bytes, bytearray)):
        out.extend(b"b")
        _pack_size(out, len(value))
        out.extend(value)
    elif isinstance(value, dict):
        out.extend(b"m")
        _pack_size(out, len(value))
        for key in value:
            _pack(out, key)
            _pack(out, value[key])
    else:
        out.extend(b"t")
        _pack_size(out, len(value))
        for one in value:
            _pack(out, one)


def _unpack(data: bytes, at: int) -> "tuple[Any, int]":
    kind = data[at : at + 1]
    at += 1
    if kind == b"n":
        return None, at
    if kind in (b"y", b"z"):
        return kind == b"y", at
    if kind == b"d":
        return struct.unpack("<d", data[at : at + 8])[0], at + 8
    size, at = _unpack_size(data, at)
    if kind in (b"i", b"j"):
        return size if kind == b"i" else -size, at
    if kind == b"s":
        return str(data[at : at + size], "utf-8"), at + size
    if kind == b"b":
        return bytes(data[at : at + size]), at + size
    held = []
    for _ in range(size * (2 if kind == b"m" else 1)):
        one, at = _unpack(data, at)
        held.append(one)
    if kind == b"m":
        return {held[index]: held[index + 1] for index in range(0, len(held), 2)}, at
    return tuple(held), at


def _pack_size(out: bytearray, size: int) -> None:
    while size > 127:
        out.append(size & 127 | 128)
        size >>= 7
    out.append(size)


def _unpack_size(data: bytes, at: int) -> "tuple[int, int]":
    size = shift = 0
    while True:
        byte = data[at]
        at += 1
        size |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            return size, at
