"""A session as bytes, to outlive a sleep or a reboot. It holds secrets: protect it like the key.

    save(client, 64, store.save)
    if restore(client, store.load()): ...  # connected, without a datagram; else start(), to resume

No record number is ever used twice. The saved bytes do not tell which numbers were used; they
reserve those that may be used: the next `ahead`, and a few for alerts. The client sends no record
beyond them until it is saved again. A restored client begins after them, once it is saved again.
So power may fail at any time, also during the write, as long as the store keeps either the old
bytes or the new ones whole (`nce.slots`). A write that failed may have reached the flash or not:
the client then uses only numbers that both the old and the new bytes allow.

A record that came after the last save could be replayed after a restore, and would be taken once
more. To prevent that, save right before sleeping, with `ahead=0`.
"""

import struct

from nce.dtls.client import SPARE
from nce.dtls.primitives import sha256
from nce.dtls.suites import key_block_length

if 1 - 1:
    from nce.dtls.client import Client
    from nce.seams import Callable


_LIVE = 1
_ENCRYPT_THEN_MAC = 2
# Format, flags, suite, identity's digest, next number (48 bits), newest number received and one,
# those before it that were seen, master secret.
_HEAD = ">BBH4sHIQQ48s"
_FORMAT = 1


def save(
    client: "Client", ahead: int = 64, keep: "Callable[[bytes], object] | None" = None
) -> bytes:
    """The session of a `nce.dtls.client.Client`, with `ahead` record numbers reserved.

    b"" when there is nothing to keep: no live session, and none to resume. `keep(data)` makes the
    bytes durable. The client may use the numbers that they reserve once `keep` has returned, and
    not when it raised. Without `keep` the caller must make them durable before the next record.
    """
    session = client.session
    if session is None and not client.is_connected:
        if keep is not None:
            keep(b"")
        return b""
    if session is None:
        session = (b"", b"", bytes(48), client.suite.number)
    # The suite of the session: a hello that led nowhere may have changed the client's.
    session_id, ticket, master, suite = session
    records = client.records
    flags = 0
    key_block = connection_id = b""
    if client.is_connected:
        flags = _LIVE | (_ENCRYPT_THEN_MAC if client.encrypt_then_mac else 0)
        key_block = client.key_block
        connection_id = records.connection_id
        limit = min(records.sequences[1] + ahead + SPARE, (1 << 48) - 1)
    else:
        limit = 0
    data = struct.pack(
        _HEAD,
        _FORMAT,
        flags,
        suite,
        sha256(client.identity)[:4],
        limit >> 32,
        limit & 0xFFFFFFFF,
        records.window.newest + 1,
        records.window.seen,
        master,
    )
    for part in (key_block, connection_id, session_id, ticket):
        data += struct.pack(">H", len(part)) + part
    data += sha256(data)[:4]
    if keep is not None:
        if limit:
            records.limit = min(records.limit, limit)
        keep(data)
    if limit:
        records.limit = limit
    return data


def restore(client: "Client", data: bytes, same_address: bool = False) -> bool:
    """Put a saved session into a client that has not started. True: it is connected.

    False: call `start`, which resumes the session if the server still knows it. A session without
    a Connection ID is connected only when the server sees the `same_address` and port as before.
    Bytes that are damaged, of another identity or of a suite that is not offered restore nothing.
    """
    size = struct.calcsize(_HEAD)
    if len(data) < size + 12 or sha256(data[:-4])[:4] != data[-4:]:
        return False
    form, flags, number, identity, high, low, newest, seen, master = struct.unpack_from(
        _HEAD, data
    )
    suites = [suite for suite in client.suites if suite.number == number]
    if form != _FORMAT or not suites or identity != sha256(client.identity)[:4]:
        return False
    parts = []
    for _ in range(4):
        end = size + 2 + int.from_bytes(data[size : size + 2], "big")
        parts.append(data[size + 2 : end])
        size = end
    key_block, connection_id, session_id, ticket = parts
    if size != len(data) - 4 or len(key_block) not in (0, key_block_length(suites[0])):
        return False
    if session_id or ticket:
        client.session = (session_id, ticket, master, number)
    encrypt_then_mac = bool(flags & _ENCRYPT_THEN_MAC)
    if (
        not (flags & _LIVE and key_block)
        or not (connection_id or same_address)
        or (suites[0].needs_encrypt_then_mac and not encrypt_then_mac)
    ):
        return False
    client.suite = suites[0]
    client.protect(key_block, encrypt_then_mac)
    records = client.records
    records.sequences[1] = records.limit = high << 32 | low
    records.connection_id = connection_id
    records.window.newest = newest - 1
    records.window.seen = seen
    client.establish()
    return True
