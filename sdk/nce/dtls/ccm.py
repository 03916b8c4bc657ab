"""AES-CCM (RFC 3610, 6655) over the AES of `nce.dtls.primitives`.

    ccm = Ccm(key, tag_length=8)
    sealed = ccm.seal(nonce, plaintext, additional)   # ciphertext and tag
    plaintext = ccm.open(nonce, sealed, additional)   # None when the tag is wrong

Both passes give the interpreter's AES many blocks at a time: on MicroPython that takes half the
time of single blocks. Nonces must never repeat.
"""

from nce.const import const
from nce.dtls.primitives import aes_block, cbc_encryptor

if 1 - 1:
    from nce.seams import Any, Buffer, Crypt


_PIECE = const(128)


class Ccm:
    """One key, for plaintexts under 64 KiB. `additional` (a record's header) is never empty."""

    def __init__(
        self,
        key: bytes,
        tag_length: int,
        aes_block: "Any" = aes_block,
        cbc_encryptor: "Any" = cbc_encryptor,
    ) -> None:
        self._key = key
        self._tag_length = tag_length
        self._encrypt = aes_block(key)
        self._chain = cbc_encryptor

    def seal(self, nonce: bytes, plaintext: bytes, additional: bytes) -> bytes:
        """Ciphertext and tag."""
        # 2.3: block 0 masks the tag, those from 1 on the message; 2.4: the tag comes last.
        masked = self._count(nonce, self._mac(nonce, plaintext, additional) + plaintext)
        return masked[16:] + masked[: self._tag_length]

    def open(self, nonce: bytes, sealed: bytes, additional: bytes) -> "bytes | None":
        """The plaintext, or None when the tag is wrong."""
        size = self._tag_length
        length = len(sealed) - size
        if length < 0:
            return None
        plain = self._count(nonce, sealed[length:] + bytes(16 - size) + sealed[:length])
        plaintext = plain[16:]
        mac = self._mac(nonce, plaintext, additional)
        difference = 0
        for index in range(size):
            difference |= mac[index] ^ plain[index]
        return None if difference else plaintext

    def _count(self, nonce: bytes, data: "Buffer") -> bytes:
        # 2.3: A_i begins with the length of i, less one.
        rest = 14 - len(nonce)
        return counted(self._encrypt, bytes((rest,)) + nonce + bytes(rest - 1), data)

    def _mac(self, nonce: bytes, data: bytes, additional: bytes) -> bytearray:
        # 2.2: B_0, the additional data, the message; the last two filled up with zeros.
        length = len(data)
        beside = len(additional)
        after = len(nonce) + 1
        start = beside + 33 & -16
        blocks = bytearray(start + length + 15 & -16)
        blocks[0] = 0x40 | (self._tag_length - 2) // 2 << 3 | 15 - after
        blocks[1:after] = nonce
        blocks[14] = length >> 8
        blocks[15] = length & 0xFF
        blocks[16] = beside >> 8
        blocks[17] = beside & 0xFF
        blocks[18 : 18 + beside] = additional
        blocks[start : start + length] = data
        self._chain(self._key, bytes(16))(blocks, blocks)
        return blocks[-16:]


def counted(encrypt: "Crypt", first: bytes, data: "Buffer") -> bytes:
    """AES in counter mode, for GCM too: the data combined with the blocks from 0 on.

    `first` is a counter block without its last 2 bytes; `encrypt` encrypts whole blocks.
    """
    output = b""
    for start in range(0, len(data), _PIECE):
        piece = data[start : start + _PIECE]
        size = len(piece)
        number = start >> 4
        # No piece has numbers on both sides of a multiple of 256.
        blocks = bytearray((first + bytes((number >> 8, 0))) * (size + 15 >> 4))
        number &= 0xFF
        for at in range(15, len(blocks), 16):
            blocks[at] = number
            number += 1
        encrypt(blocks, blocks)
        # As one long number: MicroPython has no quicker way without native code.
        value = int.from_bytes(piece, "big") ^ int.from_bytes(blocks[:size], "big")
        output += value.to_bytes(size, "big")
    return output
