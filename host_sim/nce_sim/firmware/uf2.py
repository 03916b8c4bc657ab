"""UF2: bytes of flash as a file that a board's boot loader takes, by copying it to its drive.

data = uf2_file(image, address=0x10000000 + offset, family=RP2040)
read_uf2(data)          # (address, image) again, each block being checked

Format: github.com/microsoft/uf2. What has no block is left on the flash as it was.
"""

from __future__ import annotations

import struct

RP2040 = 0xE48BFF56
RP2350_ARM = 0xE48BFF59
# The start of the flash in the address space of both.
RP2_FLASH = 0x10000000
BLOCK_BYTES = 512
PAYLOAD_BYTES = 256  # a page of the flash
_HEAD = struct.Struct("<8I")
_STARTS = (0x0A324655, 0x9E5D5157)
_END = 0x0AB16F30
_HAS_FAMILY = 0x2000


def uf2_file(image: bytes, address: int, family: int) -> bytes:
    """The file that writes `image` to `address`; the last page is filled with erased bytes."""
    if address % PAYLOAD_BYTES:
        raise ValueError(f"the address {address:#x} is not that of a page of {PAYLOAD_BYTES}")
    count = -(-len(image) // PAYLOAD_BYTES)
    blocks = []
    for number in range(count):
        start = number * PAYLOAD_BYTES
        payload = image[start : start + PAYLOAD_BYTES].ljust(PAYLOAD_BYTES, b"\xff")
        head = _HEAD.pack(
            *_STARTS, _HAS_FAMILY, address + start, PAYLOAD_BYTES, number, count, family
        )
        room = BLOCK_BYTES - len(head) - 4
        blocks.append(head + payload.ljust(room, b"\0") + struct.pack("<I", _END))
    return b"".join(blocks)


def read_uf2(data: bytes, family: int) -> tuple[int, bytes]:
    """The address and the bytes that a file writes; ValueError where it is not a whole one."""
    if not data or len(data) % BLOCK_BYTES:
        raise ValueError(f"{len(data)} bytes are no blocks of {BLOCK_BYTES}")
    count = len(data) // BLOCK_BYTES
    first = 0
    image = bytearray()
    for number in range(count):
        block = data[number * BLOCK_BYTES : (number + 1) * BLOCK_BYTES]
        *starts, flags, address, size, index, total, owner = _HEAD.unpack_from(block)
        first = address if number == 0 else first
        wanted = (_STARTS, _HAS_FAMILY, first + len(image), number, count, family)
        if (tuple(starts), flags, address, index, total, owner) != wanted:
            raise ValueError(f"block {number} is not block {number} of {count} of this family")
        if block[-4:] != struct.pack("<I", _END) or size != PAYLOAD_BYTES:
            raise ValueError(f"block {number} is damaged")
        image += block[_HEAD.size : _HEAD.size + size]
    return first, bytes(image)
