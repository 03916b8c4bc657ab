"""The name server: one question in, one answer out (RFC 1035).

reply = answer_to(query, resolve=core.resolve, ttl_s=60)
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from ipaddress import IPv4Address

_HEADER = struct.Struct("!6H")
A, IN = 1, 1
# Flags: response, recursion desired and available; RCODE in the low bits (4.1.1).
_RESPONSE, _OPCODE, _DESIRED, _AVAILABLE = 0x8000, 0x7800, 0x0100, 0x0080
NO_ERROR, NAME_ERROR, NOT_IMPLEMENTED = 0, 3, 4
_NAME_OF_THE_QUESTION = 0xC00C  # a pointer to octet 12 (4.1.4)


def answer_to(query: bytes, resolve: Callable[[str], list[str]], ttl_s: int) -> bytes | None:
    """The reply to `query`; None when it is no question that can be answered at all."""
    if len(query) < _HEADER.size:
        return None
    number, flags, questions, *_ = _HEADER.unpack_from(query)
    if flags & _RESPONSE or questions != 1:
        return None
    parsed = _question(query)
    if parsed is None:
        return None
    name, kind, group, end = parsed
    code, addresses = NO_ERROR, []
    if flags & _OPCODE:
        code = NOT_IMPLEMENTED
    else:
        addresses = resolve(name)
        if not addresses:
            code = NAME_ERROR
        if (kind, group) != (A, IN):
            addresses = []  # the name is there, such a record is not
    flags = _RESPONSE | flags & (_OPCODE | _DESIRED) | _AVAILABLE | code
    records = b"".join(
        struct.pack("!HHHIH", _NAME_OF_THE_QUESTION, A, IN, ttl_s, 4) + IPv4Address(host).packed
        for host in addresses
    )
    header = _HEADER.pack(number, flags, 1, len(addresses), 0, 0)
    return header + query[_HEADER.size : end] + records


def _question(query: bytes) -> tuple[str, int, int, int] | None:
    labels, position = [], _HEADER.size
    while position < len(query):
        size = query[position]
        position += 1
        if size == 0:
            break
        if size > 63 or position + size > len(query):
            return None
        labels.append(query[position : position + size].decode("ascii", "replace"))
        position += size
    if position + 4 > len(query):
        return None
    kind, group = struct.unpack_from("!2H", query, position)
    return ".".join(labels), kind, group, position + 4
