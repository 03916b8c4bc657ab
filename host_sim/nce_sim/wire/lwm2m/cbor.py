"""CBOR by cbor2, with what its decoder offers to an attacker closed (RFC 8949).

loads(bytes.fromhex("185f"))               # 95
loads(bytes.fromhex("c11a65920080"))       # a datetime, of tag 1; tag 4 gives a Decimal

Other tags (regular expressions, MIME, shared references) are refused before they are made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from typing import Any, NoReturn

import cbor2

from nce_sim.wire.lwm2m.record import LwM2mMistake

_MOST_DEPTH = 8
# Major types 4 and 5 (RFC 8949, 3.1).
_ARRAY, _MAP = 0x80, 0xA0
# What cbor2 decodes by itself, without 1 (a time), 4 (a decimal fraction) and 55799 (nothing).
_REFUSED = (0, 2, 3, 5, 25, 28, 29, 30, 35, 36, 37, 52, 54, 100, 256, 258, 260, 261, 1004, 43000)


def _refuse(*_: object) -> NoReturn:
    raise LwM2mMistake("a tag of CBOR that has no place in LwM2M")


_DECODERS = dict.fromkeys(_REFUSED, _refuse)


def loads(data: bytes) -> Any:
    """The one item that the octets are; LwM2mMistake for cut, long, deep or tagged ones."""
    stream = BytesIO(data)
    decoder = cbor2.CBORDecoder(
        stream,
        tag_hook=_refuse,
        semantic_decoders=_DECODERS,
        max_depth=_MOST_DEPTH,
        allow_duplicate_keys=False,
        strict_hashable_types=False,
    )
    try:
        item = decoder.decode()
    except LwM2mMistake:
        raise
    except cbor2.CBORDecodeError as error:
        raise LwM2mMistake(f"the payload is no CBOR of LwM2M's: {error}") from None
    if stream.tell() != len(data):
        raise LwM2mMistake(f"{len(data) - stream.tell()} octets follow the CBOR item")
    return item


def dumps(value: Any) -> bytes:
    """CBOR of one value in its preferred form: the shortest float that holds it."""
    return cbor2.dumps(value, canonical=True)


def dumps_maps(maps: Sequence[Mapping[Any, Any]]) -> bytes:
    """An array of maps in the order of their members: decoders without a heap take no other."""
    return _head(_ARRAY, len(maps)) + b"".join(
        _head(_MAP, len(members)) + b"".join(dumps(k) + dumps(v) for k, v in members.items())
        for members in maps
    )


def _head(major: int, count: int) -> bytes:
    head = bytearray(dumps(count))
    head[0] |= major
    return bytes(head)
