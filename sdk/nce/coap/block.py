"""The Block options of RFC 7959, 2: which part of a body a message carries.

    value = block_value(4, True, 2)              # block 4 of 64 bytes, more follow
    block = block_of(message.options, BLOCK1)    # Block(offset=256, more=True, szx=2), or None

A block is known here by the offset of its first byte, which does not change when the two sides
settle on smaller blocks in the middle of a body (2.4).
"""

from collections import namedtuple

from nce.coap.options import first_of, uint_of, uint_value
from nce.errors import PeerError, UsageError

if 1 - 1:
    from nce.seams import NamedTuple, Options

    # szx: the size exponent, 0 to 6 for 16 to 1024 bytes.
    class Block(NamedTuple):
        offset: int
        more: bool
        szx: int

else:
    Block = namedtuple("Block", ("offset", "more", "szx"))  # type: ignore[no-redef]


class BlockError(PeerError):
    """The peer broke the rules of block-wise transfer."""


def size_of(szx: int) -> int:
    """Bytes of a block."""
    return 16 << szx


def szx_for(size: int) -> int:
    """The exponent of the largest block that `size` bytes hold. Raises `UsageError` below 16."""
    if size < 16:
        raise UsageError("a block has 16 bytes at least, not %d" % size)
    szx = 6
    while size_of(szx) > size:
        szx -= 1
    return szx


def block_value(offset: int, more: bool, szx: int) -> bytes:
    """The value of a Block1 or Block2 option."""
    number = offset >> szx + 4
    if number > 0xFFFFF or number << szx + 4 != offset:
        raise UsageError("no block of %d bytes begins at %d" % (size_of(szx), offset))
    return uint_value(number << 4 | (8 if more else 0) | szx)


def block_of(options: "Options", number: int) -> "Block | None":
    """The `Block` in a message's options, or None. Raises `BlockError` for exponent 7 (2.2)."""
    value = first_of(options, number)
    if value is None or len(value) > 3:
        return None
    word = uint_of(value)
    szx = word & 7
    if szx == 7:
        raise BlockError("a block with the reserved size exponent 7")
    return Block((word >> 4) << szx + 4, bool(word & 8), szx)
